"""Forecasts as lines of text: what `-n`, `status` and `why` print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobmake.model.decision import Fresh, Reason, Stale, Undecided
from jobmake.reporters.text import because
from jobmake.tools.display import count, duration, one_line, printable
from jobmake.tools.value import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Sequence

    from jobmake.model.decision import Outlook
    from jobmake.model.estimate import Estimate
    from jobmake.reporters.style import Style

_COLORS = {
    "would run": "green", "would restore": "green", "may run": "yellow",
    "would start": "green", "may start": "yellow",
}  # fmt: skip
_SERVICE = "service: it is started for those that need it, and neither stale nor up to date"


def dry_run_lines(outlooks: Iterable[Outlook], times: Estimate, style: Style) -> Iterator[str]:
    """Yield what will run and what may run, then how many of each and how long in all."""
    numbers = dict.fromkeys(("running", *_COLORS, "up to date"), 0)
    for outlook in outlooks:
        if not (_is_told(outlook) or outlook.starts):
            continue
        word, told = _dry_run_words(outlook)
        numbers[word] += 1
        if word != "up to date":
            name = one_line(outlook.target.name)
            color = _COLORS.get(word, "blue")
            yield f"{style.paint(word, color)} {name}: {told}{_takes(outlook, times)}"
    shown = [f"{word} {number}" for word, number in numbers.items() if number]
    yield style.paint((", ".join(shown) or "nothing to do") + _in_all(times), "bold")


def what_if_lines(
    outlooks: Iterable[Outlook], already: Container[str], times: Estimate, style: Style
) -> Iterator[str]:
    """Yield what would be stale, and of it what is so ``already``, then how long it takes."""
    numbers = dict.fromkeys(("would be stale", "may be stale", "up to date"), 0)
    words = {
        "would run": "would be stale",
        "would restore": "would be stale",
        "may run": "may be stale",
    }
    for outlook in outlooks:
        if not _is_told(outlook) or outlook.target.is_service:
            continue
        name = outlook.target.name
        word, told = _dry_run_words(replace(outlook, run=None))
        shown = words.get(word, word)
        numbers[shown] += 1
        if word in _COLORS:
            so_now = ", as it is now" if name in already else ""
            so_now += " (the cache has its outputs)" if outlook.restores else ""
            head = f"{style.paint(shown, _COLORS[word])} {one_line(name)}"
            yield f"{head}: {told}{so_now}{_takes(outlook, times)}"
    counts = [f"{word} {number}" for word, number in numbers.items() if number]
    cpu = f", processor {duration(times.cpu)}" if times.takes else ""
    yield style.paint(", ".join(counts) + _in_all(times) + cpu, "bold")


def _takes(outlook: Outlook, times: Estimate) -> str:
    usual = times.takes.get(outlook.target.name)
    return "" if usual is None else f" (about {duration(usual.wall)})"


def _in_all(times: Estimate) -> str:
    """Return how long all takes, as far as that is known; nothing where it is not at all."""
    if not times.takes:
        return ""
    least, most = duration(times.at_least), duration(times.at_most)
    # what may run does so, or not
    took = most if least == most else f"{least} to {most}" if times.at_least else f"up to {most}"
    unknown = f", {times.unknown} of unknown length not counted" if times.unknown else ""
    return f"; about {took} with -j {times.jobs}{unknown}"


def _dry_run_words(outlook: Outlook) -> tuple[str, str]:
    if outlook.run is not None:
        return "running", f"run {outlook.run}"
    if outlook.starts and not outlook.trouble:
        return f"{outlook.starts} start", "a service, for what needs it"
    match outlook.forecast:
        case Stale(reasons):
            word = "would restore" if outlook.restores else "would run"
            return word, one_line(outlook.trouble or because(reasons))
        case Undecided(depends_on):
            return "may run", f"depends on {names(depends_on)}{_as_known(outlook)}"
        case _:
            return "up to date", ""


def status_lines(
    outlooks: Iterable[Outlook], style: Style, doing: Callable[[str], str] = lambda _run: ""
) -> Iterator[str]:
    """Yield a line per target that is not up to date, then how many are. ``doing`` gives what a
    run says that it does."""
    fresh = 0
    for outlook in outlooks:
        if not _is_told(outlook):
            continue
        name = one_line(outlook.target.name)
        if outlook.run is not None:
            said = doing(outlook.run)
            now = f", {one_line(said)}" if said else ""
            yield f"{style.paint('running', 'blue')} {name}: run {outlook.run}{now}"
            continue
        match outlook.forecast:
            case Stale(reasons):
                told = outlook.trouble or because(reasons)
                yield f"{style.paint('stale', 'yellow')} {name}: {one_line(told)}"
            case Undecided(depends_on):
                told = f"depends on {names(depends_on)}{_as_known(outlook)}"
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
    past: str = "",
) -> Iterator[str]:
    """Yield every reason of one target.

    ``upstream`` holds the outlooks of all it needs; ``commands`` gives the old command's
    text, where it is known, and the new one; ``past`` says what history knows of it.
    """
    name = style.paint(one_line(outlook.target.name), "bold")
    if outlook.run is not None:
        yield f"{name} is running: run {outlook.run}"
        return
    if outlook.target.is_service and not outlook.trouble:
        yield f"{name} is a {_SERVICE}"
        return
    match outlook.forecast:
        case Fresh():
            yield f"{name} is up to date{'' if outlook.claim else past}"
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
            if past:
                yield f"  {past}"
        case Undecided(depends_on):
            yield f"{name} may be stale, depending on what is made by:"
            for need in depends_on:
                yield f"  {one_line(need)}: {in_short(upstream[need])}"
    if _stands_in(outlook):
        yield "  which instances it has is not known before that"
    elif outlook.provisional and not outlook.target.is_group:
        yield f"  one of the instances of `{one_line(outlook.target.family)}` as last known"
    if outlook.claim:
        lead = "" if isinstance(outlook.forecast, Fresh) else "its old record was "
        yield f"  {lead}{one_line(str(outlook.claim))}"


def in_short(outlook: Outlook) -> str:
    """Return in a line what is known beforehand of a target."""
    if outlook.target.is_service and not outlook.trouble:
        return _SERVICE
    match outlook.forecast:
        case Stale(reasons):
            return "stale, " + one_line(outlook.trouble or because(reasons))
        case Undecided(depends_on):
            return f"may be stale, depends on {names(depends_on)}"
        case _:
            return "up to date"


def _is_told(outlook: Outlook) -> bool:
    """Say whether a target has a line of its own: a group only if it stands for instances, a
    service only if it runs."""
    if outlook.target.is_service:
        return bool(outlook.run or outlook.trouble)
    return not outlook.target.is_group or _stands_in(outlook)


def _stands_in(outlook: Outlook) -> bool:
    """Say whether a group stands for instances of which none is known."""
    undecided = isinstance(outlook.forecast, Undecided)
    return outlook.target.is_group and outlook.provisional and undecided


def _as_known(outlook: Outlook) -> str:
    if _stands_in(outlook):
        return ", as does which instances it has"
    return ", as does whether there is such an instance" if outlook.provisional else ""


def _command_lines(reason: Reason, old: str | None, new: str) -> Iterator[str]:
    if old is None:
        yield f"  {reason}"
    elif old == new:
        yield "  command: its files, needs, their order or its folder changed"
    else:
        yield f"  {reason}:"
        yield from (f"    - {line}" for line in printable(old).split("\n"))
        yield from (f"    + {line}" for line in printable(new).split("\n"))


def names(given: Sequence[str], most: int = 3) -> str:
    """Return names in a line, and how many are left out."""
    shown = ", ".join(f"`{one_line(name)}`" for name in given[:most])
    return shown + (f" and {len(given) - most} more" if len(given) > most else "")
