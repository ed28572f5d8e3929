"""The warm reaper of the Python runs of a project: it has imported what each of them needs,
looks for modules where they would, and forks.

    python -P -m jobmake.worker.host ROOT FOLDER... DESCRIPTOR

Knows what is to be ready before the first run. Does not know what runs do, nor how one is
forked (`tools/forked.py`).

Invariant: no code of a project is imported here, and none of its folders is listed, so each run
finds all as a Python of its own would have it.
"""

from __future__ import annotations

import gc
import os
import sys
import time
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, NoReturn

from jobmake.tools import interpreter, linux, reaper
from jobmake.tools.forked import Forked
from jobmake.worker.importing import enter_project

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobmake.tools.forked import Function

_YOUNG = 2.0  # seconds; a folder that changed since may have changed again at the same stamp


def serve(descriptor: int, function: Function, project: Sequence[str] = ()) -> NoReturn:
    """Be a reaper that calls a function for each Python run, ``project`` is the root and the
    folders of theirs. Ends with the process."""
    status = 1
    try:
        linux.close_descriptors_but({0, 1, 2, descriptor})
        linux.set_child_subreaper()  # and what that needs is here before the first fork
        interpreter.fresh_streams()
        _list_folders(time.time())
        if project:
            enter_project(project[0], project[1:])
        gc.collect()
        gc.freeze()  # a collection in a run would otherwise write to every page of ours
        reaper.obey(descriptor, Forked(function, sys.orig_argv[0]))
        status = 0
    finally:
        os._exit(status)


def _list_folders(now: float) -> None:
    """Have the import system list its folders, where that will show their next change."""
    PathFinder.find_spec("jobmake.no_such_module")
    for path in list(sys.path_importer_cache):
        try:
            is_young = os.stat(path).st_mtime > now - _YOUNG
        except OSError:
            is_young = True
        if is_young:
            del sys.path_importer_cache[path]


if __name__ == "__main__":
    # all that a run needs, also what `main` imports only when it is needed
    from jobmake.python import runcodec  # noqa: F401
    from jobmake.worker import perform  # noqa: F401
    from jobmake.worker.main import main

    serve(int(sys.argv[-1]), main, sys.argv[1:-1])
