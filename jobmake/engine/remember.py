"""What the history keeps of a run, put together when it has ended.

Knows a run's parts and how each is told. Does not write them, nor look at the disk.
"""

from __future__ import annotations

from itertools import islice

from jobmake.engine.reproduce import line_to_paste
from jobmake.jobfile.typed import shown_settings
from jobmake.memory.history import PastRun
from jobmake.model.declared import Given
from jobmake.model.errors import TargetError
from jobmake.model.secrets import MASK, is_secret, looks_secret, without_users
from jobmake.tools.jsontext import dumps
from jobmake.tools.tomltext import value as toml_value
from jobmake.tools.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from jobmake.engine.judge import Judge
    from jobmake.engine.sight import Sight
    from jobmake.memory.history import History
    from jobmake.model.bindings import Bindings
    from jobmake.model.contracts import JobType
    from jobmake.model.decision import Reason
    from jobmake.model.fingerprint import Record
    from jobmake.model.run import Outcome, Work
    from jobmake.model.target import Target

MOST_PATHS = 1000  # of a run's inputs, and of its outputs
LONGEST_LINE = 65_536  # letters; what is longer is not kept


class Ran(Value):
    """A run that was begun, or what stands in its place: its number, what it was given, what
    was seen of its target, why it began, when (seconds since 1970), what was started."""

    id: str
    bindings: Bindings
    sight: Sight
    reasons: tuple[Reason, ...]
    started: float
    work: Work | None = None


class Ending(Value):
    """How a run ended, in the history's word (see `PastRun`).

    ``outcome`` is None where nothing ran (`restored`), ``record`` is that of a good one,
    ``error`` says how a bad one failed.
    """

    ended: str
    outcome: Outcome | None = None
    log: str | None = None
    record: Record | None = None
    error: str | None = None


def past_run(run: Ran, judge: Judge, ending: Ending, *, history: History, jobfile: str) -> PastRun:
    """Return what is kept of a run of one of the targets of ``jobfile`` (a file's name)."""
    target = run.bindings.target
    outcome, record = ending.outcome, ending.record
    kind = judge.job_types[target.job_type or ""]
    try:
        line: str | None = line_to_paste(kind, run.bindings, run.work)
    except TargetError:
        line = None  # a program has gone since
    return PastRun(
        id=int(run.id),
        jobfile=jobfile,
        target=target.name,
        started=run.started,
        seconds=outcome.wall if outcome else 0.0,
        user=outcome.user if outcome else 0.0,
        system=outcome.system if outcome else 0.0,
        peak_memory=outcome.peak_memory if outcome else 0,
        ended=ending.ended,
        exit_code=outcome.exit_code if outcome else None,
        signal=outcome.signal if outcome else None,
        action=run.sight.fingerprint.parts["action", ""],
        command=command_of(kind, target.settings),
        reasons="\n".join(map(str, run.reasons)),
        log=ending.log,
        attempt=run.bindings.attempt,
        fingerprint=(record or run.sight).fingerprint.digest,
        line=line if line is not None and len(line) <= LONGEST_LINE else None,
        params=_json(shown_params(target)),
        inputs=_json(_paths(run.sight)),
        outputs=_json(_some(record.outputs if record else {})),
        host=history.host,
        git=history.git,
        value=record.value if record else None,
        error=ending.error,
        files=_json(_some(record.files if record else {})),
        result=record.result_id if record else None,
    )


def command_of(kind: JobType, settings: Mapping[str, Any]) -> str:
    """Return what a target runs, as its Jobfile says it: a text a line."""
    if "python" in settings:
        return str(settings["python"])  # its other texts are for the fingerprint only
    if "with" in settings:
        return shown_settings(kind.name, settings["with"])
    return without_users("\n".join(text for _, text in kind.texts(settings)))


def shown_params(target: Target) -> dict[str, Any]:
    """Return the tracked params as JSON holds them, secrets masked."""
    return {name: MASK if is_secret(name, one) else plain(one) for name, one in target.params}


def shown_check(target: Target, check: str) -> dict[str, Any]:
    """Return what the Jobfile says to a check as JSON holds it, secrets masked."""
    return {name: _masked(name, one) for name, one in target.check_settings.get(check, {}).items()}


def _masked(name: str, value: Any) -> object:
    if looks_secret(name):
        return MASK
    if isinstance(value, dict):
        return {below: _masked(below, one) for below, one in value.items()}
    return MASK if is_secret(name, value) else plain(value)


def plain(value: object) -> object:
    """Return a value as JSON has it: dates, infinities and NaN are told as TOML writes them."""
    if isinstance(value, Given):
        return value.data
    if isinstance(value, (str, bool, int)) or (isinstance(value, float) and value - value == 0):
        return value
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return toml_value(value)


def _paths(sight: Sight) -> list[str]:
    paths: Iterable[str] = (path for _, group in (*sight.inputs, *sight.sources) for path in group)
    return list(islice(dict.fromkeys(paths), MOST_PATHS))


def _json(value: dict[str, Any] | list[str]) -> str:
    return dumps(value) if value else "{}" if isinstance(value, dict) else "[]"


def _some(digests: Mapping[str, str]) -> dict[str, str]:
    return dict(islice(digests.items(), MOST_PATHS))
