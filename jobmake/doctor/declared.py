"""What the Jobfile declares and nobody uses, and names that some disks cannot tell apart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jobmake.doctor.finding import Finding, line_of
from jobmake.jobfile.params import find, leaves
from jobmake.tools.pathnames import parents
from jobmake.tools.tomltext import key as toml_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobmake.doctor.case import Case

_IN_TEXT = re.compile(r"\{params\.([^}!:\[]+)")


def findings(case: Case) -> Iterator[Finding]:
    """Yield targets and params without a use, then clashes of paths."""
    yield from _targets(case)
    yield from _params(case)
    yield from _cases(case)


def _targets(case: Case) -> Iterator[Finding]:
    jobfile, graph = case.project.jobfile, case.project.graph
    if not jobfile.default:
        return  # a bare build builds all
    used = set(graph.closure(jobfile.default))
    for family, names in graph.families.items():
        target = graph.targets[names[0]]
        if any(
            name in used or graph.users[name] or name in case.past or case.judge.records.old(name)
            for name in names
        ):
            continue
        yield Finding(
            "target-unused", line_of(case.problems, target.place or ("target", family)),
            f"nobody needs target `{family}`, it is no default, and it was never built here",
            f"remove it, or build it by its name: `jobmake build {family}`",
            advice=True,  # a clone may not have built it yet
        )  # fmt: skip


def _params(case: Case) -> Iterator[Finding]:
    jobfile, graph = case.project.jobfile, case.project.graph
    used = {name for target in graph.targets.values() for name, _ in target.params}
    for text in _IN_TEXT.findall("\n".join(jobfile.texts.values())):
        found = find(jobfile.params, text.strip())
        if found:
            used.add(found[0])
    for key, value in jobfile.params.items():
        for name, _ in leaves(toml_key(key), value):
            if name in used or any(name.startswith(f"{one}.") for one in used):
                continue
            yield Finding(
                "param-unused", _place_of_param(case, key, name),
                f"no target uses the param `{name}`",
                "remove it, or name it in `params` of the target whose command reads it",
            )  # fmt: skip


def _place_of_param(case: Case, key: str, name: str) -> str:
    """A param stands in the Jobfile or in a params file, of which lines are not known."""
    steps = [step.strip('"') for step in name.split(".")]
    case.problems.key(("params", *steps), "")
    found = case.problems.found.pop()
    if re.search(rf"(?<![\w-]){re.escape(steps[-1])}(?![\w-])", found.source or ""):
        return f"{found.file}:{found.line}"
    return "params_files"


def _cases(case: Case) -> Iterator[Finding]:
    """Yield pairs of paths, or of folders above them, that differ in upper and lower case only."""
    graph = case.project.graph
    first: dict[str, str] = {}
    told: set[tuple[str, str]] = set()
    for target in graph.targets.values():
        for one in (*target.owned, *target.inputs, *target.sources):
            for path in (*reversed(parents(one.path)), one.path):
                other = first.setdefault(path.casefold(), path)
                if other != path and (other, path) not in told:
                    told.add((other, path))
                    yield Finding(
                        "case-clash", line_of(case.problems, one.place or target.place),
                        f"`{path}` and `{other}` differ only in case",
                        "where the disk does not tell them apart (macOS, Windows), they are one",
                    )  # fmt: skip
                    break
