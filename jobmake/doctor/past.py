"""What the last runs tell: targets that are stale every time, outputs that come out differently
every time.

Only this machine's history is asked, so a fresh clone has no findings.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jobmake.doctor.finding import Finding, line_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobmake.doctor.case import Case
    from jobmake.memory.history import PastRun
    from jobmake.model.target import Target

RUNS_ALIKE = 5
_SUBJECT = re.compile(r"(variable|output|own file|probe) `[^`]*`")  # what nobody edits on purpose
_FORCED = re.compile(
    r"it was forced to run|(value|(output|own file) `[^`]*`) (is missing|was edited)"
)


def findings(case: Case) -> Iterator[Finding]:
    """Yield what the history of each target shows."""
    yield from _left_over(case)
    for family, names in case.project.graph.families.items():
        target = case.project.graph.targets[names[0]]
        if "always" in target.checks:
            yield Finding(
                "always", _place(case, target),
                f"target `{family}` runs in every build: `always = true`",
                "if it asks the world outside, `probes`, `env_inputs` or `max_age` may do",
                advice=True,
            )  # fmt: skip
            continue
        for name in names:
            yield from _always_stale(case, case.project.graph.targets[name])
            yield from _unsteady(case, case.project.graph.targets[name])


def _left_over(case: Case) -> Iterator[Finding]:
    left = case.project.left()
    if left:
        more = f" and {len(left) - 1} more" if len(left) > 1 else ""
        yield Finding(
            "left-over", left[0],
            f"made by targets that are no more: `{left[0]}`{more}",
            "`jobmake clean --left` removes what is as it was made",
            advice=True,
        )  # fmt: skip


def _place(case: Case, target: Target) -> str:
    return line_of(case.problems, target.place or ("target", target.family))


def _always_stale(case: Case, target: Target) -> Iterator[Finding]:
    runs = case.past.get(target.name, [])
    if len(runs) < RUNS_ALIKE:
        return
    common = set.intersection(*(_subjects(run) for run in runs[:RUNS_ALIKE]))
    for subject in sorted(common):
        yield Finding(
            "always-stale", _place(case, target),
            f"the last {RUNS_ALIKE} runs of `{target.name}` all had the same reason:"
            f" {subject} differed",
            "if it does not matter, do not declare it; let one target alone write an output",
        )  # fmt: skip


def _subjects(run: PastRun) -> set[str]:
    return {found[0] for line in run.reasons.split("\n") if (found := _SUBJECT.match(line))}


def _unsteady(case: Case, target: Target) -> Iterator[Finding]:
    """Yield the outputs that a user found changed after a run for which nothing had changed."""
    runs = case.past.get(target.name, [])
    for number, run in enumerate(runs):
        lines = run.reasons.split("\n")
        if run.ended != "built" or not all(map(_FORCED.match, lines)):
            continue
        until = runs[number - 1].started if number else float("inf")
        for output in target.outputs:
            if _found_changed(case, target, output.path, run.started, until):
                yield Finding(
                    "unsteady-output", _place(case, target),
                    f"run {run.id} of `{target.name}` made `{output.shown}` with another content,"
                    " though nothing that it is made from had changed",
                    "leave times, random numbers and absolute paths out of it, and what uses it"
                    " is not built needlessly",
                )  # fmt: skip
                return


def _found_changed(case: Case, target: Target, path: str, since: float, until: float) -> bool:
    changed = re.compile(rf"(input|source) `{re.escape(path)}(/|`).* changed")
    return any(
        since <= run.started < until and any(map(changed.match, run.reasons.split("\n")))
        for user in case.project.graph.users[target.name]
        for run in case.past.get(user, [])
    )
