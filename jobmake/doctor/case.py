"""What the groups of findings look at, each part read once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from jobmake.engine.meeting import Meeting

if TYPE_CHECKING:
    from jobmake.engine.judge import Judge
    from jobmake.jobfile.problems import Problems
    from jobmake.memory.history import PastRun
    from jobmake.model.target import FilePattern, Target
    from jobmake.project import Project

RUNS = 5  # of each target that are looked at


@dataclass
class Case:
    """What the groups look at, each part read once and only if asked for."""

    project: Project

    @cached_property
    def judge(self) -> Judge:
        """Files and records."""
        return self.project.judge()

    @cached_property
    def problems(self) -> Problems:
        """What knows the lines of the Jobfile."""
        return self.project.jobfile.problems()

    @cached_property
    def past(self) -> dict[str, list[PastRun]]:
        """The newest runs of each target, the newest first."""
        return self.project.past_runs().newest(RUNS)

    @cached_property
    def given(self) -> list[tuple[Target, FilePattern]]:
        """Inputs and sources that no target makes, each once."""
        graph = self.project.graph
        found: dict[tuple[str, str], tuple[Target, FilePattern]] = {}
        for target in graph.targets.values():
            needs = graph.needs[target.name]
            made = Meeting(one for need in needs for one in graph.targets[need].owned)
            for one in (*target.inputs, *target.sources):
                if not made.meets(one):
                    found.setdefault((one.kind, one.path), (target, one))
        return list(found.values())
