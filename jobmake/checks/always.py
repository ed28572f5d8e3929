"""The rule of `always = true`: never up to date."""

from __future__ import annotations

from jobmake.checks.bare import Bare
from jobmake.model.decision import Reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobmake.model.contracts import FileView
    from jobmake.model.fingerprint import Fingerprint, Record
    from jobmake.model.target import Target


class Always(Bare):
    """Stale in every build."""

    name = "always"
    reads_digests = False

    def reasons(
        self, target: Target, fingerprint: Fingerprint, record: Record | None, files: FileView
    ) -> Iterator[Reason]:
        """Yield the one reason."""
        yield Reason("it", "", "always runs", must_run=True)
