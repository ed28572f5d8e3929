"""Past runs as text and as JSON: what `runs`, `show` and `why` tell of them.

Knows how times, endings and paths are told. Does not know where runs are kept.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from jobmake.memory.pastruns import decoded
from jobmake.memory.resultfiles import folder_of
from jobmake.tools.display import duration, one_line, printable
from jobmake.tools.quantities import size_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jobmake.memory.history import PastRun
    from jobmake.reporters.style import Style

_COLORS = {
    "running": "blue",
    "built": "green",
    "restored": "green",
    "failed": "red",
    "timed out": "red",
}
_DAY = 86_400
RUNNING = "running"  # how a run "ended" that goes on now


def when(moment: float, now: float) -> str:
    """Return when something was: `2 min ago`, and the day and time where it is longer ago."""
    passed = now - moment
    if not 0 <= passed < _DAY:
        return clock(moment)
    for unit, seconds in (("h", 3600), ("min", 60), ("s", 1)):
        if passed >= seconds:
            return f"{int(passed // seconds)} {unit} ago"
    return "just now"


def clock(moment: float, *, seconds: bool = False) -> str:
    """Return a moment in local time: `2026-11-21 14:03`."""
    form = "%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M"
    return time.strftime(form, time.localtime(moment))


def how_it_ended(run: PastRun) -> str:
    """Return how a run ended, with its exit code or signal where that says more."""
    if run.error and run.ended in ("failed", "timed out"):
        return f"{run.ended}: {one_line(run.error, 120)}"
    if run.ended in ("built", "restored", RUNNING):
        return run.ended
    code = f", exit code {run.exit_code}" if run.exit_code else ""
    return run.ended + (f", signal {run.signal}" if run.signal else code)


def since(run: PastRun | None) -> str:
    """Return since when a target is up to date, and by what; ``run`` made what is recorded."""
    if run is None:
        return ": its record came with the lockfile, no run here made it"
    moment = f" since {clock(run.started + run.seconds)}"
    if run.ended == "restored":
        return f"{moment}, when its outputs were restored from the cache"
    return f"{moment} by run {run.id}, which took {duration(run.seconds)}"


def run_lines(runs: Iterable[PastRun], now: float, style: Style) -> Iterator[str]:
    """Yield a line for each run, in columns."""
    rows = [
        (f"#{run.id}", one_line(run.target), when(run.started, now), _took(run), run)
        for run in runs
    ]
    widths = [min(40, max((len(row[at]) for row in rows), default=0)) for at in range(4)]  # type: ignore[arg-type]
    for *cells, run in rows:
        lead = "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
        ended = style.paint(how_it_ended(run), *_color(run))
        why = one_line(run.reasons.partition("\n")[0], 120)
        yield f"{lead}  {ended}" + (f"  ({why})" if why else "")


def in_short(run: PastRun, now: float) -> str:
    """Return a run in a line: `#12, built 2 min ago in 3.2 s`."""
    took = "" if run.ended == "restored" else f" in {duration(run.seconds)}"
    return f"#{run.id}, {how_it_ended(run)}, {when(run.started, now)}{took}"


def details(
    run: PastRun, now: float, outputs: dict[str, str], files: dict[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield (heading, text) of all that is kept of a run; ``outputs`` and ``files`` (its own)
    say of each what has become of it."""
    yield "ended", how_it_ended(run)
    yield "began", f"{clock(run.started, seconds=True)} ({when(run.started, now)})"
    if run.ended != "restored":
        memory = f", memory {size_text(run.peak_memory)}" if run.peak_memory else ""
        yield "took", f"{_took(run)}, processor {duration(run.user + run.system)}{memory}"
    if (run.attempt or 1) > 1:
        yield "attempt", str(run.attempt)
    yield "because", run.reasons
    yield "command", run.command
    params = decoded(run.params)
    if isinstance(params, dict):
        yield "params", "\n".join(f"{name} = {shown(value)}" for name, value in params.items())
    yield "inputs", "\n".join(str(one) for one in decoded(run.inputs) or ())
    yield "outputs", "\n".join(f"{path}  {what}" for path, what in outputs.items())
    yield "own files", "\n".join(f"{name}  {what}" for name, what in files.items())
    yield "result", folder_of(run.result) or ""
    yield "commit", run.git or ""
    yield "host", run.host or ""
    yield "log", run.log or ""


def shown(value: object) -> str:
    """Return a value that JSON holds as TOML writes it."""
    from jobmake.tools.tomltext import value as toml_value

    try:
        if isinstance(value, dict) and any(key.startswith("$") for key in value):
            return one_line(_as_python(value), 120)
        return toml_value(value)
    except (TypeError, ValueError):
        return str(value)


def _as_python(data: object) -> str:
    """Return a value of Python's, as it stands in JSON, as Python writes it."""
    from jobmake.python.runcodec import install
    from jobmake.values.base64 import from_text
    from jobmake.values.decode import Decoder
    from jobmake.values.trouble import UnreadableValue

    install()
    try:
        return repr(Decoder(from_text, foreign=False).whole(data))
    except UnreadableValue as error:
        raise ValueError from error


def headed(pairs: Iterable[tuple[str, str]], style: Style) -> Iterator[str]:
    """Yield lines with their headings in a column; what is empty is left out."""
    for heading, text in pairs:
        for line in printable(text).rstrip("\n").split("\n") if text else ():
            yield f"  {style.paint(f'{heading:<9}', 'dim')} {line}".rstrip()
            heading = ""


def as_json(run: PastRun) -> dict[str, Any]:
    """Return a run as JSON holds it; ``started`` is local time with its offset from UTC."""
    return {
        "id": run.id,
        "target": run.target,
        "started": datetime.fromtimestamp(run.started).astimezone().isoformat(),
        "seconds": run.seconds,
        "user": run.user,
        "system": run.system,
        "peak_memory": run.peak_memory,
        "ended": run.ended,
        "exit_code": run.exit_code,
        "signal": run.signal,
        "attempt": run.attempt,
        "reasons": run.reasons.split("\n") if run.reasons else [],
        "command": run.command,
        "line": run.line,
        "params": decoded(run.params),
        "inputs": decoded(run.inputs),
        "outputs": decoded(run.outputs),
        "fingerprint": run.fingerprint,
        "value": run.value,
        "files": decoded(run.files),
        "result": folder_of(run.result),
        "host": run.host,
        "commit": run.git,
        "error": run.error,
        "log": run.log,
    }


def _took(run: PastRun) -> str:
    return "" if run.ended == "restored" else duration(run.seconds)


def _color(run: PastRun) -> tuple[str, ...]:
    return (_COLORS[run.ended],) if run.ended in _COLORS else ("yellow",)
