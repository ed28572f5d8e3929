"""Size: what a build of very many targets does is in proportion to them, and little for each.

Counted are calls, system calls and bytes, not seconds: the counts are the same on every machine.
"""

from __future__ import annotations

import cProfile
import gc
import pstats
import re
import shutil
import subprocess
import tracemalloc
from pathlib import Path

import pytest

from jobmake.engine.options import Options
from jobmake.memory import lockfile
from jobmake.model.fingerprint import Record
from jobmake.project import Project, Settings
from tests.support import JOBMAKE, Space


def target(number: int, inputs: str, more: str = "") -> str:
    return (
        f'[target.t{number}]\nrun = "cat {{inputs}} > {{outputs}}"\n'
        f'inputs = [{inputs}]\noutputs = ["out/{number}.txt"]\n{more}'
    )


def wide(count: int) -> str:
    return "".join(target(number, f'"in/{number}.txt"') for number in range(count))


def chain(count: int) -> str:
    made = (target(number, f'"out/{number - 1}.txt"') for number in range(1, count))
    return target(0, '"in/0.txt"') + "".join(made)


def fan_in(count: int) -> str:
    made = ", ".join(f'"out/{number}.txt"' for number in range(count - 1))
    return wide(count - 1) + target(count - 1, made)


def fan_out(count: int) -> str:
    made = (target(number, '"out/0.txt"', 'needs = ["t0"]\n') for number in range(1, count))
    return target(0, '"in/0.txt"') + "".join(made)


def one_glob(count: int) -> str:
    return wide(count - 1) + target(count - 1, '"out/*.txt", "in/*.txt"').replace(
        f"out/{count - 1}.txt", "all.txt"
    )


def clone(space: Space, jobfile: str, count: int) -> Project:
    """A project of which everything is recorded and made, and nothing else is known."""
    space.jobfile(jobfile)
    for number in range(count):
        space.write(f"in/{number}.txt", f"{number}\n")
        space.write(f"out/{number}.txt", f"{number}\n")
    space.write("all.txt", "")
    project = Project.open(Settings(folder=str(space.root)))
    judge, records = project.judge(), {}
    for name in project.graph.order:
        one = project.graph.targets[name]
        made = Record(judge.look(one).fingerprint, judge.files.output_digests(one))
        judge.results[name] = made.result
        records[name] = made
    space.write("Jobfile.lock", lockfile.write(records))
    return project


def calls_of_a_build(space: Space, count: int) -> int:
    """How many functions are called from the opening of a project to its being up to date."""
    profile = cProfile.Profile()

    def build() -> int:
        project = Project.open(Settings(folder=str(space.root)))
        return len(project.build([], Options(jobs=1), lambda _event: None).fresh)

    assert profile.runcall(build) == count
    return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]


@pytest.mark.case("A35", "A37")
@pytest.mark.parametrize("shape", [wide, chain, fan_in, fan_out, one_glob])
def test_twice_as_many_targets_are_twice_as_much_work(space: Space, shape: object) -> None:
    assert callable(shape)
    calls = {}
    for count in (20, 80, 160):  # the first one imports what is imported once
        there = Space(space.root / str(count))
        clone(there, shape(count), count)
        calls[count] = calls_of_a_build(there, count)

    assert calls[160] < 2.2 * calls[80]
    assert calls[160] < 1000 * 160


@pytest.mark.case("A38")
def test_each_file_is_opened_once_and_an_input_is_asked_for_twice(
    space: Space, tmp_path: Path
) -> None:
    clone(space, wide(30), 30)
    shutil.rmtree(space.path(".jobmake"), ignore_errors=True)

    trace = tmp_path / "trace"
    what = "trace=openat,open,stat,lstat,newfstatat,statx,readlink,access,faccessat2"
    words = ["strace", "-f", "-qq", "-e", what, "-o", str(trace), *JOBMAKE, "build"]
    done = subprocess.run(
        words, cwd=space.root, env=space.environ(), capture_output=True, text=True, check=True
    )

    assert done.stderr.startswith("up to date: 30 targets checked")
    text = trace.read_text()
    for number in range(30):
        for path, looks in ((f"in/{number}.txt", 2), (f"out/{number}.txt", 1)):
            calls = re.findall(rf'(\w+)\([^"\n]*"{re.escape(str(space.path(path)))}"', text)
            assert sorted(calls) == ["newfstatat"] * looks + ["openat"]


@pytest.mark.case("A35")
def test_what_a_target_takes_up_in_memory(space: Space) -> None:
    count = 500
    clone(space, wide(count), count)

    gc.disable()  # what is no longer needed goes by itself: there is no circle in it
    tracemalloc.start()
    try:
        project = Project.open(Settings(folder=str(space.root)))
        held, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        gc.enable()

    assert len(project.graph.targets) == count
    assert held < 2100 * count
    assert most < 4500 * count
