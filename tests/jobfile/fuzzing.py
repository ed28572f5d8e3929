"""Jobfiles that nobody would write: made of pieces of right ones, and fed to the loader.

`feed` is the one target of all fuzzing: that of the tests, and that of `bench/fuzz`.

Invariant: a Jobfile is loaded, or refused by an error that is told to the user; nothing else is
ever raised.
"""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

from jobmake.jobfile import schema
from jobmake.jobfile.load import World
from jobmake.jobfile.load import load as load_jobfile
from jobmake.jobs.shell import Shell
from jobmake.model.errors import JobfileError, UsageError
from jobmake.reporters.errors import render
from jobmake.reporters.style import Style
from tests.documents import PAGES

if TYPE_CHECKING:
    from pathlib import Path

_FENCED = re.compile(r"^```toml[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = [text for page in PAGES.values() for text in _FENCED.findall(page)]

KEYS = sorted(
    {key for name in dir(schema) if name.endswith("_KEYS") for key in getattr(schema, name)}
)
# what stands in Jobfiles, and what stands at the borders of TOML
PIECES = [
    *KEYS, *(f"{key} = " for key in KEYS), "[target.a]\n", "[target.b]\n", "[params]\n",
    "[project]\n", "[[target]]\n", "[target]\n", '[target."a[x=1]"]\n', "[profile.p.params]\n",
    'run = "true"\n', 'run = "echo {params.x} {inputs} > {outputs}"\n', 'needs = ["a"]\n',
    'outputs = ["o"]\n', 'outputs = { o = "o/" }\n', 'inputs = ["**/*.c", "a[0-9]"]\n',
    "matrix = { x = [1, 2] }\n", 'each = { f = "*.txt" }\n', '"{matrix.x}"', '"{each.f.stem}"',
    '"{params.x.y[0]:03d}"', '"{env.HOME}"', '"{{"', '"{x"', '"${params.x}"', '"{params.x!raw}"',
    '""', '"a"', "'''\nx\n'''", '"""', "0", "-1", "1e400", "9" * 4300, "0x7f", "inf", "nan",
    "1979-05-27T07:32:00Z", "0001-01-01", "07:32:00", "true", "[]", "{}", "[[]]", "{a = 1}",
    "[", "]", "{", "}", "=", ",", ".", "\n", "\r\n", "\r", "\0", "#", '"', "'", "\ufeff", "\u202e",
    "é", "\u0301", "🐧", "\x1b[2J", "../", "/", "./", "~", "-", "--help", " ", "\t", '"1s"', '"5x"',
]  # fmt: skip


def feed(folder: Path, data: bytes) -> str:
    """Load a Jobfile; return what is told of it where it is wrong, else nothing."""
    path = folder / "Jobfile.toml"
    path.write_bytes(data)
    try:
        load_jobfile(str(path), (), World({}, {"shell": Shell()}))
    except (JobfileError, UsageError) as error:
        return render(error, Style())
    return ""


def mutant(made: random.Random, examples: list[str]) -> bytes:
    """Return an example of the manual, and what has become of it by some accidents."""
    text = made.choice(examples)
    for _ in range(made.randint(1, 6)):
        at = made.randint(0, len(text))
        end = min(len(text), at + made.choice((0, 1, 1, 2, 5, 20, 200)))
        other = made.choice(examples)
        here = made.randint(0, len(other))
        new = made.choice(
            (
                "",
                made.choice(PIECES),
                made.choice(PIECES),
                text[at:end] * made.choice((2, 3, 50)),
                other[here : here + made.randint(0, 60)],
            )
        )
        text = text[:at] + new + text[end:]
    data = text.encode("utf-8", "surrogatepass")
    if made.random() < 0.05:
        at = made.randint(0, len(data))
        data = data[:at] + bytes([made.randrange(256)]) + data[at + 1 :]
    return data
