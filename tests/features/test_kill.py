"""SIGKILL at random moments: the next plain build is right, and nothing is lost or left.

Each round edits something, starts a build, and kills it after a random time: jobmake
alone, or everything in its session. Then:

- no process of the build is left;
- the next build needs no flag, no unlock, and ends well;
- the outputs are a clean build's;
- no target that was told as built runs again.
"""

from __future__ import annotations

import os
import random
import re
import select
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.amounts import amount
from tests.moments import Moments
from tests.support import DEADLINE, Space, ends, marked_processes

ROUNDS = amount(20, 100)  # of each part: who is cut off loses one
PARTS = range(amount(1, 10))
WIDTH = 6

# a command writes in two steps and has a child of its own, so that a kill finds it half-way
COMMAND = (
    "sh -c 'cat {inputs} > {outputs}; :' && { od -An -N2 -tx1 /dev/zero > /dev/null; }"
    " && cat {inputs} | tr a-z A-Z >> {outputs}"
)


def jobfile() -> str:
    lines = []
    for number in range(WIDTH):
        lines += [
            f"[target.first{number}]",
            f'run = """{COMMAND}"""',
            f'inputs = ["src/{number}.txt"]',
            f'outputs = ["out/first{number}.txt"]',
            f"[target.second{number}]",
            f'run = """{COMMAND}"""',
            f'inputs = ["out/first{number}.txt", "src/all.txt"]',
            f'outputs = ["out/second{number}.txt"]',
        ]
    return (
        "\n".join(lines)
        + "\n[target.all]\nneeds = ["
        + ", ".join(f'"second{number}"' for number in range(WIDTH))
        + "]\n"
    )


def expected(space: Space) -> dict[str, str]:
    def made(*texts: str) -> str:
        text = "".join(texts)
        return text + text.upper()

    found = {}
    for number in range(WIDTH):
        first = made(space.read(f"src/{number}.txt"))
        found[f"out/first{number}.txt"] = first
        found[f"out/second{number}.txt"] = made(first, space.read("src/all.txt"))
    return found


def outputs(space: Space) -> dict[str, str]:
    return {name: data.decode() for name, data in space.tree().items() if name.startswith("out/")}


@pytest.mark.case("C02")
@pytest.mark.parametrize("part", PARTS)
def test_a_killed_build_leaves_nothing_and_loses_nothing(
    part: int, space: Space, record_property: Callable[[str, object], None]
) -> None:
    chance = random.Random(20261121 + part)
    space.jobfile(jobfile())
    space.write("src/all.txt", "all\n")
    for number in range(WIDTH):
        space.write(f"src/{number}.txt", f"text {number}\n")
    moments = Moments(chance, _seconds_of_a_build(space))
    for turn in moments.turns(ROUNDS):
        _edit(space, chance, turn)
        marker = f"kill-round-{turn}-{chance.random()}"
        told, was_cut = _killed_build(space, marker, moments.next(), chance)
        moments.met(running=was_cut)

        # again, because one that was being started does not show its environment yet
        while left := marked_processes(marker):
            for pid in left:
                ends(pid)
        result = space.build("-j4")
        assert result.code == 0
        assert outputs(space) == expected(space)
        assert not set(told) & set(result.built), f"round {turn}: finished work was lost"
        assert space.build().built == []
    record_property("figures", {"kills": ROUNDS, "within a build": moments.within})


def _edit(space: Space, chance: random.Random, turn: int) -> None:
    space.write(f"src/{chance.randrange(WIDTH)}.txt", f"edit {turn}\n")
    actions: list[Callable[[], object]] = [
        lambda: space.write("src/all.txt", f"all {turn}\n"),
        lambda: space.path(f"out/first{chance.randrange(WIDTH)}.txt").unlink(),
        lambda: space.write(f"out/second{chance.randrange(WIDTH)}.txt", "tampered"),
        lambda: None,
    ]
    chance.choice(actions)()


def _killed_build(
    space: Space, marker: str, seconds: float, chance: random.Random
) -> tuple[list[str], bool]:
    """Kill a build after a time; return the targets told as built, and whether it was cut."""
    process = space.start("build", "-j4", env={"MARKER": marker})
    handle = os.pidfd_open(process.pid)
    try:
        # the moment of the kill, or the build's own end
        ended = bool(select.select([handle], [], [], seconds)[0])
    finally:
        os.close(handle)
    if chance.random() < 0.5:
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
    _, err = process.communicate(timeout=DEADLINE)
    lines = err.decode(errors="replace").split("\n")
    built = [line.split()[1] for line in lines[:-1] if re.match(r"built \S+ in ", line)]
    return built, not ended


def _seconds_of_a_build(space: Space) -> float:
    begin = time.monotonic()
    space.build("-j4", "-B")
    return time.monotonic() - begin


@pytest.mark.case("D05")
def test_what_a_killed_build_has_left_running_is_waited_for(space: Space) -> None:
    """Its reaper ends it, but here it is stopped, and so slower than the next build."""
    gate = space.gate("half-way")
    space.jobfile(
        f"""
        [params]
        text = "old"
        [target.slow]
        run = "{gate.command}; echo {{params.text}} > {{outputs}}"
        outputs = ["out"]
        """
    )
    build = space.start("build")
    gate.reached()
    children = Path(f"/proc/{build.pid}/task/{build.pid}/children").read_text()
    [reaper] = [int(pid) for pid in children.split()]
    os.kill(reaper, signal.SIGSTOP)
    build.kill()
    build.communicate(timeout=DEADLINE)

    following = space.start("build", "-D", "text=new")
    assert following.stderr is not None
    told = b"note: waiting for what a build that was killed has left running\n"
    assert following.stderr.readline() == told
    assert not space.exists("out")
    os.kill(reaper, signal.SIGCONT)
    gate.reached()
    gate.open()
    following.communicate(timeout=DEADLINE)

    assert following.returncode == 0
    assert space.read("out") == "new\n"
    assert space.build("-D", "text=new").fresh == ["slow"]
