"""Accepting: a target is recorded as up to date with what is on the disk, without a run.

Knows which claims can stand: the outputs are there, all that counts upstream is up to
date, and the record would make the target up to date. Nothing is recorded before all
that was asked for is known to stand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobmake.engine.facts import with_settings
from jobmake.engine.forecast import forecast
from jobmake.model.decision import Fresh, Undecided
from jobmake.model.errors import TargetError
from jobmake.model.fingerprint import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jobmake.engine.judge import Judge
    from jobmake.model.decision import Forecast
    from jobmake.model.fingerprint import Claim
    from jobmake.model.target import FilePattern, Target


def accept(names: Iterable[str], claim: Claim, judge: Judge) -> tuple[list[str], list[str]]:
    """Record each named target as it is, on the word of ``claim``; return the names that
    were (accepted, up to date before). Raises TargetError for the first that cannot be."""
    asked = set(names)
    records: dict[str, Record] = {}
    fresh: list[str] = []
    forecasts: dict[str, Forecast] = {}
    for name in judge.graph.closure(asked):
        target = judge.graph.targets[name]
        forecasts[name] = forecast(judge, [name], unsettled=_unsettled(forecasts))[0].forecast
        if name not in asked:
            continue
        if target.is_group:
            raise TargetError(
                f"`{name}` is a group, which makes nothing", "accept the targets it gathers"
            )
        if target.is_service:
            raise TargetError(
                f"`{name}` is a service, of which nothing is recorded",
                "accept the targets that need it",
            )
        if isinstance(forecasts[name], Fresh):
            fresh.append(name)
            continue
        _refuse_stale_needs(target, forecasts, judge)
        records[name] = _record(target, claim, judge)
        judge.results[name] = records[name].result
        forecasts[name] = Fresh()
    for name, record in records.items():
        outside = _outside_now(name, judge)
        judge.records.record(name, record)
        judge.outside.put(name, record, outside)
    return list(records), fresh


def _unsettled(forecasts: Mapping[str, Forecast]) -> set[str]:
    return {name for name, one in forecasts.items() if not isinstance(one, Fresh)}


def _refuse_stale_needs(target: Target, forecasts: Mapping[str, Forecast], judge: Judge) -> None:
    for need in judge.graph.needs[target.name]:
        first = need
        while isinstance(one := forecasts[first], Undecided):
            first = one.depends_on[0]
        if not isinstance(one, Fresh) and judge.counts(target, need):
            raise TargetError(
                f"`{target.name}` cannot be accepted: `{first}`, which it needs, is stale",
                f"build `{first}`, or accept it too",
            )


def _record(target: Target, claim: Claim, judge: Judge) -> Record:
    """Return the record of a target as it is now. Raises TargetError."""
    old = judge.records.old(target.name)
    made = {**_absent_temps(target, old, judge), **judge.files.output_digests(target)}
    for output in target.outputs:
        wrong = judge.files.wrong_kind(output)
        if wrong:
            raise TargetError(f"`{target.name}` cannot be accepted: the output {wrong}")
        if output.shown not in made and (output.kind != "glob" or not _matches(output, judge)):
            raise TargetError(
                f"`{target.name}` cannot be accepted: its output `{output.shown}` is missing",
                f"`jobmake build {target.family}` makes it",
            )
    if target.depfile is not None and old is None:
        raise TargetError(
            f"`{target.name}` cannot be accepted: only a run says which files its depfile names",
            f"`jobmake build {target.family}` runs it",
        )
    if target.manner.capture and (old is None or old.value is None):
        raise TargetError(f"`{target.name}` cannot be accepted: only a run gives its value")
    sight = judge.look(target)
    record = Record(sight.fingerprint, made, old.value if old else None, claim, _own_files(old))
    asked, view = with_settings(target, judge.environ), judge.view(target, sight)
    for name in target.checks:
        for reason in judge.checks[name].reasons(asked, sight.fingerprint, record, view):
            raise TargetError(f"`{target.name}` cannot be accepted: {reason} all the same")
    return record


def _own_files(old: Record | None) -> Mapping[str, str]:
    return old.files if old else {}


def _absent_temps(target: Target, old: Record | None, judge: Judge) -> dict[str, str]:
    """Return path and digest of the temp outputs that the old record has and that are gone, as
    they are to be."""
    temp = [output for output in target.outputs if output.temp]
    return {
        path: digest
        for path, digest in (old.outputs if old else {}).items()
        if any(one.names(path) for one in temp) and not judge.files.exists(path.rstrip("/"))
    }


def _outside_now(name: str, judge: Judge) -> dict[str, str]:
    """Return the files outside the project that belong to the old record, as they are now."""
    old = judge.records.old(name)
    known = judge.outside.get(name, old.seal) if old else {}
    now = {path: judge.outside.digest(path, judge.files) for path in known}
    return {path: digest for path, digest in now.items() if digest is not None}


def _matches(output: FilePattern, judge: Judge) -> bool:
    return bool(judge.files.matching(output))
