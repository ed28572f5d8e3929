"""What a judge saw of a target: a value.

Knows what it is made of. Does not look by itself, but for the stamps of its files.
"""

from __future__ import annotations

from jobmake.model.errors import TargetError
from jobmake.tools.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobmake.memory.files import Files
    from jobmake.model.fingerprint import Fingerprint
    from jobmake.model.needed import RoledPaths


class Sight(Value):
    """What was seen of a target: its fingerprint, and the files behind it by role. If it is
    not ``whole``, the fingerprint has only what the target's checks look at."""

    fingerprint: Fingerprint
    inputs: RoledPaths
    sources: RoledPaths
    whole: bool = True

    def stamps(self, files: Files) -> Mapping[str, tuple[int, ...]]:
        """Return what shows that a file was written since, also if it was put back."""
        paths = [path for _, paths in (*self.inputs, *self.sources) for path in paths]
        try:
            return files.stamps(paths)
        except OSError as error:
            raise TargetError(f"cannot read `{error.filename}`: {error.strerror}") from None
