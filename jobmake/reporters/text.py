"""Events as lines of text, for reporters that write to people."""

from __future__ import annotations

import os
import sys

from jobmake.reporters.upto import up_to_date
from jobmake.tools.display import count, duration, one_line, printable
from jobmake.tools.shellwords import quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import BinaryIO

    from jobmake.model.decision import Reason
    from jobmake.model.events import Watching
    from jobmake.model.state import Failure, Summary
    from jobmake.reporters.style import Style

_COMMAND = 1_500  # characters of a command that are shown
_COMMAND_LINES = 20
_NAMED = 5  # targets that are named in a line
LOG_LINES = 20  # of a failed target's output
_LOG_BYTES = 16_384  # as much of the log's end as is looked at for them, and copied at once


def because(reasons: Iterable[Reason]) -> str:
    """Return the reasons in a line: the first, and how many more."""
    shown = [one_line(str(reason), 120) for reason in reasons]
    if not shown:
        return ""
    return shown[0] + (f", and {len(shown) - 1} more" if len(shown) > 1 else "")


def failure_lines(target: str, failure: Failure, root: str, style: Style) -> list[str]:
    """Return what a person needs to mend a failed target."""
    head = f"target `{one_line(target)}` failed: {one_line(failure.message)}"
    lines = [f"{style.paint('error:', 'red', 'bold')} {head}"]
    if failure.command:
        first, *rest = _command_lines(target, failure.command)
        lines.append(f"  command: {first}")
        lines.extend(f"           {line}" for line in rest)
    if failure.reasons:
        lines.append(f"  it ran because: {because(failure.reasons)}")
    if failure.log:
        tail, cut = log_tail(os.path.join(root, failure.log))
        which = f"the last {len(tail)} lines of its output" if cut else "its output"
        lines.append(f"  {which}, from {failure.log}:")
        lines.extend(f"    {line}" for line in tail)
    elif failure.command:
        lines.append("  it wrote no output")
    if failure.leftovers:
        lines.append(f"  {left_running(failure.leftovers)}")
    if failure.hint:
        lines.append(f"{style.paint('hint:', 'green', 'bold')} {one_line(failure.hint)}")
    return lines


def _command_lines(target: str, command: str) -> list[str]:
    """Return the lines of a command, and of a long one how to see all of it."""
    whole = printable(command)
    lines = whole[:_COMMAND].split("\n")[:_COMMAND_LINES]
    if "\n".join(lines) != whole:
        lines[-1] += "…"
        lines.append(f"(all of it: `jobmake show --command {quote(one_line(target))}`)")
    return lines


def left_running(leftovers: Iterable[str]) -> str:
    """Return what is said of processes that a run left behind."""
    names = ", ".join(f"`{one_line(name)}`" for name in leftovers)
    return f"it left {names} running: ended"


def log_tail(path: str) -> tuple[list[str], bool]:
    """Return the last lines of a log, made printable, and whether any were left out."""
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(max(0, size - _LOG_BYTES))
            data = file.read()
    except OSError:
        return [], False
    lines = printable(data.decode("utf-8", "replace")).rstrip("\n").split("\n")
    return lines[-LOG_LINES:], len(lines) > LOG_LINES or size > _LOG_BYTES


def copy_log(log: BinaryIO) -> None:
    """Copy a log to standard output block by block; to a terminal without controls, and with
    an end of its last line, so that what follows does not go on in it."""
    if sys.stdout.isatty():
        ended = True
        while line := log.readline(_LOG_BYTES):  # a line may be as long as the log
            sys.stdout.write(printable(line.decode("utf-8", "replace")))
            ended = line.endswith(b"\n")
        sys.stdout.write("" if ended else "\n")
    else:
        sys.stdout.flush()
        while block := log.read(_LOG_BYTES):
            sys.stdout.buffer.write(block)
    sys.stdout.flush()


def last_line(summary: Summary) -> str:
    """Return the one line that tells how a build ended."""
    took = duration(summary.seconds)
    counts = [
        ("failed", summary.failed), ("failed as allowed", summary.allowed),
        ("stopped", summary.stopped), ("blocked", summary.blocked),
        ("not started", summary.not_started), ("built", summary.built),
        ("restored", summary.restored), ("served", summary.served),
    ]  # fmt: skip
    fresh = len(summary.fresh) + summary.as_before
    if not any(names for _, names in counts):
        return up_to_date(fresh, summary.seconds) if fresh else "nothing to build"
    told = [f"{word} {len(names)}" for word, names in counts if names]
    if fresh:
        told.append(f"up to date {fresh}")
    return f"{', '.join(told)} in {took}"


def changed_line(paths: tuple[str, ...], everything: bool) -> str:
    """Return what is said of files that changed while they were watched."""
    if everything and not paths:
        return "changed: it is not known what, so everything is looked at"
    more = f" (+{len(paths) - 1} more)" if len(paths) > 1 else ""
    return f"changed: {one_line(paths[0], 120)}{more}" + (
        "; everything is looked at" if everything else ""
    )


def watching_line(event: Watching, clock: str) -> str:
    """Return the line that stands last while the next edit is waited for."""
    told = [f"watching {count(event.files, 'file')}", clock]
    if not (event.wrong and event.stuck):
        told.insert(0, "nothing could be built" if event.stuck else _standing(event))
    if event.wrong:
        stays = "" if event.stuck else ", and the last good one stays"
        told.insert(0, f"`{one_line(event.wrong)}` is wrong{stays}")
    return " · ".join(told)


def _standing(event: Watching) -> str:
    """Return how the targets stand."""
    told = []
    if not (event.failed or event.not_made):
        told.append(f"up to date: {count(event.targets, 'target')}")
    for names, kind, what in (
        (event.failed, "target", "failed"),
        (event.not_made, "target", "not made"),
        (
            event.fallen,
            "service",
            "ended by itself" if len(event.fallen) == 1 else "ended by themselves",
        ),
    ):
        if names:
            shown = ", ".join(one_line(name, 60) for name in names[:_NAMED])
            more = f" (+{len(names) - _NAMED} more)" if len(names) > _NAMED else ""
            told.append(f"{count(len(names), kind)} {what}: {shown}{more}")
    return "; ".join(told)
