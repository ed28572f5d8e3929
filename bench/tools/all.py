"""All tools, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.tools.floor import Floor
from bench.tools.makes import Make, Ninja
from bench.tools.own import Jobmake, Python
from bench.tools.pythonic import Doit, Dvc, Pytask, Snakemake

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.tools.tool import Tool

RIVALS = (Ninja, Make, Doit, Dvc, Snakemake, Pytask, Floor)
NAMES = ("jobmake", "python", "exax", *(kind.name for kind in RIVALS))


def all_tools(paths: Sequence[str]) -> list[Tool]:
    """Return the tools that build graphs; ``paths`` are those of jobmakes, if not this one."""
    own = [
        Jobmake(path, f"jobmake-{number}" if number > 1 else "jobmake")
        for number, path in enumerate(paths or [None], start=1)
    ]
    return [*own, Python(own[0]), *(kind() for kind in RIVALS)]
