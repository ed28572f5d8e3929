"""Which jobs above a Python job count for it by more than the values that they hand on.

    class Scaled(Job):
        def get_outputs(self):                      # children receive what `scale` says now:
            return [one * self.scale for one in …]  # so it is a param of theirs, too

Knows graph and declarations. Does not know why a job may look at another (`worker/looks`).
"""

from __future__ import annotations

from jobmake.model.declared import DeclaredJob
from jobmake.model.secrets import told
from jobmake.tools.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    from jobmake.model.graph import Graph
    from jobmake.model.target import Target


_SEARCHES = frozenset({"get_parent_by_name", "get_parent_by_type"})


class Read(Value):
    """A job that may be read: ``used`` are the names of attributes that may be asked of it,
    None where it may be any."""

    target: Target
    used: frozenset[str] | None

    def may_use(self, name: str) -> bool:
        """Say whether one of its params may be read."""
        return self.used is None or name in self.used

    @property
    def may_be_asked(self) -> bool:
        """Whether its outputs may be read, by who finds it by its name or searches for it."""
        job = _job(self.target)
        name = self.target.name if job is None else job.name
        return self.used is None or name in self.used or bool(self.used & _SEARCHES)


def parts_above(
    target: Target,
    graph: Graph,
    used: Callable[[], frozenset[str] | None],
    result: Callable[[str], str],
    unknown: Container[str],
) -> Iterator[tuple[str, str, str]]:
    """Yield params and results of jobs above that a Python job may make use of, besides the
    results that it is given, as parts of its fingerprint."""
    for read in openly_read(target, graph, used):
        one = read.target
        if read.may_be_asked and one.name not in target.needs and one.name not in unknown:
            yield "result", one.name, result(one.name)
        for name, given in one.settings["params"].items():
            if read.may_use(name):
                yield "param", f"{one.name}:{name}", told(given.text, one.family, name)


def openly_read(
    target: Target, graph: Graph, used: Callable[[], frozenset[str] | None]
) -> list[Read]:
    """Return the jobs whose params, and results, a run of a target may read. ``used`` tells
    which attributes its own code may ask of jobs above it."""
    if target.job_type != "python":
        return []
    found: dict[str, Read] = {}
    for need in target.needs:
        one = graph.targets[need]
        job = _job(one)
        if job is not None and job.hands_on_more:
            found[need] = Read(one, None)
            if job.looks_above:
                _add_above(one, graph, None, found)
    own = _job(target)
    if own is not None and own.looks_above:
        _add_above(target, graph, used(), found)
    return [one for one in found.values() if _job(one.target) is not None]


def _add_above(
    target: Target, graph: Graph, used: frozenset[str] | None, found: dict[str, Read]
) -> None:
    """Add all jobs above a target to those that are ``found``, where they are not among them."""
    seen: set[str] = set()
    todo = list(_parents(target))
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            one = graph.targets[name]
            found.setdefault(name, Read(one, used))
            todo.extend(_parents(one))


def _job(target: Target) -> DeclaredJob | None:
    job = target.settings.get("job")
    return job if isinstance(job, DeclaredJob) and job.kind == "job" else None


def _parents(target: Target) -> Iterator[str]:
    yield from target.settings.get("parents", ())
