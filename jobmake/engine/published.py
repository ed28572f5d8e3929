"""Published outputs: where they are to be found, too, by a relative link or as a copy.

Invariant: the place holds the old thing or the new, whole; of a folder, after a kill, perhaps
none. Nothing is replaced that jobmake did not put there.
"""

from __future__ import annotations

import os

from jobmake.engine import outputs
from jobmake.model.errors import TargetError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container

    from jobmake.memory.files import Files
    from jobmake.model.target import Published, Target


def publish(target: Target, files: Files, ours: Container[str]) -> None:
    """Bring all that a target publishes to its places; ``ours`` are the digests that a copy
    of an earlier run may have. Raises TargetError."""
    for one in target.publish:
        outputs.refuse_way_through_link(files.root, one.path)
        try:
            if one.copy:
                _copy(one, files, ours)
            else:
                _link(one, files.root)
        except OSError as error:
            raise TargetError(
                f"cannot publish to `{one.path}`: {error.strerror or error}"
            ) from None


def places(target: Target, files: Files, ours: Container[str]) -> list[str]:
    """Return the places at which there is what jobmake has put there."""
    found = []
    for one in target.publish:
        full = os.path.join(files.root, one.path)
        if os.path.islink(full):
            is_ours = not one.copy and os.readlink(full) == leads_to(one)
        else:
            is_ours = one.copy and os.path.lexists(full) and files.digest(one.path) in ours
        if is_ours:
            found.append(one.path)
    return found


def leads_to(one: Published) -> str:
    """Return what the link at a place says."""
    return os.path.relpath(one.output, os.path.dirname(one.path) or ".")


def refuse_foreign(target: Target, files: Files, ours: Container[str], *, copies: bool) -> None:
    """Raise the TargetError with which `publish` would refuse what is at a place, of ``copies``
    if they are to be looked at. Writes nothing."""
    for one in target.publish:
        outputs.refuse_way_through_link(files.root, one.path)
        full = os.path.join(files.root, one.path)
        if os.path.islink(full) or not os.path.lexists(full) or (one.copy and not copies):
            continue
        if not (one.copy and _may_be_replaced(one, files, ours)):
            raise _not_ours(one)


def _may_be_replaced(one: Published, files: Files, ours: Container[str]) -> bool:
    there = files.digest(one.path)
    return there == files.digest(one.output) or there in ours


def _link(one: Published, root: str) -> None:
    full = os.path.join(root, one.path)
    aim = leads_to(one)
    if os.path.islink(full):
        if os.readlink(full) == aim:
            return
    elif os.path.lexists(full):
        raise _not_ours(one)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    new = _cleared(beside(full)[0])
    os.symlink(aim, new)
    os.rename(new, full)


def _copy(one: Published, files: Files, ours: Container[str]) -> None:
    import shutil

    full = os.path.join(files.root, one.path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    new, old = map(_cleared, beside(full))
    if os.path.islink(full):
        os.unlink(full)
    elif os.path.lexists(full):
        if not _may_be_replaced(one, files, ours):
            raise _not_ours(one)
        if files.digest(one.path) == files.digest(one.output):
            return
        files.forget(one.path)
    source = os.path.join(files.root, one.output)
    if os.path.isdir(source):
        shutil.copytree(source, new, symlinks=True)
    else:
        shutil.copy2(source, new)
    if os.path.isdir(full) or (os.path.isdir(new) and os.path.lexists(full)):
        os.rename(full, old)  # a part of it would be nobody's
    os.rename(new, full)
    if os.path.lexists(old):
        outputs.remove(old)


def beside(path: str) -> tuple[str, str]:
    """Return where what is not whole lies while a place gets its copy: the new, and the old."""
    folder, name = os.path.split(path)
    return os.path.join(folder, f".jobmake-new-{name}"), os.path.join(
        folder, f".jobmake-old-{name}"
    )


def _cleared(path: str) -> str:
    """Return a path at which nothing is now."""
    if os.path.lexists(path):
        outputs.remove(path)
    return path


def _not_ours(one: Published) -> TargetError:
    return TargetError(
        f"cannot publish to `{one.path}`: what is there was not put there by jobmake",
        "move it away, or publish to another path",
    )
