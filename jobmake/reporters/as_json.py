"""Values as JSON: events, targets, forecasts. The one place where their shapes are made.

Generic over the fields of values, so that a new event or field needs no new code.
Invariant: no secret is told, and what is written is strict JSON: no NaN, no infinity.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any

from jobmake.model.decision import Fresh, Reason, Stale, Undecided
from jobmake.model.fingerprint import SECRET, UNSET
from jobmake.model.secrets import MASK
from jobmake.tools.tomltext import value as toml_value
from jobmake.tools.value import fields, is_value

if TYPE_CHECKING:
    from jobmake.model.decision import Outlook
    from jobmake.model.graph import Graph
    from jobmake.model.target import FilePattern

VERSION = 1  # of all shapes below; a field more does not raise it

UP_TO_DATE, STALE, MAY_BE_STALE, RUNNING = "up to date", "stale", "may be stale", "running"
SERVICE = "service"


def document(**data: object) -> str:
    """Return one JSON object of several lines, for a verb's `--json`."""
    told = {"version": VERSION, **data}
    text = json.dumps(told, indent=2, ensure_ascii=False)
    if re.search("[\ud800-\udfff]", text):  # of a file name that is no text
        text = json.dumps(told, indent=2)
    return text + "\n"


def line(data: Mapping[str, object]) -> str:
    """Return one JSON object on one line. Only ASCII: some readers end a line at U+2028."""
    return json.dumps(data) + "\n"


def event(happened: object) -> dict[str, Any]:
    """Return an event: its name, then its fields."""
    return {"event": event_name(type(happened)), **_fields(happened)}


def event_name(kind: type) -> str:
    """Return the name of a kind of event: `TargetBuilt` is told as `target_built`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


def value(any_value: object) -> Any:
    """Return a value as JSON holds it; dates and the like as TOML writes them."""
    match any_value:
        case None | str() | bool() | int():
            return any_value
        case Enum():
            return value(any_value.value)
        case Reason():
            return reason(any_value)
        case float():
            finite = any_value - any_value == 0
            return any_value if finite else toml_value(any_value)
        case bytes():
            return any_value.decode("utf-8", "backslashreplace")
        case Mapping():
            return {str(key): value(one) for key, one in any_value.items()}
        case Iterable():
            return [value(one) for one in any_value]
    if is_value(any_value):
        return _fields(any_value)
    try:
        return toml_value(any_value)
    except (TypeError, ValueError):
        return str(any_value)


def reason(one: Reason) -> dict[str, Any]:
    """Return a reason: its parts, and ``text``, the sentence that people read."""
    return {
        "kind": one.kind,
        "name": one.name,
        "what": one.what,
        "old": _told(one, one.old),
        "new": _told(one, one.new),
        "text": str(one),
    }


def target(graph: Graph, name: str) -> dict[str, Any]:
    """Return what the Jobfile says of a target."""
    one = graph.targets[name]
    return {
        "name": name,
        "family": one.family,
        "type": one.job_type or "group",
        "doc": one.doc,
        "matrix": value(dict(one.matrix)),
        "inputs": _paths(one.inputs),
        "sources": _paths(one.sources),
        "outputs": _paths(one.outputs),
        "needs": list(graph.needs[name]),
        "after": list(one.after),
        "provisional": one.family in graph.provisional,
        "service": one.is_service,
    }


def outlook(one: Outlook) -> dict[str, Any]:
    """Return what is known beforehand of a target."""
    told: dict[str, Any] = {
        "name": one.target.name,
        "family": one.target.family,
        "type": one.target.job_type or "group",
        "state": state(one),
        "reasons": [],
        "depends_on": [],
        "trouble": one.trouble,
        "run": one.run,
        "provisional": one.provisional,
        "claim": value(one.claim),
    }
    match one.forecast:
        case Stale(reasons):
            told["reasons"] = [reason(each) for each in reasons]
        case Undecided(depends_on):
            told["depends_on"] = list(depends_on)
    return told


def state(one: Outlook) -> str:
    """Return in a word what a forecast says, or that it runs now."""
    if one.run is not None:
        return RUNNING
    if one.target.is_service:
        return SERVICE
    match one.forecast:
        case Fresh():
            return UP_TO_DATE
        case Stale():
            return STALE
        case _:
            return MAY_BE_STALE


def _fields(data: Any) -> dict[str, Any]:
    return {name: value(getattr(data, name)) for name in fields(data)}


def _told(one: Reason, text: str | None) -> str | None:
    """Return an old or new value as messages show it."""
    if text is None:
        return None
    if text.startswith(f'"{SECRET}'):
        return MASK
    return "unset" if one.kind == "env" and text == UNSET else text


def _paths(patterns: tuple[FilePattern, ...]) -> list[str]:
    return [pattern.shown for pattern in patterns]
