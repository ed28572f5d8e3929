"""What a cache keeps: a trace of each good run, and figures about itself.

Knows values only. A trace says what came out of a run; the bytes themselves are kept by
digest, apart from it.
"""

from __future__ import annotations

from jobmake.model.fingerprint import result_id
from jobmake.tools.value import Value, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

CACHE_SIZE = 10 * 2**30  # bytes that a cache may take where nothing else is said


class Miss(Exception):
    """A cache cannot restore what was asked for: its text says what is missing or damaged."""


class CacheSettings(Value):
    """Whether there is a cache, where (relative to the project, or absolute), how large."""

    enabled: bool = True
    folder: str = ".jobmake/cache"
    size: int = CACHE_SIZE


class Trace(Value):
    """What one good run made.

    ``outputs`` maps each path as the record has it (a folder's with a trailing slash) to
    its digest; ``discovered`` maps the files that only a run names, as a depfile does, to
    theirs; ``value`` and ``files`` are the digests of its value and its own files, as the
    record has them; ``seconds`` is what the run took.
    ``links`` (outputs that are links, with their texts) and ``key`` are the cache's own:
    it fills them in.
    """

    outputs: Mapping[str, str]
    discovered: Mapping[str, str] = field(default_factory=dict)
    value: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    target: str = ""
    run_id: str = ""
    seconds: float = 0.0
    links: Mapping[str, str] = field(default_factory=dict)
    key: str = ""

    @property
    def result_id(self) -> str | None:
        """The name by which its result files are kept; None if it has none."""
        return result_id(self.value, self.files)


class NotKept(Value):
    """Why a run was not kept. ``lasting``: the cache is in trouble (a full disk, no leave to
    write), so nothing more will be kept in this build, and each further try says the same."""

    reason: str
    lasting: bool = False


class Used(Value):
    """How much a cache holds."""

    objects: int
    bytes: int
    traces: int


class Trimmed(Value):
    """What was removed from a cache."""

    objects: int
    bytes: int
