"""A project, opened: the only place that joins the parts."""

from __future__ import annotations

from jobmake.project.opened import HELD
from jobmake.project.project import Project, open_project
from jobmake.project.settings import Settings

__all__ = ["HELD", "Project", "Settings", "open_project"]
