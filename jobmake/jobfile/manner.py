"""How a target's action runs, what it takes up and what becomes of it: from keys to values.

Knows what the keys mean once they are of the right type. Does not know files or graphs.
"""

from __future__ import annotations

from functools import lru_cache

from jobmake.model.target import SHELL, Demands, Handling, Manner, Service
from jobmake.tools.programs import speaks_posix
from jobmake.tools.quantities import seconds, size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from jobmake.jobfile.problems import Path, Problems


_OF_MANNER = frozenset(
    ("shell", "interpreter", "capture", "hermetic", "isolated", "interactive", "ok_codes")
)
_OF_DEMANDS = frozenset(("pool", "resources", "priority"))
_OF_HANDLING = frozenset(("timeout", "retries", "retry_delay", "allow_failure"))
# equal ones are one: most targets of a Jobfile are alike in this
_manner = lru_cache(maxsize=256)(Manner)
_demands = lru_cache(maxsize=256, typed=True)(Demands)
_handling = lru_cache(maxsize=256, typed=True)(Handling)


@lru_cache(maxsize=256)
def _commands(*texts: tuple[str, tuple[str, ...]]) -> Mapping[str, Any]:
    return dict(texts)


def manner_of(
    keys: Mapping[str, Any],
    shell: tuple[str, ...],
    files: tuple[tuple[str, str], ...],
    place: Path,
    problems: Problems,
) -> Manner:
    """Return how the target of these keys runs; ``shell`` is the project's."""
    if not files and _OF_MANNER.isdisjoint(keys):
        return _manner(shell)
    interpreter = words_of(keys.get("interpreter"), (*place, "interpreter"), problems)
    return _manner(
        shell=shell_of(keys.get("shell"), (*place, "shell"), problems) or shell,
        interpreter=interpreter,
        files=files,
        capture="capture" in keys,
        hermetic=keys.get("hermetic", False),
        isolated=keys.get("isolated", False),
        interactive=keys.get("interactive", False),
        ok_codes=tuple(sorted(set(keys.get("ok_codes", (0,))))),
    )


def commands_of(keys: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the settings of a target that runs commands."""
    given = [(key, keys[key]) for key in ("run", "argv", "imports") if key in keys]
    texts = ((key, (one,) if isinstance(one, str) else tuple(one)) for key, one in given)
    return _commands(*texts)


def demands_of(keys: Mapping[str, Any]) -> Demands:
    """Return what a run of the target of these keys takes up."""
    if _OF_DEMANDS.isdisjoint(keys):
        return _demands()
    pools = keys.get("pool", ())
    return _demands(
        pools=(pools,) if isinstance(pools, str) else tuple(dict.fromkeys(pools)),
        resources=amounts_of(keys.get("resources", {})),
        priority=keys.get("priority", 0),
    )


def amounts_of(table: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    """Return names and amounts; memory is in bytes."""
    return tuple(
        (name, size(amount) if name == "memory" else amount)
        for name, amount in sorted(table.items())
    )


def handling_of(keys: Mapping[str, Any]) -> Handling:
    """Return what becomes of a run that takes long, or fails."""
    if _OF_HANDLING.isdisjoint(keys):
        return _handling()
    return _handling(
        timeout=seconds(keys["timeout"]) if "timeout" in keys else None,
        retries=keys.get("retries", 0),
        retry_delay=seconds(keys.get("retry_delay", 0)),
        allow_failure=keys.get("allow_failure", False),
    )


def service_of(keys: Mapping[str, Any]) -> Service | None:
    """Return how the service of these keys is known to be ready, None where it is none."""
    if not keys.get("service"):
        return None
    ready = keys.get("ready", {})
    if isinstance(ready, int):
        return Service(port=ready)
    if isinstance(ready, str):
        return Service(command=ready)
    given = dict(ready)
    if "timeout" in given:
        given["timeout"] = seconds(given["timeout"])
    return Service(**given)


def shell_of(text: str | None, place: Path, problems: Problems) -> tuple[str, ...]:
    """Return what stands before `-c TEXT`; a shell alone is told to stop at what fails."""
    words = words_of(text, place, problems)
    return (*words, *SHELL[1:]) if len(words) == 1 and speaks_posix(words) else words


def words_of(text: str | None, place: Path, problems: Problems) -> tuple[str, ...]:
    """Return a program and its options, split as a shell splits them."""
    import shlex

    if text is None:
        return ()
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        problems.value(place, f"`{text}` is no command: {str(error).lower()}")
        return ()
    if not words:
        problems.value(place, f"`{text}` names no program")
    return words
