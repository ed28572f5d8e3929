"""A lockfile that was cut off, flipped, mixed up by hand or merged by lines: what it says of a
target is believed only if it is whole, so no edit is hidden; git's merges lose no record.
"""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from jobmake.memory import lockfile
from jobmake.memory.relock import merge_files
from jobmake.model.fingerprint import Fingerprint, Record
from tests.amounts import amount
from tests.faults.built import State
from tests.support import Space


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> State:
    return State(tmp_path_factory.mktemp("state"))


def hides_no_edit(state: State, data: bytes) -> None:
    """Put bytes in place of the lockfile, edit an input, and build."""
    state.again()
    path = state.root / "Jobfile.lock"
    path.write_bytes(data)
    state.write("in", "edited\n")

    trouble = state.trouble()

    if trouble is not None:  # a flipped digit can say that it is of a newer jobmake
        assert trouble.startswith("the lockfile is of version "), trouble
        assert path.read_bytes() == data
    else:
        assert state.read("out/plain") == state.read("out/headed") == "edited\n"
        assert state.build().built == ()


@pytest.mark.case("C10")
def test_a_lockfile_cut_off_or_flipped_anywhere_hides_no_edit(state: State) -> None:
    state.again()
    data = (state.root / "Jobfile.lock").read_bytes()
    for at in range(0, len(data), max(1, len(data) // amount(6, len(data)))):
        hides_no_edit(state, data[:at])
        hides_no_edit(state, data[:at] + bytes([data[at] ^ 0x02]) + data[at + 1 :])


@pytest.mark.case("C10")
@pytest.mark.parametrize("how", ["nothing", "zeros", "more", "mark", "windows", "twice", "binary"])
def test_a_lockfile_that_is_no_lockfile_hides_no_edit(how: str, state: State) -> None:
    state.again()
    data = (state.root / "Jobfile.lock").read_bytes()
    damaged = {
        "nothing": b"",
        "zeros": bytes(len(data)),
        "more": data + b"\0\xff{garbage",
        "mark": b"\xef\xbb\xbf" + data,
        "windows": data.replace(b"\n", b"\r\n"),
        "twice": data + data,
        "binary": random.Random(1).randbytes(len(data)),
    }
    hides_no_edit(state, damaged[how])


# -- merges ------------------------------------------------------------------------------


def records(names: list[str]) -> dict[str, Record]:
    return {
        name: Record(
            Fingerprint.of([("input", f"{name}.in", f"xxh3:{name}")]), {f"{name}.out": name}
        )
        for name in names
    }


@pytest.mark.case("C15")
def test_two_branches_that_add_fifty_targets_each_lose_no_record(tmp_path: Path) -> None:
    chance = random.Random(15)
    space, git_alone = Space(tmp_path), 0
    rounds = amount(5, 100)
    for _ in range(rounds):
        names = [f"t{number:04}" for number in chance.sample(range(10_000), 160)]
        base, left, right = names[:60], names[:110], names[:60] + names[110:]
        for file, there in (("base", base), ("ours", left), ("theirs", right)):
            space.write(file, lockfile.write(records(there)))
        files = [str(space.path(name)) for name in ("ours", "base", "theirs")]

        merged = subprocess.run(
            ["git", "merge-file", "-p", *files], capture_output=True, check=False
        )
        git_alone += merged.returncode == 0
        by_lines = lockfile.read(merged.stdout)
        assert {**by_lines.records, **by_lines.rivals} == records(names)

        ours, old, theirs = files
        assert merge_files(old, ours, theirs, lambda _record: False) == []
        assert lockfile.read(space.path("ours").read_bytes()).records == records(names)


@pytest.mark.case("C14")
@pytest.mark.parametrize("style", ["merge", "diff3"])
def test_a_jobfile_with_the_marks_of_a_conflict_is_named_with_its_line(
    space: Space, style: str
) -> None:
    base = "||||||| base\nrun = 'echo 1 > {outputs}'\n" if style == "diff3" else ""
    space.jobfile(
        "[target.a]\noutputs = ['a']\n<<<<<<< ours\nrun = 'echo 2 > {outputs}'\n"
        f"{base}=======\nrun = 'echo 3 > {{outputs}}'\n>>>>>>> theirs\n"
    )

    result = space.build(code=2)

    assert "Jobfile.toml:3" in result.err
    assert not space.exists("Jobfile.lock")
