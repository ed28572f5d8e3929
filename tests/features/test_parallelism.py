"""How many targets run at once, which comes first, and that each waits for what it needs.

Each command is held at a `Gate`, so "at once" is seen, not guessed from durations.
"""

from __future__ import annotations

import os

from tests.support import DEADLINE, Space


def test_with_one_job_there_are_never_two_runs_at_once(space: Space) -> None:
    # mkdir is atomic: a second one at the same time would fail
    numbers = list(range(20))
    space.jobfile(f'[target.a]\nmatrix = {{ n = {numbers} }}\nrun = "mkdir busy && rmdir busy"\n')

    assert len(space.build("-j1").built) == 20


def test_with_three_jobs_three_run_at_once_and_not_four(space: Space) -> None:
    gates = {name: space.gate(name) for name in "abcd"}
    space.jobfile(
        "".join(f'[target.{name}]\nrun = "{gate.command}"\n' for name, gate in gates.items())
    )
    build = space.start("build", "-j3")

    for name in "abc":
        gates[name].reached()
    assert not gates["d"].is_reached()
    gates["b"].open()
    gates["d"].reached()
    for name in "acd":
        gates[name].open()

    build.communicate(timeout=DEADLINE)
    assert build.returncode == 0


def test_the_number_of_cores_is_the_number_of_jobs_unless_told(space: Space) -> None:
    cores = len(os.sched_getaffinity(0))
    gates = [space.gate(str(number)) for number in range(cores + 1)]
    space.jobfile(
        "".join(f'[target.n{n}]\nrun = "{gate.command}"\n' for n, gate in enumerate(gates))
    )
    build = space.start("build")

    for gate in gates[:cores]:
        gate.reached()
    assert not gates[cores].is_reached()
    for gate in gates:
        gate.open()

    build.communicate(timeout=DEADLINE)
    assert build.returncode == 0


def test_an_independent_branch_goes_on_while_another_is_held(space: Space) -> None:
    gate = space.gate("slow")
    space.jobfile(
        f"""
        [target.slow]
        run = "{gate.command}"
        [target.after-slow]
        needs = ["slow"]
        run = "true"
        [target.quick]
        run = "true"
        [target.after-quick]
        needs = ["quick"]
        run = "echo done > quick-is-done"
        """
    )
    build = space.start("build", "-j2")
    gate.reached()

    assert build.stderr is not None
    lines = []
    for line in build.stderr:
        lines.append(line.decode())
        if lines[-1].startswith("built after-quick"):
            break
    assert not any(line.startswith("running after-slow") for line in lines)
    gate.open()

    build.communicate(timeout=DEADLINE)
    assert build.returncode == 0


def test_a_target_starts_only_when_all_it_needs_is_done(space: Space) -> None:
    gates = {name: space.gate(name) for name in ("left", "right", "bottom")}
    space.jobfile(
        f"""
        [target.left]
        run = "{gates["left"].command}"
        [target.right]
        run = "{gates["right"].command}"
        [target.bottom]
        needs = ["left", "right"]
        run = "{gates["bottom"].command}"
        """
    )
    build = space.start("build", "-j4")

    gates["left"].reached()
    gates["right"].reached()
    gates["left"].open()
    assert build.stderr is not None
    assert any(line.startswith(b"built left") for line in build.stderr)
    assert not gates["bottom"].is_reached()
    gates["right"].open()
    gates["bottom"].reached()
    gates["bottom"].open()

    build.communicate(timeout=DEADLINE)
    assert build.returncode == 0


def test_the_longest_path_goes_first(space: Space) -> None:
    space.jobfile(
        """
        [target.lone]
        run = "true"
        [target.short1]
        run = "true"
        [target.short2]
        run = "true"
        needs = ["short1"]
        [target.long1]
        run = "true"
        [target.long2]
        run = "true"
        needs = ["long1"]
        [target.long3]
        run = "true"
        needs = ["long2"]
        """
    )

    assert space.build("-j1").built == ["long1", "short1", "long2", "lone", "short2", "long3"]


def test_five_hundred_small_targets_at_sixty_four_at_once(space: Space) -> None:
    numbers = list(range(500))
    space.jobfile(
        f"""
        [target.small]
        matrix = {{ n = {numbers} }}
        run = "echo {{matrix.n}} > {{outputs}}"
        outputs = ["out/{{matrix.n}}.txt"]
        [target.all]
        run = "cat {{inputs}} | sort -n > {{outputs}}"
        inputs = ["@small"]
        outputs = ["all.txt"]
        """
    )

    result = space.build("-j64")

    assert len(result.built) == 501
    assert result.built[-1] == "all"
    assert space.read("all.txt").split() == [str(number) for number in numbers]
    assert len(space.build("-j64").fresh) == 501
