"""The live reporter, for a terminal: a line per running target and a bar.

`rich` is imported when the first run begins, so that a build with nothing to do never
pays for it. Lines that stay are written as the plain reporter writes them, above.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from jobmake.memory.runfolders import doing_in
from jobmake.model import events
from jobmake.reporters.plain import Plain
from jobmake.tools.display import duration, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobmake.model.events import Event
    from jobmake.reporters.reporting import Reporting


class Live(Plain):
    """Redraws the foot of the screen while runs go on."""

    name = "live"

    def __init__(self, reporting: Reporting) -> None:
        super().__init__(reporting)
        self._ask_expected = reporting.expected
        self._expected: Mapping[str, float] = {}
        self._running: dict[str, float] = {}
        self._folders: dict[str, str] = {}  # of runs, by target
        self._over: set[str] = set()
        self._total = 0
        self._jobs = 1
        self._live: Any = None
        self._has_terminal: str | None = None  # the target whose run nobody is to disturb
        self._held: list[Event] = []
        self._had_foot = False

    def handle(self, event: Event) -> None:
        """Keep count, then tell what the plain reporter tells.

        While an interactive run has the terminal, what there is to tell is held back.
        """
        if self._has_terminal is not None:
            if not self._ends_interactive(event):
                self._held.append(event)
                return
            self._go_on()
        self._tell(event)
        if isinstance(event, events.TargetStarted) and event.interactive:
            self._had_foot = self._live is not None
            self._take_foot_off()
            self._has_terminal = event.target

    def _go_on(self) -> None:
        """Tell what was held back, the foot below it."""
        self._has_terminal = None
        if self._had_foot:
            self._draw()
        held, self._held = self._held, []
        for one in held:
            self._tell(one)

    def _ends_interactive(self, event: Event) -> bool:
        ends = (
            events.TargetBuilt, events.TargetFailed, events.TargetStopped, events.TargetAgain,
            events.TargetRetried,
        )  # fmt: skip
        if isinstance(event, ends):
            return event.target == self._has_terminal
        return isinstance(event, events.BuildEnded)

    def _tell(self, event: Event) -> None:
        match event:
            case events.BuildStarted(total, jobs):
                self._total, self._jobs = total, jobs
                self._running.clear()  # of the build before, while watching
                self._over.clear()
            case events.TargetStarted(target):
                self._running[target] = time.monotonic()
                self._folders[target] = os.path.join(self.root, os.path.dirname(event.log))
                if not event.interactive:
                    self._show()
            case events.ServiceStarted(target):
                self._running[target] = time.monotonic()
                self._show()
            case (
                events.TargetBuilt(target)
                | events.TargetFresh(target)
                | events.TargetRestored(target)
                | events.TargetFailed(target)
                | events.TargetStopped(target)
                | events.TargetBlocked(target)
            ):
                self._running.pop(target, None)
                self._over.add(target)
            case (
                events.TargetAgain(target)
                | events.TargetRetried(target)
                | events.ServiceReady(target)
            ):
                self._running.pop(target, None)
            case events.PlanGrew(_, _, total):
                self._total = total
            case events.BuildEnded():
                self._take_foot_off()
        super().handle(event)

    def close(self) -> None:
        """Take the foot off the screen, and let nothing more be written."""
        self._take_foot_off()
        super().close()

    def _take_foot_off(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def say(self, *lines: str) -> None:
        """Write lines above the foot."""
        if self._live is None:
            super().say(*lines)
            return
        from rich.text import Text

        for line in lines:
            self._live.console.print(Text.from_ansi(line), soft_wrap=True)

    def say_started(self, target: str, why: str, command: str) -> None:
        """The foot shows what runs; the line is for those who want it all."""
        if self.style.verbose:
            super().say_started(target, why, command)

    def say_service_started(self, target: str, why: str, command: str) -> None:
        """As with a run."""
        if self.style.verbose:
            super().say_service_started(target, why, command)

    def pass_on(self, log: str) -> None:
        """Write a log above the foot."""
        import sys

        if self._live is None or self.style.output != "group" or not sys.stdout.isatty():
            super().pass_on(log)
            return
        self._take_foot_off()
        super().pass_on(log)
        self._draw()

    def write(self, text: str) -> None:
        """Write what commands wrote; on the terminal, above the foot."""
        import sys

        if self._live is None or not sys.stdout.isatty():
            super().write(text)
        else:
            from rich.text import Text

            self._live.console.print(Text.from_ansi(text.rstrip("\n")), soft_wrap=True)

    def _show(self) -> None:
        if self._live is None:
            self._expected = self._ask_expected()
            self._draw()

    def _draw(self) -> None:
        """Put up a new foot: one that was taken off would wipe what stands there now."""
        from rich.console import Console
        from rich.live import Live as Foot

        console = Console(stderr=True, highlight=False, no_color=not self.style.color)
        self._live = Foot(
            get_renderable=self._foot, console=console, refresh_per_second=8, transient=True
        )
        self._live.start()

    def _foot(self) -> Any:
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        now = time.monotonic()
        # another thread draws: work on a copy
        lines: list[Any] = [
            Text(
                f"  {one_line(name, 60)}  {duration(now - begin)}{self._doing(name)}",
                style="cyan",
                no_wrap=True,
            )
            for name, begin in list(self._running.items())
        ]
        bar = Table.grid(padding=(0, 1))
        bar.add_row(
            ProgressBar(total=max(1, self._total), completed=len(self._over), width=30),
            Text(f"{len(self._over)} of {self._total}{self._time_left(now)}"),
        )
        return Group(*lines, bar)

    def _doing(self, target: str) -> str:
        """Return what a run says that it does, as it stands behind its target."""
        said = doing_in(self._folders.get(target, ""))
        return f"  {one_line(said, 60)}" if said else ""

    def _time_left(self, now: float) -> str:
        """What is not over yet will run: what is up to date is found out first."""
        running = dict(self._running)
        left = sum(self._expected.values()) - sum(
            self._expected.get(name, 0.0) for name in list(self._over)
        )
        left -= sum(
            min(now - begin, self._expected.get(name, 0.0)) for name, begin in running.items()
        )
        return f", about {duration(left / self._jobs)} left" if left > 1 else ""
