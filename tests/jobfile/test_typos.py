"""Slips of the keyboard: what was meant is guessed right, nearly always."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

import pytest

from jobmake.jobfile import schema
from jobmake.tools.hints import nearest
from tests.jobfile.fuzzing import feed

if TYPE_CHECKING:
    from pathlib import Path

LETTERS = "abcdefghijklmnopqrstuvwxyz_"
TABLES = {
    "": schema.TOP_KEYS,
    "[project]\n": schema.PROJECT_KEYS,
    "[cache]\n": schema.CACHE_KEYS,
    '[target.t]\nrun = "true"\n': schema.TARGET_KEYS,
}


def slip(word: str, made: random.Random) -> str:
    """Return a word as it is mistyped: a letter is missing, doubled, another, too many, or two
    have changed places; upper case, or a hyphen for an underscore."""
    at = made.randrange(len(word))
    before, letter, after = word[:at], word[at], word[at + 1 :]
    return made.choice(
        (
            before + after,
            before + letter + letter + after,
            before + made.choice(LETTERS) + after,
            before + letter + made.choice(LETTERS) + after,
            before + after[:1] + letter + after[1:],
            word.title(),
            word.replace("_", "-"),
        )
    )


def slips(number: int) -> list[tuple[str, str, str]]:
    """Return mistyped keys: the table's header, what was meant, what was typed."""
    made = random.Random(4)
    found = []
    while len(found) < number:
        header = made.choice(list(TABLES))
        meant = made.choice(sorted(TABLES[header]))
        typed = slip(meant, made)
        typed = slip(typed, made) if len(meant) > 6 and made.random() < 0.3 else typed
        # of two letters one may be anything: nobody could tell
        if len(meant) > 3 and typed not in TABLES[header] and re.fullmatch(r"[\w-]+", typed):
            found.append((header, meant, typed))
    return found


@pytest.mark.case("F04")
def test_of_two_hundred_mistyped_keys_nearly_all_are_understood(tmp_path: Path) -> None:
    wrong = []
    for header, meant, typed in slips(200):
        told = feed(tmp_path, f"{header}{typed} = 1\n".encode())
        line = header.count("\n") + 1
        assert f"unknown key `{typed}`" in told, told
        assert f"  --> Jobfile.toml:{line}\n{line} | {typed} = 1\n" in told, told
        if f"hint: did you mean `{meant}`?" not in told:
            wrong.append((meant, typed))
    assert len(wrong) <= 10, wrong


@pytest.mark.case("F04")
def test_of_two_hundred_mistyped_names_nearly_all_are_understood() -> None:
    names = ["prepare-data", "train-model", "train-baseline", "report", "plots", "clean_csv",
             "fetch", "features", "evaluate", "publish"]  # fmt: skip
    made = random.Random(5)
    wrong = []
    for _ in range(200):
        meant = made.choice(names)
        typed = slip(meant, made)
        if typed not in names and nearest(typed, names) != meant:
            wrong.append((meant, typed, nearest(typed, names)))
    assert len(wrong) <= 10, wrong
