"""Which Jobfile is meant, and in what it is read."""

from __future__ import annotations

import os

from jobmake.jobfile.load import World, find_jobfile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jobmake.jobfile.files import Matching
    from jobmake.jobfile.include import Parse
    from jobmake.jobfile.python import Declare
    from jobmake.plugins.plugging import Plugging
    from jobmake.project.settings import Settings


def jobfile_of(settings: Settings) -> str:
    """Return the absolute path of the Jobfile. Raises UsageError where there is none."""
    if settings.jobfile is None:
        path = find_jobfile(settings.folder)
    else:
        path = os.path.abspath(os.path.join(settings.folder, settings.jobfile))
    return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))


def world_of(
    settings: Settings, plugging: Plugging, matching: Matching, declare: Declare, parse: Parse
) -> World:
    """Return what the Jobfile is read in."""
    known = plugging.registry
    return World(
        settings.environ,
        known.job_types,
        matching,
        declare,
        known.checks,
        known.executors.keys(),
        known.caches.keys(),
        plugging,
        parse,
    )
