"""Where the system refuses: no memory, no more processes, no more descriptors, no streams, no
room behind them. A build tells it, records nothing that is not so, and the next one is right.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.amounts import amount
from tests.faults.groups import group
from tests.oracles import heals, is_whole, told_well
from tests.support import DEADLINE, JOBMAKE, Result, Space

if TYPE_CHECKING:
    from collections.abc import Sequence

HOG = f"{sys.executable} -S -c 'x = bytearray(400_000_000)'"


def many(space: Space, number: int, command: str = ":") -> dict[str, str]:
    """Write targets that need nothing of each other; return what they make."""
    space.jobfile(
        f"[target.t]\nmatrix = {{ n = {list(range(number))} }}\n"
        f'run = "{command}; echo {{matrix.n}} > {{outputs}}"\noutputs = ["o{{matrix.n}}"]\n'
    )
    return {f"o{each}": f"{each}\n" for each in range(number)}


def build(space: Space, before: Sequence[str], *words: str) -> Result:
    """Build by way of another program; check that what is told is told well."""
    done = subprocess.run(
        [*before, *JOBMAKE, "build", *words],
        cwd=space.root, env=space.environ(), stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=DEADLINE, check=False,
    )  # fmt: skip
    result = Result(done.returncode, done.stdout, done.stderr)
    told_well(result, {0, 1, 3})
    assert is_whole(space.path("Jobfile.lock"))
    return result


# -- memory ---------------------------------------------------------------------------------


@pytest.mark.case("B13")
def test_a_run_that_takes_all_memory_is_told_to_have_and_others_go_on(space: Space) -> None:
    space.jobfile(
        f"""
        [target.hog]
        run = "{HOG}"
        [target.other]
        run = "echo x > {{outputs}}"
        outputs = ["other"]
        """
    )
    with group("memory") as limited:
        limited.limit_memory(150_000_000)
        result = build(space, limited.words, "-v", "-k", "-j1")

    assert result.code == 1
    assert "error: target `hog` failed: was ended by SIGKILL\n" in result.err
    assert "hint: nobody here sent it: the system may have run out of memory\n" in result.err
    assert result.err.count("running hog") == 1
    assert result.built == ["other"]


@pytest.mark.case("B14")
def test_a_jobmake_that_is_killed_for_its_memory_leaves_what_the_next_can_use(space: Space) -> None:
    expected = many(space, 6)
    with group("memory") as limited:
        limited.limit_memory(8_000_000)
        killed = subprocess.run(
            [*limited.words, *JOBMAKE, "build"], cwd=space.root, env=space.environ(),
            capture_output=True, timeout=DEADLINE, check=False,
        )  # fmt: skip

    assert killed.returncode == -9
    heals(space, expected)


# -- processes ------------------------------------------------------------------------------


@pytest.mark.case("B16")
@pytest.mark.parametrize("number", [3, 6])
def test_runs_that_cannot_be_started_fail_and_say_why(space: Space, number: int) -> None:
    gate = space.gate("held")
    space.jobfile(
        f"""
        [target.held]
        run = "{gate.command}; echo x > {{outputs}}"
        outputs = ["held"]
        [target.t]
        matrix = {{ n = [1, 2, 3, 4, 5, 6] }}
        run = "echo {{matrix.n}} > {{outputs}}; sleep 0 | sleep 0"
        outputs = ["o{{matrix.n}}"]
        """
    )
    gate.open()
    with group("pids") as limited:
        limited.limit_processes(number)
        result = build(space, limited.words, "-k", "-j8")

    if result.code == 1:
        assert "Resource temporarily unavailable" in result.err or "Cannot fork" in result.err
    gate.open()
    heals(space, {f"o{each}": f"{each}\n" for each in range(1, 7)})


# -- descriptors ----------------------------------------------------------------------------


@pytest.mark.case("B17")
@pytest.mark.parametrize("number", [8, 12, 24])
def test_with_few_descriptors_what_is_built_is_right(space: Space, number: int) -> None:
    expected = many(space, 20)

    result = build(space, ["prlimit", f"--nofile={number}"], "-k", "-j8")

    assert (result.code != 0) == ("oo many open files" in result.err)
    assert number < 24 or result.code == 0
    heals(space, expected)


@pytest.mark.case("B17")
def test_five_hundred_runs_at_once_need_few_descriptors_here(space: Space) -> None:
    expected = many(space, amount(60, 500))

    result = build(space, ["prlimit", "--nofile=64"], "-q", "-j500")

    assert (result.code, result.err) == (0, "")
    assert all(space.read(name) == text for name, text in expected.items())


# -- standard streams -----------------------------------------------------------------------

TALKS = '[target.a]\nrun = "echo told; echo x > {outputs}"\noutputs = ["o"]\n'


@pytest.mark.case("B18")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_build_without_standard_streams_is_a_build(space: Space, closed: str) -> None:
    space.jobfile(TALKS)

    result = build(space, ["sh", "-c", f'exec "$@" {closed}', "sh"])

    assert result.code == 0
    # no file of jobmake's got the number of a stream, so nothing was written into one
    assert space.run("log", "a").out == "told\n"
    assert heals(space, {"o": "x\n"}).built == []


@pytest.mark.case("B18")
@pytest.mark.parametrize("full", [">/dev/full", "2>/dev/full", ">/dev/full 2>&1"])
def test_where_nothing_can_be_told_is_built_all_the_same(space: Space, full: str) -> None:
    space.jobfile(TALKS)

    result = build(space, ["sh", "-c", f'exec "$@" {full}', "sh"])

    assert result.code == 0
    note = "note: nothing more is reported: No space left on device\n"
    assert result.err.endswith(note) == (full == ">/dev/full")
    assert heals(space, {"o": "x\n"}).built == []


@pytest.mark.case("B18")
@pytest.mark.parametrize("verb", ["list", "why a", "log a", "runs"])
def test_what_was_asked_for_and_cannot_be_told_is_an_error(space: Space, verb: str) -> None:
    space.jobfile(TALKS)
    space.build()

    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {verb} > /dev/full', "sh", *JOBMAKE], cwd=space.root,
        env=space.environ(), capture_output=True, text=True, timeout=DEADLINE, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (
        3,
        "error: cannot write the output: No space left on device\n",
    )


@pytest.mark.case("B18")
def test_a_build_of_which_only_the_first_line_is_read_is_recorded(space: Space) -> None:
    expected = many(space, 4, "echo {matrix.n}; echo more")

    done = subprocess.run(
        ["bash", "-c", '"$@" 2>&1 | head -n 1; exit ${PIPESTATUS[0]}', "bash", *JOBMAKE, "build"],
        cwd=space.root, env=space.environ(), capture_output=True, text=True, timeout=DEADLINE,
        check=False,
    )  # fmt: skip

    assert done.returncode in (0, 141)
    assert done.stdout.count("\n") == 1
    assert "Traceback" not in done.stderr
    assert is_whole(space.path("Jobfile.lock"))
    heals(space, expected)
