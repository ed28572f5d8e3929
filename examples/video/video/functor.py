"""A dictionary that is called like a function: what jobs hand to their children."""

from __future__ import annotations

from typing import Any


class Functor:
    """Gives the value of a frame: `get_image(7)`."""

    def __init__(self, values: dict[int, Any]) -> None:
        self.values = values

    def __call__(self, frame: int) -> Any:
        return self.values[frame]


def sort_dictionary_by_integer_key(values: dict[Any, Any]) -> dict[int, Any]:
    """Return the same with numbers as keys, the smallest first."""
    return dict(sorted((int(key), value) for key, value in values.items()))
