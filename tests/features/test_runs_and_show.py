"""Past runs and targets looked at from all sides: `runs`, `show`, and lines that are pasted into
a real shell."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support import DEADLINE, Space

JOBFILE = """
[params]
least = 2
api_token = "hush hush"

[target.words]
doc = "The words of a text"
run = "cat {inputs} > {outputs}; echo {params.least} >> {outputs}"
inputs = ["in.txt"]
outputs = ["build/words"]

[target.broken]
run = "echo half; exit 3"
needs = ["words"]

[target.train]
run = "echo {matrix.seed} > {outputs}"
outputs = ["build/{matrix.seed}.model"]
matrix = { seed = [1, 2] }

[target.all]
needs = ["words", "train"]
"""


@pytest.fixture
def built(space: Space) -> Space:
    space.jobfile(JOBFILE)
    space.write("in.txt", "a\n")
    space.build("-k", "-j1", code=1)
    return space


def asked(space: Space, *words: str) -> Any:
    """What a verb tells as JSON."""
    told = json.loads(space.run(*words, "--json").out)
    assert told.pop("version") == 1
    return told


def paste(line: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Give a line to a real shell, in another folder and with hardly an environment."""
    return subprocess.run(
        ["/bin/sh"],
        input=line.encode("utf-8", "surrogateescape"),
        cwd=folder,
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        timeout=DEADLINE,
        check=False,
    )


# -- runs ------------------------------------------------------------------------------


def test_runs_are_told_newest_first(built: Space) -> None:
    lines = built.run("runs").out.splitlines()

    assert [line.split()[0] for line in lines] == ["#4", "#3", "#2", "#1"]
    assert any("broken" in line and "failed: exit code 3  (it was never built)" in line
               for line in lines)  # fmt: skip
    assert lines[-1].split()[3] == "ago" or "just now" in lines[-1]


def test_runs_of_a_target_only_so_many_only_failed_and_only_since(built: Space) -> None:
    built.replace("Jobfile.toml", "least = 2", "least = 3")
    built.build("words")

    assert [one["target"] for one in asked(built, "runs", "train")["runs"]] == [
        "train[seed=2]",
        "train[seed=1]",
    ]
    assert [one["id"] for one in asked(built, "runs", "words")["runs"]] == [5, 1]
    assert [one["id"] for one in asked(built, "runs", "-n", "1")["runs"]] == [5]
    assert [one["target"] for one in asked(built, "runs", "--failed")["runs"]] == ["broken"]
    assert len(asked(built, "runs", "--since", "1h")["runs"]) == 5
    assert asked(built, "runs", "--since", "0s")["runs"] == []
    assert built.run("runs", "--since", "0s").err == "note: no such run is known here\n"


def test_a_run_as_json_says_all_that_is_kept(built: Space) -> None:
    [run] = asked(built, "runs", "words")["runs"]

    assert run["ended"] == "built"
    assert run["params"] == {"least": 2}
    assert run["inputs"] == ["in.txt"]
    assert list(run["outputs"]) == ["build/words"]
    assert run["reasons"] == ["it was never built"]
    assert run["fingerprint"].startswith("xxh3:")
    assert run["host"] == os.uname().nodename
    assert run["error"] is None
    assert run["started"][10] == "T"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["runs", "--since", "soon"], "`soon` is not a duration"),
        (["runs", "-n", "0"], "`0` is not a number of runs"),
        (["show", "#99"], "no run 99 is known here"),
        (["show", "99"], "no run 99 is known here"),
        (["show", "xyzzy"], "there is no target `xyzzy`"),
        (["show", "--value", "words"], "`words` has no value"),
        (["show", "--command", "all"], "`all` is a group: it runs nothing"),
    ],
)
def test_what_there_is_not_is_an_error(built: Space, words: list[str], says: str) -> None:
    assert f"error: {says}" in built.run(*words, code=2).err.replace("argument ", "").replace(
        "--since: ", "").replace("-n/--limit: ", "")  # fmt: skip


def test_without_a_history_there_is_nothing_to_tell_and_nothing_is_written(space: Space) -> None:
    space.jobfile(JOBFILE)

    assert asked(space, "runs")["runs"] == []
    assert asked(space, "show", "words")["targets"][0]["last_run"] is None
    assert not space.exists(".jobmake")


def test_the_commit_of_a_run_is_told(space: Space) -> None:
    space.jobfile(JOBFILE)
    space.write("in.txt", "a\n")

    def git(*words: str) -> str:
        command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *words]
        return subprocess.run(
            command, cwd=space.root, capture_output=True, text=True, check=True
        ).stdout.strip()

    git("init", "--quiet")
    git("add", "Jobfile.toml")
    git("commit", "--quiet", "-m", "x")
    space.build("words")
    git("pack-refs", "--all")
    space.build("words", "-B")
    git("checkout", "--quiet", "--detach")
    space.build("words", "-B")
    git("worktree", "add", "--quiet", "-b", "side", "tree")
    side = Space(space.path("tree"))
    side.write("in.txt", "a\n")
    side.build("words")

    commit = git("rev-parse", "HEAD")
    assert [one["commit"] for one in asked(space, "runs")["runs"]] == [commit] * 3
    assert [one["commit"] for one in asked(side, "runs")["runs"]] == [commit]


# -- show ------------------------------------------------------------------------------


def test_a_target_is_shown_from_all_sides(built: Space) -> None:
    text = built.run("show", "words").out

    for line in (
        "  doc       The words of a text",
        "  state     up to date",
        "  command   cat in.txt > build/words; echo 2 >> build/words",
        "  params    least = 2",
        "  inputs    in.txt",
        "  outputs   build/words  as made",
        "  needed by broken",
    ):
        assert line + "\n" in text
    assert "  last run  #1, built, " in text


def test_a_target_as_json(built: Space) -> None:
    [one] = asked(built, "show", "build/words")["targets"]

    assert one["name"] == "words"
    assert one["needed_by"] == ["broken", "all"]
    assert one["last_run"]["id"] == 1
    assert one["outputs"][0]["now"] == "as made"
    assert one["outputs"][0]["digest"] == one["last_run"]["outputs"]["build/words"]


def test_all_instances_of_a_target_are_shown(built: Space) -> None:
    names = [one["name"] for one in asked(built, "show", "train")["targets"]]
    assert names == ["train[seed=1]", "train[seed=2]"]


@pytest.mark.parametrize("word", ["1", "#1"])
def test_a_run_is_shown_with_what_has_become_of_its_outputs(built: Space, word: str) -> None:
    assert "  outputs   build/words  as made\n" in built.run("show", word).out
    built.write("build/words", "edited")
    assert "  outputs   build/words  has changed\n" in built.run("show", word).out
    built.path("build/words").unlink()
    assert "  outputs   build/words  is gone\n" in built.run("show", word).out


def test_a_target_that_is_called_by_a_number_is_that_target(space: Space) -> None:
    space.jobfile('[target.other]\nrun = "echo o"\n[target.1]\nrun = "echo one"\nneeds = ["other"]')
    space.build()

    assert space.run("log", "1").out == "one\n"
    assert space.run("log", "#1").out == "o\n"


def test_a_failed_run_says_how_it_failed(built: Space) -> None:
    [run] = asked(built, "runs", "--failed")["runs"]
    text = built.run("show", f"#{run['id']}").out

    assert "  ended     failed: exit code 3\n" in text
    assert f"  log       .jobmake/runs/{run['id']}/log\n" in text


# -- a line to paste -------------------------------------------------------------------

NASTY = 'it\'s "two"\n $HOME `x` \\ ; & | * ? [a] ~ # ! {} = é'
REPRODUCED = """
[params]
word = '''it's "two"
 $HOME `x` \\ ; & | * ? [a] ~ # ! {} = é'''
[target.a]
cwd = "sub"
inputs = ["in.txt"]
outputs = { text = "build/deep/it's a $file.txt", all = "build/all/" }
run = [
    "printf '%s' {params.word} > {outputs.text}",
    \"\"\"
mkdir -p {outputs.all}
env | grep -a '^JOBMAKE_TARGET\\\\|^TOKEN' > {outputs.all}/env
printf '%s' "$WORD" > {outputs.all}/word
cat {inputs} > {outputs.all}/in\"\"\",
    "pwd > {outputs.all}/pwd",
]
env = { WORD = "{params.word}" }
env_inputs = ["TOKEN"]
[target.b]
argv = ["sh", "-c", "printf '%s|' \\"$@\\" > $0", "{outputs}", "{params.word}", "", "x y"]
outputs = ["build/b.txt"]
"""


@pytest.fixture
def nasty(space: Space, tmp_path: Path) -> tuple[Space, Path]:
    root = tmp_path / "it's a $project"
    nasty = Space(root)
    nasty.jobfile(REPRODUCED)
    nasty.write("in.txt", "in")
    nasty.path("sub").mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    return nasty, elsewhere


def made(space: Space) -> dict[str, bytes]:
    return {path: data for path, data in space.tree().items() if path.startswith("build")}


@pytest.mark.parametrize("of", ["run", "target"])
def test_a_pasted_line_makes_what_the_run_made(nasty: tuple[Space, Path], of: str) -> None:
    space, elsewhere = nasty
    space.build(env={"TOKEN": "t"})
    before = made(space)
    assert before["build/deep/it's a $file.txt"].decode() == NASTY
    assert before["build/b.txt"].decode() == f"{NASTY}||x y|"
    words = ["#1", "#2"] if of == "run" else ["a", "b"]
    lines = [space.run("show", "--command", word, env={"TOKEN": "t"}).out for word in words]
    space.run("clean")

    for line in lines:
        ended = paste(line, elsewhere, TOKEN="t")
        assert (ended.returncode, ended.stderr) == (0, b"")

    assert made(space) == before
    assert list(elsewhere.iterdir()) == []


def test_a_pasted_line_ends_with_the_first_command_that_fails(built: Space) -> None:
    [run] = asked(built, "runs", "--failed")["runs"]

    ended = paste(built.run("show", "--command", f"#{run['id']}").out, built.root)

    assert (ended.returncode, ended.stdout) == (3, b"half\n")


def test_the_line_of_a_run_is_of_the_past_and_that_of_a_target_of_now(built: Space) -> None:
    built.replace("Jobfile.toml", "least = 2", "least = 9")

    assert "echo 2 >>" in built.run("show", "--command", "#1").out
    assert "echo 9 >>" in built.run("show", "--command", "words").out


def test_a_name_that_is_no_utf_8_is_pasted_as_it_is(space: Space) -> None:
    space.jobfile(
        '[target.a]\nrun = "printenv ODD > {outputs}"\nenv_inputs = ["ODD"]\noutputs = ["out"]\n'
    )
    odd = b"a\xff'\xfe b".decode("utf-8", "surrogateescape")
    space.build(env={"ODD": odd})
    before = space.path("out").read_bytes()
    process = space.start("show", "--command", "a", env={"ODD": odd})
    out, _ = process.communicate(timeout=DEADLINE)
    space.path("out").unlink()

    assert paste(out.decode("utf-8", "surrogateescape"), space.root).returncode == 0
    assert space.path("out").read_bytes() == before


def test_no_secret_is_in_a_line_and_a_variable_is_taken_from_the_shell(space: Space) -> None:
    space.jobfile(
        '[params]\napi_token = "hush"\n[target.a]\n'
        'run = "echo {params.api_token} $DB_PASSWORD > {outputs}"\n'
        'env = { DB_PASSWORD = "sesame" }\noutputs = ["out"]\n'
    )
    space.build()

    for word in ("a", "#1"):
        told = space.run("show", "--command", word)
        assert "hush" not in told.out
        assert "sesame" not in told.out
        assert told.err == "note: `***` stands where a secret does\n"
        assert paste(told.out, space.root, DB_PASSWORD="open it").returncode == 0
        assert space.read("out") == "*** open it\n"
    assert asked(space, "runs")["runs"][0]["params"] == {"api_token": "***"}
    assert b"sesame" not in space.path(".jobmake/runs.db").read_bytes()
    assert b"hush" not in space.path(".jobmake/runs.db").read_bytes()


# -- values ----------------------------------------------------------------------------


def test_the_value_of_the_last_good_run_is_printed_byte_for_byte(space: Space) -> None:
    space.jobfile(
        '[target.a]\ncapture = "stdout"\nrun = "cat in"\ninputs = ["in"]\n'
        '[target.b]\ncapture = "stdout"\nrun = "exit 1"\n'
    )
    value = b"caf\xc3\xa9 \xff\x00\r\nno end"
    space.write("in", value)
    space.build("a")
    space.write(".jobmake/runs/1/value", value)  # as a run that captures leaves it
    space.write("in", "other")
    space.write("Jobfile.toml", space.read("Jobfile.toml").replace("cat in", "exit 1"))
    space.build("a", code=1)

    for word in ("a", "#1"):
        out, _ = space.start("show", "--value", word).communicate(timeout=DEADLINE)
        assert out == value
    assert "no value of `b` is known here" in space.run("show", "--value", "b", code=2).err
