"""The fingerprint: everything that determines a target's outputs, part by part.

Knows how parts are labelled, ordered and digested. Does not know how they are found.

Invariant: a part's kind, name and value all count, and so does which parts there are;
two fingerprints with one digest are the same parts.
"""

from __future__ import annotations

from functools import lru_cache

from jobmake.tools.digest import PREFIX, digest_texts
from jobmake.tools.value import Value, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# Kinds of parts, in the order in which they are written and told. Why each is there:
#   action   what runs, where, and the role and path of every file: swapped inputs count
#   version  the person's own salt
#   setting  what `with` says to the job type; placeholders stay in, as in a command
#   matrix   which instance this is; typed
#   param    named and typed, so that swapping two values, or 2 for 2.0, counts
#   env      variables set or read; an unset one counts as unset
#   probe    what a command says of the world outside, such as a compiler's version
#   check    what a check says of the world outside, such as the version of a row
#   code     what a Python job reaches of the project's code, a file each; packages by version
#   source, input   what is read; the set counts, so a file that goes is noticed
#   result   what a needed target made: not its fingerprint, so work stops where bytes agree
#   discovered   files that only a run could name, in a depfile
KINDS = (
    "action", "version", "setting", "matrix", "param", "env", "probe", "check", "code", "source",
    "input", "result", "discovered",
)  # fmt: skip
_RANK = {kind: number for number, kind in enumerate(KINDS)}
# readable, the others digests
VALUE_KINDS = frozenset({"version", "setting", "matrix", "param", "env", "probe", "check"})
SECRET = "scrypt:"  # begins a value that must not be shown
UNSET = "false"  # the value of a variable that is not set: not an empty one; TOML has no null

Key = tuple[str, str]  # kind and name of a part


class Fingerprint(Value):
    """The parts by (kind, name), each value as text: a TOML value or a digest."""

    parts: Mapping[Key, str]
    digest: str = field(default="")

    @classmethod
    def of(cls, parts: Iterable[tuple[str, str, str]]) -> Fingerprint:
        """Return the fingerprint of (kind, name, value) parts."""
        ordered = sorted(parts, key=_rank)
        texts = [text for part in ordered for text in part]
        return cls({(kind, name): value for kind, name, value in ordered}, digest_texts(texts))


class Claim(Value):
    """A person's word that a target was up to date, in place of a run: who gave it, on which
    day (as in `2026-11-21`), and why."""

    by: str
    on: str
    reason: str

    def __str__(self) -> str:
        return f"accepted by {self.by} on {self.on}: {self.reason}"


def result_id(value: str | None, files: Mapping[str, str]) -> str | None:
    """Return the name by which result files are kept, from their digests; None if there are
    none. It is text that any file system takes for a name."""
    if value is None and not files:
        return None
    return _name_of(tuple(_result_texts(value, files)))


@lru_cache(maxsize=64)  # one run's is asked for ten times, by all who move its files
def _name_of(texts: tuple[str, ...]) -> str:
    return digest_texts(texts).removeprefix(PREFIX)


class Record(Value):
    """What was true when a target last succeeded, or was accepted as it was.

    ``outputs`` maps each path that was made (a folder's with a trailing slash) to its
    digest; ``value`` is the digest of the value, ``files`` maps the name of each own file of
    the run to its digest. ``accepted`` is set where no run stands behind the record, only
    somebody's word.
    """

    fingerprint: Fingerprint
    outputs: Mapping[str, str]
    value: str | None = None
    accepted: Claim | None = None
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def seal(self) -> str:
        """The digest of the whole record: of two builds' records, no mixture keeps it."""
        state = digest_texts((self.fingerprint.digest, *self._made()))
        claim = self.accepted
        return state if claim is None else digest_texts((state, claim.by, claim.on, claim.reason))

    @property
    def result(self) -> str:
        """The digest that users of this target see; early cut-off rests on it.

        A target without outputs, value and own files has only its fingerprint to show for
        itself.
        """
        if not self.outputs and self.result_id is None:
            return self.fingerprint.digest
        return digest_texts(self._made())

    @property
    def result_id(self) -> str | None:
        """The name by which its result files are kept; None if it has none."""
        return result_id(self.value, self.files)

    def _made(self) -> Iterator[str]:
        for pair in sorted(self.outputs.items()):
            yield from pair
        yield from _result_texts(self.value, self.files)


def _rank(part: tuple[str, str, str]) -> tuple[int, tuple[str, str, str]]:
    return _RANK.get(part[0], len(_RANK)), part


def _result_texts(value: str | None, files: Mapping[str, str]) -> Iterator[str]:
    """Yield the texts that a digest of result files is over."""
    if value is not None:
        yield value
    if files:
        yield ""  # neither a path nor a digest: what follows is own files
    for pair in sorted(files.items()):
        yield from pair
