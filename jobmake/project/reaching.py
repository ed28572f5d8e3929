"""Which targets a change of some path may concern: all that name it, or that looked at it.

Knows file patterns, what runs named in depfiles, which files code was read from. Looks at the
disk only to tell a file from a folder. Does not know whether a target is stale.

Invariant: where in doubt a target is concerned. A path concerns what is at it, what is below it
(it may be a folder that went, or came) and the folders above it that count as a whole.
"""

from __future__ import annotations

import os
import posixpath
from bisect import bisect_left

from jobmake.model.target import FilePattern
from jobmake.tools.pathnames import glob_regex, parents, static_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from jobmake.engine.judge import Judge
    from jobmake.model.target import Target

OWN = "own"  # what a target makes
PLACED = "placed"  # where it is published
READ = "read"  # what it reads; also what is below
CODE = "code"  # a file of code, there or not
LISTED = "listed"  # a folder of which the names count

Naming = tuple[str, str]  # the target, and how it names a path


class _Paths:
    """Who names which paths."""

    def __init__(self) -> None:
        self._at: dict[str, dict[Naming, None]] = {}
        self._sorted: list[str] | None = None

    def add(self, path: str, naming: Naming) -> None:
        if path not in self._at:
            self._at[path] = {}
            self._sorted = None
        self._at[path][naming] = None

    def remove(self, path: str, naming: Naming) -> None:
        found = self._at.get(path)
        if found is not None:
            found.pop(naming, None)
            if not found:
                del self._at[path]
                self._sorted = None

    def at(self, path: str) -> Iterable[Naming]:
        return self._at.get(path, ())

    def below(self, folder: str) -> Iterator[tuple[str, Iterable[Naming]]]:
        if self._sorted is None:
            self._sorted = sorted(self._at)
        begin = f"{folder}/"
        for number in range(bisect_left(self._sorted, begin), len(self._sorted)):
            path = self._sorted[number]
            if not path.startswith(begin):
                break
            yield path, self._at[path]

    def all(self) -> Iterator[tuple[str, Iterable[Naming]]]:
        yield from self._at.items()


class Reaching:
    """``wanted`` are the targets of a judge's graph that count. ``unknown`` are those of which
    it is not known what they depend on."""

    def __init__(self, judge: Judge, wanted: Iterable[str]) -> None:
        self._judge = judge
        self._paths = _Paths()
        self._globs: dict[str, dict[Naming, None]] = {}  # by the pattern
        self._bases = _Paths()  # the folders in which globs begin; "named" by the globs
        self._learned: dict[str, list[tuple[str, Naming]]] = {}
        self._aliases: dict[str, set[str]] = {}  # by the real path of a folder or file
        self.unknown: set[str] = set()
        names = list(wanted)
        for name in names:
            self._add_patterns(judge.graph.targets[name])
            self._learn(name)
        self._find_aliases()

    def learn(self, names: Iterable[str]) -> None:
        """Take note of what is known of targets after a build."""
        for name in names:
            for path, naming in self._learned.pop(name, ()):
                self._paths.remove(path, naming)
            self._learn(name)

    def of(self, path: str) -> set[Naming]:
        """Return who is concerned by a change of a path, and how."""
        found: set[Naming] = set()
        for one in self._names_of(path):
            is_file = os.path.isfile(os.path.join(self._judge.files.root, one))
            self._add_at(one, found)
            self._add_globs(one, found, is_file=is_file)
            for _, namings in self._paths.below(one):
                found.update(namings)
        if self.unknown and not any(how == OWN for _, how in found) and self._may_be_code(path):
            found.update((name, CODE) for name in self.unknown)
        return found

    def patterns(self, waiting: Collection[str] = ()) -> Iterator[FilePattern]:
        """Yield all that was looked at besides the files that the graph names. What is not known
        of targets that wait for others is looked at when it is their turn."""
        if self.unknown.difference(waiting):
            yield FilePattern("", "glob", "**/*.py")
        for path, namings in self._paths.all():
            if any(path in (one for one, _ in self._learned.get(name, ())) for name, _ in namings):
                yield FilePattern("", "file", path)

    # -- what names a path --------------------------------------------------------------

    def _add_at(self, path: str, found: set[Naming]) -> None:
        found.update(self._paths.at(path))
        above = parents(path)
        for folder in above:
            found.update(one for one in self._paths.at(folder) if one[1] != LISTED)
        folder = posixpath.dirname(path) or "."
        found.update(one for one in self._paths.at(folder) if one[1] == LISTED)

    def _add_globs(self, path: str, found: set[Naming], *, is_file: bool) -> None:
        bases = [path, *parents(path)]
        bases.append("/" if path.startswith("/") else "")
        named = [pattern for base in bases for pattern, _ in self._bases.at(base)]
        for pattern in dict.fromkeys(named):
            if not is_file or glob_regex(pattern).fullmatch(path):
                found.update(self._globs[pattern])
        for _, patterns in self._bases.below(path):
            for pattern, _ in patterns:
                found.update(self._globs[pattern])

    def _may_be_code(self, path: str) -> bool:
        full = os.path.join(self._judge.files.root, path)
        is_gone_folder = not os.path.lexists(full) and "." not in posixpath.basename(path)
        return path.endswith(".py") or is_gone_folder or os.path.isdir(full)

    def _names_of(self, path: str) -> Iterator[str]:
        """Yield a path, and by which other names it is known here: through links."""
        yield path
        if self._aliases:
            for real in (path, *parents(path)):
                for alias in self._aliases.get(real, ()):
                    yield alias + path[len(real) :]
            for real, aliases in self._aliases.items():
                if real.startswith(f"{path}/"):
                    yield from aliases

    # -- what is named ------------------------------------------------------------------

    def _add_patterns(self, target: Target) -> None:
        for place in target.publish:
            self._paths.add(place.path, (target.name, PLACED))
        for how, patterns in ((READ, (*target.inputs, *target.sources)), (OWN, target.owned)):
            for one in patterns:
                if one.kind != "glob":
                    self._paths.add(one.path, (target.name, how))
                    continue
                if one.path not in self._globs:
                    self._globs[one.path] = {}
                    self._bases.add(static_folder(one.path), (one.path, ""))
                self._globs[one.path][target.name, how] = None

    def _learn(self, name: str) -> None:
        found = self._learned[name] = [(path, (name, how)) for path, how in self._seen(name)]
        if not found:
            del self._learned[name]
        for path, naming in found:
            self._paths.add(path, naming)

    def _seen(self, name: str) -> Iterator[tuple[str, str]]:
        """Yield what was looked at for a target besides what it declares, and how."""
        judge, target = self._judge, self._judge.graph.targets[name]
        self.unknown.discard(name)
        if target.depfile is not None:
            record = judge.records.old(name)
            for kind, path in record.fingerprint.parts if record else ():
                if kind == "discovered":
                    yield path, READ
            yield from ((path, READ) for path in judge.outside.of(name))
        if judge.code is None:
            return
        given = target.needs if target.job_type == "python" else ()
        needs = [judge.records.get(need) for need in given]
        values = [one.value for one in needs if one is not None and one.value is not None]
        for looked in judge.code.looked_at(target, values, judge.python_path):
            if looked is None:
                self.unknown.add(name)
                continue
            yield from ((path, CODE) for path in looked.files)
            yield from ((path, LISTED) for path in looked.folders)

    def _find_aliases(self) -> None:
        """Note where links lead that stand in what is named."""
        root = os.path.realpath(self._judge.files.root)
        real_of: dict[str, str] = {}
        named = {path for path, _ in self._paths.all()} | {base for base, _ in self._bases.all()}
        for path in named - {"", ".", "/"}:
            folder = posixpath.dirname(path)
            if folder not in real_of:
                real_of[folder] = os.path.realpath(os.path.join(root, folder))
            full = os.path.join(real_of[folder], posixpath.basename(path))
            if os.path.islink(full):
                self._add_alias(os.path.realpath(full), path, root)
        for folder, real in real_of.items():
            self._add_alias(real, folder, root)

    def _add_alias(self, real: str, path: str, root: str) -> None:
        shown = real[len(root) + 1 :] if real.startswith(f"{root}/") else real
        if shown != path and real != root and real != os.path.normpath(os.path.join(root, path)):
            self._aliases.setdefault(shown, set()).add(path)
