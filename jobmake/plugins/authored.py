"""Whether a job type, or a check, keeps to what the base above its class expects.

Knows `CommandType`, `PythonType` and `FactCheck`, by their names and members. Makes nothing, and
calls no method of a contribution.

Invariant: what would go wrong at a run, or not count, is refused when the plugin is loaded.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from jobmake.checks.facts import FactCheck
from jobmake.jobfile.given import fields_of
from jobmake.jobs.commandtype import CommandType
from jobmake.jobs.pythontype import PythonType
from jobmake.jobs.typedjob import TypedJob
from jobmake.tools.hints import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

# what is the author's: the manual tells of these
OF_AUTHORS = frozenset(
    {"name", "version", "With", "reads", "uncounted", "check", "env", "refuses", "argv", "steps",
     "run", "facts", "reasons", "validate", "given", "reads_digests"}
)  # fmt: skip
_ASKED = (
    "argv",
    "steps",
    "run",
    "check",
    "env",
    "refuses",
    "facts",
    "reasons",
    "times",
    "validate",
)


def wrong(thing: Any) -> str | None:
    """Return what is wrong with a job type or a check; None where nothing is known to be."""
    return next(_wrongs(thing), None)


def kept_names(base: type) -> frozenset[str]:
    """Return the names that a class above needs for itself."""
    kept = set(OF_AUTHORS)
    if issubclass(base, TypedJob):
        kept -= {"facts", "reasons", "validate", "given", "reads_digests"}
    own = (vars(one) for one in base.__mro__ if one.__module__.startswith("jobmake."))
    return frozenset(
        name for names in own for name in names if name not in kept and not _is_special(name)
    )


def _wrongs(thing: Any) -> Iterator[str]:
    kind = type(thing)
    for name in _ASKED:
        method = getattr(kind, name, None)
        if inspect.iscoroutinefunction(method) or inspect.isasyncgenfunction(method):
            yield f"whose `{name}` is `async`: nobody would wait for it"
    base = next(
        (one for one in (CommandType, PythonType, FactCheck) if isinstance(thing, one)), None
    )
    if base is None:
        return
    yield from _taken(thing, base)
    kind = type(thing)
    if base is CommandType and (kind.argv, kind.steps) == (CommandType.argv, CommandType.steps):
        yield "which has neither `argv` nor `steps`"
    if base is PythonType and kind.run is PythonType.run:
        yield "which has no `run`"
    if thing.With is not None and not isinstance(thing.With, type):
        yield f"whose `With` is a `{type(thing.With).__name__}`, where a class must be"
        return
    for name in ("reads", "uncounted") if isinstance(thing, TypedJob) else ("uncounted",):
        yield from _names(thing, name)
    if isinstance(thing, PythonType):
        yield from _not_made_anew(thing)


def _taken(thing: Any, base: type) -> Iterator[str]:
    """Yield what is called as something of the base that is not the author's."""
    kept = kept_names(base)
    below = [one for one in type(thing).__mro__ if one not in base.__mro__]
    for names in (getattr(thing, "__dict__", {}), *map(vars, below)):
        for name in names:
            if name in kept:
                yield (
                    f"which has a `{name}` of its own: `{base.__name__}` needs that name, so call"
                    " it something else"
                )


def _names(thing: Any, member: str) -> Iterator[str]:
    """Yield what is wrong with a member that names settings."""
    names = getattr(thing, member)
    if not isinstance(names, tuple | list | set | frozenset):
        hint = f'write `{member} = ("{names}",)`' if isinstance(names, str) else "a tuple must be"
        yield f"whose `{member}` is a `{type(names).__name__}`: {hint}"
        return
    fields = fields_of(thing.With)
    for name in names:
        if name not in fields:
            known = ", ".join(f"`{one}`" for one in fields)
            there = f"there are {known}" if fields else "it has no settings"
            hint = did_you_mean(str(name), fields) or there
            yield f"whose `{member}` names {name!r}, which is no setting of its `With`: {hint}"


def _not_made_anew(thing: PythonType) -> Iterator[str]:
    """Yield why its class, made without arguments in the process of a run, is not the same."""
    kind = type(thing)
    if "<locals>" in kind.__qualname__:
        yield f"whose class `{kind.__name__}` stands in a function: no other process can find it"
    try:
        inspect.signature(kind).bind()
    except TypeError:
        needs = f"whose class `{kind.__name__}` needs arguments"
        yield f"{needs}: it is made anew, without any, in a run"
    except ValueError:  # it tells no signature
        pass
    state = getattr(thing, "__dict__", {})
    if state:
        yield (
            f"which keeps `{next(iter(state))}` in itself: it is made anew in a run, and has only"
            " what its class has"
        )


def _is_special(name: str) -> bool:
    return (name.startswith("__") and name.endswith("__")) or name.startswith("_abc_")
