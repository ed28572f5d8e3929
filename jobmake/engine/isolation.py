"""Isolated runs: a folder of their own with only the declared inputs.

    fill ──▶ (the command runs there) ──▶ move_out

Knows which files go in and out. What the command writes besides stays in that folder, which
is removed after a good run.
"""

from __future__ import annotations

import os

from jobmake.engine import outputs
from jobmake.model.errors import TargetError
from jobmake.tools.globbing import matches
from jobmake.tools.pathnames import is_outside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jobmake.engine.sight import Sight
    from jobmake.model.target import Target


def fill(target: Target, sight: Sight, root: str, folder: str) -> None:
    """Copy the declared inputs and sources below ``folder``, at their paths; those outside
    the project are read where they are. Raises TargetError."""
    paths = {path for _, paths in (*sight.inputs, *sight.sources) for path in paths}
    try:
        os.makedirs(os.path.join(folder, target.cwd), exist_ok=True)
        for path in sorted(paths):
            if not is_outside(path):
                _copy(os.path.join(root, path), os.path.join(folder, path))
        for output in target.outputs:
            os.makedirs(os.path.join(folder, outputs.folder_for(output)), exist_ok=True)
    except OSError as error:
        raise _trouble(error) from None


def move_out(target: Target, root: str, folder: str) -> None:
    """Move the outputs that a run made to their places in the project. Raises TargetError."""
    try:
        for output in target.owned:
            found = [output.path] if output.kind != "glob" else matches(folder, output.path)
            for path in found:
                if os.path.lexists(os.path.join(folder, path)):
                    outputs.refuse_way_through_link(root, path)
                    _replace(os.path.join(folder, path), os.path.join(root, path))
    except OSError as error:
        raise _trouble(error) from None


def _copy(source: str, to: str) -> None:
    import shutil

    os.makedirs(os.path.dirname(to), exist_ok=True)
    if os.path.isdir(source):
        shutil.copytree(source, to, symlinks=True, dirs_exist_ok=True)
    else:
        shutil.copy2(source, to)


def _replace(source: str, to: str) -> None:
    if os.path.lexists(to):
        outputs.remove(to)
    os.makedirs(os.path.dirname(to), exist_ok=True)
    os.rename(source, to)


def _trouble(error: OSError) -> TargetError:
    return TargetError(f"cannot fill or empty its own folder: `{error.filename}`: {error.strerror}")


def remove(root: str) -> None:
    """Remove the folder of a run that went well."""
    import shutil

    try:
        os.rmdir(root)
    except OSError:
        shutil.rmtree(root, ignore_errors=True)
