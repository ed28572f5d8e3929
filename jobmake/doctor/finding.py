"""A finding: what is odd about a project, where, and what to do about it. A value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobmake.tools.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobmake.jobfile.problems import Path, Problems


class Finding(Value):
    """``kind`` is a name for programs; ``place`` a file, a line of the Jobfile, or a target.

    ``advice`` is nothing wrong: `--check` does not count it.
    """

    kind: str
    place: str
    fact: str
    hint: str
    advice: bool = False


def line_of(problems: Problems, path: Path) -> str:
    """Return where in the Jobfile something stands: `Jobfile.toml:12`."""
    problems.key(path, "")
    found = problems.found.pop()
    return f"{found.file}:{found.line}"


def some(names: Iterable[str], most: int = 3) -> str:
    """Return the first few names, and how many more there are."""
    listed = sorted(names)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(f"`{name}`" for name in listed[:most]) + more
