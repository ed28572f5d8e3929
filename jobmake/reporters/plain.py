"""The plain reporter: one line per event, for pipes, files and simple terminals.

What jobmake says goes to standard error; what commands wrote goes to standard output,
whole and one target after the other.
"""

from __future__ import annotations

import os
import sys
import time

from jobmake.model import events
from jobmake.model.errors import JobfileError
from jobmake.reporters.text import (
    because,
    changed_line,
    copy_log,
    failure_lines,
    last_line,
    left_running,
    watching_line,
)
from jobmake.tools.display import count, duration, one_line, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jobmake.model.events import Event
    from jobmake.model.state import Summary
    from jobmake.reporters.reporting import Reporting
    from jobmake.reporters.tails import Tails


class Plain:
    """Writes lines."""

    name = "plain"
    is_display = True

    def __init__(self, reporting: Reporting) -> None:
        reporting.no_file()
        self.style, self.root = reporting.style, reporting.root
        self._now = reporting.now
        self._paint = self.style.paint
        self._tails: Tails | None = None
        if self.style.output == "live":
            from jobmake.reporters.tails import Tails

            self._tails = Tails(self.tell_lines)

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
                self.say(f"{self._paint('note:', 'yellow')} {one_line(message)}")
            case events.Stopping():
                self._say_stopping(event)
            case events.Trouble(problems):
                from jobmake.reporters.errors import render

                self.say(render(JobfileError(problems), self.style))
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
            case events.ServiceStarted(target, log=log):
                tails.follow(target, os.path.join(self.root, log))
            case (
                events.TargetBuilt(target)
                | events.TargetFailed(target)
                | events.TargetStopped(target)
                | events.TargetAgain(target)
                | events.TargetRetried(target)
                | events.ServiceEnded(target)
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
                text = f"`{one_line(target)}` failed ({one_line(message)}): tried again {when}"
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
            case events.ServiceStarted(target, _, reason, command):
                self.say_service_started(target, str(reason), command)
            case events.ServiceReady(target, _, seconds):
                verb = self._paint("ready", "green")
                self.say(f"{verb} {one_line(target)} in {duration(seconds)}")
            case events.ServiceEnded():
                self._say_service_ended(event)
            case events.TargetStopped(target):
                self.say(f"{self._paint('stopped', 'yellow')} {one_line(target)}")
            case events.TargetBlocked(target, by):
                verb = self._paint("blocked", "yellow")
                self.say(f"{verb} {one_line(target)}: `{one_line(by)}` failed")
            case _:
                self._say_watched(event)

    def _say_watched(self, event: Event) -> None:
        match event:
            case events.Changed(paths, everything):
                self.say(self._paint(changed_line(paths, everything), "blue"))
            case events.Reloaded(jobfile):
                self.say(f"`{one_line(jobfile)}` read again")
            case events.Watching():
                clock = time.strftime("%H:%M:%S", time.localtime(self._now()))
                good = not (
                    event.failed or event.not_made or event.fallen or event.wrong or event.stuck
                )
                line = watching_line(event, clock)
                self.say(self._paint(line, "green" if good else "red", "bold"))

    def say_started(self, target: str, why: str, command: str) -> None:
        """Tell that a run begins."""
        self.say(f"{self._paint('running', 'blue')} {one_line(target)}: {why}")
        if self.style.verbose:
            self.say(*(f"  {line}" for line in printable(command).split("\n")))

    def say_service_started(self, target: str, why: str, command: str) -> None:
        """Tell that a service begins."""
        self.say(f"{self._paint('starting', 'blue')} {one_line(target)}: {one_line(why, 120)}")
        if self.style.verbose:
            self.say(*(f"  {line}" for line in printable(command).split("\n")))

    def _say_service_ended(self, event: events.ServiceEnded) -> None:
        target, message = one_line(event.target), event.message
        verb = self._paint("ended", "dim" if message is None else "yellow")
        why = f": {one_line(event.why)}" if event.why else ""
        self.say(f"{verb} {target} after {duration(event.seconds)}{why}")
        if message is not None:
            self.say(f"{self._paint('note:', 'yellow')} `{target}` {one_line(message)}")
        if event.leftovers:
            self.say(f"{self._paint('note:', 'yellow')} {left_running(event.leftovers)}")

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

    def _say_stopping(self, event: events.Stopping) -> None:
        import signal

        signum = event.signum
        why = "(--at-once)" if signum is None else f"({signal.Signals(signum).name})"
        if event.anew and signum is None:
            why = "(an edit, --restart)"
        verb = self._paint("stopping", "yellow")
        if event.forced:
            self.say(f"{verb} at once: ending all runs")
        elif event.running:
            again = "; once more ends it at once" if signum == signal.SIGINT else ""
            names = ", ".join(f"`{one_line(one)}`" for one in event.running)
            self.say(f"{verb} {why}: waiting for {names}{again}")
        else:
            self.say(f"{verb} {why}")

    def _say_end(self, summary: Summary) -> None:
        if self.style.watching and summary.ok and not (summary.built or summary.restored):
            return
        self.say(self._paint(last_line(summary), "green" if summary.ok else "red", "bold"))
