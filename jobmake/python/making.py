"""How instances of Jobs are made together: one of each class, with the same keywords.

Knows classes, their parents and names. Does not know params or state.

Invariant: in one workflow a class has one instance, so diamonds meet.
"""

from __future__ import annotations

import re
import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType


_NAME = re.compile(r"[\w.-]+")
_OWN, _ADDED, _SEALED = "_jobmake_declared", "_jobmake_added", "_jobmake_sealed"


class Workflow:
    """Instances that are made together: ``jobs`` by class, ``shared`` keywords of those that
    are made as parents, and the classes that are ``open``: their parents are being made."""

    def __init__(self, shared: Mapping[str, Any]) -> None:
        self.jobs: dict[type, Any] = {}
        self.shared, self.open = shared, set[type]()

    def __enter__(self) -> Workflow:
        self._token = _made.set(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _made.reset(self._token)


# the workflow that is being made
_made: ContextVar[Workflow | None] = ContextVar("jobmake_made", default=None)


class Making:
    """One instance while it is made. ``own`` are its keywords, to be taken from."""

    def __init__(self, job: Any, kwargs: Mapping[str, Any]) -> None:
        self._job, self.own = job, dict(kwargs)

    def __enter__(self) -> Making:
        known = _made.get()
        self._own: Workflow | None = None
        if known is None:
            shared = {name: value for name, value in self.own.items() if name != "name"}
            known = self._own = Workflow(shared).__enter__()
        self._workflow = known
        known.jobs.setdefault(type(self._job), self._job)
        known.open.add(type(self._job))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._workflow.open.discard(type(self._job))
        if self._own is not None:
            self._own.__exit__(kind, error, trace)

    def parents(self) -> dict[str, Any]:
        """Return the parents by name, made where they are not yet. Raises TypeError for a
        circle, and for two parents of one name."""
        found: dict[str, Any] = {}
        for kind in parents_of(type(self._job)):
            job = self._parent(kind)
            if job.name in found:
                raise TypeError(f"two parents of `{self._job.name}` have the name `{job.name}`")
            if hasattr(type(self._job), job.name) or job.name in vars(self._job):
                raise TypeError(
                    f"`{job.name}` is a parent of `{self._job.name}`, and also something of its own"
                )
            found[job.name] = job
        setattr(type(self._job), _SEALED, True)
        return found

    def _parent(self, kind: type[Any]) -> Any:
        if kind in self._workflow.open:
            raise TypeError(f"`{kind.name}` is among its own parents")
        known = self._workflow.jobs.get(kind)
        return kind(**self._workflow.shared) if known is None else known


def parents_of(kind: type[Any]) -> list[type[Any]]:
    """Return the parent classes of a class: its own, and those added to it."""
    own = kind.__dict__.get("parents", _OWN)
    if own is _OWN:
        base = next((one for one in kind.__mro__[1:] if hasattr(one, "parents")), None)
        declared = parents_of(base) if base is not None else []
    else:
        declared = list(own or ())
    return [*declared, *(one for one in kind.__dict__.get(_ADDED, ()) if one not in declared)]


def add_parent(kind: type[Any], parent: type[Any] | None, base: type[Any]) -> None:
    """Add a parent class to a class: for good at the top of a module, else for the workflow
    that is put together."""
    if parent is None:
        return
    if not (isinstance(parent, type) and issubclass(parent, base)):
        raise TypeError(f"a parent of `{kind.name}` must be a Job class, not {parent!r}")
    caller = sys._getframe(2)
    if caller.f_code.co_name == "<module>":
        present = parents_of(kind)
        kind.parents = present if parent in present else [*present, parent]
        return
    if kind.__dict__.get(_SEALED, False):  # those were another workflow's
        setattr(kind, _ADDED, ())
        setattr(kind, _SEALED, False)
    if parent not in parents_of(kind):
        setattr(kind, _ADDED, (*kind.__dict__.get(_ADDED, ()), parent))


def check_name(name: object, kind: type) -> str:
    """Return a job's name if it is one. Raises TypeError."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise TypeError(
            f"`{name}` cannot be the name of {kind.__name__}:"
            " letters, digits, `_`, `-` and `.` can be in one"
        )
    return name
