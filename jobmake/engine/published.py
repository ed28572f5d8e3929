"""Published outputs: where they are to be found, too, by a relative link or as a copy.

Invariant: the place holds the old thing or the new, never none; and nothing is replaced
that jobmake did not put there.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from jobmake.engine import outputs
from jobmake.model.errors import TargetError

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
            is_ours = not one.copy and os.readlink(full) == _aim(one)
        else:
            is_ours = one.copy and os.path.lexists(full) and files.digest(one.path) in ours
        if is_ours:
            found.append(one.path)
    return found


def _aim(one: Published) -> str:
    """Return what the link at a place says."""
    return os.path.relpath(one.output, os.path.dirname(one.path) or ".")


def _link(one: Published, root: str) -> None:
    full = os.path.join(root, one.path)
    aim = _aim(one)
    if os.path.islink(full):
        if os.readlink(full) == aim:
            return
    elif os.path.lexists(full):
        raise _not_ours(one)
    new = _beside(full)
    os.symlink(aim, new)
    os.rename(new, full)


def _copy(one: Published, files: Files, ours: Container[str]) -> None:
    full = os.path.join(files.root, one.path)
    wanted = files.digest(one.output)
    if os.path.islink(full):
        os.unlink(full)
    elif os.path.lexists(full):
        there = files.digest(one.path)
        if there == wanted:
            return
        if there not in ours:
            raise _not_ours(one)
    new = _beside(full)
    source = os.path.join(files.root, one.output)
    if os.path.isdir(source):
        shutil.copytree(source, new, symlinks=True)
        if os.path.isdir(full):
            shutil.rmtree(full)
    else:
        shutil.copy2(source, new)
    os.rename(new, full)


def _beside(full: str) -> str:
    """Return a name in the same folder for what is not whole yet; nothing is there."""
    os.makedirs(os.path.dirname(full), exist_ok=True)
    new = os.path.join(os.path.dirname(full), f".jobmake-{os.path.basename(full)}")
    if os.path.lexists(new):
        outputs.remove(new)
    return new


def _not_ours(one: Published) -> TargetError:
    return TargetError(
        f"cannot publish to `{one.path}`: what is there was not put there by jobmake",
        "move it away, or publish to another path",
    )
