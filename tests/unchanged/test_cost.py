"""What a build with nothing to do costs, counted: modules, files opened, calls per file, bytes."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.unchanged.rig import build_plainly
from tests.unchanged.strace import traced

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support import Space

# all of jobmake that a build with nothing to do loads, and of others what `-c pass` does not
OURS = {
    "jobmake", "jobmake.cli", "jobmake.memory", "jobmake.memory.index", "jobmake.memory.section",
    "jobmake.memory.stamps", "jobmake.model", "jobmake.model.names",
    "jobmake.reporters", "jobmake.reporters.upto", "jobmake.tools", "jobmake.tools.digest",
    "jobmake.tools.inwords", "jobmake.unchanged", "jobmake.unchanged.again",
    "jobmake.unchanged.answer", "jobmake.unchanged.key",
}  # fmt: skip
OTHERS = {
    "__future__", "_operator", "_struct", "atexit", "fcntl", "gc", "itertools", "xxhash",
    "xxhash._xxhash", "xxhash.version",
}  # fmt: skip
SCRIPT = "from jobmake.cli import program; program()"
MANY = 200


@pytest.fixture
def settled(space: Space) -> Space:
    """A project of many targets with nothing to do, of which every stat can be trusted."""
    space.jobfile(
        "".join(
            f'[target.t{one}]\nargv = ["cp", "src/{one}", "out/{one}"]\n'
            f'inputs = ["src/{one}"]\noutputs = ["out/{one}"]\n'
            for one in range(MANY)
        )
    )
    for one in range(MANY):
        space.write(f"src/{one}", f"{one}\n")
    build_plainly(space, "-q")
    wait_until_settled(space)
    return space


@pytest.fixture
def build(tmp_path: Path) -> list[str]:
    """The command `jobmake build` as it is installed: a script in a folder of its own."""
    script = tmp_path / "bin" / "jobmake"
    script.parent.mkdir()
    script.write_text(SCRIPT)
    return [sys.executable, str(script), "build"]


def wait_until_settled(space: Space) -> None:
    """Build until no file was young any more when it was read."""
    from jobmake.memory.index import read

    while True:
        index = read(str(space.path(".jobmake/index")))
        assert index is not None
        if b"\0" not in index.settled:
            return
        build_plainly(space, "-q")


def test_it_loads_a_short_list_of_modules(settled: Space, build: list[str]) -> None:
    def loaded(*words: str) -> set[str]:
        done = subprocess.run(
            [sys.executable, "-X", "importtime", *words],
            cwd=settled.root, env=settled.environ(), capture_output=True, text=True, check=True,
        )  # fmt: skip
        return set(re.findall(r"\| +([\w.]+)$", done.stderr, re.MULTILINE))

    more = loaded(*build[1:]) - loaded("-c", "import sys")

    ours = {one for one in more if one.partition(".")[0] == "jobmake"}
    assert ours <= OURS
    assert more - ours <= OTHERS


def test_it_asks_for_each_file_once_and_opens_none_of_them(
    settled: Space, build: list[str], tmp_path: Path
) -> None:
    seen = traced(build, settled.root, settled.environ(), "all", tmp_path)

    assert seen.err.startswith(f"up to date: {MANY} targets")
    asked = [
        (name, arguments)
        for name, arguments, _ in seen.calls
        if re.search(r'"(?:src|out)/\d+"', arguments)
    ]
    assert {name for name, _ in asked} == {"newfstatat"}
    assert len(asked) == 2 * MANY
    opened = [
        arguments
        for name, arguments, _ in seen.calls
        if name == "openat" and str(settled.root) in arguments
    ]
    assert len(opened) == 2, opened  # the lock and the index
    mine = [one for one in seen.calls if str(settled.root) in one[1] and "stat" in one[0]]
    assert len(mine) <= 14, mine  # our own state, and the folders on the way
    assert seen.count("rename", "unlink", "fsync", "mkdir") == 0


def test_what_it_reads_grows_with_the_index_alone(
    settled: Space, build: list[str], tmp_path: Path
) -> None:
    seen = traced(build, settled.root, settled.environ(), "openat,read,pread64", tmp_path)

    begin = next(at for at, one in enumerate(seen.calls) if ".jobmake/index" in one[1])
    read = [int(answer) for name, _, answer in seen.calls[begin:] if name == "read"]
    assert sum(read) == settled.path(".jobmake/index").stat().st_size


def test_digests_of_young_files_are_taken_once(
    settled: Space, build: list[str], tmp_path: Path
) -> None:
    """Touch all: each file is read once, and the next build reads none."""
    for one in range(MANY):
        settled.path(f"src/{one}").touch()

    seen = traced(build, settled.root, settled.environ(), "openat", tmp_path)

    assert seen.err.startswith("up to date")
    assert sum(1 for one in seen.calls if re.search(r'"src/\d+"', one[1])) == MANY
    assert not any(re.search(r'"out/\d+"', one[1]) for one in seen.calls)
