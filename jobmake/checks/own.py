"""The rule of a Job that says itself whether it is up to date: `is_up_to_date`, or
`are_states_equal`, in place of `content`.

The job is asked by a worker; what `content` would say is what its `super()` says. Outputs that
are not there, or not as they were made, are reasons whatever it says.
"""

from __future__ import annotations

from jobmake.checks.bare import Bare
from jobmake.checks.content import Content
from jobmake.model.decision import Reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobmake.model.contracts import FileView
    from jobmake.model.fingerprint import Fingerprint, Record
    from jobmake.model.target import Target

_MADE = ("output", "value", "file")


class Own(Bare):
    """Stale if the job says so."""

    name = "own"

    def reasons(
        self, target: Target, fingerprint: Fingerprint, record: Record | None, files: FileView
    ) -> Iterator[Reason]:
        """Yield what `content` says of outputs, and then what the job says."""
        found = list(Content().reasons(target, fingerprint, record, files))
        if record is None:
            yield from found
            return
        made = [one for one in found if one.kind in _MADE]
        yield from made
        others = [one for one in found if one.kind not in _MADE]
        says = files.asked(target, not others)
        if says is None:
            yield from others
        elif not says:
            yield from others or (Reason("it", "", "is stale: its job says so", must_run=True),)
