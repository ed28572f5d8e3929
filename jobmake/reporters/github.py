"""The GitHub reporter: the log of a workflow with errors at their lines, and a summary.

It has the screen: the usual lines, what each command wrote folded under its target's name, an
annotation for each failure at the target's place in the Jobfile, and at the end a table in
$GITHUB_STEP_SUMMARY. Knows workflow commands (`::error file=…::…`) and how they are escaped.
Invariant: what a command wrote is never taken for a workflow command.
"""

from __future__ import annotations

import os
import re
import secrets
from typing import TYPE_CHECKING

from jobmake.model import events
from jobmake.reporters.plain import Plain
from jobmake.reporters.text import because, failure_lines, last_line
from jobmake.tools.display import duration, one_line, printable

if TYPE_CHECKING:
    from jobmake.model.events import Event
    from jobmake.model.state import Failure
    from jobmake.reporters.reporting import Reporting

MOST_ROWS = 200  # of the summary; GitHub takes a megabyte of it
_COMMAND = re.compile(r"^\s*::|##\[", re.MULTILINE)


class GitHub(Plain):
    """Writes all to standard output, so that it stays in order."""

    name = "github"

    def __init__(self, reporting: Reporting) -> None:
        super().__init__(reporting)
        self._reporting, self._stream = reporting, reporting.stream
        self._reasons: dict[str, str] = {}
        self._rows: list[tuple[str, str, str]] = []  # target, how it ended, what of it

    def handle(self, event: Event) -> None:
        """Write what there is to say about one event, and note it for the summary."""
        match event:
            case events.BuildStarted():
                self._reasons, self._rows = {}, []
            case events.TargetStarted(target, _, reasons) | events.TargetRestored(
                target, _, reasons
            ):
                self._reasons[target] = because(reasons)
        self._note(event)
        if isinstance(event, events.TargetFailed):
            self._say_failure(event.target, event.failure, event.allowed)
        else:
            super().handle(event)
        if isinstance(event, events.BuildEnded):
            self._summarise(last_line(event.summary), event.summary.ok)

    def say(self, *lines: str) -> None:
        """Write lines."""
        self.write("".join(line + "\n" for line in lines))

    def write(self, text: str) -> None:
        """Write a text in which nothing is a workflow command, at once."""
        if _COMMAND.search(text):
            token = secrets.token_hex(16)
            text = text if text.endswith("\n") else text + "\n"
            text = f"::stop-commands::{token}\n{text}::{token}::\n"
        self._stream.write(text)
        self._stream.flush()

    def say_built(
        self, target: str, seconds: float, log: str | None, leftovers: tuple[str, ...]
    ) -> None:
        """Tell that a run ended well; what it wrote is folded under that."""
        fold = log is not None and self.style.output == "group"
        if fold:
            self._command("group", f"built {one_line(target)} in {duration(seconds)}")
        super().say_built(target, seconds, log, leftovers)
        if fold:
            self._command("endgroup")

    def pass_on(self, log: str) -> None:
        """Write a log."""
        if self.style.output != "group":
            return
        with open(log, encoding="utf-8", errors="replace") as file:
            text = printable(file.read())
        self.write(text if text.endswith("\n") else text + "\n")

    def _say_failure(self, target: str, failure: Failure, allowed: bool) -> None:
        self._command("group", f"failed {one_line(target)}: {one_line(failure.message)}")
        self.say(*failure_lines(target, failure, self.root, self.style))
        self._command("endgroup")
        told = [failure.message, *([f"hint: {failure.hint}"] if failure.hint else [])]
        if failure.reasons:
            told.append(f"it ran because: {because(failure.reasons)}")
        kind = "warning" if allowed else "error"
        title = f"target `{one_line(target)}` failed"
        self._command(kind, printable("\n".join(told)), **self._place(target), title=title)

    def _place(self, target: str) -> dict[str, str]:
        """Return where a target is declared, as seen from the root of the repository."""
        found = self._reporting.place(target)
        if found is None:
            return {}
        file = os.path.realpath(os.path.join(self.root, found[0]))
        above = os.path.realpath(self._reporting.environ.get("GITHUB_WORKSPACE") or self.root)
        return {"file": os.path.relpath(file, above), "line": str(found[1])}

    def _command(self, name: str, message: str = "", **properties: str) -> None:
        """Write a workflow command."""
        told = ",".join(f"{key}={escaped_property(one)}" for key, one in properties.items())
        head = f"{name} {told}" if told else name
        self._stream.write(f"::{head}::{escaped(message)}\n")
        self._stream.flush()

    # -- the summary ------------------------------------------------------------------

    def _note(self, event: Event) -> None:
        match event:
            case events.TargetBuilt(target, _, seconds):
                self._row(target, "built", duration(seconds))
            case events.TargetRestored(target):
                self._row(target, "restored", "")
            case events.TargetFailed(target, failure, allowed):
                how = "failed, as it may" if allowed else "failed"
                self._rows.append((target, how, failure.message))
            case events.TargetStopped(target):
                self._row(target, "stopped", "")
            case events.TargetBlocked(target, by):
                self._rows.append((target, "blocked", f"`{by}` failed"))

    def _row(self, target: str, how: str, took: str) -> None:
        self._rows.append(
            (target, f"{how} in {took}" if took else how, self._reasons.get(target, ""))
        )

    def _summarise(self, last: str, ok: bool) -> None:
        path = self._reporting.environ.get("GITHUB_STEP_SUMMARY")
        if not path:
            return
        name = self._reporting.project or os.path.basename(self.root)
        lines = [f"### {'✅' if ok else '❌'} {_cell(name)}: {_cell(last)}", ""]
        if self._rows:
            lines += ["| target | | |", "|---|---|---|"]
            # what is wrong is not to be cut off
            rows = sorted(self._rows, key=lambda row: "failed" not in row[1])
            lines += [f"| {' | '.join(map(_cell, row))} |" for row in rows[:MOST_ROWS]]
            if len(rows) > MOST_ROWS:
                lines += ["", f"and {len(rows) - MOST_ROWS} more"]
        try:
            with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:
                file.write("\n".join(lines) + "\n\n")
        except OSError as error:
            self.say(f"note: there is no summary: cannot write `{path}`: {error.strerror}")


def escaped(text: str) -> str:
    """Return a text as the message of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escaped_property(text: str) -> str:
    """Return a text as a property of a workflow command."""
    return escaped(text).replace(":", "%3A").replace(",", "%2C")


def _cell(text: str) -> str:
    """Return a text as one cell of a table in Markdown: no markup in it counts but backticks."""
    line = one_line(text, 300)
    pieces = line.split("`") if line.count("`") % 2 == 0 else [line]
    pieces[::2] = [_escape_markup(piece) for piece in pieces[::2]]
    return "`".join(pieces).replace("|", r"\|")


def _escape_markup(text: str) -> str:
    return re.sub(r"([\\`*_\[\]])", r"\\\1", text).replace("&", "&amp;").replace("<", "&lt;")
