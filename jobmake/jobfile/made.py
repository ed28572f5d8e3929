"""Who makes which file: all outputs by path, and the folders that belong to one target.

Knows all that targets own: outputs, the files written before a run, what they publish.
Of a family whose instances are not known yet it knows the outputs as globs, which serve
to find a maker, not to find two makers of one file. Looks at no disk.

Invariant: nothing here is quadratic. Paths are looked up by themselves and by the folders
above them; globs look only at what begins like them.
"""

from __future__ import annotations

from bisect import bisect_left

from jobmake.model.bindings import ANY_NAME, ANY_PATH
from jobmake.model.target import FilePattern
from jobmake.tools.pathnames import (
    escape_magic,
    glob_regex,
    has_magic,
    literal_start,
    parents,
    static_folder,
    step_regex,
)
from jobmake.tools.value import Mutable, field, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jobmake.jobfile.problems import Problems
    from jobmake.model.target import Target


class Made(Mutable):
    """All that is made: by path, by folders, and as globs of what is not known yet.

    ``exact`` and ``folders`` give the target's name; ``loose`` holds for the folder in
    which a glob begins the globs and who makes their files.
    """

    exact: dict[str, str] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)
    loose: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    _sorted_paths: list[str] = field(default_factory=list)
    _sorted_loose: list[str] = field(default_factory=list)
    _answers: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        targets: Iterable[Target],
        problems: Problems | None,
        loose: Mapping[str, Iterable[FilePattern]] | None = None,
    ) -> Made:
        """Return all that targets make; two makers of one file are noted.

        ``loose`` holds the outputs of families whose instances are not known.
        """
        made = cls()
        patterns: list[tuple[Target, FilePattern, str]] = []
        told: set[object] = set()  # of all instances of a family the first is told
        for target in targets:
            own: set[str] = set()
            for one in target.made:
                owned = static_folder(one.path) if one.kind == "glob" else one.path
                patterns.append((target, one, owned))
                first = made.exact.setdefault(owned, target.name)
                if one.kind != "file":
                    made.folders.setdefault(owned, target.name)
                if problems is not None and first != target.name and one.place not in told:
                    if first.partition("[")[0] == target.family:
                        told.add(one.place)
                    _note_two_makers(one, target, first, problems)
                elif problems is not None and one.path in own:
                    problems.value(one.place, f"target `{target.family}` makes `{one.shown}` twice")
                own.add(one.path)
        if problems is not None:
            made._note_inside(patterns, problems)
        for name, globs in (loose or {}).items():
            for one in globs:
                made._add_loose(name, one)
        made._sorted_paths = sorted(made.exact)
        made._sorted_loose = sorted(made.loose)
        return made

    def makers(self, wanted: FilePattern) -> tuple[str, ...]:
        """Return the targets that make what ``wanted`` names, or something in it."""
        asked = (wanted.kind, wanted.path)
        found = self._answers.get(asked)
        if found is None:
            # all instances of a target may have the same glob over many outputs
            names = (*self._makers(wanted), *self._loose_makers(wanted))
            found = self._answers[asked] = tuple(dict.fromkeys(names))
        return found

    def _note_inside(
        self, patterns: list[tuple[Target, FilePattern, str]], problems: Problems
    ) -> None:
        for target, one, owned in patterns:
            for folder in parents(owned):
                other = self.exact.get(folder)
                if other is not None and other != target.name:
                    problems.value(
                        one.place,
                        f"target `{target.name}` makes `{one.shown}` inside `{folder}`,"
                        f" which `{other}` makes",
                        _hint_for_axes(target, other),
                    )
                    break

    def _add_loose(self, name: str, one: FilePattern) -> None:
        self.loose.setdefault(static_folder(one.path), []).append((one.path, name))

    def _makers(self, wanted: FilePattern) -> Iterator[str]:
        base = static_folder(wanted.path) if wanted.kind == "glob" else wanted.path
        if base:
            for path in (base, *parents(base)):
                table = self.exact if path == base else self.folders
                if path in table:
                    yield table[path]
        if wanted.kind == "file":
            return
        begin = literal_start(wanted.path) if wanted.kind == "glob" else base + "/"
        for path in _beginning(self._sorted_paths, begin):
            if wanted.kind == "folder" or self._may_match(wanted.path, path):
                yield self.exact[path]

    def _loose_makers(self, wanted: FilePattern) -> Iterator[str]:
        if not self.loose:
            return
        glob = wanted.path if wanted.kind == "glob" else escape_magic(wanted.path)
        glob += "/**" if wanted.kind == "folder" else ""
        base = static_folder(wanted.path) if wanted.kind == "glob" else wanted.path
        folders = ["", *parents(base), base]
        if wanted.kind != "file":
            folders.extend(_beginning(self._sorted_loose, base + "/" if base else ""))
        from jobmake.tools.globmeet import globs_meet

        for folder in dict.fromkeys(folders):
            for pattern, name in self.loose.get(folder, ()):
                if globs_meet(pattern, glob):
                    yield name

    def _may_match(self, pattern: str, path: str) -> bool:
        if glob_regex(pattern).fullmatch(path):
            return True
        return path in self.folders and _may_reach_into(pattern.split("/"), path.split("/"))


def loosened(outputs: Iterable[FilePattern]) -> Iterator[FilePattern]:
    """Yield outputs of instances whose files are not known as globs of all they may make:
    of `out/{each.p.stem}.csv` comes `out/*.csv`."""
    for one in outputs:
        steps = one.path.split("/")
        if one.kind != "file":  # all below it is its own
            end = next((at for at, step in enumerate(steps) if has_magic(step)), len(steps))
            steps = [*steps[: end if one.kind == "glob" else len(steps)], "**"]
        loose = []
        for step in steps:
            if ANY_PATH in step:
                loose.append("**")
                if step != ANY_PATH:
                    break
            else:
                loose.append(step if step == "**" else _loose_step(step, one.kind))
        yield replace(one, kind="glob", path="/".join(loose))


def _loose_step(step: str, kind: str) -> str:
    pieces = [piece if kind == "glob" else escape_magic(piece) for piece in step.split(ANY_NAME)]
    return "*".join(pieces)


def _beginning(paths: list[str], text: str) -> Iterator[str]:
    index = bisect_left(paths, text)
    while index < len(paths) and paths[index].startswith(text):
        yield paths[index]
        index += 1


def _may_reach_into(pattern: list[str], folder: list[str]) -> bool:
    """Say whether a glob can match something below a folder."""
    for number, step in enumerate(folder):
        if number >= len(pattern) - 1:
            return pattern[-1] == "**"
        if pattern[number] == "**":
            return True
        matches = step_regex(pattern[number]) if has_magic(pattern[number]) else None
        if not (matches.fullmatch(step) if matches else pattern[number] == step):
            return False
    return True


def _note_two_makers(one: FilePattern, second: Target, first: str, problems: Problems) -> None:
    message = f"targets `{first}` and `{second.name}` both make `{one.shown}`"
    problems.value(one.place, message, _hint_for_axes(second, first))


def _hint_for_axes(target: Target, other: str) -> str | None:
    """Return which axes the path lacks where the other maker is of the same family."""
    from jobmake.jobfile.instances import value_text

    if other.partition("[")[0] != target.family:
        return None
    inner = f",{other.partition('[')[2][:-1]},"
    axes = [axis for axis, value in target.matrix if f",{axis}={value_text(value)}," not in inner]
    root = [f"{'each' if axis in target.scope.each else 'matrix'}.{axis}" for axis in axes]
    return f"the path must hold {' and '.join(f'`{{{one}}}`' for one in root)}" if root else None
