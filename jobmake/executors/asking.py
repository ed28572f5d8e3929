"""Who may ask a probe: a build, and who only looks at a project that this user has built.

Knows permission and what was not asked. Does not know how probes run (`probes`, which is
imported with the first), nor where permission comes from.

Invariant: without permission nothing is started.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jobmake.executors.probes import Probes
    from jobmake.model.target import Target


class Asking:
    """Asks probes, if that is ``allowed``. What runs them begins with the first."""

    def __init__(
        self, root: str, environ: Mapping[str, str], allowed: Callable[[], bool] = lambda: True
    ) -> None:
        self._root, self._environ, self._allowed = root, environ, allowed
        self._probes: Probes | None = None
        self._is_allowed: bool | None = None
        self.stop: int | None = None  # readable when nobody wants to wait any more
        self.not_run: set[str] = set()

    def __call__(self, target: Target, text: str) -> str | None:
        """Return what a probe says, None where it must not be run. Raises TargetError."""
        if self._is_allowed is None:
            self._is_allowed = self._allowed()
        if not self._is_allowed:
            self.not_run.add(text)
            return None
        if self._probes is None:
            from jobmake.executors.probes import Probes

            self._probes = Probes(self._root, self._environ, self.stop)
        return self._probes(target, text)

    def close(self) -> None:
        """End what runs them."""
        if self._probes is not None:
            self._probes.close()
