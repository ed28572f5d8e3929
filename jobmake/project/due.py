"""Which targets are due after changes: those reached for which the change makes a difference.

What the build itself wrote is seen as a change, too, and so is a file that was only touched:
such a change reaches a target, and makes no difference to it.

Knows judge and states. Reads only.
"""

from __future__ import annotations

from jobmake.engine.published import places
from jobmake.model.errors import TargetError
from jobmake.model.state import State
from jobmake.project.reaching import OWN, PLACED, READ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jobmake.engine.judge import Judge
    from jobmake.model.target import Target
    from jobmake.project.reaching import Reaching

MOST_ASKED = 500  # targets; more are taken to be due without a look


def reached(
    judge: Judge, reaching: Reaching | None, states: Mapping[str, State], paths: Iterable[str]
) -> set[str]:
    """Return the targets that are due because of these paths."""
    if reaching is None:
        return set()
    candidates: dict[str, set[tuple[str, str]]] = {}
    for path in paths:
        for name, how in reaching.of(path):
            candidates.setdefault(name, set()).add((how, path))
    if len(candidates) > MOST_ASKED:
        return set(candidates)
    asking = _Asking(judge, states)
    return {name for name, changes in candidates.items() if asking.is_due(name, changes)}


def differing(judge: Judge, states: Mapping[str, State], names: Iterable[str]) -> set[str]:
    """Return those of some targets that are not as they were recorded."""
    asking = _Asking(judge, states)
    return {name for name in names if asking.is_due(name, {(READ, "")})}


def is_own_work(judge: Judge, path: str) -> bool:
    """Say whether what is at a path is what a target made, and recorded."""
    maker = judge.graph.producers.get(path)
    record = judge.records.get(maker) if maker else None
    if record is None:
        return False
    recorded = record.outputs.get(path) or record.outputs.get(path + "/")
    try:
        return recorded is not None and recorded == judge.files.digest(path)
    except TargetError:
        return False


class _Asking:
    """Asks the targets that are reached."""

    def __init__(self, judge: Judge, states: Mapping[str, State]) -> None:
        self._judge, self._states = judge, states

    def is_due(self, name: str, changes: set[tuple[str, str]]) -> bool:
        """Say whether a target is to be judged in a build; ``changes``: how it names what."""
        state = self._states.get(name)
        target = self._judge.graph.targets[name]
        hows = {how for how, _ in changes}
        if state is State.BLOCKED:
            return False  # it is tried when what blocks it is done
        if state is None or not (state.is_done or state is State.FAILED):
            return True
        try:
            if target.is_group:
                return self._judge.group_result(target) != self._judge.results.get(name)
            if state in (State.FAILED, State.ALLOWED):
                return PLACED in hows or (hows != {OWN} and self._is_new(target, changes))
            if target.is_service:
                now = self._judge.look(target).fingerprint.digest
                return now != self._judge.results.get(name)
            if target.is_restless:  # its checks may see what `content` does not
                read = (path for how, path in changes if how == READ)
                if any(not is_own_work(self._judge, path) for path in read):
                    return True
            return self._differs(target) or (PLACED in hows and self._is_misplaced(target))
        except TargetError:
            return True

    def _is_new(self, target: Target, changes: set[tuple[str, str]]) -> bool:
        """Say whether a target that failed is not as it was when it failed."""
        before = self._judge.records.failed_as(target.name)
        try:
            return self._judge.look(target).fingerprint.digest != before
        except TargetError:  # the build that made an input of it told of this
            read = (path for how, path in changes if how != OWN)
            return any(not is_own_work(self._judge, path) for path in read)

    def _differs(self, target: Target) -> bool:
        judge = self._judge
        sight = judge.look(target)
        record = judge.records.get(target.name)
        content, view = judge.checks["content"], judge.view(target, sight)
        for _ in content.reasons(target, sight.fingerprint, record, view):
            return True
        if target.depfile is None or record is None:
            return False
        outside = judge.outside.get(target.name, record.seal)
        return any(judge.files.digest(path) != digest for path, digest in outside.items())

    def _is_misplaced(self, target: Target) -> bool:
        record = self._judge.records.get(target.name)
        ours = record.outputs.values() if record else ()
        return len(places(target, self._judge.files, ours)) != len(target.publish)
