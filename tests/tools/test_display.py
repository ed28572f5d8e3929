"""Text for people: durations and plurals, and nothing that could drive a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobmake.tools.display import count, duration, one_line, printable


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0 ms"), (0, "0 ms"), (0.0004, "0 ms"), (0.0384, "38 ms"), (0.9994, "999 ms"),
        (0.9996, "1.0 s"), (4.06, "4.1 s"), (59.94, "59.9 s"), (59.96, "1 m 00 s"),
        (125, "2 m 05 s"), (3599.4, "59 m 59 s"), (3599.6, "1 h 00 m"), (7384, "2 h 03 m"),
        (100 * 3600, "100 h 00 m"),
    ],
)  # fmt: skip
def test_a_duration_is_told_as_a_person_would(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_one_is_not_several() -> None:
    assert [count(number, "target") for number in (0, 1, 2)] == [
        "0 targets",
        "1 target",
        "2 targets",
    ]
    assert count(2, "entry", "entries") == "2 entries"


@pytest.mark.case("G12")
@pytest.mark.parametrize(
    ("name", "sequence"),
    [
        ("a colour", "\x1b[1;31m"),
        ("clearing the screen", "\x1b[2J"),
        ("a cursor's style", "\x1b[0 q"),
        ("a private mode", "\x1b[?1049h"),
        ("a title", "\x1b]0;title\x07"),
        ("the clipboard", "\x1b]52;c;cHduZWQ=\x1b\\"),
        ("a link", "\x1b]8;;https://example.org\x1b\\"),
        ("a clipboard without an end", "\x1b]52;c;cHduZWQ="),
        ("a device control string", "\x1bP$q\x22p\x1b\\"),
        ("a program command", "\x1b_payload\x1b\\"),
        ("a privacy message", "\x1b^payload\x1b\\"),
        ("a character set", "\x1b(0"),
        ("a reset", "\x1bc"),
        ("CSI as one character", "\x9b31m"),
        ("OSC as one character", "\x9d52;c;cHduZWQ=\x9c"),
        ("DCS as one character", "\x90payload\x9c"),
        ("an escape at the end", "\x1b"),
        ("a CSI at the end", "\x1b[31"),
    ],
)
def test_sequences_for_the_terminal_are_dropped(name: str, sequence: str) -> None:
    shown = printable(f"before{sequence}")

    assert shown in ("before", "before31"), name  # a cut sequence leaves harmless letters


def test_what_follows_a_sequence_stays() -> None:
    assert printable("\x1b[1mbold\x1b[0m \x1b]0;t\x07x \x9b1my \x1b(Bz") == "bold x y z"


def test_single_controls_become_visible() -> None:
    assert printable("a\x00b\x07c\x08d\x7fe\x85f\rg") == "a\\x00b\\x07c\\x08d\\x7fe\\x85f\\x0dg"


def test_marks_that_turn_the_direction_of_text_become_visible() -> None:
    assert printable("a\u202eb\u2066c") == "a\\u202eb\\u2066c"
    assert printable("a\u200fb\u061cc") == "a\\u200fb\\u061cc"


@pytest.mark.case("F06")
def test_what_takes_no_room_or_ends_a_line_becomes_visible() -> None:
    assert printable("a\u200bb\ufeffc") == "a\\u200bb\\ufeffc"
    assert one_line("a\u2028b\u2029c") == "a\\u2028b\\u2029c"
    assert printable("\u0646\u0645\u06cc\u200c\u062e \U0001f469\u200d\U0001f52c") == (
        "\u0646\u0645\u06cc\u200c\u062e \U0001f469\u200d\U0001f52c"  # joiners are a script's own
    )


def test_tabs_ends_of_lines_and_all_letters_stay() -> None:
    assert printable("a\tb\nc\r\nd äöü 日本 🐧") == "a\tb\nc\nd äöü 日本 🐧"


def test_a_sequence_hidden_in_a_sequence_does_not_come_out() -> None:
    """What is dropped must not join its neighbours to a new sequence."""
    for outer, inner in (("\x1b[0m", "\x1b"), ("\x1b]0;\x07", "\x1b"), ("\x1b(B", "\x9b")):
        shown = printable(f"{inner}{outer}[31mred{outer}]52;c;x\x07")
        assert "\x1b" not in shown
        assert "\x9b" not in shown


@pytest.mark.case("G12")
@given(st.text() | st.text(st.sampled_from("\x1b[]()P\\\x07\x9b\x9d\x9c;m0? a\n")))
@settings(deadline=None)
def test_no_control_character_survives_and_once_is_enough(text: str) -> None:
    shown = printable(text)

    assert not [char for char in shown if unicodedata.category(char) == "Cc" and char not in "\n\t"]
    assert printable(shown) == shown


@pytest.mark.case("G13")
def test_one_line_is_one_line() -> None:
    assert one_line("a\nb\tc\x1b[1m") == "a\\nb c"
    assert one_line("abcdef", 6) == "abcdef"
    assert one_line("abcdefg", 6) == "abcde…"
