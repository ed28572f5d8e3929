"""Runs of the past, from the history and the records: what `Run` is made of.

    PastRun, target ──▶ Facts ──▶ Run        Run asks back ──▶ Past

Knows the history and where results are kept. Does not know how anything is built.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from jobmake.engine.outputs import by_role
from jobmake.jobs.python import roled as roled_of
from jobmake.memory.layout import FOLDER
from jobmake.memory.pastruns import PastRuns, decoded
from jobmake.memory.resultfiles import folder_of
from jobmake.model.errors import UsageError
from jobmake.python.ownfiles import VALUE
from jobmake.python.post import TIMES, Past, Post
from jobmake.python.run import Facts, Run, is_typed, roled
from jobmake.python.runcodec import install
from jobmake.python.stale import StaleTargetError

if TYPE_CHECKING:
    from jobmake.memory.history import PastRun
    from jobmake.model.fingerprint import Record
    from jobmake.model.target import Target
    from jobmake.project import Project

_HISTORY = "runs.db"


def last_run(project: Project, name: str) -> Run:
    """Return the run behind a target's record; without one, its newest good run.

    Raises StaleTargetError where it never ran well.
    """
    record, history = project.judge().records.get(name), project.past_runs()
    made_by = None
    if record is not None:
        made_by = history.of_record(name, record.fingerprint.digest) or history.of_old_record(name)
        if made_by is None:
            return run_of_record(project, name, record)
    found = made_by or next(iter(history.runs([name], limit=1, good=True)), None)
    if found is None:
        raise StaleTargetError(f"`{name}` has no run that ended well: it is to be built first")
    return run_of(project, found)


def run_of(project: Project, past: PastRun) -> Run:
    """Return a run of the history."""
    made = _table(past.outputs)
    folder = folder_of(past.result)
    digests = dict(_table(past.files))
    if past.value is not None:
        digests[""] = past.value
    target = project.graph.targets.get(past.target)
    facts = Facts(
        root=project.layout.root,
        target=past.target,
        id=str(past.id),
        result=None if folder is None else os.path.join(project.layout.root, folder),
        digests=digests if folder is not None else None,
        outputs=_outputs(target, made),
        made=made,
        fingerprint=past.fingerprint or "",
        before=lambda: _before(project, target),
    )
    return Run(facts)


def run_of_record(project: Project, name: str, record: Record) -> Run:
    """Return the run of which nothing is known but what it made: it was made elsewhere."""
    folder = folder_of(record.result_id)
    digests = dict(record.files)
    if record.value is not None:
        digests[""] = record.value
    target = project.graph.targets.get(name)
    facts = Facts(
        root=project.layout.root,
        target=name,
        result=None if folder is None else os.path.join(project.layout.root, folder),
        digests=digests,
        outputs=_outputs(target, record.outputs),
        made=record.outputs,
        fingerprint=record.fingerprint.digest,
        before=lambda: _before(project, target),
    )
    return Run(facts)


def told(facts: Facts) -> Past:
    """Return what the history tells of a run. Raises StaleTargetError where it does not."""
    number = int(facts.id) if facts.id.isdigit() else 0
    found = PastRuns(os.path.join(facts.root, FOLDER, _HISTORY), None).run(number)
    if found is None or found.target != facts.target:
        which = f"run {facts.id}" if facts.id else "the run"
        raise StaleTargetError(f"the history here does not know {which} of `{facts.target}`")
    return Past(_post(found, facts), _table(found.params), found.log, _is_captured(found, facts))


def one_target(project: Project, name: str) -> str:
    """Return the one target that a name, or a file, means. Raises UsageError."""
    from jobmake.engine.plan import resolve

    found = resolve(project.graph, name)
    if len(found) != 1:
        some = ", ".join(f"`{one}`" for one in found[:3])
        raise UsageError(f"`{name}` is {len(found)} targets", f"name one of them: {some} …")
    if project.graph.targets[found[0]].is_group:
        raise UsageError(f"`{name}` is a group: it runs nothing", "name one of its members")
    return found[0]


def _post(run: PastRun, facts: Facts) -> Post:
    times = _times(os.path.join(facts.root, FOLDER, "runs", facts.id, TIMES))
    return Post(
        started=datetime.fromtimestamp(run.started).astimezone(),
        ended=run.ended,
        wall=run.seconds,
        user=run.user,
        system=run.system,
        peak_memory=run.peak_memory,
        exit_code=run.exit_code,
        signal=run.signal,
        reasons=tuple(run.reasons.split("\n")) if run.reasons else (),
        host=run.host,
        commit=run.git,
        attempt=run.attempt or 1,
        error=run.error,
        phases=times.get("phases", {}),
        slices=tuple(times.get("slices", ())),
    )


def _times(path: str) -> dict[str, Any]:
    with suppress(OSError, ValueError), open(path, encoding="utf-8") as file:
        found = json.load(file)
        return found if isinstance(found, dict) else {}
    return {}


def _is_captured(run: PastRun, facts: Facts) -> bool:
    folder = folder_of(run.result) or f"{FOLDER}/runs/{run.id}"
    with suppress(OSError):
        return not is_typed(os.path.join(facts.root, folder, VALUE))
    return False


def _outputs(target: Target | None, made: Any) -> Any:
    """Return what was made, by the roles of its target where these are the same files."""
    if target is not None:
        groups = by_role(target)
        if {path for _, paths in groups for path in paths} == set(made):
            return roled(roled_of(groups, target.outputs))
    return roled([["", len(made) == 1, list(made)]]) if made else ()


def _before(project: Project, target: Target | None) -> Run | None:
    for text, names in target.groups if target else ():
        if text.partition("[")[0].rpartition("/")[2] == "previous" and names:
            with suppress(StaleTargetError):
                return last_run(project, names[0])
    return None


def _table(text: str | None) -> dict[str, Any]:
    found = decoded(text)
    return dict(found) if isinstance(found, dict) else {}


Run.past = staticmethod(told)
install()  # runs may be among params and values
