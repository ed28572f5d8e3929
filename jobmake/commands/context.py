"""What every verb is given: the options that all share, and where it may write.

The command line's values end here: a verb passes on what each part needs, never the
whole.
"""

from __future__ import annotations

import sys

from jobmake.reporters.style import Style, wants_color
from jobmake.tools.value import Value, replace
from jobmake.unchanged.key import read_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    from jobmake.model.contracts import Reporter
    from jobmake.project import Project, Settings
    from jobmake.unchanged.answer import Edited


class Context(Value):
    """``arguments``: the parsed command line. ``environ``: the environment. ``parsers``: gives
    the parser of each verb, for one that tells of all. ``words``: the command line as it was.
    ``found``: what alone is not as it was when it was built last, if that is known."""

    arguments: argparse.Namespace
    environ: Mapping[str, str]
    parsers: Callable[[], Mapping[str, argparse.ArgumentParser]] = dict
    words: tuple[str, ...] = ()
    found: Edited | None = None

    def edited(self) -> Project | None:
        """Return the project as far as edits reach, if all that is not as it was is that; if it
        takes more, let go of it."""
        if self.found is None:
            return None
        from jobmake.project.edited import EditedProject

        project = EditedProject.reached(self.found, self._noting(self.settings(loading=True)))
        if project is None:
            self.found.close()
        return project

    def project(self, *, loading: bool = False, noting: bool = False) -> Project:
        """Open the project that the command line means. ``loading``: to build it, so its code
        may be loaded. ``noting``: what is looked at is noted, if that is of use."""
        from jobmake.project import Project

        settings = self.settings(loading=loading)
        if noting and read_line(self.words, self.environ, "") is not None:
            settings = self._noting(settings)
        return Project.open(settings)

    def _noting(self, settings: Settings) -> Settings:
        """Return settings by which all that is looked at is noted."""
        from jobmake.memory.looks import Looks, NotedEnviron

        looks = Looks()
        environ = NotedEnviron(dict(self.environ), looks)
        return replace(settings, looks=looks, environ=environ)

    def seen_as(self, project: Project) -> tuple[str, bool] | None:
        """Return by which key what a build looks at is kept, and whether names are told; None if
        it is not to be kept."""
        line = read_line(self.words, self.environ, project.layout.root)
        noting = project.settings.looks is not None
        return (line.key, line.verbose) if line is not None and noting else None

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
