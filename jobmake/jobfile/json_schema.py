"""The Jobfile's JSON Schema, for editors: made from the one list of keys.

Knows how tables and rules between keys are told in JSON Schema; kinds of values tell
themselves (`kinds`). Of the drafts it is the seventh, which editors of TOML take.

Invariant: what it refuses jobmake refuses; of what jobmake refuses it lets through only
what no look at types and keys can find.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobmake.jobfile import kinds, schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobmake.jobfile.schema import Key

DRAFT = "http://json-schema.org/draft-07/schema#"

# tables of tables, each under a name of the person's choice
_NAMED = ("target", "profile")
_GATHERS = ("needs", "after", "inputs")


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a Jobfile."""
    return {
        "$schema": DRAFT,
        "title": "Jobfile",
        "description": "What is made from what, for jobmake",
        **_table(schema.TOP_KEYS),
    }


def _table(keys: Mapping[str, Key]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: _value(name, key) for name, key in keys.items()},
        "additionalProperties": False,
    }


def _value(name: str, key: Key) -> dict[str, Any]:
    told = {"description": key.doc, **key.kind.json}
    inner = getattr(schema, f"{name.upper()}_KEYS", None) if key.kind is kinds.table else None
    if inner is None:
        return told
    table = _table(inner)
    if name == "target":
        table |= {"allOf": list(_rules(schema.ACTIONS))}
    if name not in _NAMED:
        return told | table
    names = {"pattern": f"^(?:{schema.TARGET_NAME.pattern})$"}
    return told | {"propertyNames": names, "additionalProperties": table}


def _rules(actions: tuple[str, ...]) -> list[dict[str, Any]]:
    """What holds between the keys of a target: one action at most, none without outputs; and
    without an action it gathers something."""
    pairs = [(one, other) for one in actions for other in actions if one < other]
    acts = [{"required": [action]} for action in actions]
    some = {"minItems": 1, "minProperties": 1}
    gathers = [{"required": [key], "properties": {key: some}} for key in _GATHERS]
    group = {"not": {"required": ["outputs"]}, "anyOf": gathers}
    return [
        *({"not": {"required": list(pair)}} for pair in pairs),
        {"anyOf": [*acts, group]},
        {"dependencies": {"with": ["type"]}},
    ]
