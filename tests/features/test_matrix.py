"""A matrix: one target, an instance per combination of values, each with its own record."""

from __future__ import annotations

import pytest

from tests.support import Result, Space

pytestmark = pytest.mark.usefixtures("no_cache")

TRAIN = """
[target.train]
run = "echo {matrix.rate} {matrix.seed} > {outputs.model}; echo trained > {outputs.log}"
outputs = { model = "{matrix.rate}-{matrix.seed}.model", log = "{matrix.rate}-{matrix.seed}.log" }
matrix = { rate = [0.5, 1e-3], seed = [1, 2] }
"""

INSTANCES = [
    "train[rate=0.5,seed=1]",
    "train[rate=0.5,seed=2]",
    "train[rate=0.001,seed=1]",
    "train[rate=0.001,seed=2]",
]


def gather(line: str) -> str:
    run = (
        'run = "cat {inputs} > {outputs}"'
        if "inputs" in line
        else 'run = "cat *.model > {outputs}"'
    )
    return f'[target.gather]\n{run}\n{line}\noutputs = ["all.txt"]\n'


@pytest.fixture
def trained(space: Space) -> Space:
    """Four instances, built once."""
    space.jobfile(TRAIN)
    space.build()
    return space


def numbers(result: Result) -> list[str]:
    """What was built, without the family's name."""
    return [name.removeprefix("train") for name in result.built]


# -- instances -------------------------------------------------------------------------------


def test_there_is_an_instance_for_every_combination(space: Space) -> None:
    space.jobfile(TRAIN)

    assert space.build("-j1").built == INSTANCES
    assert space.read("0.001-2.model") == "0.001 2\n"
    assert space.build().fresh == INSTANCES
    assert space.run("list").out == "train  (4 instances)\n"
    assert space.run("list", "-a").out.split() == INSTANCES


def test_one_instance_is_built_by_its_name_or_its_file(space: Space) -> None:
    space.jobfile(TRAIN)

    assert space.build("train[rate=0.5,seed=2]").built == ["train[rate=0.5,seed=2]"]
    assert space.build("0.001-1.model").built == ["train[rate=0.001,seed=1]"]
    assert sorted(space.build("train").built) == sorted([INSTANCES[0], INSTANCES[3]])


NAMES = {  # a value as the Jobfile has it: as the name of its instance has it
    "1": "1", "1.0": "1.0", "'1'": '"1"', "0x10": "16", "'0x10'": '"0x10"',
    "true": "true", "'true'": '"true"', "nan": "nan", "'nan'": '"nan"',
    "'small'": "small", "'v1.2-rc+3'": "v1.2-rc+3", "'é'": "é", "''": '""',
    "'a b'": '"a b"', "'a,b'": '"a,b"', "'x=1]'": '"x=1]"', "1979-05-27": "1979-05-27",
}  # fmt: skip


def test_names_tell_types_apart_and_are_bare_where_nothing_else_is_meant(space: Space) -> None:
    space.jobfile(f"[target.t]\nrun = 'echo {{target}}'\nmatrix.v = [{', '.join(NAMES)}]\n")

    assert space.build("-j1").out.splitlines() == [f"t[v={name}]" for name in NAMES.values()]
    assert space.build('t[v="1"]').fresh == ['t[v="1"]']


def test_two_instances_of_one_name_are_an_error(space: Space) -> None:
    space.jobfile('target.t = { run = "true", matrix.v = [1e3, 1000.0] }')
    assert space.build(code=2).err.startswith("error: two instances are `t[v=1000.0]`\n")


def test_instances_that_make_the_same_file_are_an_error(space: Space) -> None:
    space.jobfile("target.t = { run = 'true', outputs = ['{matrix.v}.txt'], matrix.v = [1, '1'] }")
    assert space.build(code=2).err.startswith(
        'error: targets `t[v=1]` and `t[v="1"]` both make `1.txt`\n'
    )


# -- edits of the matrix ---------------------------------------------------------------------


def test_a_new_value_runs_only_the_new_instances(trained: Space) -> None:
    trained.replace("Jobfile.toml", "seed = [1, 2]", "seed = [1, 3, 2]")

    result = trained.build("-j1")

    assert numbers(result) == ["[rate=0.5,seed=3]", "[rate=0.001,seed=3]"]
    assert len(result.fresh) == 4


def test_a_value_that_goes_runs_nothing_and_forgets_its_instances(trained: Space) -> None:
    trained.replace("Jobfile.toml", "seed = [1, 2]", "seed = [2]")

    assert trained.build().fresh == [INSTANCES[1], INSTANCES[3]]
    assert "seed=1" not in trained.read("Jobfile.lock")
    assert trained.exists("0.5-1.model")  # nothing that was made is removed by itself

    trained.replace("Jobfile.toml", "seed = [2]", "seed = [1, 2]")
    again = numbers(trained.build())
    assert sorted(again) == ["[rate=0.001,seed=1]", "[rate=0.5,seed=1]"]


def test_another_order_of_axes_or_values_runs_no_instance(trained: Space) -> None:
    lockfile = trained.read("Jobfile.lock")

    trained.replace("Jobfile.toml", "rate = [0.5, 1e-3], seed = [1, 2]",
                    "seed = [2, 1], rate = [0.001, 5e-1]")  # fmt: skip

    assert trained.build().built == []
    assert trained.read("Jobfile.lock") == lockfile


def test_another_axis_makes_other_instances(trained: Space) -> None:
    trained.replace("Jobfile.toml", "seed = [1, 2]", 'seed = [1], size = ["small"]')
    assert sorted(numbers(trained.build())) == [
        "[rate=0.001,seed=1,size=small]",
        "[rate=0.5,seed=1,size=small]",
    ]


@pytest.mark.case("A14")
def test_a_value_of_another_type_is_another_instance(space: Space) -> None:
    space.jobfile("target.t = { run = 'true', matrix.v = [1, 2] }")
    space.build()

    space.replace("Jobfile.toml", "[1, 2]", "[1.0, 2]")
    result = space.build()

    assert (result.built, result.fresh) == (["t[v=1.0]"], ["t[v=2]"])


def test_only_the_instance_whose_files_changed_runs(space: Space) -> None:
    space.jobfile("""
        [target.t]
        run = "cat {inputs}"
        inputs = ["{matrix.lang}.txt"]
        matrix.lang = ["de", "fr"]
    """)
    space.write("de.txt", "")
    space.write("fr.txt", "")
    space.build()

    space.write("fr.txt", "bonjour\n")
    result = space.build()

    assert (result.built, result.fresh) == (["t[lang=fr]"], ["t[lang=de]"])


# -- gathering -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ('inputs = ["@train:model"]', "0.5 1\n0.5 2\n0.001 1\n0.001 2\n"),
        ('inputs = ["@train:log"]', "trained\n" * 4),
        ('inputs = ["@train[rate=0.5,seed=2]"]', "0.5 2\ntrained\n"),
        ('inputs = ["@train[rate=0.5,seed=2]:model"]', "0.5 2\n"),
        ('inputs = ["*.model"]', "0.001 1\n0.001 2\n0.5 1\n0.5 2\n"),
        ('needs = ["train"]', "0.001 1\n0.001 2\n0.5 1\n0.5 2\n"),
    ],
)  # fmt: skip
def test_a_target_gathers_what_instances_made(space: Space, line: str, text: str) -> None:
    space.jobfile(gather(line) + TRAIN)

    result = space.build("gather")

    assert result.built[-1] == "gather"
    assert len(result.built) == (2 if "[rate" in line else 5)
    assert space.read("all.txt") == text
    assert space.build("gather").built == []


@pytest.mark.parametrize("line", ['inputs = ["@train:model"]', 'inputs = ["*.model"]',
                                  'needs = ["train"]'])  # fmt: skip
def test_who_gathers_runs_when_an_instance_comes_or_goes(space: Space, line: str) -> None:
    space.jobfile(TRAIN + gather(line))
    space.build()

    space.replace("Jobfile.toml", "seed = [1, 2]", "seed = [1, 2, 3]")
    assert space.build("-j1").built == [
        "train[rate=0.5,seed=3]", "train[rate=0.001,seed=3]", "gather",
    ]  # fmt: skip

    for rate in ("0.5", "0.001"):
        space.path(f"{rate}-3.model").unlink()
    space.replace("Jobfile.toml", "seed = [1, 2, 3]", "seed = [1, 2]")
    assert space.build().built == ["gather"]


def test_who_gathers_in_the_order_of_the_matrix_runs_when_that_changes(space: Space) -> None:
    space.jobfile(TRAIN + gather('inputs = ["@train:model"]'))
    space.build()

    space.replace("Jobfile.toml", "seed = [1, 2]", "seed = [2, 1]")
    result = space.build()

    assert result.built == ["gather"]
    assert space.read("all.txt") == "0.5 2\n0.5 1\n0.001 2\n0.001 1\n"


def test_who_gathers_one_output_rests_when_another_changes(space: Space) -> None:
    space.jobfile(TRAIN + gather('inputs = ["@train:model"]'))
    space.build()

    space.replace("Jobfile.toml", "echo trained", "echo well trained")
    result = space.build("-j1")

    assert (sorted(result.built), result.fresh) == (sorted(INSTANCES), ["gather"])


def test_a_reference_to_an_output_that_is_not_there_is_an_error(space: Space) -> None:
    space.jobfile(gather('inputs = ["@train:modle"]') + TRAIN)
    assert space.build(code=2).err == (
        "error: target `train` has no output `modle`\n"
        "  --> Jobfile.toml:3\n"
        '3 | inputs = ["@train:modle"]\n'
        "  |           ^^^^^^^^^^^^^^\n"
        "hint: did you mean `model`?\n"
    )


def test_axes_of_an_instance_may_be_named_in_any_order(space: Space) -> None:
    space.jobfile(
        'target.t.run = "echo x > {outputs}"\n'
        'target.t.outputs = ["{matrix.b}-{matrix.a}"]\n'
        'target.t.matrix = { b = ["x,y", "z"], a = [1] }\n'
    )

    assert space.build('t[b="x,y",a=1]').built == ['t[a=1,b="x,y"]']


# -- ranges, axes that go together, repetitions ------------------------------------------------


def test_axes_by_range_zip_and_repeat(space: Space) -> None:
    space.jobfile("""
[target.t]
run = "echo {target}: {matrix.rate} {matrix.width}x{matrix.height} {matrix.repeat}"
matrix.rate = { range = [0.1, 0.3, 0.1] }
matrix.zip = { width = [1, 2], height = { range = [10, 20, 10] } }
matrix.repeat = 2
""")

    lines = space.build("-j1").out.splitlines()

    assert len(lines) == 12
    assert lines[0] == "t[height=10,rate=0.1,repeat=1,width=1]: 0.1 1x10 1"
    assert lines[-1] == "t[height=20,rate=0.3,repeat=2,width=2]: 0.3 2x20 2"
    assert space.build("t[height=20,rate=0.3,repeat=2,width=2]").built == []


def test_a_range_has_the_values_of_the_list_it_stands_for(space: Space) -> None:
    target = "run = 'echo {{matrix.x}} > {{outputs}}', outputs = ['{{matrix.x}}'], matrix.x = {}"
    jobfile = f"target.t = {{{{ {target} }}}}"
    space.jobfile(jobfile.format("[0.1, 0.2, 0.3]"))
    space.build()

    space.jobfile(jobfile.format("{ range = [0.3, 0.1, -0.1] }"))

    assert space.build().built == []


def test_more_repetitions_run_only_the_new_ones(space: Space) -> None:
    space.jobfile('target.t = { run = "true", matrix.repeat = 2 }')
    space.build()
    space.replace("Jobfile.toml", "repeat = 2", "repeat = 3")
    assert space.build().built == ["t[repeat=3]"]


def test_too_many_instances_are_an_error_at_once(space: Space) -> None:
    space.jobfile('target.t = { run = "true", matrix = { repeat = 1000001 } }')
    assert space.build(code=2).err.startswith("error: `matrix` makes 1,000,001 instances\n")
