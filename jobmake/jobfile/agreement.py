"""Whether the keys of one target go together, and with `[pools]`.

Knows what each key means beside the others; their types are right by now. What two
targets contradict each other in is found in `made`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobmake.jobfile.schema import ACTIONS
from jobmake.tools.hints import did_you_mean
from jobmake.tools.quantities import size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobmake.jobfile.declaration import DeclaredTarget
    from jobmake.jobfile.problems import Path, Problems

ALWAYS_THERE = ("cpu", "memory", "gpu")  # what a machine has without being told
NOT_OF_PYTHON = {
    "shell": None,
    "interpreter": "a Python job runs in the Python of jobmake",
    "capture": "what it returns is its value",
    "ok_codes": "a job that raises has failed, any other has not",
    "imports": "the code of a Python job always counts",
    "depfile": None,
    "isolated": "a Python job reads the project's own code",
}
OF_A_RUN = ("files", "depfile", "interpreter", "interactive", "isolated", "capture", "imports")


def check_agreement(one: DeclaredTarget, pools: Mapping[str, Any], problems: Problems) -> None:
    """Note what does not go together in one target."""
    for key, message, hint in _pairs(one.keys):
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


def _pairs(keys: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None]]:
    """Yield (key, message, hint) of what one key says against another."""
    if not any(action in keys for action in ACTIONS):
        for key in OF_A_RUN:
            if keys.get(key):
                yield (
                    key,
                    f"`{key}` has no run to hold for",
                    "give the target `run`, `argv` or `python`",
                )
        return
    if keys.get("interactive") and "capture" in keys:
        yield "capture", "`capture` takes the output that `interactive` shows", "keep one"
    if "interpreter" in keys and "argv" in keys:
        yield "interpreter", "`interpreter` is for the texts of `run`, not for the `argv`", None
    if "python" in keys:
        for key, hint in NOT_OF_PYTHON.items():
            if keys.get(key):
                yield key, f"`{key}` is not for the `python` job", hint
    elif "runtime" in keys:
        yield "runtime", "`runtime` is for the `python` job, and there is none", None
    if keys.get("temp") and not keys.get("outputs"):
        yield "temp", "`temp` is for outputs, and there are none", None
    if "retry_delay" in keys and not keys.get("retries"):
        yield "retry_delay", "`retry_delay` has no effect without the `retries`", "say how many"


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
