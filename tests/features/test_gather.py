"""Which instances a name means: all, those with a value, those of the same value."""

from __future__ import annotations

import time

import pytest

from tests.features import annotated
from tests.features.test_jobfile_errors import check
from tests.jobfile import rig
from tests.support import Space

TRAIN = """
[target.train]
run = "echo {matrix.lr} {matrix.seed} > {outputs}"
outputs = ["m/{matrix.lr}-{matrix.seed}"]
matrix = { lr = [0.1, 1e-3], seed = [1, 2] }
"""
ALL = ("train[lr=0.1,seed=1]", "train[lr=0.1,seed=2]",
       "train[lr=0.001,seed=1]", "train[lr=0.001,seed=2]")  # fmt: skip


@pytest.mark.parametrize(
    ("selector", "chosen"),
    [
        ("train", [0, 1, 2, 3]),
        ("train[*]", [0, 1, 2, 3]),
        ("train[seed=1]", [0, 2]),
        ("train[lr=0.1]", [0, 1]),
        ("train[lr=1e-3]", [2, 3]),  # as TOML reads it
        ("train[seed=2,lr=0.1]", [1]),
        ("train[ seed = 2 , lr = 0.1 ]", [1]),
        ("train[lr=0.1,seed=2]", [1]),
        ("train[lr=*]", []),
    ],
)
def test_a_selector_names_instances_by_their_values(selector: str, chosen: list[int]) -> None:
    text = f'{TRAIN}[target.x]\nrun = "true"\nneeds = ["{selector}"]\n'
    if chosen:
        assert rig.graph(text).needs["x"] == tuple(ALL[number] for number in chosen)
    else:
        with pytest.raises(Exception, match="which is not in the Jobfile"):
            rig.graph(text)


def test_placeholders_choose_those_of_the_same_value() -> None:
    graph = rig.graph(
        TRAIN
        + """
[target.seed]
run = "true"
needs = ["train[{matrix.seed}]"]
after = ["train[lr=0.1,{matrix.seed}]"]
inputs = ["@train[{matrix.seed}, lr=0.001]"]
matrix = { seed = [1, 2] }
[target.both]
run = "true"
needs = ["train[{matrix.seed},{matrix.lr}]"]
matrix = { lr = [0.1], seed = [2] }
"""
    )
    target = graph.targets["seed[seed=2]"]
    assert target.needs == (ALL[1], ALL[3])
    assert target.after == (ALL[1],)
    assert [one.path for one in target.inputs] == ["m/0.001-2"]
    assert graph.needs["both[lr=0.1,seed=2]"] == (ALL[1],)


def test_texts_with_commas_and_brackets_can_be_chosen() -> None:
    graph = rig.graph("""
[target.a]
run = "true"
matrix = { x = ["1,2]", "1", 'q"', "src/a.c"] }
[target.b]
run = "true"
needs = ['a[x="1,2]"]', "a[x='1,2]']", 'a[x="1"]', 'a[x="q\\""]', "a[x=src/a.c]"]
""")
    assert graph.targets["b"].needs == (
        'a[x="1,2]"]', 'a[x="1"]', 'a[x="q\\""]', 'a[x="src/a.c"]'
    )  # fmt: skip


def test_selectors_on_the_command_line_and_in_default(space: Space) -> None:
    space.jobfile('[project]\ndefault = ["train[seed=2]"]\n' + TRAIN)
    assert space.build("-j1").built == [ALL[1], ALL[3]]
    assert space.build("-j1", "train[lr=0.1]").built == [ALL[0]]
    assert space.build("train[*]").built == [ALL[2]]

    error = space.build("train[sed=2]", code=2).err
    assert error == "error: there is no target `train[sed=2]`\nhint: did you mean `seed`?\n"


ERRORS = """
--- no such instances
[target.train]
run = "true"
matrix = { lr = [0.1, 0.2], kind = ["small", "large"] }
[target.plain]
run = "true"
[target.x]
run = "true"
needs = ["train[lr=0.3]", "train[kind=smal]", "train[knd=small]", "train[z=1]"]
         ^^^^^^^^^^^^^^^ target `x` needs `train[lr=0.3]`, which is not in the Jobfile
hint: did you mean `lr=0.2`?
                          ^^^^^^^^^^^^^^^^^^ target `x` needs `train[kind=smal]`, which is not in the Jobfile
hint: did you mean `kind=small`?
                                              ^^^^^^^^^^^^^^^^^^ target `x` needs `train[knd=small]`, which is not in the Jobfile
hint: did you mean `kind`?
                                                                  ^^^^^^^^^^^^ target `x` needs `train[z=1]`, which is not in the Jobfile
hint: its axes are `kind`, `lr`
after = ["train[kind=smal,lr=0.1]", "plain[*]", "tran[lr=0.1]", "train[0.1]"]
         ^^^^^^^^^^^^^^^^^^^^^^^^^ target `x` needs `train[kind=smal,lr=0.1]`, which is not in the Jobfile
hint: did you mean `train[kind=small,lr=0.1]`?
                                    ^^^^^^^^^^ target `x` needs `plain[*]`, which is not in the Jobfile
hint: `plain` has no instances: write `plain`
                                                ^^^^^^^^^^^^^^ target `x` needs `tran[lr=0.1]`, which is not in the Jobfile
hint: did you mean `train`?
                                                                ^^^^^^^^^^^^ target `x` needs `train[0.1]`, which is not in the Jobfile
hint: its axes are `kind`, `lr`
"""  # noqa: E501 - a message stands behind the carets it belongs to


@pytest.mark.parametrize("text", annotated.each(ERRORS))
def test_what_is_not_there_is_told_with_what_is_near(space: Space, text: str) -> None:
    check(space, text)


def test_the_path_lacks_the_axes_that_are_named(space: Space) -> None:
    check(
        space,
        """
[target.c]
run = "true"
matrix = { seed = [1, 2], kind = ["x"], size = [1, 2] }
outputs = ["model-{matrix.kind}", "log-{matrix.size}"]
           ^^^^^^^^^^^^^^^^^^^^^ targets `c[kind=x,seed=1,size=1]` and `c[kind=x,seed=1,size=2]` both make `model-x`
hint: the path must hold `{matrix.size}`
                                  ^^^^^^^^^^^^^^^^^^^ targets `c[kind=x,seed=1,size=1]` and `c[kind=x,seed=2,size=1]` both make `log-1`
hint: the path must hold `{matrix.seed}`
""",  # noqa: E501
    )


def test_a_thousand_gatherers_over_a_thousand_instances_link_quickly() -> None:
    begin = time.process_time()
    graph = rig.graph("""
[target.a]
run = "true"
matrix = { n = { range = [1, 1000, 1] }, k = ["x"] }
[target.b]
run = "true"
matrix = { n = { range = [1, 1000, 1] } }
needs = ["a[{matrix.n}]"]
after = ["a[n={matrix.n}]"]
inputs = []
""")
    assert graph.needs["b[n=1000]"] == ("a[k=x,n=1000]",)
    assert time.process_time() - begin < 10  # a million comparisons of names take longer
