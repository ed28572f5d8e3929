"""`jobmake watch`: build, then build again what every edit reaches."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import closing
from typing import TYPE_CHECKING

from jobmake.commands.build import (
    add_building,
    cores,
    reporter_of,
    tagged,
)
from jobmake.model import events

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobmake.commands.context import Context
    from jobmake.engine.services import Services
    from jobmake.model.events import Event
    from jobmake.project.session import Session
    from jobmake.reporters.several import Several
    from jobmake.watch.after import After


def add_arguments(
    parser: argparse.ArgumentParser, default: Callable[[str, object], object]
) -> None:
    """Declare the options of this verb; ``default`` looks an option up in the environment."""
    add_building(parser, default)
    add = parser.add_argument
    add("-k", "--keep-going", action="store_true",
        help="a watch always goes on with all that does not depend on a failure")  # fmt: skip
    add("--restart", action="store_true", default=default("RESTART", False),
        help="an edit during a build ends what runs, and the build starts over")  # fmt: skip
    add("--exec", metavar="CMD",
        help="run this by the shell after good builds; one that still runs is ended")  # fmt: skip
    add("--clear", action="store_true", default=default("CLEAR", False),
        help="clear the terminal before each build")  # fmt: skip
    add("--notify", action="store_true", default=default("NOTIFY", False),
        help="notify the desktop when targets begin to fail, and when all is right")  # fmt: skip
    add("--poll", type=_seconds, nargs="?", const=1.0, metavar="SECONDS",
        default=default("POLL", None),
        help="look at the files each so often (1 s): not every disk tells of edits")  # fmt: skip
    add("--json", action="store_true",
        help="tell what happens as JSON, one event a line")  # fmt: skip


def run(context: Context) -> int:
    """Watch until a signal comes, or nobody listens; so this never returns."""
    from jobmake.project.building import new_services
    from jobmake.project.lookup import jobfile_of
    from jobmake.watch.lasting import Lasting
    from jobmake.watch.loop import Choices, Loop
    from jobmake.watch.observer import Observer
    from jobmake.watch.telling import Telling

    given = context.arguments
    path = jobfile_of(context.settings())
    given.jobfile = path  # one that is removed meanwhile is not to be found further up
    folder = os.path.dirname(path)
    screen = _Screen(context, folder)
    tell = Telling(screen.handle, screen.clear if given.clear else lambda: None)
    lasting = Lasting(new_services(lasting=True))
    choices = Choices(
        restart=given.restart,
        verbose=given.verbose,
        outputs=(1, 2),
        after=[lasting, *_after(context, folder)],
    )
    with (
        closing(screen),
        closing(Observer(folder, lambda text: tell(events.Notice(text)), poll=given.poll)) as seen,
        closing(
            Loop(
                path, lambda: _opened(context, screen, tell, lasting.services), seen, tell, choices
            )
        ) as loop,
    ):
        loop.run()


def _opened(
    context: Context, screen: _Screen, tell: Callable[[Event], None], services: Services
) -> Session:
    """Read the Jobfile, and return what builds it."""
    from jobmake.engine.options import Options
    from jobmake.project.session import Session

    given = context.arguments
    project = context.project(loading=True)
    screen.use(reporter_of(project, context))
    names = [*given.targets, *tagged(project, given.tag)]
    options = Options(
        jobs=given.jobs or cores(), keep_going=not given.at_once, at_once=given.at_once
    )
    what = " ".join(["jobmake watch", *given.targets])
    return Session(project, names, options, tell, what=what, services=services)


def _after(context: Context, folder: str) -> list[After]:
    from shutil import which

    from jobmake.watch.after import Command, Notification, Program

    given, environ = context.arguments, context.environ
    found: list[After] = []
    if given.exec:
        output = 2 if given.json else 1
        found.append(Command(given.exec, Program(folder, environ, output)))
    if given.notify:
        notifier = which("notify-send", path=environ.get("PATH"))
        name = os.path.basename(folder)
        found.append(Notification(name, notifier, Program(folder, environ, 2), _to_terminal))
    return found


def _to_terminal(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(text)
        sys.stderr.flush()


class _Screen:
    """Where events are told: by a simple reporter until the project is known."""

    def __init__(self, context: Context, folder: str) -> None:
        from jobmake.reporters.builtin import jobmake_reporters
        from jobmake.reporters.reporting import Reporting
        from jobmake.reporters.several import Several

        kind = "json" if context.arguments.json else "plain"
        simple = jobmake_reporters()[kind](Reporting(kind, folder, style=context.style()))
        self._reporter = Several(simple, [], folder)

    def use(self, reporter: Several) -> None:
        """Tell by this reporter from now on."""
        self._reporter = reporter

    def handle(self, event: Event) -> None:
        """Tell one event."""
        self._reporter.handle(event)

    def clear(self) -> None:
        """Clear a terminal, with what could be scrolled back to."""
        _to_terminal("\x1b[2J\x1b[3J\x1b[H")

    def close(self) -> None:
        """Let reporters put away what they have."""
        self._reporter.close()


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.01 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(f"`{text}` is not a number of seconds (0.01 to 3600)")
    return seconds
