"""What a command finds in its environment, and the folder for its temporary files."""

from __future__ import annotations

import json

import pytest

from tests.support import Space

pytestmark = pytest.mark.timeout(120)

TELL = "import json, os, sys; json.dump(dict(os.environ), open(sys.argv[1], 'w'))"


@pytest.fixture
def space(tmp_path) -> Space:
    space = Space(tmp_path / "project")
    space.write("tell.py", TELL)
    return space


def told(space: Space, name: str = "a") -> dict[str, str]:
    return json.loads(space.read(name))


def test_jobmake_tells_a_command_about_its_run(space: Space) -> None:
    space.jobfile(
        """
[target.a]
run = "python3 tell.py {outputs}"
outputs = ["{matrix.seed}.json"]
matrix = { seed = [1] }
"""
    )
    space.build(env={"JOBMAKE_ATTEMPT": "9", "JOBMAKE_CPUS": "9"})
    found = told(space, "1.json")
    assert found["JOBMAKE_TARGET"] == "a[seed=1]"
    assert found["JOBMAKE_RUN_ID"] == "1"
    assert found["JOBMAKE_ROOT"] == str(space.root)
    assert found["JOBMAKE_ATTEMPT"] == "1"
    assert found["JOBMAKE_CPUS"] == "1"
    assert found["JOBMAKE_FINGERPRINT"].startswith("xxh3:")
    space.build("-B")
    assert told(space, "1.json")["JOBMAKE_FINGERPRINT"] == found["JOBMAKE_FINGERPRINT"]
    assert found["JOBMAKE_LOCK_HELD"] == str(space.root)


def test_a_hermetic_command_sees_few_variables(space: Space) -> None:
    space.jobfile(
        """
[target.a]
hermetic = true
run = "python3 tell.py {outputs}"
outputs = ["a"]
env = { OWN = "own {env.NAMED}" }
env_inputs = ["WANTED"]
"""
    )
    given = {"SECRET_SAUCE": "x", "WANTED": "w", "NAMED": "n", "LC_TIME": "C"}
    space.build(env={**given, "JOBMAKE_VERBOSE": "1"})
    found = told(space)
    assert {"PATH", "HOME"} <= found.keys()
    assert (found["WANTED"], found["OWN"], found["LC_TIME"]) == ("w", "own n", "C")
    assert not found.keys() & {"SECRET_SAUCE", "PYTHONPATH", "JOBMAKE_VERBOSE"}
    assert found["JOBMAKE_TARGET"] == "a"


def test_hermetic_counts(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "echo x > {outputs}"\noutputs = ["a"]')
    space.build()
    space.replace("Jobfile.toml", "[target.a]", "[target.a]\nhermetic = true")
    assert space.build().built == ["a"]


def test_a_run_has_a_folder_of_its_own_that_goes_with_it(space: Space) -> None:
    space.jobfile(
        """
[target.good]
run = "echo x > $JOBMAKE_TMP/x; mkdir -p $JOBMAKE_TMP/shut; touch $JOBMAKE_TMP/shut/y; \
chmod 0 $JOBMAKE_TMP/shut; echo $JOBMAKE_TMP > {outputs}"
outputs = ["good"]
[target.bad]
run = "touch $JOBMAKE_TMP/x; echo $JOBMAKE_TMP > bad; exit 1"
"""
    )
    space.build("good")
    space.build("bad", code=1)
    for name in ("good", "bad"):
        folder = space.read(name).strip()
        assert folder.startswith(str(space.root / ".jobmake"))
        assert not space.exists(folder)


def test_what_a_command_makes_of_its_folder_harms_nobody(space: Space) -> None:
    space.write("precious/file", "x")
    space.path("precious").chmod(0o755)
    space.jobfile(
        '[target.a]\nrun = "rmdir $JOBMAKE_TMP; ln -s $JOBMAKE_ROOT/precious $JOBMAKE_TMP"'
    )
    space.build()
    assert space.read("precious/file") == "x"
    assert space.path("precious").stat().st_mode & 0o777 == 0o755
    assert not space.exists(".jobmake/tmp")


def test_a_run_without_output_leaves_no_folder(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "true"')
    space.build()
    assert list((space.root / ".jobmake/runs").iterdir()) == []


def test_each_run_finds_its_folder_empty(space: Space) -> None:
    space.jobfile(
        """
[target.a]
run = "ls -A $JOBMAKE_TMP >> found; touch {outputs}; touch $JOBMAKE_TMP/.x-{matrix.n}"
outputs = ["{matrix.n}.txt"]
matrix = { n = [1, 2, 3, 4] }
"""
    )
    space.build("-j2")
    assert space.read("found") == ""
    assert not space.exists(".jobmake/tmp")


def test_runs_at_one_time_have_different_folders(space: Space) -> None:
    first, second = space.gate("first"), space.gate("second")
    space.jobfile(
        f"""
[target.a]
run = "echo $JOBMAKE_TMP > a; {first.command}"
[target.b]
run = "echo $JOBMAKE_TMP > b; {second.command}"
"""
    )
    process = space.start("build", "-j2")
    first.reached()
    second.reached()
    assert space.read("a") != space.read("b")
    process.kill()
    process.communicate()
    assert space.exists(".jobmake/tmp")  # and the next build removes it
    space.jobfile('[target.a]\nrun = "ls -A $JOBMAKE_TMP/.. > a"')
    space.build()
    assert space.read("a").split() == ["1"]
