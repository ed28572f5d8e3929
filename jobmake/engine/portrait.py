"""A target from all sides: what the Jobfile says, what its record says, what is on the disk.

Knows how these are brought together for people. Reads only, and decides nothing: whether it
is up to date is asked of `forecast`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobmake.engine.forecast import forecast
from jobmake.engine.remember import command_of, plain, shown_check, shown_params
from jobmake.engine.reproduce import bindings_now
from jobmake.memory.resultfiles import folder_of
from jobmake.model.errors import TargetError
from jobmake.model.secrets import without_users
from jobmake.tools.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jobmake.engine.judge import Judge
    from jobmake.memory.files import Files
    from jobmake.memory.history import PastRun
    from jobmake.memory.pastruns import PastRuns
    from jobmake.model.decision import Outlook
    from jobmake.model.fingerprint import Claim, Record
    from jobmake.model.target import Target


class Portrait(Value):
    """What is known of one target.

    ``command`` is as it would be run now, secrets masked; ``outputs`` says of each path what
    has become of it since it was recorded, ``files`` of each own file by its name; ``inputs``
    and ``sources`` are the files there are.
    """

    target: Target
    outlook: Outlook
    command: str
    inputs: tuple[str, ...]
    sources: tuple[str, ...]
    outputs: Mapping[str, str]
    files: Mapping[str, str]
    needs: tuple[str, ...]
    users: tuple[str, ...]
    record: Record | None
    last_run: PastRun | None


def portraits(judge: Judge, past: PastRuns, names: Iterable[str]) -> list[Portrait]:
    """Return what is known of some targets."""
    wanted = list(names)
    if not wanted:
        return []
    outlooks = {one.target.name: one for one in forecast(judge, judge.graph.closure(wanted))}
    return [_portrait(judge, past, outlooks[name]) for name in wanted]


def became(files: Files, outputs: Mapping[str, Any] | list[Any]) -> dict[str, str]:
    """Return of each path, with the digest that it was made with, what has become of it."""
    found = {}
    for path, digest in outputs.items() if not isinstance(outputs, list) else ():
        try:
            now = files.digest(path.rstrip("/"))
        except TargetError as error:
            found[path] = error.message
            continue
        found[path] = "is gone" if now is None else "as made" if now == digest else "has changed"
    return found


def became_files(
    files: Files, folder: str | None, digests: Mapping[str, Any] | list[Any]
) -> dict[str, str]:
    """Return of each own file, kept in ``folder``, what has become of it."""
    lead = f"{folder}/files/"
    named = digests.items() if folder and not isinstance(digests, list) else ()
    now = became(files, {lead + name: digest for name, digest in named})
    return {path.removeprefix(lead): what for path, what in now.items()}


def as_json(portrait: Portrait) -> dict[str, Any]:
    """Return a portrait as JSON holds it, but for its last run and its state."""
    target, record = portrait.target, portrait.record
    return {
        "name": target.name,
        "family": target.family,
        "type": target.job_type or "group",
        "doc": target.doc,
        "command": portrait.command,
        "cwd": target.cwd,
        "matrix": {axis: plain(value) for axis, value in target.matrix},
        "params": shown_params(target),
        "inputs": list(portrait.inputs),
        "sources": list(portrait.sources),
        "outputs": [
            {"path": path, "now": now, "digest": record.outputs.get(path) if record else None}
            for path, now in portrait.outputs.items()
        ],
        "needs": list(portrait.needs),
        "needed_by": list(portrait.users),
        "fingerprint": record.fingerprint.digest if record else None,
        "value": record.value if record else None,
        "files": [
            {"name": name, "now": now, "digest": record.files[name] if record else None}
            for name, now in portrait.files.items()
        ],
        "result": folder_of(record.result_id) if record else None,
        "claim": _claim(portrait.outlook.claim),
        "tags": list(target.tags),
        "pools": list(target.demands.pools),
        "resources": dict(target.demands.resources),
        "priority": target.demands.priority,
        "timeout": target.handling.timeout,
        "retries": target.handling.retries,
        "retry_delay": target.handling.retry_delay,
        "allow_failure": target.handling.allow_failure,
        "ok_codes": list(target.manner.ok_codes),
        "max_age": target.max_age,
        "checks": [{"name": name, "settings": shown_check(target, name)} for name in target.checks],
        "service": target.is_service,
    }


def _claim(claim: Claim | None) -> dict[str, str] | None:
    return None if claim is None else {"by": claim.by, "on": claim.on, "reason": claim.reason}


def _portrait(judge: Judge, past: PastRuns, outlook: Outlook) -> Portrait:
    target = outlook.target
    name = target.name
    record = judge.records.get(name)
    declared = {
        one.shown: "is there, not recorded" if judge.files.exists(one.path) else "not made"
        for one in target.outputs
        if one.kind != "glob"
    }
    made = became(judge.files, record.outputs) if record else {}
    folder = folder_of(record.result_id) if record else None
    command, inputs, sources = "", tuple[str, ...](), tuple[str, ...]()
    kind = judge.job_types.get(target.job_type or "")
    try:
        bindings = bindings_now(judge, target)
        inputs = tuple(path for _, paths in bindings.inputs for path in paths)
        sources = tuple(path for _, paths in bindings.sources for path in paths)
        command = without_users(kind.shown(bindings)) if kind else ""
    except TargetError:
        command = command_of(kind, target.settings) if kind else ""
    return Portrait(
        target=target,
        outlook=outlook,
        command=command,
        inputs=inputs,
        sources=sources,
        outputs={**declared, **made},
        files=became_files(judge.files, folder, record.files if record else {}),
        needs=judge.graph.needs[name],
        users=judge.graph.users[name],
        record=record,
        last_run=past.last(name),
    )
