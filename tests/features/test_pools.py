"""Never more at once than there is: pools, cpus, memory, devices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support import Space

# each run notes how many go on at once; a lock of the shell's own makes the count exact
COUNTED = """
[target.one]
run = '''
mkdir going/{matrix.n}
ls going | wc -l >> counts
rmdir going/{matrix.n}
'''
matrix = { n = [1, 2, 3, 4, 5, 6] }
"""


def most_at_once(space: Space) -> int:
    return max(map(int, space.read("counts").split()))


@pytest.mark.parametrize(
    "keys",
    [
        'pool = "gpu"',
        'pool = ["gpu", "wide"]',
        "resources = { gpu = 1 }",
        "resources = { cpu = 4 }",
        "resources = { cpu = 100 }",
        'resources = { memory = "600 MB" }',
    ],
)
def test_no_more_run_at_once_than_there_is_room_for(space: Space, keys: str) -> None:
    space.path("going").mkdir()
    space.jobfile(f'[pools]\ngpu = 1\nwide = 9\nmemory = "1 GB"\n{COUNTED}{keys}\n')

    result = space.build("-j4")

    assert len(result.built) == 6
    assert most_at_once(space) == 1


def test_a_pool_of_two_lets_two_run_at_once(space: Space) -> None:
    one, two, three = space.gate("1"), space.gate("2"), space.gate("3")
    space.jobfile(
        "[pools]\nlicence = 2\n"
        + "".join(
            f'[target.t{number}]\nrun = """{gate.command}"""\npool = "licence"\n'
            for number, gate in enumerate((one, two, three))
        )
    )
    process = space.start("build", "-j8")

    one.reached()
    two.reached()
    assert not three.is_reached()
    one.open()
    three.reached()
    two.open()
    three.open()
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_what_waits_for_a_pool_holds_up_nothing_else(space: Space) -> None:
    gate = space.gate("gpu")
    space.jobfile(
        f"""
        [pools]
        gpu = 1
        [target.first]
        run = '''{gate.command}'''
        pool = "gpu"
        priority = 2
        [target.second]
        run = "true"
        pool = "gpu"
        priority = 1
        [target.other]
        run = "true"
        """
    )
    process = space.start("build", "-j2")
    gate.reached()
    assert process.stderr is not None
    seen = b""
    while b"built other" not in seen:
        seen += process.stderr.readline()
    assert b"running second" not in seen
    gate.open()
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_each_run_gets_devices_of_its_own(space: Space) -> None:
    gates = [space.gate(str(number)) for number in range(2)]
    space.jobfile(
        "[pools]\ngpu = 3\n"
        + "".join(
            f"[target.t{number}]\nrun = '''\necho $CUDA_VISIBLE_DEVICES > d{number}\n"
            f"{gate.command}\n'''\nresources = {{ gpu = {number + 1} }}\n"
            for number, gate in enumerate(gates)
        )
    )
    process = space.start("build", "-j8")
    for gate in gates:
        gate.reached()
    devices = [space.read(f"d{number}").strip().split(",") for number in range(2)]
    for gate in gates:
        gate.open()
    process.communicate(timeout=60)

    assert sorted(devices[0] + devices[1]) == ["0", "1", "2"]
    assert len(devices[1]) == 2


def test_devices_are_those_that_we_may_use(space: Space) -> None:
    space.jobfile('[target.t]\nrun = "echo $CUDA_VISIBLE_DEVICES"\nresources = { gpu = 1 }\n')

    assert space.build(env={"CUDA_VISIBLE_DEVICES": "5,7"}).out == "5\n"


@pytest.mark.parametrize(
    ("resources", "told"),
    [
        ("gpu = 2", "it needs 2 of `gpu`, and there is 1"),
        ('memory = "900 TiB"', "it needs 900.0 TiB of `memory`, and there is "),
    ],
)
def test_what_this_machine_does_not_have_is_a_failure(
    space: Space, resources: str, told: str
) -> None:
    space.jobfile(f'[target.t]\nrun = "true"\nresources = {{ {resources} }}\n')

    result = space.build(code=1, env={"CUDA_VISIBLE_DEVICES": "0"})

    assert f"error: target `t` failed: {told}" in result.err
    assert "hint: `[pools]` of the Jobfile can say how much there is" in result.err


def test_what_is_urgent_goes_first_with_all_that_it_needs(space: Space) -> None:
    space.jobfile(
        """
        [target.a]
        run = "true"
        [target.b]
        run = "true"
        needs = ["c"]
        priority = 5
        [target.c]
        run = "true"
        """
    )

    assert space.build("-j1").built == ["c", "b", "a"]


def test_the_longest_way_goes_first_by_what_runs_took_in_the_past(space: Space) -> None:
    gate = space.gate("slow")
    space.jobfile(
        f"""
        [target.quick]
        run = "true"
        [target.slow]
        run = '''{gate.command}'''
        """
    )
    process = space.start("build", "-j2")
    gate.reached()
    gate.open()
    process.communicate(timeout=60)
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(space.path(".jobmake/runs.db"))) as database:
        database.execute("update runs set seconds = 9.0 where target = 'slow'")
        database.execute("update runs set seconds = 0.1 where target = 'quick'")
        database.commit()
    gate.open()

    assert space.build("-j1", "--force").built == ["slow", "quick"]


def test_a_seed_gives_an_order_and_gives_it_again(space: Space) -> None:
    space.jobfile('[target.t]\nrun = "true"\nmatrix = { n = [1, 2, 3, 4, 5, 6, 7, 8] }\n')

    orders = [space.build("-j1", "--force", "--shuffle", seed).built for seed in "aab"]

    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) == sorted(orders[2])
