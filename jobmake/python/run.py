"""A run of the past, to read: its params, times, log, value and own files.

    run = Project(".").run("train")      run.params["rate"]    run.post.wall    run.load()

Knows where the files of a run are; what else there is to know it asks the history for, once
(`Run.past`, which those floors set that have one). Reads only: whoever wants to write is the
run that goes on (`running`).

Invariant: a run stays what it was. What is read of it is what it made, or an error says that
it is there no more.
"""

from __future__ import annotations

import io
import os
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, ClassVar

from jobmake.python.ownfiles import FILES, SAVED, VALUE, OwnFiles, inside, open_to_read
from jobmake.python.params import MISSING
from jobmake.python.paths import Paths
from jobmake.python.stale import StaleTargetError
from jobmake.tools.value import Value, field
from jobmake.values.codec import from_json, read_value
from jobmake.values.trouble import DamagedValue, UnreadableValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from jobmake.python.post import Past, Post

_MAGIC = b"jobmake-value "  # how a file begins that holds a value of Python's
# roles, whether each is one path, and paths
Roled = tuple[tuple[str, bool, tuple[str, ...]], ...]


class Facts(Value):
    """Which run it is, and where its files are.

    ``root`` is the project's folder, ``id`` is empty where nobody knows which run it was.
    ``result`` is the folder of value and own files that are kept, None where it has none (of a
    run that failed they are in the run's own folder). ``digests`` are theirs by name, that of
    the value has no name; None: what is there counts. ``outputs`` are the files that it made, by
    role, ``made`` their digests. ``params`` are as JSON has them, None: the history knows.
    """

    root: str
    target: str
    id: str = ""
    result: str | None = None
    digests: Mapping[str, str] | None = None
    outputs: Roled = ()
    made: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Any] | None = None
    fingerprint: str = ""
    before: Callable[[], Run | None] = lambda: None  # what its need `previous` stands for


def _nobody_knows(facts: Facts) -> Past:
    raise StaleTargetError(
        f"of the run of `{facts.target}` no more is known here than what it made: the rest does"
        " not count in a fingerprint, so it is not for runs"
    )


class Run(OwnFiles):
    """One run. ``method`` is its target's name, ``number`` counts the runs of a project,
    ``path`` is its folder, ``workdir`` the name of the project's folder."""

    past: ClassVar[Callable[[Facts], Past]] = staticmethod(_nobody_knows)

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    @property
    def method(self) -> str:
        """The name of its target."""
        return self.facts.target

    @property
    def id(self) -> str:
        """Its number as text; empty where nobody knows which run it was."""
        return self.facts.id

    @property
    def number(self) -> int:
        """Its number, 0 where nobody knows it."""
        return int(self.facts.id) if self.facts.id.isdigit() else 0

    @property
    def path(self) -> str:
        """The absolute path of its folder."""
        if not self.facts.id:
            return self.facts.result or self.facts.root
        return os.path.join(self.facts.root, ".jobmake", "runs", self.facts.id)

    @property
    def workdir(self) -> str:
        """The name of the folder of the project."""
        return os.path.basename(self.facts.root)

    # -- what is known of it -------------------------------------------------------------

    @property
    def params(self) -> dict[str, Any]:
        """Its params by name, typed; what looks like a secret is `***`."""
        known = self._past.params if self.facts.params is None else self.facts.params
        return {name: _typed(data) for name, data in known.items()}

    @property
    def post(self) -> Post:
        """Its times, how it ended, and why it was."""
        return self._past.post

    def output(self, what: str | None = None) -> str:
        """Return all that it wrote to standard output and standard error; or one of them,
        ``"stdout"`` or ``"stderr"``, where they are kept apart."""
        if what is None:
            return (self._captured() if self._past.captured else "") + self._log()
        if what not in ("stdout", "stderr"):
            raise ValueError(f"there is no output `{what}`: there are `stdout` and `stderr`")
        if not self._past.captured:
            raise ValueError(
                f"what {self} wrote to `{what}` is not kept apart: `output()` has all of it"
            )
        return self._captured() if what == "stdout" else self._log()

    def stdout(self) -> str:
        """Return what it wrote to standard output, where that is its value."""
        return self.output("stdout")

    def stderr(self) -> str:
        """Return what it wrote to standard error, where its standard output is its value."""
        return self.output("stderr")

    def chain(self, length: int = -1, reverse: bool = False, stop: Run | None = None) -> list[Run]:
        """Return this run and those before it, which their param or need `previous` names: the
        oldest first, or the newest with ``reverse``; at most ``length``, and none from ``stop``
        back."""
        found: list[Run] = []
        seen: set[Run] = set()
        one: Run | None = self
        while one is not None and one != stop and len(found) != length and one not in seen:
            found.append(one)
            seen.add(one)
            one = one._before()
        return found if reverse else found[::-1]

    # -- its files -----------------------------------------------------------------------

    @property
    def outputs(self) -> Paths:
        """The files that its target makes, absolute; a later run may have made them anew."""
        root = self.facts.root
        return Paths([
            (role, single, [os.path.join(root, path) for path in paths])
            for role, single, paths in self.facts.outputs
        ])  # fmt: skip

    @property
    def value(self) -> Any:
        """Its value; None where it has none."""
        return self.load(default=None)

    def load(self, name: str | None = None, default: Any = MISSING) -> Any:
        """Return the value, or an own file that was saved. With ``default=`` that, where there
        is none; else FileNotFoundError says what there is."""
        if name is None:
            path = self._value_path()
            if path is not None:
                return self._read(path, "value")
            name = SAVED
            if not self.files(SAVED):
                if default is not MISSING:
                    return default
                raise FileNotFoundError(f"{self} has no value: {self._what_there_is()}")
        if default is not MISSING and name not in self._names():
            return default
        return self._read(self.filename(name), f"file `{name}`")

    def filename(self, name: str) -> str:
        """Return the absolute path of an own file. Raises FileNotFoundError."""
        path = super().filename(name)
        if not os.path.isfile(path):
            raise FileNotFoundError(f"{self} has no file `{name}`: {self._what_there_is()}")
        return path

    def open(self, name: str, mode: str = "r", **how: Any) -> IO[Any]:
        """Open an own file, to read it."""
        if not set(mode) <= set("rbt"):
            raise io.UnsupportedOperation(
                f"`{name}` of {self} is for reading: it cannot be opened with mode `{mode}`"
            )
        return open_to_read(self.filename(name), mode, **how)

    def withfile(self, name: str) -> RunFile:
        """Return one own file, to be given to another job: only its content counts there.
        Raises FileNotFoundError."""
        self.filename(name)
        return RunFile(self, inside(name))

    def get_output_file(
        self, name: str, save_as: str | None = None, *, encoding: str | None = "utf-8"
    ) -> Any:
        """Return the content of an own file, or of an output by its name or path: text, or
        bytes with ``encoding=None``. With ``save_as`` it is copied there, and that path is
        returned. Raises FileNotFoundError."""
        path = self._any_file(name)
        if save_as is not None:
            import shutil  # and the compressors behind it, which few runs need

            return shutil.copyfile(path, save_as)
        with open_to_read(path, "rb") as file:
            data = file.read()
        return data if encoding is None else data.decode(encoding)

    def link_result(self, name: str, linkname: str | None = None) -> str:
        """Put a link to an own file into the project's folder `results`; return its path.

        Raises ValueError for a ``linkname`` that leads out of it, FileExistsError where
        something lies there that is no such link.
        """
        from jobmake.python.linking import link

        return link(self.facts.root, self.filename(name), inside(linkname or name))

    # -- what it is made of --------------------------------------------------------------

    @cached_property
    def _past(self) -> Past:
        return type(self).past(self.facts)

    def _before(self) -> Run | None:
        try:
            found = self.params.get("previous")
        except StaleTargetError:  # nothing is known of it but what it made
            found = None
        if isinstance(found, RunFile):
            return found.run
        return found if isinstance(found, Run) else self.facts.before()

    def _folder(self) -> str:
        result = self.facts.result
        if result is None:
            return os.path.join(self.path, FILES)
        if not os.path.isdir(result):
            raise StaleTargetError(
                f"what {self} made is not there any more: a build of `{self.method}` makes it again"
            )
        return os.path.join(result, FILES)

    def _names(self) -> set[str]:
        if self.facts.digests is not None and self.facts.result is not None:
            return {name for name in self.facts.digests if name}
        if self.facts.result is None and not self.facts.id:
            return set()
        return super()._names()

    def _value_path(self) -> str | None:
        if self.facts.digests is not None and "" not in self.facts.digests:
            return None
        if self.facts.result is None and not self.facts.id:
            return None
        path = os.path.join(os.path.dirname(self._folder()), VALUE)
        return path if os.path.isfile(path) else None

    def _read(self, path: str, what: str) -> Any:
        if not is_typed(path) and what == "value":
            return text_of(path)
        try:
            return read_value(path, pickled=True)
        except DamagedValue as error:
            raise DamagedValue(
                f"the {what} of {self} cannot be read: {error}", error.hint
            ) from None
        except UnreadableValue as error:
            raise UnreadableValue(
                f"the {what} of {self} cannot be read: {error}", error.hint
            ) from None

    def _captured(self) -> str:
        path = self._value_path()
        return "" if path is None else text_of(path)

    def _log(self) -> str:
        if self._past.log is None:
            return ""
        try:
            return text_of(os.path.join(self.facts.root, self._past.log))
        except FileNotFoundError:
            raise StaleTargetError(f"the log of {self} is not there any more") from None

    def _any_file(self, name: str) -> str:
        if name in self._names():
            return self.filename(name)
        for role, _, paths in self.facts.outputs:
            for path in paths:
                if name in (role, path, os.path.basename(path)):
                    return self._unchanged(path)
        raise FileNotFoundError(f"{self} has no file `{name}`: {self._what_there_is()}")

    def _unchanged(self, path: str) -> str:
        """Return the path of an output. Raises StaleTargetError where it is another by now."""
        full, digest = os.path.join(self.facts.root, path), self.facts.made.get(path)
        if not os.path.isfile(full):
            raise FileNotFoundError(f"the output `{path}` of {self} is not there any more")
        if digest is not None and digest_of(full) != digest.removesuffix("+x"):
            raise StaleTargetError(f"the output `{path}` is not as {self} made it")
        return full

    def _what_there_is(self) -> str:
        names = [f"`{name}`" for name in sorted(self._names())]
        if self._value_path() is not None:
            names.insert(0, "a value")
        paths = [f"the output `{path}`" for _, _, found in self.facts.outputs for path in found]
        return f"there is {', '.join([*names, *paths])}" if names or paths else "there is nothing"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Run) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __str__(self) -> str:
        return f"run {self.id} of `{self.method}`" if self.id else f"the run of `{self.method}`"

    def __repr__(self) -> str:
        return f"<Run #{self.id} of {self.method}>" if self.id else f"<Run of {self.method}>"

    def _key(self) -> tuple[str, str, str]:
        return self.facts.root, self.method, self.id or self.facts.result or ""


class RunFile:
    """One own file of a run."""

    def __init__(self, run: Run, name: str) -> None:
        self.run, self.name = run, name

    def filename(self) -> str:
        """Return its absolute path. Raises FileNotFoundError."""
        return self.run.filename(self.name)

    def load(self, default: Any = MISSING) -> Any:
        """Return the value that was saved in it."""
        return self.run.load(self.name, default)

    def json_load(self, default: Any = MISSING) -> Any:
        """Return what it holds as JSON."""
        return self.run.json_load(self.name, default)

    def open(self, mode: str = "r", **how: Any) -> IO[Any]:
        """Open it, to read it."""
        return self.run.open(self.name, mode, **how)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RunFile) and (self.run, self.name) == (other.run, other.name)

    def __hash__(self) -> int:
        return hash((self.run, self.name))

    def __repr__(self) -> str:
        return f"<`{self.name}` of {self.run!r}>"


def is_typed(path: str) -> bool:
    """Say whether a file holds a value of Python's, and not what a command wrote."""
    with open_to_read(path, "rb") as file:
        return bool(file.read(len(_MAGIC)) == _MAGIC)


def digest_of(path: str) -> str:
    """Return the digest of a file as it is now."""
    from jobmake.tools.digest import digest_open_file

    with open_to_read(path, "rb") as file:
        return digest_open_file(file.fileno(), os.fstat(file.fileno()).st_size)


def roled(groups: Iterable[Any]) -> Roled:
    """Return outputs by role, as JSON had them."""
    return tuple((str(role), bool(single), tuple(paths)) for role, single, paths in groups)


def _typed(data: Any) -> Any:
    try:
        return from_json(data, pickled=True)
    except (UnreadableValue, ValueError):
        return data


def text_of(path: str) -> str:
    """Return what a command wrote into a file."""
    with open_to_read(path, "r", errors="surrogateescape", newline="") as file:
        return str(file.read())
