"""From what a Jobfile declares to targets: instances, paths, params that are tracked."""

from __future__ import annotations

import pytest

from jobmake.jobfile.unlinked import Reference
from jobmake.model.errors import JobfileError
from jobmake.model.target import FilePattern
from tests.jobfile import rig


def test_a_target_without_a_matrix_is_one_target() -> None:
    (target,) = rig.targets("""
[target.train]
doc = "Train it"
run = ["one", "two"]
version = "3"
cwd = "sub/../work/"
always = true
env = { B = "2", A = "1" }
env_inputs = ["HOME"]
""").values()

    assert (target.name, target.family, target.job_type, target.is_group) == (
        "train",
        "train",
        "shell",
        False,
    )
    assert target.settings == {"run": ("one", "two")}
    assert (target.doc, target.version, target.cwd) == ("Train it", "3", "work")
    assert target.checks == ("content", "always")
    assert (target.env, target.env_inputs) == ((("A", "1"), ("B", "2")), ("HOME",))


def test_a_target_without_an_action_is_a_group() -> None:
    found = rig.targets('[target.a]\nrun = "true"\n[target.all]\nneeds = ["a"]\n')

    assert (found["all"].is_group, found["all"].settings) == (True, {})
    assert found["a"].checks == ("content",)


# -- matrix ---------------------------------------------------------------------------------


def test_a_matrix_makes_one_target_per_combination() -> None:
    found = rig.targets("""
[target.train]
run = "train {matrix.lr} {matrix.seed}"
matrix = { seed = [1, "1", 1.0, true], lr = ["a b"] }
outputs = ["out/{matrix.seed}-{matrix.lr}"]
""")

    assert {name: target.outputs[0].path for name, target in found.items()} == {
        'train[lr="a b",seed=1]': "out/1-a b",
        'train[lr="a b",seed="1"]': "out/1-a b",
        'train[lr="a b",seed=1.0]': "out/1.0-a b",
        'train[lr="a b",seed=true]': "out/true-a b",
    }
    assert [target.matrix for target in found.values()][2] == (("lr", "a b"), ("seed", 1.0))
    assert {target.family for target in found.values()} == {"train"}


def test_the_order_of_the_axes_changes_neither_names_nor_values() -> None:
    text = '[target.a]\nrun = "true"\nmatrix = {{ {} }}\n'

    one = rig.targets(text.format("x = [1, 2], y = [3]"))
    other = rig.targets(text.format("y = [3], x = [1, 2]"))

    assert one == other
    assert list(one) == ["a[x=1,y=3]", "a[x=2,y=3]"]


def test_one_error_of_all_instances_is_told_once_and_all_instances_stay() -> None:
    found, problems = rig.expanded("""
[target.a]
run = "{matrix.y}"
matrix = { x = [1, 2, 3] }
""")

    assert [one.target.name for one in found] == ["a[x=1]", "a[x=2]", "a[x=3]"]
    assert [problem.message for problem in problems.found] == [
        "`{matrix.y}`: there is no `matrix` entry `y`"
    ]


# -- paths ----------------------------------------------------------------------------------


def test_a_path_is_a_file_a_folder_or_a_glob() -> None:
    (target,) = rig.targets("""
[target.a]
run = "true"
outputs = ["./out//x", "out/sub/", "globbed/**/*.txt", "[literal"]
""").values()

    place = ("target", "a", "outputs")
    assert target.outputs == (
        FilePattern("0", "file", "out/x", (*place, 0)),
        FilePattern("1", "folder", "out/sub", (*place, 1)),
        FilePattern("2", "glob", "globbed/**/*.txt", (*place, 2)),
        FilePattern("3", "file", "[literal", (*place, 3)),
    )
    assert [one.shown for one in target.outputs] == [
        "out/x",
        "out/sub/",
        "globbed/**/*.txt",
        "[literal",
    ]


def test_paths_have_the_names_that_the_table_gives_them() -> None:
    (target,) = rig.targets("""
[target.a]
run = "true"
outputs = { model = "m", parts = ["p1", "p2/"] }
""").values()

    assert [(one.role, one.path) for one in target.outputs] == [
        ("model", "m"),
        ("parts", "p1"),
        ("parts", "p2"),
    ]


def test_a_value_in_a_path_is_never_magic() -> None:
    (target,) = rig.targets(
        """
[target.a]
run = "true"
outputs = ["{params.name}", "out/{params.name}/*.txt", "{params.folder}"]
""",
        params={"name": "a[1]*", "folder": "f/"},
    ).values()

    assert [(one.kind, one.path) for one in target.outputs] == [
        ("file", "a[1]*"),
        ("glob", "out/a[[]1][*]/*.txt"),
        ("folder", "f"),
    ]


def test_paths_may_hold_params_axes_and_variables() -> None:
    (target,) = rig.targets(
        """
[target.a]
run = "true"
matrix = { n = [7] }
outputs = ["{params.model.name}-{matrix.n:03d}-{params.lr}-{env.USER}-{{target}}"]
""",
        params={"model": {"name": "net"}, "lr": 1e-5},
        environ={"USER": "ada"},
    ).values()

    assert target.outputs[0].path == "net-007-1e-05-ada-{target}"


def test_inputs_that_are_targets_stay_texts_until_they_are_linked() -> None:
    found, _ = rig.expanded("""
[target.a]
run = "true"
matrix = { n = [7] }
inputs = ["x", "@b:model", "@c[n={matrix.n}]:d"]
needs = ["e[n={matrix.n}]"]
""")

    path, *references = found[0].inputs
    assert path == FilePattern("0", "file", "x", ("target", "a", "inputs", 0))
    assert references == [
        Reference("1", "b:model", ("target", "a", "inputs", 1)),
        Reference("2", "c[n=7]:d", ("target", "a", "inputs", 2)),
    ]
    assert found[0].needs == (("e[n=7]", ("target", "a", "needs", 0)),)


# -- params ---------------------------------------------------------------------------------

PARAMS = {"lr": 0.1, "model": {"depth": 4, "opt": {"name": "adam"}}, "list": [1, 2], "secret": "s"}


@pytest.mark.parametrize(
    ("keys", "tracked"),
    [
        ('run = "train"', {}),
        ('run = "train {params.lr}"', {"lr": 0.1}),
        ('run = ["a {params.lr}", "b {params.model.depth}"]', {"lr": 0.1, "model.depth": 4}),
        ('argv = ["a", "{params.model.opt.name}"]', {"model.opt.name": "adam"}),
        ('run = "a {params.list[1]}"', {"list": [1, 2]}),
        ('run = "a"\nparams = ["lr"]', {"lr": 0.1}),
        ('run = "a"\nparams = ["model"]', {"model.depth": 4, "model.opt.name": "adam"}),
        ('run = "a"\nenv = { A = "{params.lr}" }', {"lr": 0.1}),
        ('run = "a"\nparams = { own = 1, t = { x = 2 } }', {"own": 1, "t.x": 2}),
        ('run = "a {params.lr}"\nparams = { lr = 2 }', {"lr": 2}),
        # a param only in a path counts through that path
        ('run = "a"\noutputs = ["{params.lr}"]', {}),
        ('run = "a {{params.lr}} ${lr}"', {}),
    ],
)
def test_params_that_the_action_refers_to_are_tracked(keys: str, tracked: object) -> None:
    (target,) = rig.targets(f"[target.a]\n{keys}\n", params=PARAMS).values()

    assert dict(target.params) == tracked


def test_own_params_are_laid_over_those_of_the_project() -> None:
    (target,) = rig.targets(
        '[target.a]\nrun = "a {params.model.opt.name}"\nparams = { model = { depth = 5 } }\n',
        params=PARAMS,
    ).values()

    assert target.scope.params["model"] == {"depth": 5, "opt": {"name": "adam"}}
    assert dict(target.params) == {"model.depth": 5, "model.opt.name": "adam"}


def test_variables_in_placeholders_are_read_variables() -> None:
    (target,) = rig.targets("""
[target.a]
run = "echo {env.HOME} {env.USER}"
env_inputs = ["PATH"]
""").values()

    assert target.env_inputs == ("HOME", "PATH", "USER")


def test_the_roots_with_a_meaning_only_at_run_time_are_left_for_then() -> None:
    rig.targets("""
[target.a]
run = "{inputs} {inputs[1]} {inputs.0x} {outputs.model} {sources} {target} {root} {run_dir}"
inputs = { 0x = ["a", "b"], other = "c" }
outputs = { model = "m" }
sources = ["s"]
""")


def test_problems_of_all_targets_are_gathered() -> None:
    with pytest.raises(JobfileError) as caught:
        rig.targets('[target.a]\nrun = "{params.x}"\n[target.b]\nrun = "{params.y}"\n', params={})

    assert [(one.message, one.line) for one in caught.value.problems] == [
        ("`{params.x}`: there is no param `x`", 2),
        ("`{params.y}`: there is no param `y`", 4),
    ]
