"""What the Python jobs of a project declare: as kept, or else as a worker says.

Knows what was declared before, by which code, and whether project code may be loaded.
Imports none itself.

Invariant: without permission nothing of the project is run, and what was declared by other
code than there is now is not taken.
"""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Any

from jobmake.engine.coding import note_code
from jobmake.executors.declaring import declared
from jobmake.jobfile.python import Told
from jobmake.memory.declarations import Declarations
from jobmake.model.declared import DeclaredJob, Undeclared
from jobmake.model.errors import CodeError
from jobmake.tools.digest import digest_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from jobmake.code.code import Code
    from jobmake.jobfile.python import Asked
    from jobmake.memory.looks import Looks


_FORMAT = "2"  # raised when what is declared comes to mean something else


class Declaring:
    """Says what jobs declare. ``allowed`` says whether project code may be loaded, ``code``
    makes a reader of code that looks for modules in some folders."""

    def __init__(
        self,
        root: str,
        kept: Declarations,
        code: Callable[[tuple[str, ...]], Code],
        environ: Mapping[str, str],
        allowed: Callable[[], bool],
        looks: Looks | None = None,
    ) -> None:
        self._root, self._kept, self._environ = root, kept, environ
        self._make_code, self._allowed, self._looks = code, allowed, looks
        self._wanted: set[str] = set()
        self.left_out: set[str] = set()
        # what was looked at: files, there or not; folders that were listed
        self.files: set[str] = set()
        self.folders: set[str] = set()

    def __call__(self, asked: Asked) -> Told:
        """Return what is declared by the jobs and files that are asked for."""
        self._code, self._path = self._make_code(asked.path), asked.path
        found = _Found()
        specs = self._known(asked.specs, found)
        files = self._known(asked.files, found)
        if specs or files:
            if self._allowed():
                self._ask(specs, files, asked.path, found)
            else:
                self.left_out.update((*specs, *files))
        return Told(found.jobs, found.files, found.wrong)

    def save(self) -> None:
        """Keep what was learned. Raises OSError."""
        self._kept.save(self._wanted)

    def _known(self, names: Iterable[str], found: _Found) -> tuple[str, ...]:
        """Take what is kept; return what is not."""
        left = []
        for name in names:
            self._wanted.add(name)
            try:
                digest = self._digest(name)
            except CodeError as error:
                found.wrong[name] = _broken(name, error)
                found.take_files(name, self._kept.last(name))
                continue
            data = self._kept.get(name, digest)
            if data is None or not found.take(name, data):
                left.append(name)
        return tuple(left)

    def _digest(self, name: str) -> str:
        """Return a digest of all that a declaration can depend on. Raises CodeError."""
        module = name.partition(":")[0]
        try:
            reached = self._code.of_module(module)
        except CodeError as error:  # what it follows from may be mended
            self.files.update(error.files)
            self.folders.update(error.folders)
            raise
        self.files.update(reached.files, reached.absent)
        self.folders.update(reached.folders)
        if self._looks is not None:
            note_code(self._looks, self._root, self._code, reached)
        files = [text for file in reached.files for text in (file, self._code.digest(file))]
        more = (_FORMAT, platform.python_version(), *self._path, *reached.absent)
        return digest_texts((*more, *files, *reached.folders))

    def _is_as_before(self, name: str, digest: str) -> bool:
        """Say whether the code of a declaration is still what it was."""
        try:
            return self._digest(name) == digest
        except CodeError:
            return False

    def _ask(
        self,
        specs: tuple[str, ...],
        files: tuple[str, ...],
        path: tuple[str, ...],
        found: _Found,
    ) -> None:
        request = {"root": self._root, "path": path, "specs": specs, "files": files}
        answer = declared(request, self._environ)
        if isinstance(answer, str):
            alone = _by_module(specs, files)
            if len(alone) > 1:  # one of them takes all down
                for some_specs, some_files in alone:
                    self._ask(some_specs, some_files, path, found)
                return
            for name in (*specs, *files):
                found.wrong[name] = Undeclared(f"`{name.partition(':')[0]}`: {answer}", None, True)
            return
        before = {name: self._digest(name) for name in (*specs, *files)}
        self._code = self._make_code(path)  # look again: it may have been edited meanwhile
        for name in (*specs, *files):
            data = _part(answer, name)
            found.take(name, data)
            if not data["wrong"]:
                if self._is_as_before(name, before[name]):
                    self._kept.put(name, before[name], data)
            elif name in answer["wrong"]:
                found.take_files(name, self._kept.last(name))


class _Found:
    """What was found so far."""

    def __init__(self) -> None:
        self.jobs: dict[str, DeclaredJob] = {}
        self.files: dict[str, tuple[str, ...]] = {}
        self.wrong: dict[str, Undeclared] = {}

    def take(self, name: str, data: Mapping[str, Any]) -> bool:
        """Take what is told of one name; say whether it could be read."""
        try:
            jobs = {spec: DeclaredJob.of(one) for spec, one in data["jobs"].items()}
            if data["wrong"]:
                self.wrong[name] = Undeclared(**data["wrong"])
        except (TypeError, KeyError):
            return False
        self.jobs |= jobs
        if data["file"] is not None:
            self.files[name] = tuple(data["file"])
        return True

    def take_files(self, name: str, data: Mapping[str, Any] | None) -> None:
        """Take of a file that is broken now which jobs it had."""
        if data is not None and self.take(name, {**data, "wrong": None}) is False:
            self.files.pop(name, None)


def _by_module(
    specs: Sequence[str], files: Sequence[str]
) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return specs and files as they can be asked for by themselves."""
    modules: dict[str, list[str]] = {}
    for spec in specs:
        modules.setdefault(spec.partition(":")[0], []).append(spec)
    return [*((tuple(some), ()) for some in modules.values()), *(((), (file,)) for file in files)]


def _part(answer: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return what an answer says of one name, with all above its jobs."""
    todo = list(answer["files"].get(name, ())) or [name]
    jobs: dict[str, Any] = {}
    while todo:
        spec = todo.pop()
        if spec not in jobs and spec in answer["jobs"]:
            jobs[spec] = answer["jobs"][spec]
            todo.extend(jobs[spec]["parents"])
    return {"jobs": jobs, "file": answer["files"].get(name), "wrong": answer["wrong"].get(name)}


def _broken(name: str, error: CodeError) -> Undeclared:
    module = name.partition(":")[0]
    message = f"`{module}` cannot be imported: {error.message}"
    return Undeclared(message, error.hint, True, error.file or module, error.line or 0)
