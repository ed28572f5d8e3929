"""What the tests of values call the same: equal, and of one type, all the way down."""

from __future__ import annotations

import json
from collections import defaultdict, deque
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from jobmake.values.codec import from_json, read_value, to_json, write_value


def same(one: Any, other: Any) -> bool:
    """Return whether two values are equal and of one type, all the way down."""
    if type(one) is not type(other):
        return False
    if isinstance(one, (list, tuple, deque)):
        return (
            len(one) == len(other)
            and all(map(same, one, other))
            and getattr(one, "maxlen", None) == getattr(other, "maxlen", None)
        )
    if isinstance(one, dict):
        return same(list(one.items()), list(other.items())) and (
            not isinstance(one, defaultdict) or one.default_factory is other.default_factory
        )
    if isinstance(one, (set, frozenset)):
        return same(sorted(one, key=_key), sorted(other, key=_key))
    if is_dataclass(one):
        return all(same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    zone = getattr(one, "tzinfo", None)
    if zone is not None and not same(zone, other.tzinfo):
        return False
    if isinstance(one, int):
        return one == other
    return repr(one) == repr(other)  # also of NaN, and with signs and folds


def _key(value: Any) -> str:
    if isinstance(value, frozenset):
        return f"frozenset {sorted(map(_key, value))}"
    if isinstance(value, tuple):
        return f"tuple {list(map(_key, value))}"
    return f"{type(value).__name__} {value!r}"


def there_and_back(value: Any, folder: Path) -> list[Any]:
    """Return what comes back of a value, by its file and by its JSON as a text."""
    write_value(folder / "value", value)
    return [read_value(folder / "value"), from_json(json.loads(json.dumps(to_json(value))))]
