"""What the slices of a job return, and how that becomes one value.

Knows lists, tables, sets and numbers. Invariant: nothing is lost: two slices that say
different things of one key are an error that names both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any


class MergeConflict(ValueError):
    """Two slices have a value for the same key."""


class Slices(list[Any]):
    """The results of all slices, in their order: a list like any other."""

    def merge(self) -> Any:
        """Return all results as one: numbers added up, lists in a row, sets and tables
        joined. Raises MergeConflict for a key of two tables, TypeError for other types."""
        return merged(self)

    merge_auto = merge  # what exax calls it


def merged(results: Iterable[Any]) -> Any:
    """Return the results of slices as one. Raises MergeConflict, TypeError."""
    total: Any = None
    for number, one in enumerate(results):
        total = _copied(one) if number == 0 else _joined(total, one, number, "")
    return total


def _joined(total: Any, one: Any, number: int, place: str) -> Any:
    if isinstance(total, tuple) and isinstance(one, tuple) and len(total) == len(one):
        pairs = enumerate(zip(total, one, strict=True))
        return tuple(_joined(mine, its, number, f"{place}[{at}]") for at, (mine, its) in pairs)
    if isinstance(total, Counter) and isinstance(one, Counter):
        total.update(one)
        return total
    if isinstance(total, dict) and isinstance(one, Mapping):
        return _joined_tables(total, one, number, place)
    if isinstance(total, set) and isinstance(one, (set, frozenset)):
        return total | one
    if isinstance(total, list) and isinstance(one, list):
        total.extend(one)
        return total
    if total is None and one is None:
        return None
    if isinstance(total, (bool, str)) or (
        type(total) is not type(one) and not _are_numbers(total, one)
    ):
        raise TypeError(
            f"slice {number}: {type(total).__name__} and {type(one).__name__} cannot be merged"
            + (f" at {place}" if place else "")
        )
    return total + one


def _joined_tables(total: dict[Any, Any], one: Mapping[Any, Any], number: int, place: str) -> Any:
    for key, value in one.items():
        if key not in total:
            total[key] = _copied(value)
        elif isinstance(total[key], (dict, set, list)) or (
            _are_numbers(total[key], value) and isinstance(total, Counter)
        ):
            total[key] = _joined(total[key], value, number, f"{place}[{key!r}]")
        else:
            raise MergeConflict(f"slice {number} has the key {place}[{key!r}], as one before it")
    return total


def _are_numbers(one: Any, other: Any) -> bool:
    numbers = (int, float, complex)
    return (
        isinstance(one, numbers)
        and isinstance(other, numbers)
        and not isinstance(one, bool)
        and not isinstance(other, bool)
    )


def _copied(value: Any) -> Any:
    """Return a value that can be added to: containers are copied as deep as they go."""
    if isinstance(value, Counter):
        return Counter(value)
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in value.items()}
    return type(value)(value) if isinstance(value, (list, set)) else value
