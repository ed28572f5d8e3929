"""Reads a project: its Jobfile, with all that this takes.

Knows in what a Jobfile is read. Writes nothing. Does not know what is done with a project.
"""

from __future__ import annotations

import os
import time
from functools import partial

from jobmake.jobfile.load import load
from jobmake.memory.files import Files
from jobmake.memory.layout import Layout
from jobmake.memory.leftover import LeftOver
from jobmake.memory.stamps import Clock
from jobmake.memory.tables import Tables
from jobmake.plugins.plugging import Plugging
from jobmake.project.lookup import jobfile_of, world_of
from jobmake.project.matched import Matched
from jobmake.project.pythoncode import PythonCode
from jobmake.tools.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobmake.jobfile.load import LoadedJobfile
    from jobmake.plugins import Registry
    from jobmake.project.settings import Settings


class Parts(Value):
    """What a project is made of. ``left_out`` are plugins that were not loaded."""

    jobfile: LoadedJobfile
    layout: Layout
    registry: Registry
    python: PythonCode
    left_out: Sequence[str]
    matched: Matched
    tables: Tables
    left_over: LeftOver


def parts_of(settings: Settings) -> Parts:
    """Read the Jobfile that settings mean. Raises UsageError or JobfileError."""
    path = jobfile_of(settings)
    layout = Layout(path)
    allowed = partial(settings.is_allowed, layout.root)
    plugging = Plugging(layout.root, allowed, given=settings.registry)
    lock = os.path.basename(layout.lockfile)
    left_over = LeftOver(layout.left)
    files = Files(
        layout.root,
        {},
        Clock(None, time.monotonic),
        hidden=lambda path: path == lock or left_over.holds(path, files),
        looks=settings.looks,
    )
    python = PythonCode(layout, settings)
    matched, tables = Matched(files.matching), Tables(layout.tables)
    world = world_of(settings, plugging, matched, python.declare, tables.parse)
    loaded = load(path, settings.overrides, world, profile=settings.profile)
    registry, left_out = plugging.registry, plugging.left_out
    return Parts(loaded, layout, registry, python, left_out, matched, tables, left_over)
