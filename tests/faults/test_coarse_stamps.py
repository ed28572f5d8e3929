"""On a file system whose time stamps are whole seconds, an edit can leave the stat of a file
exactly as it was. It is seen all the same, and files that were left alone are not read again.

The file system is an ext4 with inodes of 128 bytes, which have no room for fractions of seconds.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.amounts import amount
from tests.faults.mounts import new_ext4, now, wait_until
from tests.oracles import RunLog
from tests.support import JOBMAKE, Space
from tests.walks.forked import Asked, build_here

MARGIN = 2  # seconds after which a stat is trusted
COPIES = 6


@pytest.fixture
def space(tmp_path: Path) -> Iterator[Space]:
    """A project on such a file system, with a few copies to make."""
    with new_ext4(tmp_path, "-I", "128") as place:
        space = Space(place / "project")
        log = RunLog(tmp_path / "ran")
        space.jobfile(
            f"""
            [target.copy]
            matrix = {{ n = {list(range(COPIES))} }}
            run = "{log.command("copy")}; cat {{inputs}} > {{outputs}}"
            inputs = ["in/{{matrix.n}}"]
            outputs = ["out/{{matrix.n}}"]
            """
        )
        yield space


def edit(space: Space, text: str) -> list[tuple[object, ...]]:
    """Write all inputs; return what their stats say now."""
    stats = [space.write(f"in/{n}", f"{text}{n}").stat() for n in range(COPIES)]
    return [(one.st_ino, one.st_size, one.st_mtime_ns, one.st_ctime_ns) for one in stats]


def build(space: Space, *goals: str) -> None:
    done = build_here(Asked(str(space.root), [*goals], cache=False))
    assert done.end == "ended", done


def copied(space: Space) -> list[str]:
    return [space.read(f"out/{n}") for n in range(COPIES)]


@pytest.mark.case("A07")
def test_an_edit_in_the_same_second_as_the_build_is_seen(space: Space) -> None:
    wanted, unseen = amount(3, 50), 0  # edits that no stat tells of
    for trial in range(10 * wanted):
        wait_until(space.root, now(space.root) + 1)
        before = edit(space, f"{trial % 10}a")
        build(space, "copy[n=0]")
        after = edit(space, f"{trial % 10}b")
        build(space, "copy[n=0]")

        assert space.read("out/0") == f"{trial % 10}b0"
        unseen += before[0] == after[0]
        if unseen == wanted:
            return
    pytest.fail("a build of one copy takes longer than a second")


@pytest.mark.case("A07")
def test_nor_does_it_help_to_wait_before_the_next_build(space: Space) -> None:
    for trial in "123456789":  # until a build falls into one second
        wait_until(space.root, now(space.root) + 1)
        before = edit(space, f"{trial}a")
        build(space)
        after = edit(space, f"{trial}b")
        wait_until(space.root, now(space.root) + MARGIN + 1)

        build(space)

        assert copied(space) == [f"{trial}b{n}" for n in range(COPIES)]
        if before == after:
            return
    pytest.fail("a build of six copies takes longer than a second")


@pytest.mark.case("A07")
def test_what_was_left_alone_for_two_seconds_is_not_read_again(
    space: Space, tmp_path: Path
) -> None:
    edit(space, "aa")
    build(space)
    wait_until(space.root, now(space.root) + MARGIN + 1)
    assert read_by_a_build(space, tmp_path) == COPIES  # they were young when they were read

    assert read_by_a_build(space, tmp_path) == 0


def read_by_a_build(space: Space, folder: Path) -> int:
    """Return how many inputs a build opens that has nothing to do."""
    trace = folder / "trace"
    subprocess.run(
        ["strace", "-f", "-qq", "-e", "trace=openat,open", "-o", str(trace), *JOBMAKE, "build"],
        cwd=space.root, env=space.environ(), check=True, capture_output=True,
    )  # fmt: skip
    assert not (folder / "ran").read_text().count("copy") > COPIES
    return trace.read_text().count("/in/") + trace.read_text().count('"in/')
