"""What changed of the inputs of a run while it went on.

Knows what runs and services saw when they began. Does not know what becomes of a run whose
inputs changed.

Invariant: what a service is made of is looked at, too, not only what it was taken for.
"""

from __future__ import annotations

from jobmake.model.errors import Halted, TargetError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobmake.engine.judge import Judge
    from jobmake.engine.sight import Sight
    from jobmake.model.fingerprint import Fingerprint, Key
    from jobmake.model.target import Target

SOMEBODY = "is something else writing it?"


class Meanwhile:
    """``hint`` says who may have changed what was found last."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._services: dict[str, Fingerprint] = {}  # as those of this build began
        self.hint = SOMEBODY

    def begins(self, service: str, sight: Sight) -> None:
        """Note what a service is made of that begins."""
        self._services[service] = sight.fingerprint

    def changed(
        self, target: Target, saw: Sight, stamps: Mapping[str, tuple[int, ...]], *, second: bool
    ) -> str | None:
        """Stamp the inputs of a run a second time; say what differs from what it ``saw`` first.
        ``second``: one before it found the same, so that only bytes count."""
        self.hint = SOMEBODY
        try:
            self._judge.look_at_services(target.name)
            sight = self._judge.look(target)
            found = self._changed(saw.fingerprint, sight.fingerprint)
            now = sight.stamps(self._judge.files)
        except Halted:
            raise
        except TargetError as error:
            return error.message

        if found is None and not second:  # else it is the command itself that writes what was there
            moved = (path for path, stamp in now.items() if stamps.get(path) != stamp)
            found = next((f"`{path}` was written" for path in moved), None)
        return found

    def _changed(self, before: Fingerprint, after: Fingerprint) -> str | None:
        if before is after:
            return None
        for (kind, name), what in _differences(before, after):
            of_service = self._changed_of(name) if kind == "result" else None
            return of_service or f"`{name}` {what}"
        return None

    def _changed_of(self, service: str) -> str | None:
        """Say what changed of a service, None if that is not known. Raises TargetError."""
        before = self._services.get(service)
        if before is None:
            return None
        now = self._judge.look(self._judge.graph.targets[service]).fingerprint
        for (kind, name), what in _differences(before, now):
            deeper = self._changed_of(name) if kind == "result" else None
            if deeper is None:
                self.hint = f"does `{service}` write it itself?"
            return deeper or f"`{name}`, which `{service}` uses, {what}"
        return None


def _differences(before: Fingerprint, after: Fingerprint) -> Iterator[tuple[Key, str]]:
    for key in {**before.parts, **after.parts}:
        if before.parts.get(key) != after.parts.get(key):
            gone = key not in after.parts
            yield key, "appeared" if key not in before.parts else "went" if gone else "changed"
