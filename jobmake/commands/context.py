"""What every verb is given: the options that all share, and where it may write.

The command line's values end here: a verb passes on what each part needs, never the
whole.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobmake.reporters.style import Style, wants_color

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    from jobmake.model.contracts import Reporter
    from jobmake.project import Project, Settings


@dataclass(frozen=True, slots=True)
class Context:
    """``arguments``: the parsed command line. ``environ``: the environment. ``parsers``: gives
    the parser of each verb, for one that tells of all."""

    arguments: argparse.Namespace
    environ: Mapping[str, str]
    parsers: Callable[[], Mapping[str, argparse.ArgumentParser]] = dict

    def project(self, *, loading: bool = False) -> Project:
        """Open the project that the command line means. ``loading``: to build it, so its code
        may be loaded."""
        from jobmake.project import Project

        return Project.open(self.settings(loading=loading))

    def settings(self, *, loading: bool = False) -> Settings:
        """Return how the project is opened."""
        from jobmake.memory.stamps import MARGIN
        from jobmake.project import Settings

        given = self.arguments
        return Settings(
            folder=given.directory,
            jobfile=given.jobfile,
            overrides=tuple(given.define),
            profile=given.profile,
            margin=float("inf") if given.paranoid else MARGIN,
            cache=not getattr(given, "no_cache", False),
            cache_folder=getattr(given, "cache_folder", None),
            environ=self.environ,
            loading=loading,
        )

    def plain(self, project: Project) -> Reporter:
        """Return the reporter of verbs that have little to report."""
        from jobmake.reporters.reporting import Reporting

        return project.registry.reporters["plain"](
            Reporting("plain", project.layout.root, style=self.style())
        )

    def style(self, stream: object = None) -> Style:
        """Return how text looks on a stream (standard error if none is named)."""
        stream = stream or sys.stderr
        is_terminal = bool(getattr(stream, "isatty", bool)())
        given = self.arguments
        return Style(
            color=wants_color(given.color, is_terminal, self.environ),
            live=is_terminal and self.environ.get("TERM", "dumb") != "dumb",
            quiet=given.quiet,
            verbose=given.verbose,
            output=getattr(given, "output", None) or "group",
            watching=given.verb == "watch",
        )


def write(text: str) -> None:
    """Write data to standard output."""
    sys.stdout.write(text)
