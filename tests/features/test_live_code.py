"""Jobs whose classes stand in no file: typed at a prompt, or in a notebook."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.usefixtures("no_cache")

FIRST = """
from jobmake import Job

FACTOR = 2

def scaled(x):
    "Say nothing."
    return x * FACTOR

class Numbers(Job):
    name = "numbers"
    outputs_to_cache = ["numbers"]

    def run(self):
        open("ran", "a").write("numbers ")
        self.numbers = [scaled(number) for number in range(3)]

class Total(Job):
    name = "total"
    parents = [Numbers]
    outputs_to_cache = ["total"]

    def run(self, numbers):
        open("ran", "a").write("total ")
        self.total = sum(numbers)

job = Total()
job.process()
print(job.total)
"""


def typed(space, *changes: tuple[str, str]) -> tuple[str, str]:
    """Type the program at Python's prompt; return what it printed, and which jobs ran."""
    text = FIRST
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    done = subprocess.run(
        [sys.executable, "-"], input=text, cwd=space.root, env=space.environ(),
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    path = space.path("ran")
    ran = path.read_text().strip() if path.exists() else ""
    path.unlink(missing_ok=True)
    return done.stdout.strip(), ran


def test_what_is_typed_runs_once(space):
    assert typed(space) == ("6", "numbers total")
    assert typed(space) == ("6", "")


@pytest.mark.parametrize(
    "change",
    [
        ("FACTOR = 2", "FACTOR = 2  # twice\n\n"),
        ('"Say nothing."', '"Say something."'),
        ("def scaled(x):", "UNUSED = 1\ndef unused():\n    return 1\n\ndef scaled(x):"),
    ],
)
def test_what_does_not_count_runs_nothing(space, change):
    typed(space)
    assert typed(space, change) == ("6", "")


@pytest.mark.parametrize(
    ("change", "printed", "ran"),
    [
        (("FACTOR = 2", "FACTOR = 3"), "9", "numbers total"),
        (("x * FACTOR", "x + FACTOR"), "9", "numbers total"),
        (("range(3)", "range(4)"), "12", "numbers total"),
        (("sum(numbers)", "max(numbers)"), "4", "total"),
        (("x * FACTOR", "FACTOR * x"), "6", "numbers"),
    ],
)
def test_what_is_reached_runs_again(space, change, printed, ran):
    typed(space)
    assert typed(space, change) == (printed, ran)
    assert typed(space, change) == (printed, "")


def test_a_module_of_ones_own_counts_as_a_whole(space):
    space.write("own.py", "def scaled(x):\n    return x * 2\n")
    change = ("FACTOR = 2", "import own; FACTOR = 2"), ("return x * FACTOR", "return own.scaled(x)")
    env_path = (
        "from jobmake import Job",
        "import sys; sys.path.append('.')\nfrom jobmake import Job",
    )
    assert typed(space, env_path, *change) == ("6", "numbers total")
    space.write("own.py", "def scaled(x):\n    return x * 3\n")
    assert typed(space, env_path, *change) == ("9", "numbers total")
