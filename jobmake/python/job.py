"""`Job`: the class with which people write a step of their work in Python.

    class Histograms(Job):
        name = "histograms"
        parents = [Thumbnails]                # their outputs are `run`'s arguments, in this order
        attributes_to_serialize = ["bins"]    # params; or annotate: `bins: int = 32`
        outputs_to_cache = ["histograms"]     # kept; children receive it

        def run(self, thumbnails):
            self.histograms = ...

The interface, and its names, are those of the Job class of livius (2018, Ivo Danihelka and
Raffi Enficiaud): https://github.com/raffienficiaud/livius.

A class becomes a target of the graph like any other, in a Jobfile (`python = "module:Class"`)
or without one (`Histograms(bins=64).process()`). Where its state is, and whether it is up to
date, is known by what stands behind the instance (`Behind`), not here.

Invariant: making instances changes no class, and what a workflow adds to a class stays in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from jobmake.python import drawing
from jobmake.python.behind import NOWHERE, Behind
from jobmake.python.making import Making, add_parent, check_name, parents_of
from jobmake.python.params import MISSING, params_of
from jobmake.values.fields import FieldError, convert
from jobmake.values.realise import realise

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jobmake.python.run import Run
    from jobmake.python.running import RunningRun


class Job:
    """One step of a workflow. Subclasses set the names below and write `run`.

    ``name`` is the target's; ``parents`` are Job classes; ``attributes_to_serialize`` names
    params, ``outputs_to_cache`` the attributes that are kept between processes. ``target``
    holds keys as a target of a Jobfile has them (`{"inputs": ["*.png"], "timeout": "2h"}`).
    ``slices``: how many parts `analysis` works in, in a job that has it in place of `run`.
    ``pickle``: whether values of types that
    nobody knows are pickled.

    Keywords at construction that are params count in the fingerprint; the others can be read
    as attributes, by this job and its parents, and do not count.
    """

    name: ClassVar[str] = "root"
    parents: ClassVar[Sequence[type[Job]] | None] = None
    attributes_to_serialize: ClassVar[Sequence[str]] = []
    outputs_to_cache: ClassVar[Sequence[str]] = []
    target: ClassVar[Mapping[str, Any]] = {}
    slices: ClassVar[int] = 4
    pickle: ClassVar[bool] = False

    _behind: Behind
    _parents: dict[str, Job]
    _there: set[str]  # outputs that have been set or loaded

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make an instance, and one of each parent class, with the same keywords.

        Raises FieldError for a param that is wrong or missing.
        """
        if args:
            raise TypeError(
                f"{type(self).__name__}() takes keywords only: `{args[0]!r}` has no name"
            )
        put = object.__setattr__
        put(self, "_behind", NOWHERE)
        put(self, "_there", set())
        put(self, "_parents", {})
        with Making(self, kwargs) as making:
            name = making.own.pop("name", type(self).name)
            put(self, "name", check_name(name, type(self)))
            self._set_params(making.own)
            for output in self.outputs_to_cache:
                put(self, output, None)
            for key, value in making.own.items():
                self._set_runtime(key, value)
            put(self, "_parents", making.parents())

    # -- what a subclass writes --------------------------------------------------------

    def run(self, *args: Any, **kwargs: Any) -> Any:
        """Do the work, given the outputs of the parents in their order: set the attributes of
        `outputs_to_cache`, or return the value. Must be overridden."""
        raise RuntimeError(f"`run` of {type(self).__name__} should be overridden")

    def get_outputs(self) -> Any:
        """Return what children receive: the value that was kept; of several outputs a tuple
        with their names. Raises StaleTargetError where the job is not up to date."""
        self._need_outputs()
        return self._behind.outputs(self)

    def load_state(self) -> dict[str, Any] | None:
        """Return params and outputs as they were kept, by name; None where nothing is kept."""
        return self._behind.state(self)

    def is_up_to_date(self) -> bool:
        """Say whether the parents are up to date, and this job's own state is as it was."""
        return self._behind.is_up_to_date(self)

    def are_states_equal(self) -> bool:
        """Say whether all that determines the outputs is what it was when they were made."""
        return self._behind.are_states_equal(self)

    # -- what a subclass may call ------------------------------------------------------

    @property
    def job(self) -> RunningRun:
        """The run that goes on: its files, its folder, its progress."""
        run: RunningRun = self._behind.running(self)
        return run

    def process(self, jobs: int | None = None) -> Run:
        """Bring this job and all its parents up to date, and load the outputs.

        ``jobs`` is how many runs go on at once, by default the number of CPU cores. Returns
        the run that made the outputs. Raises JobFailed if this job, or one it needs, fails.
        """
        run: Run = self._behind.process(self, jobs)
        return run

    def is_output_cached(self) -> bool:
        """Say whether all outputs are there as attributes. None is an output like any other."""
        return self._there.issuperset(self.outputs_to_cache)

    def cache_output(self) -> None:
        """Set the attributes of all outputs as they were kept."""
        state = self.load_state()
        if state is None:
            return
        for name in self.outputs_to_cache:
            if name in state:
                setattr(self, name, state[name])

    def serialize_state(self) -> None:
        """Write the state of this job, and of its parents before it, where `json_prefix` says."""
        for one in drawing.upwards(self):
            one._behind.serialize(one)

    # -- the workflow --------------------------------------------------------------------

    @classmethod
    def add_parent(cls, obj: type[Job] | None) -> None:
        """Add a parent behind those there are. None, and one that is there, change nothing.

        At the top of a module this belongs to the class. In a function it belongs to the
        workflow that is put together: once an instance has been made, the next workflow
        begins with the class's own parents.
        """
        add_parent(cls, obj, Job)

    @classmethod
    def get_parents(cls) -> list[type[Job]]:
        """Return the parent classes, in the order of `run`'s arguments."""
        return parents_of(cls)

    def get_parent_by_type(self, kind: type[Job]) -> Job | None:
        """Return the nearest job above this one that is of a class; None if there is none."""
        return next((one for one in self._above() if isinstance(one, kind)), None)

    def get_parent_by_name(self, name: str) -> Job | None:
        """Return the nearest job above this one that has a name; None if there is none."""
        return next((one for one in self._above() if one.name == name), None)

    @classmethod
    def workflow_to_dot(cls) -> str:
        """Return the workflow above this class in Graphviz's language."""
        return drawing.as_dot(cls)

    @classmethod
    def workflow_to_string(cls, current_index: int = 0) -> str:
        """Return the workflow above this class as a tree, a line each, two blanks a level."""
        return drawing.as_text(cls, current_index)

    # -- attributes --------------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute: a param is checked, an output is there from now on, and parents
        stay what they are."""
        if name in self._parents:
            raise AttributeError(f"`{name}` is a parent of `{self.name}`, and stays what it is")
        if name == "name":
            value = check_name(value, type(self))
        param = params_of(type(self), Job).get(name)
        if param is not None:
            value = _converted(param.schema, value, name)
        object.__setattr__(self, name, value)
        if name in self.outputs_to_cache:
            self._there.add(name)

    def __getattr__(self, name: str) -> Any:
        """Find a parent by its name, and an output where it is kept."""
        parents = self.__dict__.get("_parents", {})
        if name in parents:
            return parents[name]
        if name in type(self).outputs_to_cache and "_behind" in self.__dict__:
            self._need_outputs()
            if name in self.__dict__:
                return self.__dict__[name]
        raise AttributeError(f"the job `{self.__dict__.get('name', '?')}` has no `{name}`")

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={getattr(self, name)!r}" for name in params_of(type(self), Job))
        return f"<{type(self).__name__} {self.name}({given})>"

    def _set_params(self, given: dict[str, Any]) -> None:
        missing = []
        for name, param in params_of(type(self), Job).items():
            if name in given:
                setattr(self, name, given.pop(name))
            elif param.default is MISSING:
                missing.append(name)
            else:
                object.__setattr__(self, name, param.own_default())
        if missing:
            names = ", ".join(f"`{name}`" for name in missing)
            raise FieldError(f"{names} of `{self.name}` must be given")

    def _set_runtime(self, name: str, value: Any) -> None:
        if hasattr(Job, name) or callable(getattr(type(self), name, None)):
            raise TypeError(
                f"`{name}` is something else of {type(self).__name__}: it cannot be set"
            )
        if name not in self.outputs_to_cache:
            object.__setattr__(self, name, value)

    def _above(self) -> Iterator[Job]:
        seen = {id(self)}
        row = list(self._parents.values())
        while row:
            below: list[Job] = []
            for one in row:
                if id(one) not in seen:
                    seen.add(id(one))
                    yield one
                    below.extend(one._parents.values())
            row = below

    def _forget_outputs(self, *, loadable: bool) -> None:
        """Let go of what the attributes of outputs hold; where they are ``loadable`` they are
        loaded when they are asked for."""
        self._there.clear()
        for name in self.outputs_to_cache:
            if loadable:
                self.__dict__.pop(name, None)
            else:
                object.__setattr__(self, name, None)

    def _need_outputs(self) -> None:
        if not (self.outputs_to_cache and self.is_output_cached()):
            self._behind.need(self)
            self.cache_output()


def _converted(schema: Any, value: Any, name: str) -> Any:
    return realise(schema, convert(schema, value, name))
