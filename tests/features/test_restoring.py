"""What was made before comes back from the cache: verified, told, and without a run."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support import Space

if TYPE_CHECKING:
    from pathlib import Path

COUNTED = """
[params]
word = "a"

[target.one]
run = "echo run >> runs; echo {params.word} > {outputs}"
outputs = ["build/one.txt"]

[target.two]
run = '''
echo run >> runs
mkdir -p {outputs.tree}/deep {outputs.tree}/empty
cat {inputs} > {outputs.tree}/deep/x
ln -s x {outputs.tree}/deep/link
cp {inputs} {outputs.exe}
chmod +x {outputs.exe}
'''
inputs = ["@one"]
outputs = { tree = "build/tree/", exe = "build/exe" }
"""


@pytest.fixture
def built(space: Space) -> Space:
    """A project that was built twice, with two words."""
    space.jobfile(COUNTED)
    space.build()
    space.build("-D", "word=b")
    space.write("runs", "")
    return space


def test_switching_a_param_back_runs_nothing(built: Space) -> None:
    result = built.build()

    assert built.read("runs") == ""
    assert 'restored one: param `word` changed "b" -> "a"\n' in result.err
    assert result.last_line == "restored 2"
    assert built.read("build/one.txt") == "a\n"
    assert built.read("build/tree/deep/x") == "a\n"
    assert built.path("build/tree/deep/link").is_symlink()
    assert built.path("build/tree/empty").is_dir()
    assert built.path("build/exe").stat().st_mode & 0o100
    assert built.build().last_line == "up to date: 2 targets checked"


@pytest.mark.case("A19")
def test_a_deleted_output_is_restored(built: Space) -> None:
    built.path("build/one.txt").unlink()
    shutil.rmtree(built.path("build/tree"))

    result = built.build("-D", "word=b")

    assert built.read("runs") == ""
    assert "restored one: output `build/one.txt` is missing\n" in result.err
    assert result.last_line == "restored 2"
    assert built.read("build/tree/deep/x") == "b\n"


@pytest.mark.case("A20")
def test_an_edited_output_is_restored_and_the_edit_is_kept(built: Space) -> None:
    built.write("build/one.txt", "mine\n")

    result = built.build("-D", "word=b")

    assert built.read("runs") == ""
    assert result.last_line == "restored 1, up to date 1"
    assert built.read("build/one.txt") == "b\n"
    [kept] = built.path(".jobmake/runs").glob("*/replaced/build/one.txt")
    assert kept.read_text() == "mine\n"
    assert f"kept in `.jobmake/runs/{kept.parts[-4]}/replaced`" in result.err


def test_outputs_edited_in_place_do_not_change_the_cache(built: Space) -> None:
    with built.path("build/exe").open("a") as file:
        file.write("spoiled")
    built.build("-D", "word=b")
    assert built.read("build/exe") == "b\n"

    with built.path("build/exe").open("a") as file:
        file.write("spoiled")
    built.build("-D", "word=b")
    assert built.read("build/exe") == "b\n"
    assert built.read("runs") == ""


def test_a_damaged_object_is_a_miss(built: Space) -> None:
    for path in built.path(".jobmake/cache").rglob("*"):
        if path.is_file() and "objects" in path.parts:
            path.chmod(0o600)
            path.write_bytes(path.read_bytes() + b"damage")

    result = built.build()

    assert result.built == ["one", "two"]
    assert built.read("build/tree/deep/x") == "a\n"


def test_an_empty_cache_is_a_miss(built: Space) -> None:
    built.run("cache", "--clear")

    assert built.build().built == ["one", "two"]


@pytest.mark.parametrize("how", ["--no-cache", "Jobfile", "target"])
def test_without_a_cache_targets_run(built: Space, how: str) -> None:
    options = [how] if how == "--no-cache" else []
    text = built.read("Jobfile.toml")
    if how == "Jobfile":
        built.jobfile(text + "[cache]\nenabled = false\n")
    elif how == "target":
        built.jobfile(text.replace("[target.two]", "cache = false\n[target.two]"))

    result = built.build(*options)

    assert "one" in result.built


def test_an_output_that_is_not_to_be_cached_is_run_for(space: Space) -> None:
    space.jobfile(
        """
        [target.t]
        run = "echo run >> runs; echo x > {outputs}"
        outputs = [{ path = "x.txt", cache = false }]
        """
    )
    space.build()
    space.path("x.txt").unlink()

    assert space.build().built == ["t"]


def test_what_has_no_outputs_is_run_for_what_it_does(space: Space) -> None:
    space.jobfile('[params]\nword = "a"\n[target.deploy]\nrun = "echo {params.word} >> log"\n')
    space.build()
    space.build("-D", "word=b")

    assert space.build().built == ["deploy"]
    assert space.read("log") == "a\nb\na\n"


def test_what_always_runs_and_what_is_forced_is_not_restored(space: Space) -> None:
    space.jobfile(
        '[target.t]\nrun = "echo run >> runs; echo x > {outputs}"\noutputs = ["x"]\nalways = true\n'
    )
    space.build()
    space.build()
    space.replace("Jobfile.toml", "always = true", "")
    space.build("--force")

    assert space.read("runs") == "run\n" * 3


def test_a_clone_with_lockfile_and_outputs_runs_nothing(built: Space, tmp_path: Path) -> None:
    clone = Space(tmp_path / "clone")
    for name in ("Jobfile.toml", "Jobfile.lock"):
        shutil.copy2(built.path(name), clone.root)
    shutil.copytree(built.path("build"), clone.path("build"), symlinks=True)

    assert clone.build("-D", "word=b").last_line == "up to date: 2 targets checked"


@pytest.mark.parametrize("how", ["option", "variable", "Jobfile"])
def test_a_clone_with_lockfile_and_shared_cache_restores_everything(
    space: Space, tmp_path: Path, how: str
) -> None:
    shared = tmp_path / "shared"
    text = COUNTED
    options, env = [], {}
    if how == "option":
        options = ["--cache-folder", str(shared)]
    elif how == "variable":
        env = {"JOBMAKE_CACHE_FOLDER": str(shared)}
    else:
        text += f'[cache]\nfolder = "{shared}"\n'
    space.jobfile(text)
    space.build(*options, env=env)
    clone = Space(tmp_path / "clone")
    for name in ("Jobfile.toml", "Jobfile.lock"):
        shutil.copy2(space.path(name), clone.root)
    lock = clone.read("Jobfile.lock")

    result = clone.build(*options, env=env)

    assert result.last_line == "restored 2"
    assert not clone.exists("runs")
    assert clone.read("build/tree/deep/x") == "a\n"
    assert clone.read("Jobfile.lock") == lock


def test_what_was_restored_stands_in_the_history(built: Space) -> None:
    import sqlite3
    from contextlib import closing

    built.build()

    with closing(sqlite3.connect(built.path(".jobmake/runs.db"))) as database:
        ended = [row[0] for row in database.execute("select ended from runs order by id")]
    assert ended == ["built"] * 4 + ["restored"] * 2


def test_a_full_cache_is_no_trouble_for_the_build(space: Space) -> None:
    space.jobfile("[cache]\nsize = 10\n" + COUNTED)

    assert space.build().last_line == "built 2"
    space.path("build/one.txt").unlink()
    assert space.build().built[0] == "one"


def test_after_a_switch_of_branches_nothing_is_told_to_be_edited(space: Space) -> None:
    def git(*words: str) -> None:
        who = ["-c", "user.name=ada", "-c", "user.email=ada@example.org"]
        subprocess.run(["git", *who, *words], cwd=space.root, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    space.write(".gitignore", "build/\n.jobmake/\n")
    space.jobfile(COUNTED.replace("[target.two]", 'publish = { "build/copy" = COPY }\n[target.two]')
                  .replace("COPY", '{ path = "build/one.txt", copy = true }'))  # fmt: skip
    space.build()
    git("add", "-A")
    git("commit", "-qm", "a")
    git("checkout", "-qb", "other")
    space.replace("Jobfile.toml", 'word = "a"', 'word = "b"')
    space.build()
    git("commit", "-qam", "b")

    git("checkout", "-q", "main")
    result = space.build()

    assert result.last_line == "restored 2"
    assert "not made by jobmake" not in result.err
    assert space.read("build/copy") == "a\n"
    assert not list(space.path(".jobmake/runs").glob("*/replaced"))


def test_what_failed_since_is_not_restored(space: Space) -> None:
    space.jobfile(
        '[target.t]\nrun = "echo run >> runs; test ! -e bad; echo 1 > {outputs}"\noutputs = ["t"]\n'
    )
    space.build()
    space.write("bad", "")
    space.build("--force", code=1)

    assert space.build(code=1).failed == ["t"]  # the bad thing is still there
    space.path("bad").unlink()
    assert space.build().built == ["t"]
    assert space.read("runs") == "run\n" * 4
