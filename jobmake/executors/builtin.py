"""The executors that ship with jobmake."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jobmake.model.contracts import Executor


def jobmake_executors() -> Mapping[str, Callable[[], Executor]]:
    """Return the built-in executors by name; each is imported when a build needs it."""
    return {"local": _local}


def _local() -> Executor:
    from jobmake.executors.local import LocalExecutor

    return LocalExecutor()
