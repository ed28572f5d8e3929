"""What checks without settings have in common.

Knows no check.
"""

from __future__ import annotations

from jobmake.model.fault import Fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any


class Bare:
    """A check that has no settings, and knows nothing that is no part of the fingerprint."""

    restorable = True

    def validate(self, settings: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield a fault for every setting."""
        for name in settings:
            yield Fault((name,), f"has no setting `{name}`", "it has none at all", of_name=True)
