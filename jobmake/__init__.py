"""jobmake: a Make-like, declarative build engine.

    from jobmake import open_project

The public names are resolved when they are asked for, so that the command line's
start-up pays for none of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobmake.project import Project as Project
    from jobmake.project import Settings as Settings
    from jobmake.project import open_project as open_project

__all__ = ["Project", "Settings", "open_project"]


def __getattr__(name: str) -> object:
    if name in __all__:
        from jobmake import project

        return getattr(project, name)
    raise AttributeError(f"module `jobmake` has no attribute `{name}`")
