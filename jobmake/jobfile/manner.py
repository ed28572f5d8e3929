"""How a target's action runs, what it takes up and what becomes of it: from keys to values.

Knows what the keys mean once they are of the right type. Does not know files or graphs.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from jobmake.model.target import SHELL, Demands, Handling, Manner, Service
from jobmake.tools.programs import speaks_posix
from jobmake.tools.quantities import seconds, size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobmake.jobfile.problems import Path, Problems


def manner_of(
    keys: Mapping[str, Any],
    shell: tuple[str, ...],
    files: tuple[tuple[str, str], ...],
    place: Path,
    problems: Problems,
) -> Manner:
    """Return how the target of these keys runs; ``shell`` is the project's."""
    interpreter = words_of(keys.get("interpreter"), (*place, "interpreter"), problems)
    return Manner(
        shell=shell_of(keys.get("shell"), (*place, "shell"), problems) or shell,
        interpreter=interpreter,
        files=files,
        capture="capture" in keys,
        hermetic=keys.get("hermetic", False),
        isolated=keys.get("isolated", False),
        interactive=keys.get("interactive", False),
        ok_codes=tuple(sorted(set(keys.get("ok_codes", (0,))))),
    )


def commands_of(keys: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a target that runs commands."""
    given = {key: keys[key] for key in ("run", "argv", "imports") if key in keys}
    return {key: (one,) if isinstance(one, str) else tuple(one) for key, one in given.items()}


def demands_of(keys: Mapping[str, Any]) -> Demands:
    """Return what a run of the target of these keys takes up."""
    pools = keys.get("pool", ())
    return Demands(
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
    return Handling(
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
    if text is None:
        return ()
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        problems.value(place, f"`{text}` is no command: {str(error).lower()}")
        return ()
    if not words:
        problems.value(place, "names no program")
    return words
