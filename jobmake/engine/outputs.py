"""A target's outputs on the disk: cleared before a run, looked at after it, set aside when
it failed.

Invariants: nothing that jobmake did not make is deleted, it is moved into the run's
folder; nothing is written or removed through a link that leads out of the project.
"""

from __future__ import annotations

import os
import stat

from jobmake.model.errors import TargetError
from jobmake.tools.pathnames import static_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from jobmake.memory.files import Files
    from jobmake.model.needed import RoledPaths
    from jobmake.model.target import FilePattern, Target


def clear(
    target: Target,
    files: Files,
    ours: Mapping[str, str],
    aside: str,
    *,
    staying: Mapping[str, str] | None = None,
    known: Callable[[str], bool] = lambda _digest: False,
) -> list[str]:
    """Remove the outputs of earlier runs, and make the folders that the new ones go into.

    What the target says to ``keep`` stays, and what is of a digest in ``staying``, if that
    is given. ``ours`` holds path and digest of what jobmake made last; ``known`` says of a
    digest whether it once made that. What is not ours (also the half of a run that was cut
    off: somebody may have mended it) goes to the folder ``aside``; its paths are returned.
    Raises TargetError.
    """
    moved = []
    try:
        for shown, path in existing(target, files, kept=staying is not None):
            full = os.path.join(files.root, path)
            refuse_way_through_link(files.root, path)
            if staying is not None and is_ours(shown, path, files, staying):
                continue
            if is_ours(shown, path, files, ours) or _is_known(path, files, known):
                remove(full)
            else:
                _move(full, os.path.join(aside, path))
                moved.append(shown)
        for folder in sorted({folder_for(one) for one in target.owned} - {""}):
            if not _is_plain(files.root, folder):
                refuse_way_through_link(files.root, folder + "/x")
                os.makedirs(os.path.join(files.root, folder), exist_ok=True)
    except OSError as error:
        raise _trouble(error) from None
    for one in target.owned:
        files.is_made_anew(one)
    return moved


def set_aside(target: Target, files: Files, aside: str) -> list[str]:
    """Move what a failed run left at the outputs' places to the folder ``aside``; what the
    target says to keep stays, for the next run to go on with."""
    moved = []
    try:
        for shown, path in existing(target, files, kept=False):
            refuse_way_through_link(files.root, path)
            _move(os.path.join(files.root, path), os.path.join(aside, path))
            moved.append(shown)
    except OSError as error:
        raise _trouble(error) from None
    return moved


def existing(target: Target, files: Files, *, kept: bool = True) -> list[tuple[str, str]]:
    """Return (path as shown, path) of whatever is at the outputs' places, links as links;
    without what is ``kept`` from run to run if that is not wanted."""
    return [
        (path + "/" if output.kind == "folder" else path, path)
        for output in target.owned
        if kept or not output.keep
        for path in files.matching(output)
        if os.path.lexists(os.path.join(files.root, path))
    ]


def write_files(root: str, texts: Iterable[tuple[str, str]]) -> None:
    """Write the small files that go with a run. Raises TargetError."""
    try:
        for path, text in texts:
            full = os.path.join(root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
            with open(os.open(full, flags, 0o666), "w", encoding="utf-8", newline="") as file:
                file.write(text)
    except OSError as error:
        raise TargetError(f"cannot write `{error.filename}`: {error.strerror}") from None


def by_role(target: Target) -> RoledPaths:
    """Return the outputs' paths by role, as placeholders see them."""
    grouped: dict[str, list[str]] = {}
    for output in target.outputs:
        grouped.setdefault(output.role, []).append(output.path)
    return tuple((role, tuple(paths)) for role, paths in grouped.items())


def made(target: Target, files: Files) -> Mapping[str, str]:
    """Return path and digest of all outputs after a run.

    Raises TargetError that names each output which the run did not make.
    """
    missing = []
    found: dict[str, str] = {}
    for output in target.owned:
        is_glob = output.kind == "glob"
        paths = files.matching(output)
        for path in paths:
            digest = files.digest(path, "" if is_glob else output.kind)
            if digest is not None:
                found[path + "/" if output.kind == "folder" else path] = digest
            elif not is_glob and (wrong := files.wrong_kind(output)):
                raise TargetError(f"the output {wrong}")
            elif not is_glob:
                missing.append(f"`{output.shown}`")
        if not paths:
            missing.append(f"`{output.shown}`")
    if missing:
        those = "output" if len(missing) == 1 else "outputs"
        raise TargetError(
            f"its command ended well but did not make the {those} {', '.join(missing)}",
            "`[…]` in a path makes it a glob: write `[[]` for the bracket itself"
            if any("[" in path for path in missing)
            else None,
        )
    return found


def is_ours(shown: str, path: str, files: Files, ours: Mapping[str, str]) -> bool:
    """Say whether an output is as jobmake made it: of the digest that is recorded for it."""
    return shown in ours and files.exists(path) and files.digest(path) == ours[shown]


def folder_for(output: FilePattern) -> str:
    """Return the folder that must be there for an output to be written into."""
    return static_folder(output.path) if output.kind == "glob" else os.path.dirname(output.path)


def refuse_way_through_link(root: str, path: str) -> None:
    """A folder on the way that is a link out of the project is not ours to write into."""
    above = os.path.dirname(path)
    if not above or _is_plain(root, above):
        return
    folder = os.path.join(root, above)
    real, real_root = os.path.realpath(folder), os.path.realpath(root)
    if real != real_root and not real.startswith(real_root + os.sep):
        raise TargetError(f"`{os.path.dirname(path)}` leads out of the project's folder by a link")


def _is_plain(root: str, folder: str) -> bool:
    """Say whether a folder is there, and no link on the way to it."""
    full = root
    for step in folder.split("/"):
        full = f"{full}/{step}"
        try:
            mode = os.lstat(full).st_mode
        except OSError:
            return False
        if not stat.S_ISDIR(mode) or step == "..":
            return False
    return True


def _is_known(path: str, files: Files, known: Callable[[str], bool]) -> bool:
    """Say whether an output is one that jobmake once made: after a switch to another branch,
    say, whose lockfile knows nothing of it."""
    if os.path.islink(os.path.join(files.root, path)):
        return False
    digest = files.digest(path)
    return digest is not None and known(digest)


def remove(full: str) -> None:
    """Remove a file, a link (not what it leads to) or a folder. Raises OSError."""
    if os.path.isdir(full) and not os.path.islink(full):
        import shutil

        shutil.rmtree(full)
    else:
        os.unlink(full)


def _move(full: str, to: str) -> None:
    os.makedirs(os.path.dirname(to), exist_ok=True)
    try:
        os.rename(full, to)
    except OSError:
        import shutil

        shutil.move(full, to)  # to another file system


def _trouble(error: OSError) -> TargetError:
    return TargetError(f"cannot clear `{error.filename}`: {error.strerror}")
