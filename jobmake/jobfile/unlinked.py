"""Targets with everything filled in but who is meant by the names in them.

Knows values only: `expand` makes them, `link` resolves the names.
"""

from __future__ import annotations

from jobmake.tools.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jobmake.jobfile.problems import Path
    from jobmake.model.target import FilePattern, Target


class Reference(Value):
    """An input written `@target` or `@target:name`; its role and place are the input's."""

    role: str
    text: str  # without the `@`
    place: Path


class UnlinkedTarget(Value):
    """A Target whose needs and `@target` inputs are still texts. Without such inputs it has its
    inputs and sources already.

    ``needs`` and ``after`` hold (text, place); ``inputs`` and ``sources`` hold
    FilePatterns and References in declared order. Names mean targets that begin with
    ``prefix`` first, then any.
    """

    target: Target
    inputs: tuple[FilePattern | Reference, ...]
    sources: tuple[FilePattern | Reference, ...]
    needs: tuple[tuple[str, Path], ...]
    after: tuple[tuple[str, Path], ...]
    prefix: str = ""

    @property
    def asks(self) -> bool:
        """Whether it is still to be seen who is meant by the names that it needs."""
        return bool(self.needs or self.after)
