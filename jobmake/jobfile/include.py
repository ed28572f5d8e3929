"""A Jobfile with those that it includes, joined to one: targets, params, pools.

Knows files of TOML, and how one lies beside the other. Does not know what a target means.
The including file's params and pools are laid over those of the files it includes. Of an
included file's `[project]` only `include`, `params_files`, `shell` and `check` are heeded; its
`[cache]` and `[profile]` are checked, but the first file's alone hold.

Invariant: each file is read once, and every place leads to the file it is in.
"""

from __future__ import annotations

import os
import posixpath
from codecs import BOM_UTF8

from jobmake.jobfile.declaration import Declarations, declare
from jobmake.jobfile.params import leaves, merged, read_params_files
from jobmake.jobfile.problems import InFile, Problems, problem_at_line
from jobmake.jobfile.profile import with_profile
from jobmake.model.errors import JobfileError, Problem
from jobmake.tools.digest import digest_bytes
from jobmake.tools.pathnames import is_outside, normal
from jobmake.tools.value import Mutable, Value, field, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from jobmake.jobfile.declaration import DeclaredTarget
    from jobmake.jobfile.problems import Path

    Parse = Callable[[bytes], dict[str, Any]]


class IncludedFile(Value):
    """One Jobfile as it lies in the project. ``folder`` is seen from the project's (`.` is
    that itself), ``prefix`` is what the names of its targets begin with."""

    name: str  # relative to the project's folder
    folder: str
    prefix: str
    place: Path  # what all places in it begin with
    declarations: Declarations

    @property
    def targets(self) -> tuple[DeclaredTarget, ...]:
        """Its targets by their names in the whole."""
        if not self.prefix:
            return self.declarations.targets
        return tuple(replace(one, name=self.prefix + one.name) for one in self.declarations.targets)


class Joined(Mutable):
    """All files, the first one first, with their params and pools joined. ``complete``: no
    file with params or to include is missing or wrong."""

    files: list[IncludedFile] = field(default_factory=list)
    params: Mapping[str, Any] = field(default_factory=dict)
    pools: Mapping[str, Any] = field(default_factory=dict)
    complete: bool = True
    params_files: list[str] = field(default_factory=list)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all Jobfiles."""
        return tuple(one.name for one in self.files)


def parsed(data: bytes) -> dict[str, Any]:
    """Return what a TOML file holds. Raises BadToml."""
    from jobmake.tools.tomlguard import parse

    return parse(data)


def read_jobfiles(path: str, problems: Problems, profile: str | None, parse: Parse) -> Joined:
    """Read the Jobfile at ``path`` and all it includes. What is wrong is noted.

    Raises JobfileError where the first one cannot be read.
    """
    return _Reading(os.path.dirname(path), problems, parse).all(os.path.basename(path), profile)


class _Reading:
    """The files read so far, and by which chain the present one came to be read."""

    def __init__(self, root: str, problems: Problems, parse: Parse) -> None:
        self.root, self.problems, self.parse = root, problems, parse
        self.files: list[IncludedFile] = []
        self.known: dict[str, str] = {}  # real path: name
        self.params_files: list[str] = []
        self.complete = True

    def all(self, name: str, profile: str | None) -> Joined:
        data = self._toml(name)
        declarations = with_profile(declare(data, self.problems), profile)
        first = IncludedFile(name, ".", "", (), declarations)
        params, pools = self._joined(first, (os.path.realpath(os.path.join(self.root, name)),))
        return Joined(self.files, params, pools, self.complete, self.params_files)

    def _joined(
        self, file: IncludedFile, chain: tuple[str, ...]
    ) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """Read what ``file`` includes; return its params and pools laid over theirs."""
        self.files.append(file)
        self.known[chain[-1]] = file.name
        own = self._params(file)
        pools = file.declarations.pools
        below: list[tuple[str, Mapping[str, Any], Mapping[str, Any]]] = []
        for text, place in file.declarations.setting("include", file.place):
            included = self._included(file, text, place, chain)
            if included is None:
                self.complete = False
            else:
                real = os.path.realpath(os.path.join(self.root, included.name))
                found = self._joined(included, (*chain, real))
                self._refuse_difference("param", own, below, (included.name, found[0]), place)
                self._refuse_difference("pool", pools, below, (included.name, found[1]), place)
                below.append((included.name, *found))
        for _, their_params, their_pools in below:
            own = merged(their_params, own)
            pools = {**their_pools, **pools}
        return own, pools

    def _params(self, file: IncludedFile) -> Mapping[str, Any]:
        given = file.declarations.setting("params_files", file.place)
        names = [(normal(posixpath.join(file.folder, name)), place) for name, place in given]
        self.params_files += [name for name, _ in names]
        before = len(self.problems.found)
        files = read_params_files(self.root, names, self.problems)
        self.complete = self.complete and len(self.problems.found) == before
        return merged(files, file.declarations.params)

    def _included(
        self, file: IncludedFile, text: str, place: Path, chain: tuple[str, ...]
    ) -> IncludedFile | None:
        """Return the file that is written as ``text``; None where something is wrong."""
        name = normal(posixpath.join(file.folder, text))
        path = os.path.join(self.root, name)
        real = os.path.realpath(path)
        message, hint = None, None
        if is_outside(name):
            message = f"`{text}` lies outside the project's folder"
            hint = "include what is below the folder of the first Jobfile"
        elif os.path.isdir(path):
            message, hint = f"`{text}` is a folder", f"write `{text.rstrip('/')}/Jobfile.toml`"
        elif real in chain:
            names = [self.known[one] for one in chain[chain.index(real) :]]
            message = f"Jobfiles include each other: `{' -> '.join((*names, names[0]))}`"
        elif real in self.known:
            message = f"`{text}` is included twice"
        elif not os.path.exists(path):
            message = f"the Jobfile `{text}` does not exist"
        if message is None:
            return self._read(name, place)
        self.problems.value(place, message, hint)
        return None

    def _read(self, name: str, place: Path) -> IncludedFile | None:
        try:
            data = self._toml(name)
        except JobfileError as error:
            for problem in error.problems:
                if problem.file:
                    self.problems.add(problem)
                else:
                    self.problems.value(place, problem.message)
            return None
        begin: Path = (InFile(name),)
        declarations = declare(data, self.problems, begin)
        folder = posixpath.dirname(name) or "."
        prefix = "" if folder == "." else folder + "/"
        return IncludedFile(name, folder, prefix, begin, declarations)

    def _toml(self, name: str) -> dict[str, Any]:
        read, table = read_toml(os.path.join(self.root, name), name, self.parse)
        self.problems.texts[name] = read.removeprefix(BOM_UTF8).decode()
        self.problems.digests[name] = digest_bytes(read)
        return table

    def _refuse_difference(
        self,
        what: str,
        own: Mapping[str, Any],
        before: list[tuple[str, Mapping[str, Any], Mapping[str, Any]]],
        new: tuple[str, Mapping[str, Any]],
        place: Path,
    ) -> None:
        """Note each param or pool that two included files set differently, and that the
        including one leaves open."""
        mine = dict(_flat(own))
        theirs = dict(_flat(new[1]))
        for name, params, pools in before:
            for key, value in _flat(params if what == "param" else pools):
                other = theirs.get(key, value)
                if key not in mine and (type(other) is not type(value) or other != value):
                    self.problems.value(
                        place,
                        f"`{name}` and `{new[0]}` set the {what} `{key}` differently",
                        "set it in the Jobfile that includes them",
                    )


def _flat(table: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [leaf for name, value in table.items() for leaf in leaves(name, value)]


def read_toml(path: str, shown: str, parse: Parse) -> tuple[bytes, dict[str, Any]]:
    """Return content and table of a Jobfile. Raises JobfileError."""
    try:
        data = _read_bytes(path)
    except OSError as error:
        message = f"the Jobfile `{path}` cannot be read: {error.strerror}"
        raise JobfileError((Problem(message),)) from None
    try:
        return data, parse(data)
    except ValueError as error:
        from jobmake.tools.tomlguard import BadToml

        if not isinstance(error, BadToml):
            raise
        problem = problem_at_line(shown, data, error.message, error.line, error.column - 1)
        raise JobfileError((problem,)) from None


def _read_bytes(path: str) -> bytes:
    import stat

    # a fifo or a device would never end
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "it is not a regular file", path)
        return file.read()
