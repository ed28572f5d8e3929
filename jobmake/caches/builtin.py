"""The caches that ship with jobmake."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jobmake.model.contracts import Cache

    MakeCache = Callable[[str, int], Cache]  # of a folder and a size in bytes


def jobmake_caches() -> Mapping[str, MakeCache]:
    """Return the built-in caches by name; each is imported when it is needed."""
    return {"disk": _disk}


def _disk(folder: str, size: int) -> Cache:
    from jobmake.caches.disk import DiskCache

    return DiskCache(folder, size)
