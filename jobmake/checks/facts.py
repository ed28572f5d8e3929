"""The base of checks that know one or several facts of the world outside: an ETag, a commit.

    class Tag(FactCheck):
        name = "tag"

        class With:
            url: str

        def facts(self, target, files):
            return {"": ask_for_tag(self.given(target).url)}

Knows how settings are checked, and how facts are compared with those that were recorded. The
facts themselves are asked for by who judges, before and after a run.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from jobmake.checks.content import differences
from jobmake.checks.exists import NEVER_BUILT
from jobmake.jobfile.given import faults_of, given
from jobmake.model.errors import TargetError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobmake.model.contracts import FileView
    from jobmake.model.decision import Reason
    from jobmake.model.fault import Fault
    from jobmake.model.fingerprint import Fingerprint, Key, Record
    from jobmake.model.target import Target


class FactCheck(ABC):
    """Stale if a fact is not what it was when the target was built.

    The annotations of a class ``With`` are its settings. They count, but for those that are
    ``uncounted``.
    """

    name: str
    reads_digests = False
    With: ClassVar[Any] = None
    uncounted: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def facts(self, target: Target, files: FileView) -> Mapping[str, str]:
        """Return facts by name, each a text; the name of the only one may be empty.

        Raises TargetError where they cannot be known.
        """

    def validate(self, settings: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield what is wrong with settings."""
        yield from faults_of(self.With, settings)

    def given(self, target: Target) -> Any:
        """Return the settings of a target, as ``With`` declares them. Raises TargetError."""
        settings = target.check_settings.get(self.name, {})
        for fault in self.validate(settings):
            raise TargetError(f"its check `{self.name}` {fault.message}", fault.hint)
        return given(self.With, settings, None)[0]

    def reasons(
        self, target: Target, fingerprint: Fingerprint, record: Record | None, files: FileView
    ) -> Iterator[Reason]:
        """Yield each fact that changed."""
        if record is None:
            yield NEVER_BUILT
            return
        yield from differences(
            self._jobmake_own(record.fingerprint), self._jobmake_own(fingerprint)
        )

    def _jobmake_own(self, fingerprint: Fingerprint) -> dict[Key, str]:
        lead = (f"{self.name}.", f"{self.name}[")
        return {
            key: value
            for key, value in fingerprint.parts.items()
            if key[0] == "check" and (key[1] == self.name or key[1].startswith(lead))
        }
