"""TOML that would cost too much is refused unread; whatever else is wrong is one error."""

from __future__ import annotations

import gc
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from jobmake.tools import tomlguard
from jobmake.tools.tomlguard import BadToml, HostileToml, parse, refuse_hostile

MIB = 1024 * 1024


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


def dotted(parts: int) -> str:
    return ".".join(["a"] * parts)


def complaint(text: str) -> str | None:
    """Return what the guard says of a text, and where; None if it lets it pass."""
    try:
        refuse_hostile(text.encode())
    except HostileToml as error:
        return f"{error.line}: {error}"
    return None


# What is refused


@pytest.mark.case("F02")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"x = {nested(65)}", "1: brackets are nested more than 64 deep"),
        ("\n\nx = " + "[" * 100_000, "3: brackets are nested more than 64 deep"),
        ("x = " + "{a=" * 65 + "1" + "}" * 65, "1: brackets are nested more than 64 deep"),
        ("x = " + "[\n" * 70, "65: brackets are nested more than 64 deep"),
        ("x = " + "[{a = " * 33, "1: brackets are nested more than 64 deep"),
        (f"{dotted(65)} = 1", "1: a key has more than 64 parts"),
        (f"a = 1\n[{dotted(100_000)}]", "2: a key has more than 64 parts"),
        (f"[[{dotted(65)}]]", "1: a key has more than 64 parts"),
        (" . ".join(["'a'", '"b.c"', "d"] * 22) + " = 1", "1: a key has more than 64 parts"),
        ("x = [{b = 1, " + dotted(65), "1: a key has more than 64 parts"),
        ("x = " + ("{" + dotted(60) + " = ") * 4, "1: a value lies more than 192 names and"),
        (f"[{dotted(64)}]\n" + f"{dotted(40)} = {nested(40)}", "2: a value lies more than 192"),
        ((".".join("abcdefgh") + " = 1\n") * 80_000, "71429: its keys have more than 500,000 dots"),
        ("x = " + "1" * 4_001, "1: a number has more than 4,000 digits"),
        ("x = 1." + "1" * 4_001, "1: a number has more than 4,000 digits"),
        ("x = [\n-" + "1" * 4_001 + "]", "2: a number has more than 4,000 digits"),
        ("x = 0x" + "f" * 4_000, "1: a number has more than 3,000 digits"),
        ("#" * (16 * MIB + 1), "1: it has more than 16 MiB"),
    ],
    ids=lambda text: text[:20].replace("\n", " "),
)  # fmt: skip
def test_what_would_cost_too_much_is_refused_with_its_line(text: str, said: str) -> None:
    found = complaint(text)

    assert found is not None
    assert found.startswith(said)


@pytest.mark.parametrize(
    "text",
    [
        f"x = {nested(64)}",
        f"{dotted(64)} = 1",
        f"[{dotted(64)}]\n{dotted(64)} = 1",
        f"[{dotted(3)}]\n{dotted(3)} = {nested(64)}",
        "x = " + "1" * 4_000,
        "1" * 5_000 + " = 1",
        "x = [" + "1.5, " * 600_000 + "]",
        "#" * 16 * MIB,
    ],
    ids=lambda text: text[:20].replace("\n", " "),
)
def test_what_keeps_just_within_the_limits_is_read(text: str) -> None:
    parse(text.encode())


# Strings and comments hide nothing and feign nothing


@pytest.mark.parametrize("string", ['"{}"', "'{}'", '"""{}"""', "'''{}'''", "1 # {}", '"\\"{}"'])
@pytest.mark.parametrize("inside", ["[" * 99, "{" * 99, "." * 99, "a." * 99, "1" * 9_999])
def test_brackets_dots_and_digits_in_strings_and_comments_do_not_count(
    string: str, inside: str
) -> None:
    text = f"x = {string.format(inside)}\ny = 1"

    assert complaint(text) is None
    assert parse(text.encode())["y"] == 1


@pytest.mark.parametrize(
    "before",
    [
        '"\\""',
        '"\\\\"',
        "'\\'",
        "'#'",
        '"""\n#"" \\""" """',
        '"""x"""""',
        "'''x'''''",
        '""""""',
        "''''''",
        "''",
        '1 # " \' """',
        "1 # it's",
        "1 #",
    ],
)
def test_no_string_or_comment_hides_what_follows(before: str) -> None:
    text = f"x = {before}\ny = "
    parse(f"{text}{nested(64)}".encode())

    found = complaint(f"{text}{nested(65)}")

    assert found == f"{text.count(chr(10)) + 1}: brackets are nested more than 64 deep"


@pytest.mark.parametrize("quote", ['"', "'", '"""', "'''"])
def test_after_a_string_without_an_end_nothing_is_read(quote: str) -> None:
    with pytest.raises(BadToml) as raised:
        parse(f"x = {quote}\n{nested(99)}".encode())

    assert not isinstance(raised.value, HostileToml)


def test_of_two_faults_the_first_in_the_text_is_told() -> None:
    forgotten = "".join(f"inputs{number} = [\n" for number in range(99))

    with pytest.raises(BadToml) as raised:
        parse(forgotten.encode())

    assert (raised.value.message, raised.value.line) == ("invalid value", 2)


pieces = st.sampled_from(
    ["a", "b.c", '"k.["', "'l'", ".", "=", " = ", "1", "1.5", "[", "]", "[[", "]]", "{", "}", ",",
     "\n", "\r\n", "# [{\n", '"""m\n]"x""""', "'''m'\n''''", '"\\""', '"', "'", " ", "x = [",
     "{a = 1}", "\n[t]\n", "\n[[u]]\n", "true", "1979-05-27 07:32:00"]
)  # fmt: skip


@given(st.lists(pieces, max_size=16).map("".join))
def test_whatever_the_parser_accepts_the_guard_follows_to_the_end(text: str) -> None:
    try:
        tomli.loads(text)
    except tomli.TOMLDecodeError:
        return
    walk = tomlguard._Walk()

    for match in tomlguard._TOKEN.finditer(text.encode()):
        if match.lastgroup is not None:
            assert walk.step(match.group()) == ""
            assert not walk.lost
    assert not walk.open


runs = st.tuples(
    st.sampled_from(["[", "]", "[]", "{a=", "}", ".", "a.", '"k".', ",", "\n", '"', "x=[", "#"]),
    st.sampled_from([1, 1, 1, 3, 30]),
).map(lambda run: run[0] * run[1])


@given(st.lists(runs, max_size=16).map("".join))
def test_the_quick_look_lets_nothing_through_that_the_long_one_would_refuse(text: str) -> None:
    data = text.encode()
    quick = tomlguard._is_tame(data)
    walk = tomlguard._Walk()

    for match in tomlguard._TOKEN.finditer(data):
        if match.lastgroup is not None:
            found = walk.step(match.group())
            if walk.lost:
                break
            assert not (found and quick)


# What the parser raises


@pytest.mark.case("F06")
@pytest.mark.parametrize(
    ("data", "message", "line", "column"),
    [
        (b"a = 1\nb = \n", "invalid value", 2, 5),
        (b"\xef\xbb\xbfa = ?", "invalid value", 1, 5),
        (b"a = 1\r\n\r\nb = ?\r\n", "invalid value", 3, 5),
        (b"[target.clean]\n[target.clean]", "cannot declare `target.clean` twice", 2, 14),
        (b"[a]\n[a]", "cannot declare `a` twice", 2, 3),
        (b"a.b = 1\n[a]\n", "cannot declare `a` twice", 2, 3),
        (b"a = 1\na = 2", "cannot overwrite a value", 2, 6),
        (b'a = "x', "unterminated string", 1, 7),
        (b"d = 2024-02-30", "invalid date or datetime", 1, 5),
        ("a = 1\né = \xff".encode("latin-1"), "it is not UTF-8", 2, 1),
        ("ä = '".encode() + b"\xff'", "it is not UTF-8", 1, 6),
        ("a = 1".encode("utf-16"), "it is not UTF-8", 1, 1),
        (b"\xef\xbb\xbf\xef\xbb\xbfa = 1", "invalid statement", 1, 1),
        (b"a = 1\x00", "expected newline or end of document after a statement", 1, 6),
        ("[größe]".encode(), "expected ']' at the end of a table declaration", 1, 4),
    ],
)
def test_whatever_is_wrong_is_one_kind_of_error(
    data: bytes, message: str, line: int, column: int
) -> None:
    with pytest.raises(BadToml) as raised:
        parse(data)

    error = raised.value
    assert (error.message, error.line, error.column) == (message, line, column)


@pytest.mark.case("F01")
@given(
    st.binary(max_size=60) | st.lists(pieces, max_size=16).map(lambda all: "".join(all).encode())
)
def test_nothing_else_is_ever_raised(data: bytes) -> None:
    place = (1, 1)
    try:
        parse(data)
    except BadToml as error:
        place = (error.line, error.column)

    assert (1, 1) <= place <= (data.count(b"\n") + 1, len(data) + 1)
    assert place[1] >= 1


def test_a_mark_at_the_start_and_ends_of_lines_of_windows_are_read() -> None:
    assert parse(b'\xef\xbb\xbfa = 1\r\nb = """\r\nx\r\n"""\r\n') == {"a": 1, "b": "x\n"}


@pytest.mark.parametrize("data", [b"a = 1", b"a = "])
@pytest.mark.parametrize("was_on", [True, False])
def test_the_garbage_collector_is_left_as_it_was(data: bytes, was_on: bool) -> None:
    before = gc.isenabled()
    (gc.enable if was_on else gc.disable)()
    try:
        with suppress(BadToml):
            parse(data)
        assert gc.isenabled() is was_on
    finally:
        (gc.enable if before else gc.disable)()


# What it costs

CAPPED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (1_000_000_000, 1_000_000_000))
from jobmake.tools.tomlguard import BadToml, parse
try:
    parse(sys.stdin.buffer.read())
except BadToml as error:
    print(type(error).__name__, error)
else:
    print("read")
"""


@pytest.mark.case("F02")
@pytest.mark.parametrize(
    ("piece", "start", "end", "outcome"),
    [
        ("a.", "", "a = 1", "HostileToml a key has more than 64 parts"),
        ("[", "x = ", "", "HostileToml brackets are nested more than 64 deep"),
        ("[", "", "", "BadToml invalid initial character for a key part"),
        ("{a=", "x = ", "", "HostileToml brackets are nested more than 64 deep"),
        ("x=[\n", "", "", "BadToml invalid value"),
        ("1", "x = ", "", "HostileToml a number has more than 4,000 digits"),
        (f"[{dotted(64)}]\n", "", "", "HostileToml its keys have more than 500,000 dots"),
        ('"', "", "", "BadToml expected '=' after a key in a key/value pair"),
        ('\\"""\n', '"""\n', "", "BadToml expected '=' after a key in a key/value pair"),
        ("\\n", 'x = "', '"', "read"),
        ("\\n\n", 'x = """', '"""', "read"),
        ("''',\n'''", "x = ['''", "''']", "read"),
        ("#\n", "", "", "read"),
    ],
    ids=lambda text: text[:12].replace("\n", " "),
)
def test_a_hostile_text_of_the_largest_size_needs_little_memory(
    piece: str, start: str, end: str, outcome: str
) -> None:
    room = 16 * MIB - len(start) - len(end)
    text = start + piece * (room // len(piece)) + end

    done = subprocess.run(
        [sys.executable, "-c", CAPPED],
        input=text.encode(),
        capture_output=True,
        timeout=120,
        check=False,
    )

    assert (done.stdout.decode().strip(), done.stderr) == (outcome, b"")


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time of the quickest of three rounds."""
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


ORDINARY = """
[target.step-{0}]
doc = "Make file {0} out of the one before: a.b.c [x] {{y}}"
run = "python scripts/make.py --number {0} --rate {{params.rate}} {{inputs}} {{outputs}}"
sources = ["scripts/make.py", "src/common/**/*.py"]  # it's [all]
inputs = ["build/part/file-{0}.csv"]
outputs = {{ table = "build/part/next-{0}.csv", log = {{ path = "log-{0}", temp = true }} }}
"""


def test_the_look_costs_a_fraction_of_the_parsing() -> None:
    text = "".join(ORDINARY.format(number) for number in range(4_000))
    data = text.encode()
    looking = seconds(lambda: refuse_hostile(data))
    parsing = seconds(lambda: parse(data)) - looking

    assert tomlguard._is_tame(data)
    assert looking < parsing / 2


@pytest.mark.parametrize(
    "piece",
    [ORDINARY.format(1), f"x={nested(32)}\n", f"{dotted(16)}=1\n", '\\"""\n', "'''\n", '"\n',
     "x = ['a', \"b\"]\n", "#\n"],
    ids=lambda text: text[:12].replace("\n", " "),
)  # fmt: skip
@pytest.mark.parametrize("start", ["", '"""', "x = [\n"])
def test_eight_times_the_text_takes_about_eight_times_as_long(piece: str, start: str) -> None:
    def look(size: int) -> float:
        data = (start + piece * (size // len(piece))).encode()
        return seconds(lambda: refuse_hostile(data))

    assert look(800_000) < 32 * look(100_000) + 0.01
