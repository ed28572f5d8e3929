"""What one run of a plain command costs jobmake itself, counted and not timed.

Two builds of one shape, of which the second has more targets: what it does more is what its
runs cost. Counted are the calls of jobmake's own two processes, the one that builds and the
reaper, and not those of the commands.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections import Counter

import pytest

from jobmake.memory.history import WRITE_EVERY
from tests.support import JOBMAKE, Space

FEW, MANY = 20, 60
# calls for one run: 55 and 26, and a few more waits where the machine is busy
MOST_OF_THE_BUILDER, MOST_OF_THE_REAPER = 70, 32

_CALL = re.compile(r"^(\d+) +(?:\d+\.\d+ )?(\w+)\((.*)$")


class Calls:
    """The system calls of one build, each with its text, by process."""

    def __init__(self, space: Space, count: int) -> None:
        space.jobfile("\n".join(map(_target, range(count))))
        for number in range(count):
            space.write(f"src/{number}", f"source {number}\n")
        trace = space.root.with_suffix(".trace")
        words = ["strace", "-f", "-qq", "-s", "300", "-o", str(trace), *JOBMAKE]
        begun = time.monotonic()
        done = subprocess.run(
            [*words, "build", "-q", "-j2"],
            cwd=space.root,
            env=space.environ({"JOBMAKE_NO_CACHE": "1"}),
            check=False,
        )
        self.seconds = time.monotonic() - begun
        assert done.returncode == 0
        self.of: dict[str, list[tuple[str, str]]] = {}
        for line in trace.read_text(errors="replace").splitlines():
            if call := _CALL.match(line):
                self.of.setdefault(call[1], []).append((call[2], call[3]))
        self.builder, self.reaper = sorted(self.of.values(), key=len, reverse=True)[:2]

    def of_builder(self, call: str, text: str) -> int:
        """Count the calls of the builder with a name and a text that match."""
        return sum(
            bool(re.fullmatch(call, name) and re.search(text, rest)) for name, rest in self.builder
        )


def _target(number: int) -> str:
    return (
        f"[target.t{number}]\nrun = 'cp src/{number} out/{number}'\n"
        f"inputs = ['src/{number}']\noutputs = ['out/{number}']\n"
    )


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Calls, Calls]:
    assert shutil.which("strace"), "`strace` counts the calls"
    folder = tmp_path_factory.mktemp("cost")
    return Calls(Space(folder / "few"), FEW), Calls(Space(folder / "many"), MANY)


def more(builds: tuple[Calls, Calls], call: str, text: str) -> float:
    """How many such calls of the builder there are for one run."""
    few, many = builds
    return (many.of_builder(call, text) - few.of_builder(call, text)) / (MANY - FEW)


def test_a_run_takes_few_system_calls(builds: tuple[Calls, Calls]) -> None:
    few, many = builds
    # SQLite writes now and then, by the clock, and so does who asks the disk for its time
    timely = "pread64|pwrite64|fcntl|geteuid|fchown|getpid|fsync|unlink|ftruncate"
    by_the_clock = more(builds, timely, "") + more(builds, "openat|newfstatat|close", r"runs\.db")
    counted = more(builds, r"\w+", "") - by_the_clock
    assert counted <= MOST_OF_THE_BUILDER, Counter(name for name, _ in many.builder)
    of_reaper = (len(many.reaper) - len(few.reaper)) / (MANY - FEW)
    assert of_reaper <= MOST_OF_THE_REAPER, Counter(name for name, _ in many.reaper)


def test_a_run_that_says_nothing_makes_no_file_and_no_folder(builds: tuple[Calls, Calls]) -> None:
    made = more(builds, "mkdir|rmdir", "") + more(builds, "openat", "O_EXCL")
    removed = more(builds, "unlink", "") - more(builds, "unlink", r"runs\.db")
    assert made + removed <= 0.2


def test_a_run_has_two_lines_in_the_journal(builds: tuple[Calls, Calls]) -> None:
    # and what is written anew with the lockfile, if it takes long
    assert int(more(builds, "write", r'[0-9a-f]{16} \{\\"(started|finished)\\":')) == 2
    assert int(more(builds, "write", r'[0-9a-f]{16} \{\\"')) == 2


def test_the_history_is_written_for_many_runs_at_once(builds: tuple[Calls, Calls]) -> None:
    for one in builds:
        assert one.of_builder("unlink", r"runs\.db-journal") <= 3 + one.seconds / WRITE_EVERY
