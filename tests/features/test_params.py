"""Params and the environment: which targets a change reaches, and how it is told.

Values that look like secrets count like all others, and are shown to nobody.
"""

from __future__ import annotations

import pytest

from tests.support import Result, Space

pytestmark = pytest.mark.usefixtures("no_cache")

MODEL = """
[params]
rate = 0.1
layers = [64, 32]
model = { depth = 4, name = "small" }

[target.prepare]
run = "echo prepared > {outputs}"
outputs = ["prepared.txt"]

[target.train]
run = "echo {params.rate} {params.layers} > {outputs}"
inputs = ["@prepare"]
outputs = ["model.txt"]

[target.report]
run = "echo report > {outputs}"
params = ["model"]
outputs = ["report.txt"]
"""


@pytest.fixture
def built(space: Space) -> Space:
    """Three targets, built once: `train` uses `rate` and `layers`, `report` uses `model`."""
    space.jobfile(MODEL)
    space.build()
    return space


def ran(result: Result) -> dict[str, str]:
    """What was built, and why."""
    return {name: result.reason(name) for name in result.built}


def test_a_param_in_a_command_is_tracked_without_being_listed(built: Space) -> None:
    built.replace("Jobfile.toml", "rate = 0.1", "rate = 0.05")

    result = built.build("-j1")

    assert ran(result) == {"train": "param `rate` changed 0.1 -> 0.05"}
    assert result.fresh == ["prepare", "report"]
    assert built.read("model.txt") == "0.05 64 32\n"


def test_a_listed_param_is_tracked_with_all_that_is_below_it(built: Space) -> None:
    built.replace("Jobfile.toml", "depth = 4", "depth = 5")
    assert ran(built.build()) == {"report": "param `model.depth` changed 4 -> 5"}

    built.replace("Jobfile.toml", "depth = 5", 'depth = 5, "a key" = true')
    assert ran(built.build()) == {"report": 'param `model."a key"` is new: true'}

    built.replace("Jobfile.toml", ', name = "small"', "")
    assert ran(built.build()) == {"report": 'param `model.name` is gone: was "small"'}


def test_a_param_that_a_target_lists_no_more_is_a_reason(built: Space) -> None:
    built.replace("Jobfile.toml", '"model"', '"model.depth"')
    assert ran(built.build()) == {"report": 'param `model.name` is gone: was "small"'}


def test_a_param_that_nobody_uses_runs_nothing(built: Space) -> None:
    built.replace("Jobfile.toml", "[params]", "[params]\nunused = 1")
    assert built.build().built == []


@pytest.mark.case("A14")
def test_the_order_of_a_table_does_not_matter_and_that_of_a_list_does(built: Space) -> None:
    built.replace("Jobfile.toml", 'depth = 4, name = "small"', 'name = "small", depth = 4')
    assert built.build().built == []

    built.replace("Jobfile.toml", "[64, 32]", "[32, 64]")
    assert ran(built.build()) == {"train": "param `layers` changed [64, 32] -> [32, 64]"}


def test_two_values_that_change_places_are_two_changes(space: Space) -> None:
    space.jobfile('params = { x = 1, y = 2 }\ntarget.a.run = "true"\ntarget.a.params = ["x", "y"]')
    space.build()

    space.replace("Jobfile.toml", "x = 1, y = 2", "x = 2, y = 1")

    assert ran(space.build()) == {"a": "param `x` changed 1 -> 2, and 1 more"}


@pytest.mark.case("A14")
def test_values_of_different_types_differ_though_the_command_reads_the_same(space: Space) -> None:
    def jobfile(value: str) -> None:
        space.jobfile(f'params.x = {value}\ntarget.a.run = "echo {{params.x}}"')

    told = []
    for value in ("1", "1.0", '"1"', "true", '"true"', "[1]", "1979-05-27", "1e0", "+1"):
        jobfile(value)
        told.append(ran(space.build()).get("a"))

    assert told == [
        "it was never built",
        "param `x` changed 1 -> 1.0",
        'param `x` changed 1.0 -> "1"',
        'param `x` changed "1" -> true',
        'param `x` changed true -> "true"',
        'param `x` changed "true" -> [1]',
        "param `x` changed [1] -> 1979-05-27",
        "param `x` changed 1979-05-27 -> 1.0",
        "param `x` changed 1.0 -> 1",
    ]


@pytest.mark.case("A14")
def test_another_way_to_write_a_value_is_no_change(built: Space) -> None:
    built.replace("Jobfile.toml", "rate = 0.1", "rate = 1e-1")
    built.replace("Jobfile.toml", "layers = [64, 32]", "layers = [ 0x40,\n 3_2, ]")
    assert built.build().built == []


def test_a_target_has_params_of_its_own_above_those_of_all(built: Space) -> None:
    built.replace("Jobfile.toml", "[target.train]", "[target.train]\nparams = { rate = 0.3 }")
    assert ran(built.build()) == {"train": "param `rate` changed 0.1 -> 0.3"}
    assert built.read("model.txt") == "0.3 64 32\n"

    built.replace("Jobfile.toml", "rate = 0.1", "rate = 0.2")
    assert built.build().built == []


# -- where params come from ------------------------------------------------------------------


def test_the_command_line_goes_before_the_jobfile(built: Space) -> None:
    result = built.build("-D", "rate=1", "-D", "model.depth=9", "-D", "model.name=very small")

    assert ran(result) == {
        "train": "param `rate` changed 0.1 -> 1",
        "report": "param `model.depth` changed 4 -> 9, and 1 more",
    }
    assert built.build("-D", "rate=1", "train").built == []
    assert ran(built.build("train")) == {"train": "param `rate` changed 1 -> 0.1"}


def test_the_command_line_cannot_set_what_is_not_declared(built: Space) -> None:
    result = built.build("-D", "rat=1", code=2)

    assert result.err == (
        "error: `-D rat=…`: there is no param `rat`\nhint: did you mean `rate`?\n"
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("params.toml", 'rate = 1e-3\nno = "no"\n[model]\ndepth = 4\n'),
        ("params.json", '{"rate": 1e-3, "no": "no", "model": {"depth": 4}}'),
        ("params.yaml", "rate: 1e-3\nno: no\nmodel:\n  depth: 4\n"),
    ],
)
def test_params_files_say_the_same_in_every_format(space: Space, name: str, text: str) -> None:
    space.write(name, text)
    space.jobfile(f"""
        project.params_files = ["{name}"]
        target.a.run = "echo {{params.rate}} {{params.no}} {{params.model.depth:03d}} > {{outputs}}"
        target.a.outputs = ["a.txt"]
    """)
    space.build()
    assert space.read("a.txt") == "0.001 no 004\n"

    space.replace(name, "4", "5")

    assert ran(space.build()) == {"a": "param `model.depth` changed 4 -> 5"}


def test_a_value_that_moves_between_files_of_any_format_is_no_change(space: Space) -> None:
    space.write("a.yaml", "x: 1\ny: 1\nz: {in: 1, out: 1}\n")
    space.write("b.json", '{"y": 2, "z": {"in": 2}}')
    space.jobfile("""
        project.params_files = ["a.yaml", "b.json"]
        params = { z.out = 3 }
        target.a.run = "echo {params.x} {params.y} {params.z.in} {params.z.out} > {outputs}"
        target.a.outputs = ["a.txt"]
    """)
    space.build()
    assert space.read("a.txt") == "1 2 2 3\n"  # a later file goes before, the Jobfile before all

    space.replace("Jobfile.toml", '["a.yaml", "b.json"]', "[]")
    space.replace("Jobfile.toml", "z.out = 3", "x = 1, y = 2, z = { out = 3, in = 2 }")

    assert space.build().built == []


# -- the environment -------------------------------------------------------------------------

MODES = """
[target.set]
run = "echo $MODE > {outputs}"
env = { MODE = "fast" }
outputs = ["set.txt"]

[target.listed]
run = "echo ${DETAIL-unset} > {outputs}"
env_inputs = ["DETAIL"]
outputs = ["listed.txt"]

[target.used]
run = "echo {env.GREETED} > {outputs}"
outputs = ["used.txt"]
"""


@pytest.mark.case("A15")
def test_variables_that_a_target_sets_or_reads_count_and_no_others(space: Space) -> None:
    space.jobfile(MODES)
    space.build(env={"GREETED": "Ada"})
    assert space.build(env={"GREETED": "Ada", "MODE": "slow", "OTHER": "1"}).built == []

    space.replace("Jobfile.toml", "fast", "slow")
    result = space.build("-j1", env={"GREETED": "Eve", "DETAIL": ""})

    assert ran(result) == {
        "set": 'variable `MODE` changed "fast" -> "slow"',
        "listed": 'variable `$DETAIL` changed unset -> ""',
        "used": 'variable `$GREETED` changed "Ada" -> "Eve"',
    }
    assert [space.read(f"{name}.txt") for name in ran(result)] == ["slow\n", "\n", "Eve\n"]


def test_a_variable_that_a_command_needs_and_is_not_set_fails_it(space: Space) -> None:
    space.jobfile(MODES)

    result = space.build("used", env={}, code=1)

    assert result.failed == ["used"]
    assert "failed: `{env.GREETED}`: the variable `GREETED` is not set\n" in result.err


# -- secrets ---------------------------------------------------------------------------------


@pytest.mark.case("G19")
def test_a_secret_counts_and_is_shown_nowhere(space: Space) -> None:
    space.jobfile("""
        params = { db_password = "swordfish" }
        [target.a]
        run = "test {params.db_password} = {env.TOKEN} > {outputs}"
        env = { API_KEY = "opensesame" }
        outputs = ["a.txt"]
    """)
    shown = [space.build(env={"TOKEN": "swordfish"})]
    assert shown[0].built == ["a"]

    space.replace("Jobfile.toml", "opensesame", "abracadabra")
    space.replace("Jobfile.toml", "swordfish", "barracuda")
    shown += [
        space.run("why", "a", env={"TOKEN": "dragonfly"}),
        space.run("status", env={"TOKEN": "dragonfly"}),
        space.build(env={"TOKEN": "dragonfly"}, code=1),
        space.run("why", "a", env={"TOKEN": "dragonfly"}),
    ]

    assert shown[1].out.startswith(
        "a is stale:\n"
        "  param `db_password` changed *** -> ***\n"
        "  variable `$TOKEN` changed *** -> ***\n"
        "  variable `API_KEY` changed *** -> ***\n"
    )
    assert "  command: test *** = *** > a.txt\n" in shown[3].err
    told = [one.out + one.err for one in shown]
    kept = [path.read_bytes().decode("latin-1") for path in space.root.rglob("*") if path.is_file()]
    for secret in ("swordfish", "barracuda", "dragonfly", "opensesame", "abracadabra"):
        assert not any(secret in text for text in told)
        assert sum(secret in text for text in kept) == (secret in space.read("Jobfile.toml"))
