"""A Jobfile's tables, checked key by key against the schema.

Knows which keys there are and their types. Does not know what they mean together:
a declared target is not yet a Target.

Invariant: what is wrong is noted and left out, so that the rest is still checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobmake.jobfile.schema import (
    ACTIONS,
    CACHE_KEYS,
    PROJECT_KEYS,
    TARGET_KEYS,
    TARGET_NAME,
    TOP_KEYS,
)
from jobmake.tools.hints import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobmake.jobfile.problems import Path, Problems
    from jobmake.jobfile.schema import Key


@dataclass(frozen=True, slots=True)
class DeclaredTarget:
    """One `[target.NAME]` table with only the keys that are right."""

    name: str
    keys: Mapping[str, Any]

    @property
    def place(self) -> Path:
        """Where the target stands in the Jobfile."""
        return ("target", self.name)


@dataclass(frozen=True, slots=True)
class Declarations:
    """What a Jobfile says: settings of the project, params, targets in their order."""

    project: Mapping[str, Any]
    params: Mapping[str, Any]
    pools: Mapping[str, Any]
    cache: Mapping[str, Any]
    targets: tuple[DeclaredTarget, ...]


def declare(data: Mapping[str, Any], problems: Problems) -> Declarations:
    """Return what the parsed Jobfile ``data`` declares; what is wrong goes to ``problems``."""
    top = _checked(data, TOP_KEYS, (), "in a Jobfile", problems)
    project = _checked(top.get("project", {}), PROJECT_KEYS, ("project",), "", problems)
    cache = _checked(top.get("cache", {}), CACHE_KEYS, ("cache",), "", problems)
    targets = []
    for name, table in top.get("target", {}).items():
        declared = _declare_target(name, table, problems)
        if declared:
            targets.append(declared)
    return Declarations(project, top.get("params", {}), top.get("pools", {}), cache, tuple(targets))


def _declare_target(name: str, table: Any, problems: Problems) -> DeclaredTarget | None:
    place: Path = ("target", name)
    if not TARGET_NAME.fullmatch(name):
        problems.key(
            place,
            f"`{name}` cannot be the name of a target",
            "letters, digits, `_`, `-` and `.` can be in one",
        )
        return None
    if not isinstance(table, dict):
        problems.key(place, f"`target.{name}` must be a table", f"write `[target.{name}]`")
        return None
    keys = _checked(table, TARGET_KEYS, place, f"of target `{name}`", problems)
    _check_action(name, table, problems)
    return DeclaredTarget(name, keys)


def _check_action(name: str, table: Mapping[str, Any], problems: Problems) -> None:
    actions = [key for key in ACTIONS if key in table]
    if len(actions) > 1:
        both = " and ".join(f"`{key}`" for key in actions)
        problems.key(("target", name, actions[1]), f"target `{name}` has both {both}", "keep one")
    if actions:
        return
    if "outputs" in table:
        problems.key(
            ("target", name, "outputs"),
            f"target `{name}` has outputs but nothing that makes them",
            "give it `run` or `argv`",
        )
    elif not any(table.get(key) for key in ("needs", "after", "inputs")):
        problems.key(
            ("target", name),
            f"target `{name}` does nothing and gathers nothing",
            "give it `run` or `argv`, or `needs` to make it a group",
        )


def _checked(
    table: Mapping[str, Any], keys: Mapping[str, Key], place: Path, whose: str, problems: Problems
) -> dict[str, Any]:
    """Return the entries of ``table`` that are known and of the right type."""
    right = {}
    for name, value in table.items():
        key = keys.get(name)
        if key is None:
            known = " ".join(filter(None, ("unknown key", f"`{name}`", whose)))
            problems.key((*place, name), known, _hint_for_unknown(name, keys, place))
            continue
        faults = list(key.kind.faults(value))
        for fault in faults:
            note = problems.key if fault.of_name else problems.value
            note((*place, name, *fault.steps), f"`{name}` {fault.message}", fault.hint)
        if not faults:
            right[name] = value
    return right


def _hint_for_unknown(name: str, keys: Mapping[str, Key], place: Path) -> str | None:
    if not place and name == "targets":
        return "did you mean `target`?"
    near = did_you_mean(name, keys)
    if near or len(place) != 0:
        return near
    return f"a target is written `[target.{name}]`" if TARGET_NAME.fullmatch(name) else None
