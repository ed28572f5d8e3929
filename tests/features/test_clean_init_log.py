"""The verbs around `build`, and what all verbs share: options, variables, hints, exit codes.

(What `log` shows is in test_logs.py.)
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping

import pytest

from jobmake.model.names import VERSION
from jobmake.model.verbs import VERBS
from tests.support import JOBMAKE, Space

pytestmark = pytest.mark.usefixtures("no_cache")

TWO = """
[target.first]
run = "mkdir -p build/deep && cp in build/deep/first"
inputs = ["in"]
outputs = ["build/deep/first"]
[target.second]
run = "mkdir build/folder && cp {inputs} build/folder/x && cp {inputs} build/second"
inputs = ["@first"]
outputs = ["build/second", "build/folder/"]
"""


@pytest.fixture
def built(space: Space) -> Space:
    space.jobfile(TWO)
    space.write("in", "x")
    space.build()
    return space


# -- clean -----------------------------------------------------------------------------


def test_clean_removes_what_targets_made_and_folders_left_empty_by_it(built: Space) -> None:
    result = built.run("clean")

    assert result.out == (
        "removed build/deep/first\nremoved build/second\nremoved build/folder/\nremoved 3 outputs\n"
    )
    assert list(built.tree()) == ["Jobfile.lock", "Jobfile.toml", "in"]
    assert not built.exists("build")
    assert built.build().reason("first") == "output `build/deep/first` is missing"


def test_clean_of_a_target_leaves_what_it_needs(built: Space) -> None:
    result = built.run("clean", "second")

    assert result.out == "removed build/second\nremoved build/folder/\nremoved 2 outputs\n"
    assert built.build().fresh == ["first"]


def test_clean_of_a_file_means_the_target_that_makes_it(built: Space) -> None:
    assert built.run("clean", "build/second").out.endswith("removed 2 outputs\n")


def test_clean_keeps_and_names_what_was_edited_unless_told(built: Space) -> None:
    built.write("build/second", "mine")
    built.write("build/folder/notes", "mine")

    result = built.run("clean")

    assert result.out == (
        "removed build/deep/first\n"
        "kept build/second: edited since, or not made by jobmake (see --edited)\n"
        "kept build/folder/: edited since, or not made by jobmake (see --edited)\n"
        "removed 1 output\n"
    )
    assert built.read("build/folder/notes") == "mine"
    assert built.run("clean", "--edited").out.endswith("removed 2 outputs\n")
    assert not built.exists("build")


def test_clean_leaves_what_it_was_not_told_of(built: Space) -> None:
    built.write("build/notes", "mine")

    built.run("clean")

    assert built.read("build/notes") == "mine"
    assert built.read("in") == "x"


def test_clean_before_any_build_touches_nothing_of_the_persons(space: Space) -> None:
    space.jobfile(TWO)
    space.write("build/second", "mine")

    result = space.run("clean")

    assert result.out.startswith("kept build/second: ")
    assert space.read("build/second") == "mine"


def test_clean_with_dry_run_says_what_it_would_remove(built: Space) -> None:
    before = built.tree()

    result = built.run("clean", "-n", "first")

    assert result.out == "would remove build/deep/first\nwould remove 1 output\n"
    assert built.tree() == before


def test_clean_removes_nothing_through_a_link_that_leads_out_of_the_project(built: Space) -> None:
    outside = built.root.parent / "outside"
    shutil.move(built.path("build"), outside)
    built.path("build").symlink_to(outside)

    result = built.run("clean", code=1)

    assert result.err == ("error: `build/deep` leads out of the project's folder by a link\n")
    assert (outside / "second").read_text() == "x"


def test_clean_keeps_what_a_killed_build_left_half_way_unless_told(space: Space) -> None:
    gate = space.gate("half")
    space.jobfile(f'[target.a]\nrun = "echo half > out; {gate.command}"\noutputs = ["out"]\n')
    build = space.start("build")
    gate.reached()
    build.kill()
    build.communicate()

    # somebody may have mended it meanwhile
    assert space.run("clean").out.startswith("kept out: ")
    assert space.run("clean", "--edited").out == "removed out\nremoved 1 output\n"
    assert not space.exists("out")


# -- init ------------------------------------------------------------------------------


def test_init_writes_a_jobfile_that_builds(space: Space) -> None:
    assert space.run("init").err == (
        "wrote Jobfile.toml: try `jobmake build`, and `jobmake list`\n"
    )

    assert space.build().built == ["names", "greeting"]
    assert space.read("build/greeting.txt") == "Hello Ada\nHello Grace\nHello Katherine\n"
    assert space.build("-D", "word=Hi").built == ["greeting"]
    assert space.run("list").out == (
        "names     Some names\ngreeting  A greeting for each: change `word` above and build again\n"
    )


def test_init_leaves_an_existing_jobfile_alone(space: Space) -> None:
    space.jobfile("# mine\n")

    result = space.run("init", code=2)

    assert result.err == (
        "error: there is a `Jobfile.toml` here already\n"
        "hint: it is left as it is; `jobmake init --git` sets up git only\n"
    )
    assert space.read("Jobfile.toml") == "# mine\n"


def test_init_writes_where_it_is_told(space: Space) -> None:
    space.path("sub").mkdir()

    space.run("init", "-C", "sub", "-f", "Other.toml")

    assert space.run("list", "-f", "sub/Other.toml").out.startswith("names ")


# -- which project ---------------------------------------------------------------------


def test_the_jobfile_is_looked_for_upwards(built: Space) -> None:
    assert built.run("build", "-C", "build/deep").fresh == ["first", "second"]


def test_a_jobfile_can_be_named_and_has_a_lockfile_of_its_own(built: Space) -> None:
    built.write("Other.toml", '[target.a]\nrun = "true"\n')

    assert built.build("-f", "Other.toml").built == ["a"]
    assert built.exists("Other.lock")
    assert built.build().fresh == ["first", "second"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["list"], "there is no Jobfile.toml in `{root}` or above it"),
        (["list", "-C", "nowhere"], "there is no folder `nowhere`"),
        (["list", "-f", "No.toml"],
         "the Jobfile `{root}/No.toml` cannot be read: No such file or directory"),
    ],
)  # fmt: skip
def test_a_project_that_is_not_there_is_an_error(space: Space, words: list[str], told: str) -> None:
    result = space.run(*words, code=2)

    assert result.err.split("\n")[0] == "error: " + told.format(root=space.root)


# -- options, variables, hints, exit codes -----------------------------------------------


@pytest.mark.parametrize(
    ("environ", "options"),
    [
        ({"JOBMAKE_DRY_RUN": "1"}, ["-n"]),
        ({"JOBMAKE_FORCE": "yes", "JOBMAKE_QUIET": "1"}, ["-B", "-q"]),
        ({"JOBMAKE_KEEP_GOING": "0", "JOBMAKE_JOBS": "3"}, ["-j3"]),
        ({"JOBMAKE_JOBS": "none"}, ["-j", "none"]),
        ({"JOBMAKE_COLOR": "always"}, ["--color=always"]),
        ({"JOBMAKE_COLOR": "pink"}, ["--color=pink"]),
        ({"JOBMAKE_DIRECTORY": "build"}, ["-C", "build"]),
        ({"JOBMAKE_JOBFILE": "none.toml"}, ["-f", "none.toml"]),
        ({"JOBMAKE_DEFINE": "a=1\nb=2"}, ["-D", "a=1", "-D", "b=2"]),
    ],
)
def test_an_option_can_be_set_in_the_environment(
    built: Space, environ: Mapping[str, str], options: list[str]
) -> None:
    by_variable = built.build(env=environ, code=None)
    by_option = built.build(*options, code=None)

    assert by_variable.code == by_option.code
    assert by_variable.out == by_option.out
    assert without_durations(by_variable.err) == without_durations(by_option.err)


def without_durations(text: str) -> str:
    return re.sub(r" in [\d.]+ m?s\b", "", text)


@pytest.mark.parametrize(
    ("words", "told", "hint"),
    [
        (["biuld"], "there is no command `biuld`", "did you mean `build`?"),
        (["xyzzy"], "there is no command `xyzzy`", "`jobmake --help` shows the commands"),
        (["build", "frist"], "there is no target `frist`", "did you mean `first`?"),
        (["why", "xyzzy"], "there is no target `xyzzy`", "`jobmake list` shows the targets"),
        (["build", "-j0"], "argument -j/--jobs: `0` is not a number of runs (1 to 10000)",
         "`jobmake build --help` shows what there is"),
        (["list", "--tree"], "unrecognized arguments: --tree",
         "`jobmake list --help` shows what there is"),
        (["list", "--jsn"], "unrecognized arguments: --jsn", "did you mean `--json`?"),
        (["-q"], "the following arguments are required: COMMAND",
         "`jobmake --help` shows what there is"),
    ],
)  # fmt: skip
def test_wrong_usage_is_told_with_a_hint(
    built: Space, words: list[str], told: str, hint: str
) -> None:
    result = built.run(*words, code=2)

    assert (result.out, result.err) == ("", f"error: {told}\nhint: {hint}\n")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_tells_what_it_is_for(space: Space, verb: str) -> None:
    result = space.run(verb, "--help")

    assert result.out.startswith(f"usage: jobmake {verb} [-h] ")
    assert VERBS[verb] in result.out
    assert result.err == ""


def test_help_tells_the_verbs_and_the_exit_codes(space: Space) -> None:
    out = space.run("--help").out

    assert all(f"    {verb} " in out for verb in VERBS)
    assert "exit codes: 0 done, 1 a target failed" in out


def test_the_version_is_told(space: Space) -> None:
    assert space.run("--version").out == f"jobmake {VERSION}\n"


def test_options_of_all_verbs_may_stand_before_the_verb(built: Space) -> None:
    assert built.run("-C", "build", "--color", "never", "status").out == "up to date: 2 targets\n"


def test_output_that_cannot_be_written_is_an_error(built: Space) -> None:
    for words in (["list"], ["status"], ["--help"], ["log", "--help"]):
        with open("/dev/full", "w") as full:
            process = subprocess.run(
                [*JOBMAKE, *words], cwd=built.root, env=built.environ({"PYTHONUNBUFFERED": ""}),
                stdout=full, stderr=subprocess.PIPE, text=True, check=False,
            )  # fmt: skip

        assert process.returncode == 3
        assert process.stderr == "error: cannot write the output: No space left on device\n"


def test_without_standard_streams_a_build_works(built: Space) -> None:
    built.write("in", "new")

    closed = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"]
    assert subprocess.run([*closed, *JOBMAKE, "build"], cwd=built.root, check=False).returncode == 0
    assert built.read("build/second") == "new"
