"""`jobmake doctor`: each finding, planted in a real project with a real git."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from jobmake.doctor import machine
from tests.features.test_disk_trouble import without_privilege

if TYPE_CHECKING:
    from tests.support import Space

pytestmark = pytest.mark.usefixtures("no_cache")

COPY = """\
[target.copy]
run = "cat {inputs} > {outputs}"
inputs = ["in.txt"]
outputs = ["build/copy.txt"]
"""
IGNORED = "build/\n.jobmake/\n"


def git(space: Space, *words: str) -> None:
    """Run git as somebody, with no settings of the machine."""
    environ = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org",
    }  # fmt: skip
    subprocess.run(
        ["git", *words], cwd=space.root, env=environ, check=True, capture_output=True, timeout=60
    )


@pytest.fixture
def sound(space: Space) -> Space:
    """A project of which there is nothing to say."""
    git(space, "init", "-q")
    space.write(".gitignore", IGNORED)
    space.jobfile(COPY)
    space.write("in.txt", "x")
    space.build()
    commit(space)
    return space


def commit(space: Space) -> None:
    git(space, "add", "-A")
    git(space, "commit", "-q", "--allow-empty", "-m", "all")


def found(space: Space, *, code: int = 1) -> list[dict[str, Any]]:
    """The findings, advice left out."""
    told = json.loads(space.run("doctor", "--json", "--check", code=code).out)
    assert told["version"] == 1
    return [one for one in told["findings"] if not one["advice"]]


def advice(space: Space) -> list[dict[str, Any]]:
    told = json.loads(space.run("doctor", "--json").out)
    return [one for one in told["findings"] if one["advice"]]


def the_one(space: Space) -> tuple[str, str, str]:
    """Kind, place and fact of the only finding."""
    [one] = found(space)
    assert one["hint"]
    return one["kind"], one["place"], one["fact"]


def test_of_a_sound_project_there_is_nothing_to_say(sound: Space) -> None:
    assert sound.run("doctor", "--check").out == "found nothing\n"


def test_a_finding_has_place_fact_and_hint(sound: Space) -> None:
    sound.write("Jobfile.toml", "[params]\nrate = 1\n" + COPY)

    assert sound.run("doctor").out == (
        "Jobfile.toml:2: no target uses the param `rate`\n"
        "  hint: remove it, or name it in `params` of the target whose command reads it\n"
        "found 1\n"
    )
    sound.run("doctor", "--check", code=1)
    assert sound.run("doctor", "-q").out == ""


def test_doctor_writes_nothing(sound: Space) -> None:
    def stamps() -> dict[str, int]:
        paths = [sound.root, *sound.root.rglob("*")]
        return {str(one): one.stat().st_mtime_ns for one in paths}

    before = stamps()
    sound.run("doctor")
    assert stamps() == before


def test_outside_of_a_repository_git_has_nothing_to_say(space: Space) -> None:
    space.jobfile(COPY)
    space.write("in.txt", "x")
    space.build()
    space.write("build/old.txt", "")
    assert found(space, code=0) == []


# -- git ------------------------------------------------------------------------------


def test_outputs_that_git_tracks(sound: Space) -> None:
    git(sound, "add", "-f", "build/copy.txt")
    assert the_one(sound) == (
        "output-in-git",
        "Jobfile.toml:4",
        "git tracks `build/copy.txt`, made by `copy`: a build that changes it changes the work"
        " tree",
    )


def test_outputs_of_many_instances_are_one_finding(sound: Space) -> None:
    sound.jobfile("""
[target.a]
run = "mkdir {outputs}; echo {matrix.x} > {outputs}/one"
outputs = ["build/{matrix.x}/"]
matrix = { x = [1, 2, 3, 4] }
[target.b]
run = "true"
outputs = ["other/*.txt"]
""")
    sound.build("a")
    sound.write("other/x.txt", "")
    git(sound, "add", "-f", "build", "other", "Jobfile.lock")
    [first, second] = found(sound)
    assert first["fact"].startswith(
        "git tracks `build/1/one`, `build/2/one`, `build/3/one` and 1 more, made by `a`"
    )
    assert first["hint"].startswith("`git rm --cached -r build/1`")
    assert "`other/x.txt`" in second["fact"]


def test_an_input_that_git_ignores(sound: Space) -> None:
    sound.write(".gitignore", IGNORED + "*.csv\n")
    sound.write("data/a.csv", "")
    sound.replace("Jobfile.toml", '"in.txt"', '"in.txt", "data/*.csv"')
    sound.build()
    commit(sound)
    assert the_one(sound) == (
        "input-ignored",
        "Jobfile.toml:3",
        "git ignores `data/a.csv`, which `copy` reads: a clone lacks it",
    )
    git(sound, "add", "-f", "data/a.csv")
    assert found(sound, code=0) == []


def test_an_input_outside_or_behind_a_link_does_not_silence_git(sound: Space) -> None:
    outside = sound.root.parent / "outside"
    outside.mkdir()
    (outside / "x").write_text("")
    sound.path("link").symlink_to("../outside")
    sound.write(".gitignore", IGNORED + "in.csv\n")
    sound.write("in.csv", "")
    sound.replace("Jobfile.toml", '"in.txt"', '"../outside/x", "link/x", "in.csv"')
    sound.build()
    commit(sound)
    assert the_one(sound)[0] == "input-ignored"


def test_a_lockfile_that_git_ignores(sound: Space) -> None:
    sound.write(".gitignore", IGNORED + "*.lock\n")
    git(sound, "rm", "-q", "--cached", "Jobfile.lock")
    assert the_one(sound) == ("lockfile-ignored", "Jobfile.lock", "git ignores the lockfile")


def test_a_lockfile_that_is_not_in_git(sound: Space) -> None:
    git(sound, "rm", "-q", "--cached", "Jobfile.lock")
    assert the_one(sound) == ("lockfile-untracked", "Jobfile.lock", "the lockfile is not in git")


def test_a_file_beside_outputs_that_nobody_makes(sound: Space) -> None:
    sound.replace("Jobfile.toml", "copy.txt", "copy-2.txt")
    sound.run("build")
    sound.write("build/kept.md", "")
    git(sound, "add", "-f", "build/kept.md")
    commit(sound)
    assert the_one(sound) == (
        "nobody-makes",
        "build/",
        "no target makes `build/copy.txt`, and git does not track it",
    )


# -- the Jobfile ----------------------------------------------------------------------


def test_a_param_that_no_target_uses(sound: Space) -> None:
    sound.jobfile("""
[project]
params_files = ["more.json"]
[params]
used.below = 1
named = 2
in_path = "x"
model = { depth = 1, width = 2 }
[target.a]
run = "echo {params.used.below} {params.model.depth} > {outputs}"
params = ["named"]
outputs = ["build/{params.in_path}"]
""")
    sound.write("more.json", '{"extra": 1}')
    sound.path("build/copy.txt").unlink()
    assert sorted((one["place"], one["fact"]) for one in found(sound)) == [
        ("Jobfile.toml:8", "no target uses the param `model.width`"),
        ("params_files", "no target uses the param `extra`"),
    ]


def test_a_target_that_nobody_needs_and_nobody_built(sound: Space) -> None:
    sound.jobfile('[project]\ndefault = ["copy"]\n' + COPY + '[target.lost]\nrun = "true"\n')
    [one] = advice(sound)
    assert (one["kind"], one["place"]) == ("target-unused", "Jobfile.toml:7")
    assert one["fact"].startswith("nobody needs target `lost`")
    sound.build("lost")
    assert advice(sound) == []


def test_paths_that_differ_only_in_case(sound: Space) -> None:
    sound.write("Jobfile.toml", COPY + '[target.b]\nrun = "true"\ninputs = ["Build/Copy.txt"]\n')
    assert the_one(sound) == (
        "case-clash",
        "Jobfile.toml:7",
        "`Build` and `build` differ only in case",
    )


# -- the past -------------------------------------------------------------------------


def test_a_target_that_always_runs(sound: Space) -> None:
    sound.write("Jobfile.toml", COPY + '[target.now]\nrun = "date"\nalways = true\n')
    [one] = advice(sound)
    assert (one["kind"], one["place"]) == ("always", "Jobfile.toml:5")


def test_five_runs_for_the_same_reason(sound: Space) -> None:
    sound.write("Jobfile.toml", COPY + 'env_inputs = ["NOW"]\n')
    for number in range(4):
        sound.build(env={"NOW": str(number)})
    assert found(sound, code=0) == []  # one more run was the first
    sound.build(env={"NOW": "6"})
    assert the_one(sound) == (
        "always-stale",
        "Jobfile.toml:1",
        "the last 5 runs of `copy` all had the same reason: variable `$NOW` differed",
    )


def test_five_edits_of_an_input_are_nothing_odd(sound: Space) -> None:
    for number in range(6):
        sound.write("in.txt", f"edit {number}")
        sound.build()
    assert found(sound, code=0) == []


def test_an_output_that_comes_out_differently_each_time(sound: Space) -> None:
    sound.jobfile("""
[target.model]
run = "cat /proc/sys/kernel/random/uuid > {outputs}"
outputs = ["build/model"]
[target.score]
run = "wc -c {inputs} > {outputs}"
inputs = ["@model"]
outputs = ["build/score"]
""")
    sound.build()
    sound.path("build/copy.txt").unlink()
    assert found(sound, code=0) == []
    sound.path("build/model").unlink()
    sound.build()
    [one] = found(sound)
    assert (one["kind"], one["place"]) == ("unsteady-output", "Jobfile.toml:2")
    assert "made `build/model` with another content" in one["fact"]


# -- this machine ---------------------------------------------------------------------


def test_programs_that_are_not_here(sound: Space) -> None:
    sound.jobfile("""
[target.a]
argv = ["no-such-program-1", "x"]
[target.b]
run = "LC_ALL=C no-such-program-2 x | cat"
[target.c]
run = '''
#!/usr/bin/env no-such-program-3
print("x")
'''
[target.d]
run = "print(1)"
interpreter = "no-such-program-4 -u"
[target.e]
run = ["for x in 1 2; do cd .; done", "# why\\n{params.tool} x", "(date)", "f() { date; }; f"]
[target.f]
run = "local-tool"
env = { PATH = "tools" }
[target.g]
run = "no-such-program-1"
[params]
tool = "no-such-program-5"
""")
    told = {one["fact"].split("`")[1]: one["fact"] for one in found(sound)}
    assert list(told) == [f"no-such-program-{number}" for number in (1, 2, 3, 4)]
    assert told["no-such-program-1"] == (
        "`no-such-program-1`, with which a command of `a` and 1 more begins, is not here"
    )


def test_without_graphviz_there_is_advice(sound: Space) -> None:
    told = json.loads(sound.run("doctor", "--json", env={"PATH": str(sound.path("in.txt"))}).out)[
        "findings"
    ]
    [one] = [one for one in told if one["fact"].startswith("Graphviz")]
    assert one["advice"]


def test_a_lockfile_with_conflict_markers(sound: Space) -> None:
    text = sound.read("Jobfile.lock")
    head, rest = text.split("\n\n", 1)
    both = f"<<<<<<< HEAD\n{rest}=======\n{rest}>>>>>>> other\n"
    sound.write("Jobfile.lock", f"{head}\n\n{both}")
    assert the_one(sound) == (
        "lockfile-conflict", "Jobfile.lock", "it has conflict markers in it"
    )  # fmt: skip


def test_a_lockfile_that_cannot_be_read(sound: Space) -> None:
    sound.write("Jobfile.lock", "lock-version = [\n")
    kind, place, fact = the_one(sound)
    assert (kind, place) == ("lockfile-damaged", "Jobfile.lock")
    assert fact.startswith("it cannot be read: line ")


def test_a_state_folder_that_is_none(space: Space) -> None:
    space.jobfile(COPY)
    space.write(".jobmake", "")
    assert the_one(space) == ("state-folder", ".jobmake", "it is not a folder")


def test_a_state_folder_that_cannot_be_written(sound: Space) -> None:
    sound.path(".jobmake").chmod(0o555)
    try:
        out = without_privilege(sound, "doctor", "--check", code=1).out
    finally:
        sound.path(".jobmake").chmod(0o700)
    assert out.startswith(".jobmake: nothing can be written there: Permission denied\n")


def test_files_that_cannot_be_locked(space: Space) -> None:
    space.write("x", "")
    locked = os.open(space.path("x"), os.O_RDWR)
    not_to_lock = os.open(space.path("x"), os.O_PATH)
    try:
        assert list(machine.locking(locked, ".")) == []
        [one] = machine.locking(not_to_lock, ".")
    finally:
        os.close(locked)
        os.close(not_to_lock)
    assert one.fact.startswith("the file system cannot lock files: ")


def test_clocks_that_are_far_apart() -> None:
    assert list(machine.clocks(1000.0, 1004.0, ".")) == []
    [ahead] = machine.clocks(1090.0, 1000.0, ".")
    [behind] = machine.clocks(1000.0, 8200.0, ".")
    assert ahead.fact == "the file system's clock is 1 m 30 s ahead of this machine's"
    assert behind.fact == "the file system's clock is 2 h 00 m behind this machine's"
