"""Libraries of data, imported when a value is of them.

Knows how they are imported. Does not know what is done with them.

Invariant: none is imported before it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


def library(name: str) -> Any:
    """Return a module of a library; untyped, because it may not be there when types are checked."""
    return import_module(name)
