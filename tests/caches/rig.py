"""What the tests of the cache in a folder look into."""

from __future__ import annotations

from pathlib import Path

from jobmake.testing.traces import KEY, digest, listing, result_of, tick, trace_of, write

__all__ = ["KEY", "digest", "listing", "objects", "result_of", "tick", "trace_of", "write"]


def objects(cache: Path) -> list[Path]:
    """Every object of a cache in a folder."""
    return sorted((cache / "v1" / "objects").glob("*/*"))
