"""The rule of `max_age`: stale when the last good run is too long ago.

When that was is known on this machine only; where it is not known, the target is stale.
"""

from __future__ import annotations

from jobmake.checks.bare import Bare
from jobmake.checks.exists import NEVER_BUILT
from jobmake.model.decision import Reason
from jobmake.tools.display import duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobmake.model.contracts import FileView
    from jobmake.model.fingerprint import Fingerprint, Record
    from jobmake.model.target import Target


class MaxAge(Bare):
    """Stale when older than the target's `max_age`."""

    name = "max_age"
    reads_digests = False

    def reasons(
        self, target: Target, fingerprint: Fingerprint, record: Record | None, files: FileView
    ) -> Iterator[Reason]:
        """Yield the one reason, if there is one."""
        if target.max_age is None:
            return
        if record is None:
            yield NEVER_BUILT
            return
        age = files.age(target)
        if age is None:
            yield Reason("it", "", "has no run here that tells its age", must_run=True)
        elif age > target.max_age:
            most = duration(target.max_age)
            what = f"was run {duration(age)} ago, and may be {most} old"
            yield Reason("it", "", what, must_run=True)
