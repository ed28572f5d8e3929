"""Jobfiles with what is wrong written under it, for tests of error messages.

    [target.a]
    needs = ["prepare"]
             ^^^^^^^^^ target `a` needs `prepare`, which is not in the Jobfile
    hint: did you mean `prepare-data`?

A line that begins with carets belongs to the line above it, and so does a hint.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from _pytest.mark.structures import ParameterSet

_CARETS = re.compile(r" *\^+")


def read(text: str) -> tuple[str, str]:
    """Return the Jobfile, and all that jobmake must say of it, to the letter."""
    jobfile: list[str] = []
    told: list[str] = []
    for line in text.strip("\n").split("\n"):
        carets = _CARETS.match(line)
        if carets:
            number, message = str(len(jobfile)), line[carets.end() + 1 :]
            told.append(
                f"error: {message}\n  --> Jobfile.toml:{number}\n"
                f"{number} | {jobfile[-1]}\n{' ' * len(number)} | {carets.group()}\n"
            )
        elif line.startswith("hint: "):
            told[-1] += line + "\n"
        else:
            jobfile.append(line)
    return "\n".join(jobfile) + "\n", "\n".join(told)


def each(texts: str) -> list[ParameterSet]:
    """Return several annotated Jobfiles as a test's parameters; each begins with `--- name`."""
    _, *found = re.split(r"^--- (.+)\n", texts, flags=re.MULTILINE)
    return [pytest.param(text, id=name) for name, text in zip(found[::2], found[1::2], strict=True)]
