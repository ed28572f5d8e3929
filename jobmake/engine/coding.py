"""The code that targets reach, as parts of their fingerprints.

Knows which code a target has: that of its Python job, or of the script that its command runs;
and when what was read of it is not to be trusted any more. Does not know how code is read
(`code/`).

Invariant: what is told is of files that were as they are, or that were left alone long enough
to see by their stamps that they are.
"""

from __future__ import annotations

import os
import posixpath
import re
import time
from typing import TYPE_CHECKING

from jobmake.memory.stamps import MARGIN
from jobmake.model.declared import DeclaredJob, Undeclared
from jobmake.model.errors import CodeError, TargetError
from jobmake.tools.digest import digest_texts
from jobmake.tools.value import Mutable, Value, field, replace
from jobmake.values.naming import classes_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from jobmake.code.code import Code, Reached
    from jobmake.memory.codestore import CodeStore
    from jobmake.memory.looks import Looks
    from jobmake.model.decision import Reason
    from jobmake.model.fingerprint import Record
    from jobmake.model.target import Target

_Stamp = tuple[int, ...] | None  # None: it is not there


class _Read(Mutable):
    """What was read of the code, as long as no file of it changes."""

    code: Code
    reached: dict[tuple[str, ...], Reached] = field(default_factory=dict)
    stamps: dict[str, _Stamp] = field(default_factory=dict)


class Looked(Value):
    """Files that were looked at, there or not, and folders whose names were listed."""

    files: tuple[str, ...]
    folders: tuple[str, ...]


class Coding:
    """``code`` makes a reader of the project's code; ``store`` keeps what it finds, and knows
    what the parts of records were made of. ``of_types`` says for the job types that are the
    project's own in which files and by which names their code is. In ``looks`` it is noted what
    was read."""

    def __init__(
        self,
        root: str,
        code: Callable[[], Code],
        store: CodeStore,
        of_types: Mapping[str, tuple[tuple[str, str], ...]] | None = None,
        looks: Looks | None = None,
    ) -> None:
        self._root, self._make, self._store = root, code, store
        self._below = os.path.join(root, "")
        self._of_types, self._looks = of_types or {}, looks
        self._read: _Read | None = None
        self._looked_at: dict[tuple[str, ...], Looked] = {}
        self._bindings: dict[tuple[str, str], Mapping[str, str]] = {}  # by path and digest

    def parts(self, target: Target) -> Iterator[tuple[str, str]]:
        """Yield name and digest (or version) of all code that a target reaches.

        Raises CodeError for code that cannot be read.
        """
        job = target.settings.get("job")
        if target.job_type == "python" and not isinstance(job, DeclaredJob):
            raise _unknown(target, job)
        found = dict(job.code) if isinstance(job, DeclaredJob) else {}
        for about in (*_asked(target), *self._of_type(target)):
            reached = self._reached(about)
            for name, digest in reached.parts.items():
                if name in reached.bindings:
                    self._bindings[name, digest] = reached.bindings[name]
                found[name] = digest
        found.pop("jobmake", None)  # a new one changes no job; the job type's version tells
        yield from found.items()

    def parts_of_value(self, path: str, digest: str) -> Iterator[tuple[str, str]]:
        """Yield name and digest of the code of each class of the project that a stored value
        names: whoever is given the value may call its methods."""
        key = f"classes {digest}"
        names = self._store.known.get(key)
        if names is None:
            names = classes_in(os.path.join(self._root, path))
            self._store.known.put(key, names)
        for name in names:
            try:
                reached = self._reached(("name", *name.split(":", 1)))
            except CodeError:
                continue  # it is installed, or no class that can be found: the value tells
            yield (
                name,
                digest_texts(text for pair in sorted(reached.parts.items()) for text in pair),
            )

    def _of_type(self, target: Target) -> Iterator[tuple[str, ...]]:
        """Yield what is to be asked of the code of a target's job type."""
        for file, name in self._of_types.get(target.job_type or "", ()):
            yield "type", file, name

    def used_of_parents(self, target: Target) -> frozenset[str] | None:
        """Return the attributes that a job may use of those above it; None: any."""
        found: frozenset[str] = frozenset()
        for about in _asked(target):
            attributes = self._reached(about).attributes
            if attributes is None:
                return None
            found |= attributes
        return found

    def looked_at(
        self, target: Target, values: Iterable[str], search: Sequence[str]
    ) -> Iterator[Looked | None]:
        """Yield what was looked at to tell the code of a target, and of the classes that stored
        values (their digests) name; None for what could not be told. ``search``: the folders
        in which modules are looked for."""
        try:
            asked = [*_asked(target), *self._of_type(target)]
        except TargetError:
            asked = [()]
        for about in asked:
            yield self._looked_at.get(about)
        for digest in values:
            for name in self._store.known.get(f"classes {digest}") or ():
                module, _, qualname = name.partition(":")
                top = module.partition(".")[0]
                places = [posixpath.normpath(posixpath.join(one, top)) for one in search]
                unknown = Looked((*places, *(f"{one}.py" for one in places)), ())
                yield self._looked_at.get(("name", module, qualname), unknown)

    def named(self, reason: Reason, record: Record | None, now: str | None) -> Reason:
        """Return a reason with the names that changed in a file, where they are known."""
        old = record.fingerprint.parts.get(("code", reason.name)) if record else None
        bindings = self._bindings.get((reason.name, now or ""))
        if old is None or now is None:
            return reason
        if bindings is None:  # a package, Python, or what stands in no file
            is_digest = now.startswith("xxh3:")
            return reason if is_digest else replace(reason, what=f"changed {old} -> {now}")
        differing = self._store.difference(old, bindings)
        return reason if differing is None else replace(reason, what=_told(*differing))

    def _reached(self, about: tuple[str, ...]) -> Reached:
        read = self._read
        known = read.reached.get(about) if read else None
        if read is None or not self._is_as_read(read, known):
            read = self._read = _Read(self._make())
            known = None
        if known is None:
            self._looked_at.pop(about, None)
            self._read = None  # what cannot be read has no stamp: then all is read again
            try:
                known = read.reached[about] = _ask(read.code, about)
            except CodeError as error:
                self._looked_at[about] = Looked(error.files, error.folders)
                raise
            self._read = read
            self._looked_at[about] = Looked((*known.files, *known.absent), known.folders)
            self._store.remember(known)
            if self._looks is not None:
                note_code(self._looks, self._root, read.code, known)
            for path in (*known.files, *known.absent, *known.folders):
                read.stamps.setdefault(path, self._stamp(path))
        return known

    def _is_as_read(self, read: _Read, known: Reached | None) -> bool:
        """Say whether what was read is still true, as far as it concerns one answer."""
        if known is None:
            return all(self._stamp(path) == stamp for path, stamp in read.stamps.items())
        paths = (*known.files, *known.absent, *known.folders)
        return all(self._stamp(path) == read.stamps[path] for path in paths)

    def _stamp(self, path: str) -> _Stamp:
        """Return what changes with a file; of a young one nothing does for certain."""
        try:
            status = os.stat(path if path.startswith("/") else self._below + path)
        except OSError:
            return None
        if max(status.st_mtime, status.st_ctime) > time.time() - MARGIN:
            return (time.monotonic_ns(),)
        return (
            status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_mode,
        )  # fmt: skip


def note_code(looks: Looks, root: str, code: Code, reached: Reached) -> None:
    """Note what an answer about code follows from."""
    from jobmake.memory.looks import NotingEye

    eye = NotingEye(root, looks, lambda _status: False)
    for path in reached.files:
        looks.saw_bytes(path, code.digest(path))
    for path in reached.absent:
        eye.kind(path)
    for folder in reached.folders:
        names = sorted(entry.name for entry in eye.entries(folder))
        if digest_texts(names) != code.names_digest(folder):
            looks.spoil(f"other names in `{folder}` meanwhile")
    if code.reads_packages:
        looks.spoil("packages are used that were not installed by copying")


def _unknown(target: Target, job: object) -> TargetError:
    """Return why nothing is known of a target's job."""
    if isinstance(job, Undeclared):
        return TargetError(job.message, job.hint)
    return TargetError(
        f"its module was not loaded: `{target.settings['python']}` is not known",
        "`jobmake build` loads it",
    )


def _told(changed: Sequence[str], added: Sequence[str], removed: Sequence[str]) -> str:
    """Return what ends a sentence that begins with a file."""
    said = [f"`{name}`" for name in changed]
    said += [f"new `{name}`" for name in added] + [f"gone `{name}`" for name in removed]
    more = f" and {len(said) - 3} more" if len(said) > 3 else ""
    return f"changed: {', '.join(said[:3])}{more}" if said else "changed"


def _asked(target: Target) -> Iterator[tuple[str, ...]]:
    """Yield what is to be asked of the code for a target."""
    if target.job_type == "python":
        job = target.settings["job"]
        if isinstance(job, DeclaredJob) and not job.code:
            yield ("name", *job.spec.split(":", 1))
        return
    if not target.settings.get("imports"):
        return
    from jobmake.code.commands import run_by

    texts = target.settings.get("run") or (" ".join(target.settings["argv"]),)
    found = [one for text in texts for one in run_by(text, lambda word: _source(word, target))]
    if not found:
        raise TargetError(
            "`imports` finds no Python script in its command",
            "it looks for `python SCRIPT.py` and `python -m MODULE`; else name files in `sources`",
        )
    for one in found:
        if one.module:
            yield "main", one.module
        else:
            yield "script", posixpath.normpath(posixpath.join(target.cwd, one.script))


def _source(word: str, target: Target) -> str | None:
    """Return the source that a placeholder stands for, as the command sees it."""
    match = re.fullmatch(r"\{sources(?:\[(\d+)\]|\.([\w-]+))?\}", word)
    if match is None:
        return None
    files = [one for one in target.sources if one.kind == "file"]
    if match[2] is not None:
        files = [one for one in files if one.role == match[2]]
    number = int(match[1] or 0)
    return posixpath.relpath(files[number].path, target.cwd) if number < len(files) else None


def _ask(code: Code, about: tuple[str, ...]) -> Reached:
    kind, name, *rest = about
    if kind == "name" and name.endswith(".py"):
        return code.of_file(name, rest[0])
    if kind == "name":
        return code.of(name, rest[0])
    if kind == "type":
        return _of_type(code, name, rest[0])
    return code.of_script(name) if kind == "script" else code.of_main(name)


def _of_type(code: Code, file: str, name: str) -> Reached:
    """Return what a job type reaches: where its text does not show its name, all of its file."""
    try:
        return code.of_file(file, name)
    except CodeError:
        return code.of_module(file)
