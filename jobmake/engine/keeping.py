"""What becomes of a run's result files: its value, and the own files that it left.

    take (made read-only, digested) ──▶ place (in `.jobmake/results/`, by content)
    restore (from a cache, by way of a run's folder) ──▶ the same place

Knows the folder of a run that ended well, and the order in which its files move. Does not
know records, nor whether the run is good.

Invariant: a result has its name all at once, and nothing of another's is lost by that: what
was edited there is moved aside.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress

from jobmake.memory.resultfiles import folder_of, is_edited, is_whole, result_parts
from jobmake.model.errors import TargetError
from jobmake.tools.folders import remove_tree
from jobmake.tools.value import Value, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jobmake.memory.files import Files
    from jobmake.model.cached import Trace
    from jobmake.model.fingerprint import Record
    from jobmake.model.run import Work

VALUE, OWN_FILES = "value", "files"  # in the folder of a run, and in that of a result
_STAGED = "result.new"  # in the folder of a run: what is about to become a result


class Taken(Value):
    """Digests of what a run left in its folder: of its value, of each own file by name."""

    value: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)


def take(folder: str, files: Files, work: Work) -> Taken:
    """Return what a run left in ``folder`` (relative to the root), which is read-only from now
    on. Raises TargetError for what cannot be kept."""
    full = os.path.join(files.root, folder)
    value, digests = None, {}
    try:
        names = list(_own_files(os.path.join(full, OWN_FILES)))
        if (work.value or work.leaves_value) and _is_file(os.path.join(full, VALUE), "value"):
            _protect(full, VALUE)
            value = _digest(files, f"{folder}/{VALUE}")
        elif work.value:
            raise TargetError("its captured output went while it ran")
        for name in names:
            _protect(full, f"{OWN_FILES}/{name}")
            digests[name] = _digest(files, f"{folder}/{OWN_FILES}/{name}")
    except OSError as error:
        raise TargetError(f"cannot read `{error.filename}`: {error.strerror}") from None
    return Taken(value, digests)


def place(made: Record, files: Files, folder: str) -> list[str]:
    """Move a run's result files from its ``folder`` to where they are kept; return what was
    moved aside for them. Raises TargetError."""
    if made.result_id is None:
        return []
    full = os.path.join(files.root, folder)
    left = [name for name in (VALUE, OWN_FILES) if os.path.lexists(os.path.join(full, name))]
    try:
        if is_whole(made, files.digest):
            for name in left:
                remove_tree(os.path.join(full, name))
            _link(made, files, folder)
            return []
        remove_tree(os.path.join(full, _STAGED))
        os.makedirs(os.path.join(full, _STAGED))
        for name in left:
            os.rename(os.path.join(full, name), os.path.join(full, _STAGED, name))
    except OSError as error:
        raise _trouble(error) from None
    return _put(made, files, folder)


def restore(
    made: Trace, files: Files, folder: str, fetch: Callable[[Mapping[str, str]], None]
) -> list[str]:
    """Have result files that are not in their place put there by way of a run's ``folder``;
    ``fetch`` makes files, paths below the root with their digests. Return what was moved aside
    for them. Raises TargetError, and what ``fetch`` raises."""
    if is_whole(made, files.digest):
        _link(made, files, folder)
        return []
    staged = f"{folder}/{_STAGED}"
    wanted = {path: digest for _, path, digest in result_parts(made, staged)}
    try:
        fetch(wanted)
        for path in wanted:
            _protect(files.root, path)
    except OSError as error:
        raise _trouble(error) from None
    except BaseException:
        remove_tree(os.path.join(files.root, staged))
        raise
    return _put(made, files, folder)


def _put(made: Record | Trace, files: Files, folder: str) -> list[str]:
    """Give what is staged in a run's folder its name; return what was moved aside for it."""
    wanted, full = folder_of(made.result_id) or "", os.path.join(files.root, folder)
    final = os.path.join(files.root, wanted)
    moved = []
    try:
        os.makedirs(os.path.dirname(final), exist_ok=True)
        if is_edited(made, files.digest):
            aside = os.path.join(full, "replaced", wanted)
            os.makedirs(os.path.dirname(aside), exist_ok=True)
            os.rename(final, aside)
            moved.append(wanted + "/")
        elif os.path.lexists(final):
            remove_tree(final)
        os.rename(os.path.join(full, _STAGED), final)
    except OSError as error:
        raise _trouble(error) from None
    _link(made, files, folder)
    return moved


def _link(made: Record | Trace, files: Files, folder: str) -> None:
    """Let people find a run's result from its folder."""
    full, final = os.path.join(files.root, folder), folder_of(made.result_id) or ""
    with suppress(OSError):
        os.makedirs(full, exist_ok=True)
        os.symlink(os.path.relpath(os.path.join(files.root, final), full), full + "/result")


def _own_files(folder: str) -> Iterator[str]:
    """Yield the own files' names, sorted. Raises TargetError for what is no regular file."""
    if not os.path.lexists(folder):
        return
    if os.path.islink(folder) or not os.path.isdir(folder):
        raise TargetError(f"`{OWN_FILES}` in its run's folder is not a folder")
    found, todo = [], [""]
    while todo:
        below = todo.pop()
        os.chmod(os.path.join(folder, below), 0o700)  # else it cannot be moved
        with os.scandir(os.path.join(folder, below)) as entries:
            for entry in entries:
                name = below + entry.name
                if not name.isascii() and any("\ud800" <= char <= "\udfff" for char in name):
                    raise TargetError(f"the name of its own file `{name!a}` is not UTF-8")
                if entry.is_dir(follow_symlinks=False):
                    todo.append(f"{name}/")
                else:
                    _is_file(entry.path, f"own file `{name}`")
                    found.append(name)
    yield from sorted(found)


def _is_file(path: str, what: str) -> bool:
    """Say whether there is a file. Raises TargetError for anything but a regular one."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISLNK(mode):
        raise TargetError(f"its {what} is a link", "only regular files are kept: copy it")
    if not stat.S_ISREG(mode):
        raise TargetError(f"its {what} is no regular file")
    return True


def _protect(folder: str, name: str) -> None:
    """Make a file read-only, and no other name's: what has more names is copied."""
    import shutil

    path = os.path.join(folder, name)
    status = os.lstat(path)
    if status.st_nlink > 1:
        copy = os.path.join(folder, "copy.new")
        shutil.copyfile(path, copy)
        os.rename(copy, path)
    os.chmod(path, status.st_mode & 0o555 | 0o400)


def _digest(files: Files, path: str) -> str:
    """Return the digest of a file that is there under this name for a moment only."""
    digest = files.digest(path)
    files.forget(path)
    if digest is None:
        raise TargetError(f"`{path}` went while it was read")
    return digest


def _trouble(error: OSError) -> TargetError:
    return TargetError(f"cannot keep its result: `{error.filename}`: {error.strerror}")
