"""Very many targets, very long chains, very wide fans, very large files: nothing recurses, nothing
is quadratic, and what is up to date is not read.

What is counted is work, not seconds: calls of functions are the same on every machine. Loops in C
make no calls; of them the processor's time tells, by a wide margin.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from jobmake.engine.options import Options
from jobmake.model import events
from jobmake.model.errors import JobfileError
from jobmake.model.fingerprint import Claim
from jobmake.model.state import Summary
from jobmake.project import Project, Settings
from tests.amounts import amount
from tests.faults.mounts import now, wait_until
from tests.oracles import measured, open_files
from tests.support import JOBMAKE, Space
from tests.walks.forked import Asked, build_here

LONG = amount(50_000, 200_000)  # targets of a chain
DEEP = amount(1_200, 50_000)  # those that have a run each; Python itself gives up at 1,000


def build(project: Project, emit: Callable[[events.Event], None] = lambda _: None) -> Summary:
    return project.build([], Options(jobs=2), emit)


def opened(space: Space) -> Project:
    return Project.open(
        Settings(str(space.root), cache=False, environ={"PATH": os.environ["PATH"]})
    )


# -- chains -----------------------------------------------------------------------------------


@pytest.mark.case("A36")
@pytest.mark.timeout(1800)
def test_a_very_long_chain_is_loaded_built_and_cancelled(space: Space) -> None:
    """Of groups, with one target at its end that has a run."""
    space.jobfile(
        "".join(f'[target.t{n}]\nneeds = ["t{n + 1}"]\n' for n in range(LONG))
        + f'[target.t{LONG}]\nrun = "echo x > {{outputs}}"\noutputs = ["out"]\n'
    )
    project = opened(space)

    def interrupt(event: events.Event) -> None:
        if isinstance(event, events.TargetStarted):
            os.kill(os.getpid(), signal.SIGINT)

    cancelled = build(project, interrupt)
    assert cancelled.stopped_by == signal.SIGINT
    space.path("out").unlink(missing_ok=True)
    assert build(project).built == (f"t{LONG}",)
    again = build(project)
    assert (again.ok, again.built) == (True, ())


@pytest.mark.case("A36")
@pytest.mark.timeout(1800)
def test_each_target_of_a_long_chain_is_run_in_its_turn(space: Space) -> None:
    space.jobfile(
        "".join(
            f'[target.t{n}]\nrun = "true"\n' + (f'needs = ["t{n - 1}"]\n' if n else "")
            for n in range(DEEP)
        )
    )

    assert build(opened(space)).built == tuple(f"t{n}" for n in range(DEEP))
    again = build(opened(space))

    assert (again.ok, len(again.fresh)) == (True, DEEP)


@pytest.mark.case("A26")
def test_a_very_long_cycle_is_told_in_one_line(space: Space) -> None:
    size = amount(20_000, 50_000)
    space.jobfile("".join(f'[target.t{n}]\nneeds = ["t{(n + 1) % size}"]\n' for n in range(size)))

    with pytest.raises(JobfileError) as caught:
        opened(space)

    [problem] = caught.value.problems
    last = f"t{size - 2} -> t{size - 1} -> t0"
    assert problem.message == f"targets need each other: `t0 -> t1 -> t2 -> t3 -> … -> {last}`"


# -- fans -------------------------------------------------------------------------------------


def write_fan(space: Space, size: int, last: str = "true") -> None:
    """One that all need, and one that needs all."""
    space.jobfile(
        f"""
        [target.root]
        run = "true"
        [target.leaf]
        run = "true"
        needs = ["root"]
        matrix = {{ n = {{ range = [1, {size}, 1] }} }}
        [target.all]
        run = "{last}"
        needs = ["leaf"]
        """
    )


def fan(space: Space, size: int) -> None:
    """Make it up to date by a person's word, without runs."""
    write_fan(space, size)
    project = opened(space)
    claim = Claim("a test", "2026-11-22", "nothing has to run")
    accepted, _ = project.accept(["root", "leaf", "all"], claim, lambda _: None)
    assert len(accepted) == size + 2


def calls(work: Callable[[], Any]) -> int:
    """Return how many functions are called, Python's and C's."""
    count = 0

    def note(_frame: FrameType, what: str, _of: Any) -> None:
        nonlocal count
        count += what in ("call", "c_call")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.case("A35", "A37")
def test_twice_as_many_are_twice_the_work_and_no_more(tmp_path: Path) -> None:
    size = amount(300, 20_000)
    small, large = Space(tmp_path / "small"), Space(tmp_path / "large")
    work = {}
    for space, number in ((small, size), (large, 2 * size)):
        fan(space, number)
        build(opened(space))
        work["open", space] = calls(lambda space=space: opened(space))
        project = opened(space)
        work["build", space] = calls(lambda project=project: build(project))
        write_fan(space, number, last="true x")
        work["one edit", space] = calls(lambda space=space: build(opened(space)))

    for what in ("open", "build", "one edit"):
        assert work[what, large] < 2.3 * work[what, small], work


def seconds_of_a_build(space: Space) -> float:
    begin = time.process_time()
    assert build(opened(space)).ok
    return time.process_time() - begin


@pytest.mark.case("A35", "A37")
def test_the_time_of_a_fan_grows_with_its_size_and_not_with_its_square(tmp_path: Path) -> None:
    def seconds(size: int) -> float:
        space = Space(tmp_path / f"{size}")
        fan(space, size)
        return min(seconds_of_a_build(space) for _ in range(2))

    few = amount(200, 3_000)

    assert seconds(16 * few) < 64 * seconds(few)  # 256 times, if it is quadratic


_OPENS = re.compile(r"\b(open|openat|openat2|read|pread64|mmap)\(")


def calls_to_files(space: Space, tmp_path: Path) -> list[str]:
    """Build with nothing to do; return the calls that look at files, or read them."""
    trace, what = tmp_path / "trace", "trace=%file,read,pread64,mmap"
    done = subprocess.run(
        ["strace", "-f", "-y", "-s", "0", "-e", what, "-o", str(trace), *JOBMAKE, "build"],
        cwd=space.root, env=space.environ(), check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stderr.startswith("up to date: ")
    return trace.read_text().splitlines()


# -- large files, many files ----------------------------------------------------------------------


@pytest.mark.case("A38")
def test_a_file_of_a_gigabyte_is_streamed_once_and_then_not_opened(
    space: Space, tmp_path: Path
) -> None:
    space.jobfile('target.a = { run = "head -c 9 {inputs}", inputs = ["large"] }')
    with space.path("large").open("wb") as file:
        file.truncate(1 << 30)
    wait_until(tmp_path, now(tmp_path) + 3)  # so old that its stat is trusted

    first = measured(space, "build")

    assert first.code == 0, first.err
    assert first.megabytes < 150
    touching = [line for line in calls_to_files(space, tmp_path) if "large" in line]
    assert touching, "it is looked at"
    assert not any(map(_OPENS.search, touching))


@pytest.mark.case("A38")
@pytest.mark.timeout(1800)
def test_very_many_tiny_files_are_read_once_and_then_not_opened(
    space: Space, tmp_path: Path
) -> None:
    number = amount(2_000, 100_000)
    space.jobfile('target.a = { run = "ls in | wc -l", inputs = ["in/*"] }')
    space.path("in").mkdir()
    for one in range(number):
        space.path(f"in/{one}").write_text(f"{one}")
    wait_until(tmp_path, now(tmp_path) + 3)  # so old that their stat is trusted

    first = measured(space, "build")

    assert first.code == 0, first.err
    assert first.megabytes < 150
    touching = [line for line in calls_to_files(space, tmp_path) if re.search(r"in/\d", line)]
    assert number <= len(touching) <= 2 * number
    assert not any(map(_OPENS.search, touching))


@pytest.mark.case("A22")
def test_a_folder_of_ten_thousand_files_is_checked_without_opening_any(
    space: Space, tmp_path: Path
) -> None:
    size = amount(2_000, 10_000)
    space.jobfile(
        f"""
        [target.many]
        run = "mkdir {{outputs}}; cd {{outputs}}; seq {size} | split -l 1 -a 4 -d"
        outputs = ["many/"]
        """
    )
    assert build(opened(space)).built == ("many",)
    wait_until(space.root, now(space.root) + 3)
    space.build()  # reads once more what was young

    touching = [line for line in calls_to_files(space, tmp_path) if "many/x" in line]

    assert size <= len(touching) <= 2 * size
    assert not any(map(_OPENS.search, touching))


@pytest.mark.case("A22")
def test_one_of_ten_thousand_files_in_a_folder_is_seen(space: Space) -> None:
    size = amount(2_000, 10_000)
    space.jobfile(
        f"""
        [target.many]
        run = "mkdir {{outputs}}; cd {{outputs}}; seq {size} | split -l 1 -a 4 -d"
        outputs = ["many/"]
        [target.last]
        run = "ls {{inputs}} | wc -l > {{outputs}}"
        inputs = ["@many"]
        outputs = ["last"]
        """
    )
    assert build(opened(space)).built == ("many", "last")
    half = f"{size // 2:04}"

    for change in (
        lambda: space.path("many/x" + half).unlink(),
        lambda: space.write("many/x" + half, "edited"),
        lambda: space.path("many/x" + half).chmod(0o755),
        lambda: space.path("many/x" + half).rename(space.path("many/y")),
        lambda: space.path("many/empty").mkdir(),
    ):
        change()
        again = build(opened(space))
        assert (again.built, again.fresh) == (("many",), ("last",))
        assert len(os.listdir(space.path("many"))) == size


# -- many builds ---------------------------------------------------------------------------------


def test_builds_in_one_process_leave_nothing_open(space: Space) -> None:
    space.jobfile('target.a = { run = "cat in > out", inputs = ["in"], outputs = ["out"] }')
    before: list[str] = []
    for turn in range(amount(20, 1_000)):
        space.write("in", f"{turn}")
        assert build_here(Asked(str(space.root))).end == "ended"
        before = before or open_files()

    assert open_files() == before
