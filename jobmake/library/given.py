"""Jobs that are given to other jobs as params: they are processed before, and arrive as runs.

Knows params and instances. Does not know how they are processed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobmake.model.graph import topological
from jobmake.python.job import Job
from jobmake.python.params import params_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from jobmake.python.run import Run


def arriving(value: Any, run_of: Callable[[Job], Run]) -> Any:
    """Return a param with runs in place of the jobs in it."""
    if isinstance(value, Job):
        return run_of(value)
    if type(value) in (list, tuple):
        return type(value)([arriving(one, run_of) for one in value])
    if type(value) is dict:
        return {key: arriving(one, run_of) for key, one in value.items()}
    return value


def jobs_among(values: Iterable[Any]) -> Iterator[Job]:
    """Yield the jobs in some params, each once."""
    seen: set[int] = set()
    todo = list(values)
    while todo:
        one = todo.pop()
        if isinstance(one, Job):
            if id(one) not in seen:
                seen.add(id(one))
                yield one
        elif type(one) in (list, tuple):
            todo.extend(one)
        elif type(one) is dict:
            todo.extend(one.values())


def refuse_circles(sink: Job) -> None:
    """Raise TypeError where a job is given, by way of others, to itself."""
    known: dict[str, Job] = {}
    needs: dict[str, tuple[str, ...]] = {}
    todo = [sink]
    while todo:
        one = todo.pop()
        if str(id(one)) in known:
            continue
        known[str(id(one))] = one
        given = jobs_among(getattr(one, name) for name in params_of(type(one), Job))
        before = [*one._parents.values(), *given]
        needs[str(id(one))] = tuple(str(id(each)) for each in before)
        todo.extend(before)
    _, cycle = topological(known, needs)
    if cycle:
        names = " <- ".join(f"`{known[one].name}`" for one in (*cycle, cycle[0]))
        raise TypeError(f"a job is given to itself: {names}")
