"""The disk and the past, as the checks of one target see them; and what a target's outputs
come to as they are now.

Reads only. Does not know what a check makes of it.
"""

from __future__ import annotations

import os

from jobmake.memory.resultfiles import result_parts
from jobmake.model.errors import TargetError
from jobmake.model.fingerprint import Fingerprint, Record
from jobmake.tools.moments import is_future
from jobmake.tools.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping

    from jobmake.memory.files import Files
    from jobmake.model.graph import Graph
    from jobmake.model.needed import RoledPaths
    from jobmake.model.target import FilePattern, Target


class View(Value):
    """What a check may see of ``target``. What the ``unknown`` will make is not known yet."""

    target: Target
    files: Files
    graph: Graph
    environ: Mapping[str, str]
    ages: Callable[[str], float | None]
    asked: Callable[[Target, bool], bool | None]
    old: Record | None = None  # the last one, also while it decides nothing
    files_read: tuple[RoledPaths, RoledPaths] = ((), ())  # inputs and sources
    named: Callable[[], tuple[str, ...]] = tuple  # in its depfile
    unknown: Container[str] = ()

    @property
    def root(self) -> str:
        """The project's folder."""
        return self.files.root

    @property
    def inputs(self) -> tuple[str, ...]:
        """The paths of its inputs as they are now."""
        return _shown(self.files_read[0], self.target.inputs)

    @property
    def sources(self) -> tuple[str, ...]:
        """The paths of its sources as they are now."""
        return _shown(self.files_read[1], self.target.sources)

    @property
    def discovered(self) -> tuple[str, ...]:
        """The files that its last good run named in a depfile."""
        return self.named()

    def outputs(self, target: Target) -> tuple[str, ...]:
        """Return the paths of all that is made with a target and exists; a folder where a file
        was to be made is not that, nor the other way round."""
        found: dict[str, None] = {}
        for output in target.owned:
            for path in self.files.matching(output):
                is_made = self.files.exists(path) and self.files.wrong_kind(output) is None
                if is_made or output.kind == "glob":
                    found[path + "/" if output.kind == "folder" else path] = None
        return tuple(found)

    def mtime_ns(self, path: str) -> int | None:
        """Return when a file or folder was last written."""
        return self.files.mtime_ns(path.rstrip("/"))

    def read(self, path: str) -> bytes:
        """Return the content of a file."""
        try:
            with open(os.path.join(self.files.root, path), "rb") as file:
                return file.read()
        except OSError as error:
            raise TargetError(f"cannot read `{path}`: {error.strerror}") from None

    def digest(self, path: str) -> str | None:
        """Return the digest of a file or folder."""
        return self.files.digest(path.rstrip("/"))

    def needs(self) -> dict[str, int | None]:
        """Return when the newest of what each needed target made was written."""
        found: dict[str, int | None] = {}
        for need in self.target.needs:
            if need not in self.unknown:
                makers = _behind(self.graph, need)
                newest = [self._newest(one) for one in makers]
                whole = all(one.outputs for one in makers)
                known = [ns for ns in newest if ns is not None]
                last = max(known) if whole and known else None
                found[need] = None if last is None or is_future(last) else last
        return found

    def output_digests(self, target: Target) -> Mapping[str, str]:
        """Return path and digest of every output that exists."""
        return self.files.output_digests(target)

    def result_digests(self, record: Record) -> Mapping[str, str | None]:
        """Return the digest that each result file of a record has now."""
        return {name: self.files.digest(path) for name, path, _ in result_parts(record)}

    def recorded(self, check: str) -> Mapping[str, str]:
        """Return the facts of a check that were recorded last; none where none were."""
        import tomli

        found: dict[str, str] = {}
        for (kind, name), value in (self.old.fingerprint.parts if self.old else {}).items():
            own, _, fact = name.partition(".")
            if kind == "check" and own == check:
                found[fact] = tomli.loads(f"fact = {value}")["fact"]
        return found

    def age(self, target: Target) -> float | None:
        """Return how many seconds ago the last good run began; None if none is known here."""
        return self.ages(target.name)

    def _newest(self, target: Target) -> int | None:
        times = [self.files.mtime_ns(path.rstrip("/")) for path in self.outputs(target)]
        return max((ns for ns in times if ns is not None), default=None)


def _shown(files: RoledPaths, patterns: Iterable[FilePattern]) -> tuple[str, ...]:
    """Return paths, each once, a folder's with its slash."""
    folders = {one.path for one in patterns if one.kind == "folder"}
    paths = dict.fromkeys(path for _, paths in files for path in paths)
    return tuple(path + "/" if path in folders else path for path in paths)


def _behind(graph: Graph, name: str) -> list[Target]:
    """Return a target, or all that a group gathers, also by other groups."""
    found: list[Target] = []
    seen, todo = {name}, [name]
    while todo:
        one = graph.targets[todo.pop()]
        if not one.is_group:
            found.append(one)
            continue
        todo.extend(need for need in graph.needs[one.name] if need not in seen)
        seen.update(graph.needs[one.name])
    return found


def result_now(target: Target, files: Files, record: Record | None, gone: Mapping[str, str]) -> str:
    """Return the result of a target that is up to date though nobody says that its outputs
    are as they were recorded: of those that are there, and of temp files that are ``gone``."""
    made = {**gone, **files.output_digests(target)}
    if record is None:
        return Record(Fingerprint({}), made).result
    return Record(record.fingerprint, made, record.value, None, record.files).result
