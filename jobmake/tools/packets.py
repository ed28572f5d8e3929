"""What an executor and its reaper say to each other: packets of fields.

    to the reaper    start RUN CWD STREAMS CODES TEXT STEPS {WORDS WORD...}...
                           DIRECT {STEP FILE WORDS WORD...}... {NAME VALUE}...
                                    and the log; where stdout goes by itself, its file too
                     large RUN      and the same, and a memory file that holds the `start`
                     signal RUN NUMBER
    from it          started RUN PID
                     ended RUN STEP STATUS USER SYSTEM PEAK WALL ERROR NAME...
                     trouble - TEXT     a request that is nobody's was damaged
                     failed - TEXT      the reaper ends everything and itself

STREAMS says where a run's streams lead, CODES are the exit codes that mean success. TEXT is for
a run that is forked, which reads that in place of a file, if there is any. DIRECT is how many
steps, by their index, can also be done by a command with its stdout led to a file.

Knows how fields become bytes and back. Does not know sockets, processes or what is done
with it all.

Invariant: between two fields stands a NUL, the one character that no argument, variable,
path or process name can hold; so nothing is quoted, and nothing is decoded on the way.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # `typing` takes longer to import than all that the reaper needs
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

LONGEST = 1 << 16  # bytes of a packet; a longer request travels in a memory file
LARGEST = 1 << 25  # bytes of such a file; the system takes 6 MiB of arguments at most
MOST_NAMES = 50  # of processes in one report

_BEFORE_STEPS = 7  # fields of a `start`

# Where the streams of a run lead: both outputs to the log; stdout to a file of its own; all
# three to where those of the reaper lead, in the process group of the reaper's parent.
LOG, VALUE, TERMINAL = "log", "value", "terminal"

_SEPARATOR = "\0"


class Damaged(ValueError):
    """A packet that nobody here has written."""


class Ways:
    """How a run is to be started: where its streams lead, which exit codes mean success,
    what does the same as some of its steps, by index: a file for stdout, and a program with its
    argv behind it; and what a run that is forked reads."""

    __slots__ = ("direct", "ok_codes", "streams", "text")

    def __init__(
        self,
        streams: str = LOG,
        ok_codes: Iterable[int] = (0,),
        direct: Mapping[int, tuple[str, Sequence[str]]] | None = None,
        text: str = "",
    ) -> None:
        self.streams, self.ok_codes, self.direct = streams, ok_codes, direct or {}
        self.text = text


def start_request(
    run_id: str,
    cwd: str,
    steps: Iterable[Iterable[str]],
    env: Mapping[str, str],
    ways: Ways | None = None,
) -> bytes:
    """Return the request to start a run. Raises ValueError if a text cannot be sent."""
    ways = ways or Ways()
    argvs = [tuple(words) for words in steps]
    codes = ",".join(map(str, ways.ok_codes))
    fields = ["start", run_id, cwd, ways.streams, codes, ways.text, str(len(argvs))]
    for words in argvs:
        fields += (str(len(words)), *words)
    fields.append(str(len(ways.direct)))
    for step, (file, direct) in ways.direct.items():
        fields += (str(step), file, str(len(direct)), *direct)
    for variable in env.items():
        fields += variable
    return _joined(fields)


def large_request(run_id: str) -> bytes:
    """Return the packet that goes with a request in a memory file."""
    return _joined(["large", run_id])


def signal_request(run_id: str, signum: int) -> bytes:
    """Return the request to send a signal to all processes of a run."""
    return _joined(["signal", run_id, str(signum)])


def report(kind: str, run_id: bytes, *facts: object) -> bytes:
    """Return a report; its facts are written as `str` writes them."""
    return b"\0".join((kind.encode(), run_id, *(_bytes(fact) for fact in facts)))


def fields_of(packet: bytes) -> list[bytes]:
    """Return the fields of a packet."""
    return packet.split(b"\0")


class Start:
    """A request to start a run, read. ``steps`` are the argv of its commands; ``direct`` has for
    some of them, by index, a file, and the program that writes there with its argv behind it."""

    __slots__ = ("cwd", "direct", "environment", "ok_codes", "run_id", "steps", "streams", "text")

    def __init__(self, fields: list[bytes]) -> None:
        """Read the fields of a `start`. Raises Damaged."""
        try:
            _, self.run_id, self.cwd, streams, codes, self.text, count = fields[:_BEFORE_STEPS]
            self.streams = streams.decode()
            self.ok_codes = [int(code) for code in codes.split(b",")]
            self.steps, place = _read_steps(fields, int(count))
            self.direct, rest = _read_direct(fields, place)
        except (ValueError, IndexError):
            raise Damaged("a damaged request") from None
        known = self.streams in (LOG, VALUE, TERMINAL)
        if not known or not self.steps or (len(fields) - rest) % 2:
            raise Damaged("a damaged request")
        self.environment = dict(zip(fields[rest::2], fields[rest + 1 :: 2], strict=True))


def _read_steps(fields: list[bytes], count: int) -> tuple[list[list[bytes]], int]:
    """Return the steps, and the place of the first field behind them."""
    steps, place = [], _BEFORE_STEPS
    for _ in range(count):
        end = place + 1 + int(fields[place])
        if not place + 1 < end <= len(fields):
            raise Damaged("a damaged request")
        steps.append(fields[place + 1 : end])
        place = end
    return steps, place


def _read_direct(
    fields: list[bytes], place: int
) -> tuple[dict[int, tuple[bytes, list[bytes]]], int]:
    """Return what can be done directly, and the place of the first field behind it."""
    direct = {}
    rest = place + 1
    for _ in range(int(fields[place])):
        step, file, count = fields[rest : rest + 3]
        end = rest + 3 + int(count)
        if not rest + 3 < end <= len(fields):
            raise Damaged("a damaged request")
        direct[int(step)] = file, fields[rest + 3 : end]
        rest = end
    return direct, rest


def to_ancillary(descriptors: Iterable[int]) -> bytes:
    """Return descriptors as SCM_RIGHTS wants them."""
    return b"".join(one.to_bytes(4, sys.byteorder, signed=True) for one in descriptors)


def from_ancillary(data: bytes) -> list[int]:
    """Return the descriptors that came with a packet."""
    return memoryview(data[: len(data) - len(data) % 4]).cast("i").tolist()


def _joined(fields: list[str]) -> bytes:
    text = _SEPARATOR.join(fields)
    if text.count(_SEPARATOR) != len(fields) - 1:
        raise ValueError("a NUL character in a command, its folder or its environment")
    return os.fsencode(text)


def _bytes(fact: object) -> bytes:
    return str(fact).replace(_SEPARATOR, "").encode("utf-8", "replace")
