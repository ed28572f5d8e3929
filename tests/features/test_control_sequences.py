"""What commands write may hold anything; on a terminal only its letters are seen, whatever way it
comes there; the log keeps the bytes."""

from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING

import pytest

from jobmake.tools.display import printable
from tests.amounts import amount
from tests.features.terminal import Terminal
from tests.support import Space
from tests.tools.vt import acts

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = pytest.mark.case("G12")

SEQUENCES = {
    "a title": b"\x1b]0;gotcha\x07", "the clipboard": b"\x1b]52;c;cm0gLXJm\x1b\\",
    "a link": b"\x1b]8;;http://example.org\x1b\\text\x1b]8;;\x1b\\", "a colour": b"\x1b[31m",
    "a clear": b"\x1b[2J\x1b[H", "a question": b"\x1b[6n", "another screen": b"\x1b[?1049h",
    "a device string": b"\x1bP+q544e\x1b\\", "a program": b"\x1b_Ga=T;AAAA\x1b\\",
    "a privacy message": b"\x1b^x\x1b\\", "a start of string": b"\x1bXx\x1b\\",
    "a reset": b"\x1bc", "letters that draw": b"\x1b(0", "an answer": b"\x05", "a bell": b"\a",
    "one byte": b"\x9d0;gotcha\x9c\x9b2J", "one letter": "\x9d0;gotcha\x9c\x9b2J".encode(),
}  # fmt: skip
# written in pieces, so that no single write or read holds a whole sequence
SLOW = """
import os, sys
data = open(sys.argv[1], "rb").read()
for at in range(0, len(data), 3):
    os.write(1, data[at : at + 3])
"""
# what jobmake itself does on a terminal: colours, the cursor's visibility, its foot of a few lines
OWN = ("\x1b[?25l", "\x1b[?25h", "\x1b[2K", "\x1b[1A")


def is_own(act: str) -> bool:
    return act in OWN or (act.startswith("\x1b[") and act.endswith("m"))


def noise(seed: int, size: int) -> bytes:
    """Return bytes among which sequences begin, end, and are cut."""
    made = random.Random(seed)
    whole = list(SEQUENCES.values())
    found = bytearray()
    while len(found) < size:
        one = made.choice(whole)
        kind = made.randrange(4)
        if kind == 0:
            found += one
        elif kind == 1:
            found += one[: made.randrange(len(one)) + 1]
        elif kind == 2:
            found += bytes(made.randrange(256) for _ in range(3))
        else:
            found += made.choice((b"text ", b"\n", b"\r", "é日🐧".encode()))
    return bytes(found)


def test_the_oracle_knows_the_sequences() -> None:
    for name, sequence in SEQUENCES.items():
        if name not in ("one byte", "a link"):
            assert "".join(acts(b"a" + sequence + b"b")) == sequence.decode(), name
    assert acts(b"plain\r\n\ttext \xc3\xa9 \x9b") == []


def test_a_terminal_is_shown_letters_alone(space: Space) -> None:
    data = b"begin " + b" ".join(SEQUENCES.values()) + b" end\n" + noise(1, 4000) + b"\n"
    space.write("data", data)
    space.write("slow.py", SLOW)
    space.jobfile(f'[target.a]\nargv = ["{sys.executable}", "-S", "slow.py", "data"]\n')

    for words in (["build"], ["build", "-B", "--output", "live"], ["log", "a"]):
        terminal = Terminal(space, *words)
        assert terminal.end() == 0
        assert [one for one in acts(bytes(terminal.written)) if not is_own(one)] == [], words
        assert b"begin " in terminal.written, words
    # `log` has nothing of its own to do on a terminal
    assert acts(bytes(terminal.written)) == []
    out, _ = space.start("log", "a").communicate()
    assert out == data


def test_a_failure_shows_letters_alone(space: Space) -> None:
    space.write("data", b"begin " + b" ".join(SEQUENCES.values()) + b" end\n")
    space.jobfile('[target.a]\nrun = "cat data; exit 1"\n')

    terminal = Terminal(space, "build", env={"NO_COLOR": ""})

    assert terminal.end() == 1
    assert [one for one in acts(bytes(terminal.written)) if not is_own(one)] == []
    assert b"begin" in terminal.written
    assert acts(space.run("build", code=1).err.encode()) == []


def pieces(data: bytes, made: random.Random) -> Iterable[bytes]:
    at = 0
    while at < len(data):
        size = made.choice((1, 2, 3, 7, 64))
        yield data[at : at + size]
        at += size


def test_no_bytes_in_any_pieces_make_a_terminal_act() -> None:
    for seed in range(amount(300, 20_000)):
        data = noise(seed, 300)
        made = random.Random(seed)
        shown = "".join(printable(one.decode("utf-8", "replace")) for one in pieces(data, made))
        assert acts(shown.encode()) == [], f"seed {seed}"
        assert acts(printable(data.decode("utf-8", "replace")).encode()) == [], f"seed {seed}"
