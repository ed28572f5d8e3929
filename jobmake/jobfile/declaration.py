"""A Jobfile's tables, checked key by key against the schema.

Knows which keys there are and their types. Does not know what they mean together:
a declared target is not yet a Target.

Invariant: what is wrong is noted and left out, so that the rest is still checked.
"""

from __future__ import annotations

from jobmake.jobfile.schema import (
    ACTIONS,
    CACHE_KEYS,
    PROFILE_KEYS,
    PROJECT_KEYS,
    TARGET_KEYS,
    TARGET_NAME,
    TOP_KEYS,
)
from jobmake.tools.hints import did_you_mean
from jobmake.tools.value import Value, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from jobmake.jobfile.problems import Path, Problems
    from jobmake.jobfile.schema import Key


class DeclaredTarget(Value):
    """One `[target.NAME]` table with only the keys that are right."""

    name: str
    keys: Mapping[str, Any]
    place: Path  # where it stands


class Declarations(Value):
    """What a Jobfile says: settings of the project, params, targets in their order.

    ``profiled`` names the settings of the project that the chosen profile has set, and it.
    """

    project: Mapping[str, Any]
    params: Mapping[str, Any]
    pools: Mapping[str, Any]
    cache: Mapping[str, Any]
    profiles: Mapping[str, Mapping[str, Any]]
    targets: tuple[DeclaredTarget, ...]
    profiled: Mapping[str, str] = field(default_factory=dict)
    plugin: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # settings of each

    def setting(self, key: str, begin: Path) -> list[tuple[str, Path]]:
        """Return each text of a setting of the project, and where it stands."""
        value = self.project.get(key, [])
        place: Path = (*begin, "project", key)
        if key in self.profiled:
            place = (*begin, "profile", self.profiled[key], "project", key)
        if isinstance(value, str):
            return [(value, place)]
        return [(text, (*place, index)) for index, text in enumerate(value)]


def declare(data: Mapping[str, Any], problems: Problems, begin: Path = ()) -> Declarations:
    """Return what the parsed Jobfile ``data`` declares; what is wrong goes to ``problems``.

    All its places begin with ``begin``.
    """
    top = _checked(data, TOP_KEYS, begin, "in a Jobfile", problems)
    tables = {
        name: _checked(top.get(name, {}), keys, (*begin, name), "", problems)
        for name, keys in (("project", PROJECT_KEYS), ("cache", CACHE_KEYS))
    }
    targets = []
    for name, table in top.get("target", {}).items():
        declared = declare_target(name, table, (*begin, "target", name), problems)
        if declared:
            targets.append(declared)
    profiles = {
        name: _declare_profile(table, (*begin, "profile", name), problems)
        for name, table in top.get("profile", {}).items()
    }
    params, pools = top.get("params", {}), top.get("pools", {})
    return Declarations(
        tables["project"], params, pools, tables["cache"], profiles, tuple(targets),
        plugin=_tables(top.get("plugin", {}), (*begin, "plugin"), problems),
    )  # fmt: skip


def _tables(given: Mapping[str, Any], place: Path, problems: Problems) -> dict[str, Any]:
    """Return the entries that are tables, as each must be."""
    for name, table in given.items():
        if not isinstance(table, dict):
            shown = f"plugin.{name}"
            problems.key((*place, name), f"`{shown}` must be a table", f"write `[{shown}]`")
    return {name: table for name, table in given.items() if isinstance(table, dict)}


def _declare_profile(table: Any, place: Path, problems: Problems) -> dict[str, Any]:
    """Return the tables of one profile, checked like those of the Jobfile."""
    if not isinstance(table, dict):
        message = f"`profile.{place[-1]}` must be a table"
        problems.key(place, message, f"write `[profile.{place[-1]}.params]`")
        return {}
    right = _checked(table, PROFILE_KEYS, place, f"of profile `{place[-1]}`", problems)
    for name, keys in (("project", PROJECT_KEYS), ("cache", CACHE_KEYS)):
        if name in right:
            right[name] = _checked(right[name], keys, (*place, name), "", problems)
    return right


def declare_target(name: str, table: Any, place: Path, problems: Problems) -> DeclaredTarget | None:
    """Return a target's table with the keys that are right, None where too much is wrong."""
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
    _check_action(name, table, place, problems)
    if any(key in table and key not in keys for key in ("matrix", "each")):
        problems.doubtful.add(name)  # nobody knows its instances: what names them is not judged
        return None
    return DeclaredTarget(name, keys, place)


def _check_action(name: str, table: Mapping[str, Any], place: Path, problems: Problems) -> None:
    actions = [key for key in ACTIONS if key in table]
    if len(actions) > 1:
        both = " and ".join(f"`{key}`" for key in actions)
        problems.key((*place, actions[1]), f"target `{name}` has both {both}", "keep one")
    if "with" in table and "type" not in table:
        problems.key((*place, "with"), f"target `{name}` has `with`, but no `type` that it is for")
    if actions:
        return
    if "outputs" in table:
        problems.key(
            (*place, "outputs"),
            f"target `{name}` has outputs but nothing that makes them",
            "give it `run`, `argv`, `python` or `type`",
        )
    elif not any(table.get(key) for key in ("needs", "after", "inputs")):
        problems.key(
            place,
            f"target `{name}` does nothing and gathers nothing",
            "give it `run`, `argv`, `python` or `type`, or `needs` to make it a group",
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
            problems.key((*place, name), known, _hint_for_unknown(name, keys))
            continue
        faults = list(key.kind.faults(value))
        for fault in faults:
            note = problems.key if fault.of_name else problems.value
            note((*place, name, *fault.steps), f"`{name}` {fault.message}", fault.hint)
        if not faults:
            right[name] = value
    return right


def _hint_for_unknown(name: str, keys: Mapping[str, Key]) -> str | None:
    if keys is TOP_KEYS and name == "targets":
        return "did you mean `target`?"
    near = did_you_mean(name, keys)
    if near or keys is not TOP_KEYS:
        return near
    return f"a target is written `[target.{name}]`" if TARGET_NAME.fullmatch(name) else None
