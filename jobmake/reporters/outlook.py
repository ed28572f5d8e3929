"""Forecasts as lines of text: what `-n`, `status` and `why` print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobmake.model.decision import Fresh, Reason, Stale, Undecided
from jobmake.reporters.text import because
from jobmake.tools.display import count, one_line, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from jobmake.model.decision import Outlook
    from jobmake.reporters.style import Style


def dry_run_lines(outlooks: Iterable[Outlook], style: Style) -> Iterator[str]:
    """Yield what will run and what may run, then how many of each."""
    runs = maybe = fresh = 0
    for outlook in outlooks:
        if outlook.target.is_group:
            continue
        name = one_line(outlook.target.name)
        match outlook.forecast:
            case Stale(reasons):
                runs += 1
                told = outlook.trouble or because(reasons)
                yield f"{style.paint('would run', 'green')} {name}: {one_line(told)}"
            case Undecided(depends_on):
                maybe += 1
                yield f"{style.paint('may run', 'yellow')} {name}: depends on {_names(depends_on)}"
            case Fresh():
                fresh += 1
    counts = (("would run", runs), ("may run", maybe), ("up to date", fresh))
    shown = [f"{word} {number}" for word, number in counts if number]
    yield style.paint(", ".join(shown) or "nothing to do", "bold")


def status_lines(outlooks: Iterable[Outlook], style: Style) -> Iterator[str]:
    """Yield a line per target that is not up to date, then how many are."""
    fresh = 0
    for outlook in outlooks:
        if outlook.target.is_group:
            continue
        name = one_line(outlook.target.name)
        match outlook.forecast:
            case Stale(reasons):
                told = outlook.trouble or because(reasons)
                yield f"{style.paint('stale', 'yellow')} {name}: {one_line(told)}"
            case Undecided(depends_on):
                told = f"depends on {_names(depends_on)}"
                yield f"{style.paint('may be stale', 'dim')} {name}: {told}"
            case Fresh():
                fresh += 1
                if style.verbose:
                    said = f": {one_line(str(outlook.claim))}" if outlook.claim else ""
                    yield f"{style.paint('up to date', 'green')} {name}{said}"
    yield style.paint(f"up to date: {count(fresh, 'target')}", "bold")


def why_lines(
    outlook: Outlook,
    upstream: dict[str, Outlook],
    commands: Callable[[Outlook], tuple[str | None, str]],
    style: Style,
) -> Iterator[str]:
    """Yield every reason of one target.

    ``upstream`` holds the outlooks of all it needs; ``commands`` gives the old command's
    text, where it is known, and the new one.
    """
    name = style.paint(one_line(outlook.target.name), "bold")
    match outlook.forecast:
        case Fresh():
            yield f"{name} is up to date"
        case Stale(reasons):
            yield f"{name} is stale:"
            if outlook.trouble:
                yield f"  {one_line(outlook.trouble)}"
                return
            for reason in reasons:
                if reason.kind == "action":
                    yield from _command_lines(reason, *commands(outlook))
                else:
                    yield f"  {one_line(str(reason))}"
        case Undecided(depends_on):
            yield f"{name} may be stale, depending on what is made by:"
            for need in depends_on:
                yield f"  {one_line(need)}: {_in_short(upstream[need])}"
    if outlook.claim:
        lead = "" if isinstance(outlook.forecast, Fresh) else "its old record was "
        yield f"  {lead}{one_line(str(outlook.claim))}"


def _in_short(outlook: Outlook) -> str:
    match outlook.forecast:
        case Stale(reasons):
            return "stale, " + one_line(outlook.trouble or because(reasons))
        case Undecided(depends_on):
            return f"may be stale, depends on {_names(depends_on)}"
        case _:
            return "up to date"


def _command_lines(reason: Reason, old: str | None, new: str) -> Iterator[str]:
    if old is None:
        yield f"  {reason}"
    elif old == new:
        yield "  command: its files, needs, their order or its folder changed"
    else:
        yield f"  {reason}:"
        yield from (f"    - {line}" for line in printable(old).split("\n"))
        yield from (f"    + {line}" for line in printable(new).split("\n"))


def _names(names: tuple[str, ...], most: int = 3) -> str:
    shown = ", ".join(f"`{one_line(name)}`" for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")
