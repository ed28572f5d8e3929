"""What is kept of a graph for the next build, which may then be of an edit: the targets, and which
files concern which of them.

Knows a build that ended well, and what was noted of it. Does not know the format.

Invariant: whoever finds nothing changed but the content of files that are named here, and judges
the targets that these concern, and what needs those, has judged all that may be stale.
"""

from __future__ import annotations

from jobmake.memory.keptgraph import Unkept, packed
from jobmake.model.secrets import names_secret
from jobmake.tools.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from jobmake.engine.judge import Judge
    from jobmake.model.target import Target
    from jobmake.project.opened import Opened

_FILES = ("input", "source", "discovered")  # the parts of a fingerprint that are of files


class JobfileFacts(Value):
    """What a build of an edit has to know of the Jobfile besides the graph."""

    name: str
    shown: str
    pools: Mapping[str, int]
    cache: Mapping[str, Any]
    executor: str
    python_path: tuple[str, ...]
    input_directory: str


def graph_to_keep(
    project: Opened, judge: Judge, names: Iterable[str]
) -> tuple[bytes, list[bytes | memoryview]] | None:
    """Return the checksum and the parts of what is kept of a graph of which the named targets
    were wanted; None if an edit could reach more than can be told from it."""
    jobfile = project.jobfile
    if _is_doubtful(project, judge):
        return None
    facts = JobfileFacts(
        jobfile.name,
        jobfile.shown,
        dict(jobfile.pools),
        dict(jobfile.cache),
        jobfile.executor,
        jobfile.python_path,
        jobfile.input_directory,
    )
    try:
        targets = [judge.graph.targets[name] for name in names]
        paths = {target.name: paths_of(judge, target) for target in targets}
        return packed(judge.graph, paths, _not_known(project, targets), facts.__getstate__())
    except (Unkept, ValueError):
        return None


def paths_of(judge: Judge, target: Target) -> list[str]:
    """Return the files (a folder's path with its slash) that concern a target."""
    patterns = (*target.inputs, *target.sources, *target.owned)
    if target.depfile is None and all(one.kind == "file" for one in patterns):
        return [one.path for one in patterns]  # the record names no others
    record = judge.records.get(target.name)
    found: list[str] = []
    if record is not None:
        found += [path for kind, path in record.fingerprint.parts if kind in _FILES]
        found += record.outputs
    for pattern in patterns if target.is_group else ():
        slash = "/" if pattern.kind == "folder" else ""
        found += [path + slash for path in judge.files.matching(pattern)]
    if target.depfile is not None:
        found += judge.outside.of(target.name)
    return found


def _not_known(project: Opened, targets: Iterable[Target]) -> set[str]:
    """Return the paths that may concern more than targets name them."""
    looks = project.settings.looks
    published = {one.path for target in targets for one in target.publish}
    read = (*project.jobfile.digests, *(looks.read if looks else ()))
    return {*read, *published, *(f"{one}/" for one in published), *project.left_over.paths()}


def _has_two_names(judge: Judge) -> bool:
    """Say whether a file was looked at by two names: by a link one may be what a target makes, and
    there is no edge from that target to who reads it by the other."""
    entries, looks = judge.files.entries, judge.files.looks
    seen = [entries[path][0][0] for path in (looks.digests if looks else ()) if path in entries]
    return len(set(seen)) < len(seen)


def _is_doubtful(project: Opened, judge: Judge) -> bool:
    """Say whether what an edit reaches may follow from more than is kept, or what would be kept
    must not be."""
    jobfile, settings = project.jobfile, project.settings
    return bool(
        judge.graph.unopened  # which targets there are follows from runs
        or settings.overrides  # there may be records of other instances
        or settings.profile
        or judge.code is not None  # code reaches more code
        or _has_two_names(judge)
        or any(_is_odd(target) for target in judge.graph.targets.values())
        or not judge.records.is_canonical
        or names_secret(repr(jobfile.params))
        or any(map(names_secret, jobfile.texts.values()))
    )


def _is_odd(target: Target) -> bool:
    """Say whether a target has a part in builds that need it without judging it."""
    return target.is_service or any(output.temp for output in target.outputs)
