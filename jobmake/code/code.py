"""The code that a Python job reaches, as parts of its fingerprint.

Knows how a question is answered from what is already known, or by following the code.
Does not run or import any project code.

Invariant: a kept answer is given only while every file it was found in has the same
bytes, and every path it did not find is still absent.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from jobmake.code.finder import MAIN, Finder
from jobmake.code.installed import Installed, site_folders
from jobmake.code.lookup import Names, is_standard
from jobmake.code.parts import file_parts
from jobmake.code.reach import Reach
from jobmake.code.sources import Sources
from jobmake.model.errors import CodeError
from jobmake.tools.hints import did_you_mean
from jobmake.tools.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from jobmake.code.finder import Module
    from jobmake.code.known import Known

ABSENT = "absent"  # stands for a package or name that is not there


class Reached(Value):
    """All code that one job reaches."""

    files: tuple[str, ...]  # read to find out, sorted
    absent: tuple[str, ...]  # paths that would have been read, had they been there
    folders: tuple[str, ...]  # whose names were listed
    parts: Mapping[str, str]  # by path of a file, or name of a package; `python`: its version
    bindings: Mapping[str, Mapping[str, str]]  # by path: the digest of each name that counts
    attributes: frozenset[str] | None  # that may be used of parents; None: any
    notes: tuple[str, ...]  # what could not be followed, and what counts instead


class Code:
    """Answers what project code a job reaches. Each file is looked at once."""

    def __init__(
        self,
        root: str,
        search: Sequence[str],
        known: Known,
        *,
        read: Callable[[str], bytes | None] | None = None,
        site: Sequence[str] | None = None,
    ) -> None:
        """``search``: folders, relative to ``root``, from which modules are imported.

        ``site``: folders of installed packages; by default those of this Python.
        """
        self._sources = Sources(root, read)
        folders = site_folders() if site is None else tuple(site)
        inside = [(folder, self._sources.relative(folder)) for folder in folders]
        # an editable install of the project itself is project code
        own = [each for folder, each in inside if each is not None and not _is_site(folder)]
        self._search = tuple(dict.fromkeys((*map(_plain_path, search), *own)))
        outer = [folder for folder, each in inside if each is None or _is_site(folder)]
        self._known, self._installed = known, Installed(outer, known)
        self._finder = Finder(self._sources, self._search)

    def of(self, module: str, qualname: str) -> Reached:
        """Return what a class or function of a module reaches. Raises CodeError."""
        return self._answer(("name", module, qualname), self._finder, self._reach_name)

    def of_file(self, path: str, qualname: str) -> Reached:
        """Return what a class or function in a file reaches. Raises CodeError."""
        return self._answer(("file", path, qualname), self._finder, self._reach_in_file)

    def of_script(self, path: str) -> Reached:
        """Return what a file reaches that is run as a script. Raises CodeError."""
        finder = Finder(self._sources, self._search, [path.rpartition("/")[0] or "."])
        return self._answer(("script", path, ""), finder, self._reach_script)

    def of_main(self, module: str) -> Reached:
        """Return what `python -m module` reaches. Raises CodeError."""
        finder = Finder(self._sources, self._search, ["."])
        return self._answer(("main", module, ""), finder, self._reach_main)

    def of_module(self, module: str) -> Reached:
        """Return what all of a module, named or by its file, reaches. Raises CodeError."""
        return self._answer(("module", module, ""), self._finder, self._reach_module)

    def digest(self, path: str) -> str:
        """Return the digest of a file, as it was when it was first looked at."""
        return self._sources.digest(path)

    def names_digest(self, folder: str) -> str:
        """Return the digest of the names in a folder, as they were when it was first listed."""
        return self._sources.names_digest(folder)

    @property
    def reads_packages(self) -> bool:
        """Whether files of packages were read: of those that were not installed by copying."""
        return self._installed.reads_files

    # --- following the code ------------------------------------------------------------

    def _reach_name(self, names: Names, reach: Reach, module: str, qualname: str) -> None:
        found = names.find(module)
        if found is None:
            raise CodeError(f"there is no module `{module}` in the project")
        self._reach_in(names, reach, found, qualname)

    def _reach_module(self, names: Names, reach: Reach, module: str, _: str) -> None:
        if module.endswith(".py"):
            self._must_be(module)
            reach.module(names.finder.by_path(module))
            return
        found = names.find(module)
        if found is None:
            raise CodeError(f"there is no module `{module}` in the project")
        reach.module(found)

    def _reach_in_file(self, names: Names, reach: Reach, path: str, qualname: str) -> None:
        self._must_be(path)
        self._reach_in(names, reach, names.finder.by_path(path), qualname)

    def _reach_in(self, names: Names, reach: Reach, module: Module, qualname: str) -> None:
        if not reach.name(module, tuple(qualname.split("."))):
            raise CodeError(
                f"there is no `{qualname}` in it",
                did_you_mean(qualname, names.summary(module).names),
                file=module.path or module.name,
            )

    def _reach_script(self, names: Names, reach: Reach, path: str, _: str) -> None:
        self._must_be(path)
        reach.script(names.finder.main(path))

    def _reach_main(self, names: Names, reach: Reach, module: str, _: str) -> None:
        found = names.find(module)
        if found is not None and found.folders:
            module = f"{module}.{MAIN}"
            found = names.find(module)
        if found is None or not found.path:
            raise CodeError(f"there is no module `{module}` in the project")
        package = names.find(module.rpartition(".")[0])
        reach.script(names.finder.main(found.path, found.package), package)

    def _must_be(self, path: str) -> None:
        if self._sources.content(path) is None:
            raise CodeError("there is no such file", file=path)

    # --- answers that are kept -----------------------------------------------------------

    def _answer(
        self,
        about: tuple[str, str, str],
        finder: Finder,
        follow: Callable[[Names, Reach, str, str], None],
    ) -> Reached:
        key = f"reached {'|'.join(self._search)} {' '.join(about)}"
        kept = self._known.get(key)
        if kept is None or not self._holds(kept):
            names = Names(self._sources, finder, self._installed, self._known)
            reach = Reach(names, self._sources)
            try:
                follow(names, reach, *about[1:])
            except CodeError as error:
                error.files, error.folders = _looked_at(names, reach, error.file)
                raise
            kept = self._to_keep(names, reach)
            self._known.put(key, kept)
        return self._reached(kept)

    def _holds(self, kept: Any) -> bool:
        files, absent, folders, consulted, *_ = kept
        return (
            all(self._sources.digest(path) == digest for path, digest in files)
            and not any(self._sources.kind(path) for path in absent)
            and all(self._sources.names_digest(each) == digest for each, digest in folders)
            and all(bool(self._installed.version(top)) == there for top, there in consulted)
        )

    def _to_keep(self, names: Names, reach: Reach) -> Any:
        """Return what an answer follows from, and the answer, as plain data."""
        parts, bindings = file_parts(reach)
        files = tuple((path, self._sources.digest(path)) for path in sorted(_read(names, reach)))
        parts.update((path, self._sources.digest(path)) for path in reach.wide.files)
        parts.update((name, ABSENT) for name in reach.missing)
        return (
            files,
            tuple(sorted(_tried(names))),
            tuple((each, self._sources.names_digest(each)) for each in sorted(reach.wide.folders)),
            tuple(sorted(names.consulted.items())),
            tuple(sorted(top for top in reach.outside if not is_standard(top))),
            tuple(sorted(parts.items())),
            tuple((path, tuple(named.items())) for path, named in sorted(bindings.items())),
            None if reach.wanted is None else tuple(sorted(reach.wanted)),
            tuple(sorted(reach.wide.notes)),
        )

    def _reached(self, kept: Any) -> Reached:
        files, absent, folders, _, outside, parts, bindings, attributes, notes = kept
        packages = {top: self._installed.version(top) or ABSENT for top in outside}
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        return Reached(
            files=tuple(path for path, _ in files),
            absent=absent,
            folders=tuple(folder for folder, _ in folders),
            parts={**dict(parts), **packages, "python": python},
            bindings={path: dict(named) for path, named in bindings},
            attributes=None if attributes is None else frozenset(attributes),
            notes=notes,
        )


def _read(names: Names, reach: Reach) -> set[str]:
    """Return the files that were read."""
    loaded = {module.path for module in reach.modules.values() if module.path}
    return loaded | reach.wide.files | names.read


def _tried(names: Names) -> set[str]:
    """Return the paths that would have been read, had they been there."""
    return {path for name in names.asked for path in names.finder.tried(name)}


def _looked_at(
    names: Names, reach: Reach, file: str | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what an error follows from, which is told of ``file``: files, there or not, and
    folders."""
    files = _read(names, reach) | _tried(names) | ({file} if file else set())
    return tuple(sorted(files)), tuple(sorted(reach.wide.folders))


def _plain_path(folder: str) -> str:
    return folder.removeprefix("./").rstrip("/") or "."


def _is_site(folder: str) -> bool:
    return folder.endswith(("/site-packages", "/dist-packages"))
