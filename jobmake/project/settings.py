"""How a project is opened: which Jobfile, with which params, and what is allowed."""

from __future__ import annotations

import os

from jobmake.memory.stamps import MARGIN
from jobmake.tools.value import Value, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobmake.memory.looks import Looks
    from jobmake.plugins import Registry
    from jobmake.tools.stopwatch import Stopwatch


class Settings(Value):
    """How a project is opened.

    ``jobfile``: path, or None to look for it from ``folder`` upwards. ``overrides``: the
    `key=value` of `-D`. ``profile``: the name of `--profile`. ``margin``: seconds that a file
    must have been left alone before its stat is trusted; infinity reads every file every
    time. ``cache``: whether outputs are kept and restored, ``cache_folder``: where, if not
    where the Jobfile says. ``loading``: project code may be loaded (it may, too, where this user
    has built before). ``registry``: what there is before plugins, if not what ships with jobmake.
    ``looks``: in which all that is looked at is noted, if it is to be.
    ``stopwatch``: where it is to be told what took the time.
    """

    folder: str = "."
    jobfile: str | None = None
    overrides: tuple[str, ...] = ()
    profile: str | None = None
    margin: float = MARGIN
    cache: bool = True
    cache_folder: str | None = None
    loading: bool = False
    registry: Registry | None = None
    stopwatch: Stopwatch | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    looks: Looks | None = None

    def is_allowed(self, root: str) -> bool:
        """Say whether code of the project in a folder may be loaded."""
        from jobmake.memory.trust import is_trusted

        return self.loading or is_trusted(root, self.environ)
