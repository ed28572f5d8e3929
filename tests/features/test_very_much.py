"""Very many runs, very much output, bytes of every kind: every end is noticed, memory stays as
it is, and each log has its own bytes.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.amounts import amount
from tests.oracles import Marker, measured, no_orphans
from tests.support import DEADLINE, JOBMAKE, Space

NOISE = """
import os, random, sys
made = random.Random(int(sys.argv[1]))
pieces = [b"\\0", b"\\xff\\xfe", b"\\r", b" 50%\\r", b"\\n", b"\\x1b[31m",
          b"caf\\xc3", b"\\xa9", b"x" * 99]
for _ in range(400):
    os.write(1 + made.randrange(2), made.choice(pieces))
"""


@pytest.mark.case("B08")
def test_the_end_of_each_of_very_many_runs_is_noticed_with_its_code(space: Space) -> None:
    number = amount(300, 2000)
    space.jobfile(
        f'[target.t]\nmatrix = {{ n = {list(range(number))} }}\nargv = ["true"]\n'
        f'[target.f]\nmatrix = {{ n = [3, 77, 200] }}\nrun = "exit {{matrix.n}}"\n'
    )
    marker = Marker()

    result = space.build("-k", "-j64", code=1, env=marker.env)

    no_orphans(marker)
    assert len(set(result.built)) == number
    told = re.findall(r"target `f\[n=(\d+)\]` failed: exit code (\d+)", result.err)
    assert sorted(told) == [("200", "200"), ("3", "3"), ("77", "77")]


@pytest.mark.case("B11")
@pytest.mark.parametrize("lines", ["yes", "yes | tr -d '\\\\n'"], ids=["lines", "one line"])
def test_memory_does_not_grow_with_what_a_command_writes(space: Space, lines: str) -> None:
    size = amount(50_000_000, 1_000_000_000)
    space.jobfile(f'[target.a]\nrun = "{lines} | head -c {size}; exit 1"\n')

    taken = measured(space, "build")

    assert taken.code == 1
    assert space.path(".jobmake/runs/1/log").stat().st_size == size
    assert taken.megabytes < 100
    assert len(taken.err) < 20_000  # of a failure the end is shown


@pytest.mark.case("B12")
def test_logs_of_runs_at_one_time_have_their_own_bytes_and_no_others(space: Space) -> None:
    space.write("noise.py", NOISE)
    space.jobfile(
        "[target.t]\nmatrix = { n = [1, 2, 3, 4, 5, 6, 7, 8] }\n"
        f'argv = ["{sys.executable}", "-S", "noise.py", "{{matrix.n}}"]\n'
    )

    out = subprocess.run(
        [*JOBMAKE, "build", "-j8"], cwd=space.root, env=space.environ(), check=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        timeout=DEADLINE,
    ).stdout  # fmt: skip

    for number in range(1, 9):
        wanted = subprocess.run(
            [sys.executable, "-S", "noise.py", str(number)], cwd=space.root, check=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        ).stdout  # fmt: skip
        (log,) = [path for path in logs(space) if path.read_bytes() == wanted]
        assert out.count(wanted) == 1, f"{log} is not whole in what a pipe was given"


def logs(space: Space) -> list[Path]:
    """Return the logs of all runs."""
    runs = space.path(".jobmake/runs")
    return [runs / name / "log" for name in os.listdir(runs)]
