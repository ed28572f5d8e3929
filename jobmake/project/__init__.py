"""A project, opened: the only place that joins the parts."""

from __future__ import annotations

from jobmake.project.opened import HELD, Settings
from jobmake.project.project import Project, open_project

__all__ = ["HELD", "Project", "Settings", "open_project"]
