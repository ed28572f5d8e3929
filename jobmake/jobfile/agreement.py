"""Whether the keys of one target go together, with its job type and with `[pools]`.

Knows what each key means beside the others; their types are right by now. What two
targets contradict each other in is found in `made`.
"""

from __future__ import annotations

from jobmake.jobfile.schema import ACTIONS, JOB_TYPES
from jobmake.tools.hints import did_you_mean
from jobmake.tools.quantities import size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from jobmake.jobfile.declaration import DeclaredTarget
    from jobmake.jobfile.problems import Path, Problems
    from jobmake.model.contracts import JobType

ALWAYS_THERE = ("cpu", "memory", "gpu")  # what a machine has without being told
# what is said in place of the `type` by a key of its own
SAID_BY = {
    "shell": "write its commands as `run` or `argv`",
    "python": 'write `python = "module:name"`',
}
# what is for those that come to an end, or leave something behind
NOT_OF_SERVICES = {
    **dict.fromkeys(
        ("outputs", "capture", "temp", "keep", "cache", "publish", "depfile"),
        "a service makes nothing: let a target of its own make it",
    ),
    "files": "let a target of its own write them, and name them in `inputs`",
    **dict.fromkeys(
        ("always", "max_age", "check"),
        "it is started when something that needs it runs, and not otherwise",
    ),
    **dict.fromkeys(
        ("retries", "retry_delay", "ok_codes", "allow_failure"),
        "a service is not to end while it is needed",
    ),
    "timeout": "how long it may take until it is ready is told so: `ready = { timeout = … }`",
    "interactive": "it goes on beside others",
    "isolated": None,
    **dict.fromkeys(
        ("pool", "resources", "priority"),
        "it takes no place of its own: let the targets that need it take one",
    ),
}
# what a target that runs a command may have in any case
_AGREEING = frozenset(
    ("run", "doc", "tags", "inputs", "sources", "outputs", "needs", "after", "params", "env",
     "env_inputs", "version", "cwd")
)  # fmt: skip
OF_A_RUN = (
    "files", "depfile", "interpreter", "interactive", "isolated", "capture", "imports", "check",
    "service",
)  # fmt: skip


def check_agreement(
    one: DeclaredTarget,
    pools: Mapping[str, Any],
    job_types: Mapping[str, JobType],
    problems: Problems,
) -> None:
    """Note what does not go together in one target."""
    if _AGREEING.issuperset(one.keys) and "run" in one.keys:
        return
    _check_type(one, job_types, problems)
    for key, message, hint in (*_pairs(one.keys), *_refused(one.keys, job_types)):
        problems.key((*one.place, key), f"{message} of target `{one.name}`", hint)
    for place, name, amount in _taken(one):
        _check_pool(place, name, amount, pools, problems)
    for index, text in enumerate(one.keys.get("probes", ())):
        if not text.strip():
            problems.value((*one.place, "probes", index), "`probes` has an empty command")
    for axis in one.keys.get("each", {}):
        if axis in _axes(one.keys.get("matrix", {})):
            message = f"`each` and `matrix` of target `{one.name}` have the same axis `{axis}`"
            problems.key((*one.place, "each", axis), message, "call one of them otherwise")


def job_type_of(keys: Mapping[str, Any]) -> str | None:
    """Return the name of the job type of the target of these keys; None of a group."""
    action = next((key for key in ACTIONS if key in keys), None)
    return None if action is None else JOB_TYPES.get(action) or str(keys[action])


def _check_type(one: DeclaredTarget, job_types: Mapping[str, JobType], problems: Problems) -> None:
    name = one.keys.get("type")
    if name is None or (name in job_types and name not in SAID_BY):
        return
    place = (*one.place, "type")
    if name in SAID_BY:
        problems.value(place, f"the job type `{name}` has a key of its own", SAID_BY[name])
        return
    hint = did_you_mean(name, [known for known in job_types if known not in SAID_BY])
    more = "the plugin that has it is named in `[project] plugins`"
    problems.value(place, f"there is no job type `{name}`", hint or more)


def _refused(
    keys: Mapping[str, Any], job_types: Mapping[str, JobType]
) -> Iterator[tuple[str, str, str | None]]:
    """Yield (key, message, hint) of what the job type has no use for."""
    name = job_type_of(keys)
    kind = job_types.get(name or "")
    for key, hint in kind.refuses().items() if kind else ():
        if keys.get(key):
            yield key, f"`{key}` is not for the `{name}` job", hint


def _pairs(keys: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None]]:
    """Yield (key, message, hint) of what one key says against another."""
    if not any(action in keys for action in ACTIONS):
        for key in OF_A_RUN:
            if keys.get(key):
                yield (
                    key,
                    f"`{key}` has no run to hold for",
                    "give the target `run`, `argv`, `python` or `type`",
                )
        return
    yield from _of_service(keys)
    if keys.get("interactive") and "capture" in keys:
        yield "capture", "`capture` takes the output that `interactive` shows", "keep one"
    if "interpreter" in keys and "argv" in keys:
        yield "interpreter", "`interpreter` is for the texts of `run`, not for the `argv`", None
    if "runtime" in keys and "python" not in keys:
        yield "runtime", "`runtime` is for the `python` job, and there is none", None
    if keys.get("temp") and not keys.get("outputs"):
        yield "temp", "`temp` is for outputs, and there are none", None
    if "retry_delay" in keys and not keys.get("retries"):
        yield "retry_delay", "`retry_delay` has no effect without the `retries`", "say how many"


def _of_service(keys: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None]]:
    if keys.get("service"):
        for key, hint in NOT_OF_SERVICES.items():
            if keys.get(key) or (key in keys and key == "cache"):
                yield key, f"`{key}` is not for the service", hint
    elif "ready" in keys:
        yield "ready", "`ready` is for a service", "say that it is one: `service = true`"


def _axes(matrix: Mapping[str, Any]) -> set[str]:
    return (set(matrix) - {"zip"}) | set(matrix.get("zip", ()))


def _taken(one: DeclaredTarget) -> Iterator[tuple[Path, str, int]]:
    """Yield (place, name, amount) of each pool and resource that a run takes of."""
    pools = one.keys.get("pool", ())
    if isinstance(pools, str):
        yield (*one.place, "pool"), pools, 1
    else:
        for index, name in enumerate(pools):
            yield (*one.place, "pool", index), name, 1
    for name, amount in one.keys.get("resources", {}).items():
        yield (*one.place, "resources", name), name, size(amount) if name == "memory" else amount


def _check_pool(
    place: Path, name: str, amount: int, pools: Mapping[str, Any], problems: Problems
) -> None:
    known = (*ALWAYS_THERE, *pools)
    if name not in known:
        hint = did_you_mean(name, known) or f"say how many there are: `[pools]` `{name} = 1`"
        problems.value(place, f"there is no pool `{name}`", hint)
        return
    there = pools.get(name)
    if there is not None and amount > (size(there) if name == "memory" else there):
        problems.value(place, f"takes more of `{name}` than the {there} that `[pools]` has")
