"""What jobmake says of a Jobfile that is wrong: all of it at once, before anything runs.

The Jobfiles here have the errors written under their lines (see `annotated`).
"""

# ruff: noqa: E501 - a message stands behind the carets it belongs to

from __future__ import annotations

import pytest

from tests.features import annotated
from tests.support import Space


def check(space: Space, text: str) -> None:
    """Check that jobmake says what the annotations say, in their order, and nothing else."""
    jobfile, told = annotated.read(text)
    space.jobfile(jobfile)

    result = space.run("list", code=2)

    assert (result.out, result.err) == ("", told)


@pytest.mark.case("F12")
def test_an_error_is_a_fact_a_place_and_a_hint(space: Space) -> None:
    space.jobfile("""\
[target.prepare-data]
run = "true"

[target.train]
run = "true"
needs = ["prepare_data"]
""")

    result = space.run("build", code=2)

    assert result.out == ""
    told = """\
error: target `train` needs `prepare_data`, which is not in the Jobfile
  --> Jobfile.toml:6
6 | needs = ["prepare_data"]
  |          ^^^^^^^^^^^^^^
hint: did you mean `prepare-data`?
"""
    assert result.err == told


def test_all_errors_are_told_in_one_pass_in_the_order_of_the_text(space: Space) -> None:
    check(
        space,
        """
[project]
default = ["reprot"]
           ^^^^^^^^ `default` names the target `reprot`, which is not in the Jobfile
hint: did you mean `report`?
[target.prepare]
        ^^^^^^^ targets need each other: `prepare -> report -> prepare`
run = "prepare {params.rate} > {outputs}"
               ^^^^^^^^^^^^^ `{params.rate}`: there is no param `rate`
needs = ["report"]
outputs = ["out.csv"]
[target.report]
run = "report"
verison = "2"
^^^^^^^ unknown key `verison` of target `report`
hint: did you mean `version`?
needs = ["prepare"]
outputs = ["out.csv"]
           ^^^^^^^^^ targets `prepare` and `report` both make `out.csv`
""",
    )


def test_nothing_is_run_or_written_when_the_jobfile_is_wrong(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "touch ran"\n[target.b]\nneeds = ["nope"]\n')

    space.run("build", "a", code=2)

    assert sorted(path.name for path in space.root.iterdir()) == ["Jobfile.toml"]


def test_of_very_many_errors_twenty_are_shown(space: Space) -> None:
    space.jobfile("".join(f"[target.t{n}]\n" for n in range(25)))

    result = space.run("list", code=2)

    assert result.err.count("error: ") == 20
    assert result.err.endswith("make it a group\n\nand 5 more\n")


# -- keys and values ------------------------------------------------------------------------

KEYS = """
--- unknown keys
[projct]
 ^^^^^^ unknown key `projct` in a Jobfile
hint: did you mean `project`?
[project]
nam = "x"
^^^ unknown key `nam`
hint: did you mean `name`?
[target.a]
run = "true"
shell = " "
        ^^^ ` ` names no program
env-inputs = ["HOME"]
^^^^^^^^^^ unknown key `env-inputs` of target `a`
hint: did you mean `env_inputs`?
zzz = 1
^^^ unknown key `zzz` of target `a`
--- targets
[targets.a]
 ^^^^^^^ unknown key `targets` in a Jobfile
hint: did you mean `target`?
--- a target at the top
[train]
 ^^^^^ unknown key `train` in a Jobfile
hint: a target is written `[target.train]`
--- tables
project = 5
          ^ `project` must be a table, not an integer
params = []
         ^^ `params` must be a table, not a list
target = "a"
         ^^^ `target` must be a table, not a text
--- names of targets
[target]
a = 5
^ `target.a` must be a table
hint: write `[target.a]`
"b c" = { run = "true" }
^^^^^ `b c` cannot be the name of a target
hint: letters, digits, `_`, `-` and `.` can be in one
"""

VALUES = """
--- types
[target.a]
run = 1
      ^ `run` must be a text or a list of texts, not an integer
doc = 2.5
      ^^^ `doc` must be a text, not a float
always = "yes"
         ^^^^^ `always` must be true or false, not a text
inputs = "x.csv"
         ^^^^^^^ `inputs` must be a list of texts, not a text
hint: write `["x.csv"]`
sources = 2020-01-01
          ^^^^^^^^^^ `sources` must be a list of texts, not a date
outputs = ["x", 2020-01-01T00:00:00, 12:00:00]
                ^^^^^^^^^^^^^^^^^^^ `outputs` must hold texts or tables with a `path`, not a date and time
                                     ^^^^^^^^ `outputs` must hold texts or tables with a `path`, not a time
needs = [true]
         ^^^^ `needs` must hold texts only, not a boolean
params = 4
         ^ `params` must be a list of texts, not an integer
env = ["A"]
      ^^^^^ `env` must be a table of names and texts, not a list
env_inputs = {}
             ^^ `env_inputs` must be a list of texts, not a table
matrix = [1]
         ^^^ `matrix` must be a table of lists, not a list
--- when a service is ready
[target.a]
run = "true"
service = true
ready = 70000
        ^^^^^ `ready` must be a port: a number from 1 to 65535, or a placeholder
[target.b]
run = "true"
service = "yes"
          ^^^^^ `service` must be true or false, not a text
ready = " "
        ^^^ `ready` is an empty command
[target.c]
run = "true"
service = true
ready = { port = "http", command = "", line = "a\\nb", timeouts = "1s", timeout = "x" }
                 ^^^^^^ `ready` must be a port: a number from 1 to 65535, or a placeholder
                                   ^^ `ready` is empty
                                              ^^^^^^ `ready` must be one line
                                                      ^^^^^^^^ `ready` has an unknown key `timeouts`
hint: did you mean `timeout`?
                                                                                 ^^^ `ready` must be a duration
hint: for example `90s`, `10m`, `1h 30m`, `7d`
[target.d]
run = "true"
service = true
ready = true
        ^^^^ `ready` must be a port, a command or a table, not a boolean
hint: for example `8000`, `"curl -sf localhost:8000"`, `{ line = "Listening" }`
--- commands
[target.a]
argv = "true"
       ^^^^^^ `argv` must be a list of texts, not a text
hint: write `["true"]`
[target.b]
argv = []
       ^^ `argv` is an empty list
hint: its first text is the command
[target.c]
run = []
      ^^ `run` is an empty list
--- entries
[target.a]
run = "true"
inputs = { "a b" = "x", 1 = "y", ok = 5, list = [], other = ["z", 2] }
           ^^^^^ `inputs` cannot have the name `a b`
hint: letters, digits, `_` and `-`
                        ^ `inputs` cannot have the name `1`
hint: letters, digits, `_` and `-`
                                      ^ `inputs` must be a text or a list of texts, not an integer
                                                ^^ `inputs` is an empty list
                                                                  ^ `inputs` must hold texts only, not an integer
env = { "A-B" = "x", OK = 5 }
        ^^^^^ `env` cannot set a variable called `A-B`
                          ^ `env` must hold texts only, not an integer
hint: put it in quotes
--- axes
[target.a]
run = "true"
matrix = { zip = [1], "a b" = [1], x = 5, y = [], z = [[1], {a = 1}] }
                 ^^^ `matrix` must have in `zip` a table of axes, not a list
hint: for example `zip = { width = [1, 2], name = ['a', 'b'] }`
                      ^^^^^ `matrix` cannot have an axis called `a b`
hint: letters, digits, `_` and `-`
                                       ^ `matrix` must hold lists, not an integer
                                              ^^ `matrix` has no value on the axis `y`
                                                       ^^^ `matrix` cannot hold a list as a value
                                                            ^^^^^^^ `matrix` cannot hold a table as a value
[target.b]
run = "true"
matrix = {}
         ^^ `matrix` has no axis
hint: for example `{ seed = [1, 2, 3] }`
[target.c]
run = "true"
matrix = { x = [1, 2, 1] }
         ^^^^^^^^^^^^^^^^^ two instances are `c[x=1]`
hint: leave one value out
"""

ACTIONS = """
--- actions
[target.a]
run = "true"
argv = ["true"]
^^^^ target `a` has both `run` and `argv`
hint: keep one
[target.b]
outputs = ["x"]
^^^^^^^ target `b` has outputs but nothing that makes them
hint: give it `run`, `argv`, `python` or `type`
[target.c]
        ^ target `c` does nothing and gathers nothing
hint: give it `run`, `argv`, `python` or `type`, or `needs` to make it a group
doc = "later"
needs = []
"""


@pytest.mark.case("F03", "F04", "F12")
@pytest.mark.parametrize("text", annotated.each(KEYS + VALUES + ACTIONS))
def test_keys_values_and_actions_are_checked(space: Space, text: str) -> None:
    check(space, text)


# -- other targets --------------------------------------------------------------------------

TARGETS = """
--- unknown targets
[target.prepare]
run = "true"
outputs = { model = "m", log = "l" }
[target.group]
needs = ["prepare"]
[target.train]
run = "true"
matrix = { seed = [1, 2] }
[target.report]
run = "true"
needs = ["prepar", "train[seed=3]", "nope"]
         ^^^^^^^^ target `report` needs `prepar`, which is not in the Jobfile
hint: did you mean `prepare`?
                   ^^^^^^^^^^^^^^^ target `report` needs `train[seed=3]`, which is not in the Jobfile
hint: on the axis `seed` are `1`, `2`
                                    ^^^^^^ target `report` needs `nope`, which is not in the Jobfile
after = ["trian"]
         ^^^^^^^ target `report` needs `trian`, which is not in the Jobfile
hint: did you mean `train`?
inputs = ["@prepar", "@prepare:modle", "@prepare:zzz", "@group"]
          ^^^^^^^^^ target `report` needs `prepar`, which is not in the Jobfile
hint: did you mean `prepare`?
                     ^^^^^^^^^^^^^^^^ target `prepare` has no output `modle`
hint: did you mean `model`?
                                       ^^^^^^^^^^^^^^ target `prepare` has no output `zzz`
                                                       ^^^^^^^^ target `group` makes no files
hint: name it in `needs`
"""

MAKERS = """
--- two makers
[target.a]
run = "true"
outputs = ["x", "folder/", "globbed/*.txt"]
[target.b]
run = "true"
outputs = ["./x", "folder//file", "globbed/x.csv", "globbed/deep/*.csv"]
           ^^^^^ targets `a` and `b` both make `x`
                  ^^^^^^^^^^^^^^ target `b` makes `folder/file` inside `folder`, which `a` makes
                                  ^^^^^^^^^^^^^^^ target `b` makes `globbed/x.csv` inside `globbed`, which `a` makes
                                                   ^^^^^^^^^^^^^^^^^^^^ target `b` makes `globbed/deep/*.csv` inside `globbed`, which `a` makes
[target.c]
run = "true"
matrix = { seed = [1, 2], kind = ["x"] }
outputs = ["model-{matrix.kind}"]
           ^^^^^^^^^^^^^^^^^^^^^ targets `c[kind=x,seed=1]` and `c[kind=x,seed=2]` both make `model-x`
hint: the path must hold `{matrix.seed}`
[target.d]
run = "true"
inputs = ["own", "own/"]
          ^^^^^ target `d` reads `own`, which it makes itself
                 ^^^^^^ target `d` reads `own/`, which it makes itself
outputs = ["own"]
--- unusable paths
[target.a]
run = "true"
outputs = ["../x", "/etc/x", ".", "*.txt"]
           ^^^^^^ output `../x` is outside the project's folder
hint: outputs are below the folder of the Jobfile
                   ^^^^^^^^ output `/etc/x` is outside the project's folder
hint: outputs are below the folder of the Jobfile
                             ^^^ output `.` takes the whole project's folder
hint: give it a folder of its own, for example `out/*.txt`
                                  ^^^^^^^ output `*.txt` takes the whole project's folder
hint: give it a folder of its own, for example `out/*.txt`
[target.b]
run = "true"
outputs = ["sub/../../x", ".jobmake/x", "Jobfile.toml", "Jobfile.lock"]
           ^^^^^^^^^^^^^ output `../x` is outside the project's folder
hint: outputs are below the folder of the Jobfile
                          ^^^^^^^^^^^^ output `.jobmake/x` is jobmake's own
                                        ^^^^^^^^^^^^^^ output `Jobfile.toml` is jobmake's own
                                                        ^^^^^^^^^^^^^^ output `Jobfile.lock` is jobmake's own
[target.c]
run = "true"
inputs = ["", "a\\u0000b", "x/[z-a].csv", "x/*/"]
          ^^ a path is empty
              ^^^^^^^^^^ a path holds a NUL character
                           ^^^^^^^^^^^ `x/[z-a].csv` is not a glob: bad character range z-a
                                          ^^^^ `x/*/` is a glob of folders
hint: a glob names files: end it with `/**`
[target.d]
run = "true"
inputs = ["./", "../", ".jobmake/x", "../project/x"]
          ^^^^ input `./` takes in the project's folder, with what jobmake keeps there
hint: name the folders in it, or use the glob `**/*`
                ^^^^^ input `../` takes in the project's folder, with what jobmake keeps there
hint: name the folders in it, or use the glob `**/*`
                       ^^^^^^^^^^^^ input `.jobmake/x` is jobmake's own
                                     ^^^^^^^^^^^^^^ input `../project/x` is in the project's folder
hint: write it as `x`
"""

CYCLES = """
--- itself
[target.alone]
        ^^^^^ targets need each other: `alone -> alone`
run = "true"
needs = ["alone"]
--- two
[target.a]
        ^ targets need each other: `a -> b -> a`
run = "true"
needs = ["b"]
[target.b]
run = "true"
after = ["a"]
--- three
[target.before]
needs = ["a"]
[target.a]
        ^ targets need each other: `a -> c -> b -> a`
run = "true"
inputs = ["z/"]
outputs = ["x"]
[target.b]
run = "true"
inputs = ["x"]
outputs = ["y"]
[target.c]
run = "true"
inputs = ["@b"]
outputs = ["z/deep/file"]
"""


@pytest.mark.case("A25", "A26", "F12")
@pytest.mark.parametrize("text", annotated.each(TARGETS + MAKERS + CYCLES))
def test_targets_must_fit_together(space: Space, text: str) -> None:
    check(space, text)


@pytest.mark.case("A26")
def test_a_long_cycle_is_told_by_its_ends(space: Space) -> None:
    size = 100
    space.jobfile("".join(f'[target.t{n}]\nneeds = ["t{(n + 1) % size}"]\n' for n in range(size)))

    result = space.run("list", code=2)

    told = """\
error: targets need each other: `t0 -> t1 -> t2 -> t3 -> … -> t98 -> t99 -> t0`
  --> Jobfile.toml:1
1 | [target.t0]
  |         ^^
"""
    assert result.err == told


def test_a_mistake_in_a_matrix_is_told_once_and_nothing_that_follows_from_it(space: Space) -> None:
    space.jobfile(
        """
        [project]
        default = ["train", "gather"]
        [target.train]
        run = "echo {matrix.lr} > {outputs}"
        outputs = { model = "{matrix.lr}.model" }
        matrix = { lr = [1, 2], a = "one" }
        [target.gather]
        run = "cat {inputs}"
        inputs = ["@train:model", "@train[lr=1]"]
        needs = ["train[a=1]"]
        """
    )

    result = space.run("list", code=2)

    assert result.err.count("error: ") == 1
    assert "error: `matrix` must hold lists, not a text" in result.err
