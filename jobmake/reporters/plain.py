"""The plain reporter: one line per event, for pipes, files and simple terminals.

What jobmake says goes to standard error; what commands wrote goes to standard output,
whole and one target after the other.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

from jobmake.model import events
from jobmake.reporters.tails import Tails
from jobmake.reporters.text import because, copy_log, failure_lines, last_line, left_running
from jobmake.tools.display import count, duration, one_line, printable

if TYPE_CHECKING:
    from jobmake.model.events import Event
    from jobmake.model.state import Summary
    from jobmake.reporters.style import Style


class Plain:
    """Writes lines. ``root`` is the folder that logs' paths are relative to."""

    name = "plain"

    def __init__(self, style: Style, root: str) -> None:
        self.style, self.root = style, root
        self._paint = style.paint
        self._tails = Tails(self.tell_lines) if style.output == "live" else None

    def handle(self, event: Event) -> None:
        """Write what there is to say about one event."""
        if self._tails is not None:
            self._follow(self._tails, event)
        match event:
            case events.TargetFailed(target, failure, allowed):
                self.say(*failure_lines(target, failure, self.root, self.style))
                if allowed:
                    self.say(f"{self._paint('note:', 'yellow')} this one may fail")
            case events.Notice(message):
                self.say(f"{self._paint('note:', 'yellow')} {printable(message)}")
            case events.Stopping(signum, running, forced):
                self._say_stopping(signum, running, forced)
            case events.BuildEnded(summary) if not self.style.quiet:
                self._say_end(summary)
            case _ if not self.style.quiet:
                self._say_progress(event)

    def close(self) -> None:
        """Let nothing more be written."""
        if self._tails is not None:
            self._tails.close()

    def _follow(self, tails: Tails, event: Event) -> None:
        match event:
            case events.TargetStarted(target, log=log, interactive=False):
                tails.follow(target, os.path.join(self.root, log))
            case (
                events.TargetBuilt(target)
                | events.TargetFailed(target)
                | events.TargetStopped(target)
                | events.TargetAgain(target)
                | events.TargetRetried(target)
            ):
                tails.finish(target)

    def tell_lines(self, target: str, lines: list[str]) -> None:
        """Write what a command writes, with its target's name in front."""
        name = self._paint(f"[{one_line(target, 40)}]", "dim")
        self.write("".join(f"{name} {printable(line)}\n" for line in lines))

    def write(self, text: str) -> None:
        """Write what commands wrote to standard output, at once."""
        sys.stdout.write(text)
        sys.stdout.flush()

    def say(self, *lines: str) -> None:
        """Write lines to standard error, at once."""
        sys.stderr.write("".join(line + "\n" for line in lines))
        sys.stderr.flush()

    def _say_progress(self, event: Event) -> None:
        match event:
            case events.TargetStarted(target, _, reasons, command, _, attempt):
                again = f" (attempt {attempt})" if attempt > 1 else ""
                self.say_started(target + again, because(reasons), command)
            case events.TargetBuilt(target, _, seconds, log, leftovers):
                self.say_built(target, seconds, log, leftovers)
            case events.TargetRestored(target, _, reasons):
                verb = self._paint("restored", "green")
                self.say(f"{verb} {one_line(target)}: {because(reasons)}")
            case events.TargetRetried(target, _, delay, message, log):
                when = f"in {duration(delay)}" if delay else "at once"
                text = f"`{one_line(target)}` failed ({printable(message)}): tried again {when}"
                self.say(f"{self._paint('note:', 'yellow')} {text}")
                if log:
                    self.pass_on(os.path.join(self.root, log))
            case events.PlanGrew(family, instances, _) if self.style.verbose:
                text = f"`{one_line(family)}` has {count(instances, 'instance')}"
                self.say(f"{self._paint('note:', 'yellow')} {text}")
            case events.TargetAgain(target, changed):
                text = f"`{one_line(target)}` runs once more: {one_line(changed)} while it ran"
                self.say(f"{self._paint('note:', 'yellow')} {text}")
            case events.TargetFresh(target) if self.style.verbose:
                self.say(f"{self._paint('up to date', 'dim')} {one_line(target)}")
            case events.TargetStopped(target):
                self.say(f"{self._paint('stopped', 'yellow')} {one_line(target)}")
            case events.TargetBlocked(target, by):
                verb = self._paint("blocked", "yellow")
                self.say(f"{verb} {one_line(target)}: `{one_line(by)}` failed")

    def say_started(self, target: str, why: str, command: str) -> None:
        """Tell that a run begins."""
        self.say(f"{self._paint('running', 'blue')} {one_line(target)}: {why}")
        if self.style.verbose:
            self.say(*(f"  {line}" for line in printable(command).split("\n")))

    def say_built(
        self, target: str, seconds: float, log: str | None, leftovers: tuple[str, ...]
    ) -> None:
        """Tell that a run ended well, and pass on what it wrote."""
        self.say(f"{self._paint('built', 'green')} {one_line(target)} in {duration(seconds)}")
        if leftovers:
            self.say(f"{self._paint('note:', 'yellow')} {left_running(leftovers)}")
        if log:
            self.pass_on(os.path.join(self.root, log))

    def pass_on(self, log: str) -> None:
        """Copy a log to standard output, unless it was shown before or is not wanted."""
        if self.style.output != "group":
            return
        with open(log, "rb") as file:
            copy_log(file)

    def _say_stopping(self, signum: int | None, running: tuple[str, ...], forced: bool) -> None:
        why = "(--at-once)" if signum is None else f"({signal.Signals(signum).name})"
        verb = self._paint("stopping", "yellow")
        if forced:
            self.say(f"{verb} at once: ending all runs")
        elif running:
            again = "; once more ends it at once" if signum == signal.SIGINT else ""
            names = ", ".join(f"`{one_line(one)}`" for one in running)
            self.say(f"{verb} {why}: waiting for {names}{again}")
        else:
            self.say(f"{verb} {why}")

    def _say_end(self, summary: Summary) -> None:
        self.say(self._paint(last_line(summary), "green" if summary.ok else "red", "bold"))
