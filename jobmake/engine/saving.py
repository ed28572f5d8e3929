"""When a build writes the lockfile, and what it says of it where it may not (`--locked`).

Knows records and which of them are of no target any more. Does not know what is built.
"""

from __future__ import annotations

from jobmake.model import events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from jobmake.engine.judge import Judge
    from jobmake.model.events import Event


class Saving:
    """``lock_differs``: the lockfile holds what it should not, and was to stay as it is."""

    def __init__(
        self,
        judge: Judge,
        monotonic: Callable[[], float],
        emit: Callable[[Event], None],
        *,
        locked: bool,
    ) -> None:
        self._judge, self._monotonic, self._emit = judge, monotonic, emit
        self._locked = locked
        self.lock_differs = False

    def now_and_then(self) -> None:
        """Write the lockfile if it is time to."""
        if not self._locked:  # else what was recorded stays in the journal
            self._judge.records.save_now_and_then(self._monotonic, self._judge.gone)

    def at_the_end(self) -> None:
        """Write the lockfile if it would change, or say that it would."""
        records = self._judge.records
        if not self._locked:
            records.save(self._judge.gone)
            return
        is_gone = self._judge.gone
        gone = [name for name in records.names() if is_gone(name)] if is_gone else []
        if gone:
            self.lock_differs = True
            message = f"the lockfile has records of targets that are gone: `{gone[0]}`"
            more = f", and {len(gone) - 1} more" if len(gone) > 1 else ""
            self._emit(events.Notice(f"{message}{more}; `--locked` keeps it as it is"))
