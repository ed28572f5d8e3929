"""Params: which value counts, and of which type it is."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobmake.jobfile.params import find, leaves, merged, override, read_params_files
from jobmake.jobfile.problems import Problems
from jobmake.model.errors import UsageError
from jobmake.tools.tomltext import key


def read(folder: Path, **files: str) -> dict[str, Any]:
    """Write params files, `a_yaml="…"` as `a.yaml`, and read them in this order."""
    names = []
    for name, text in files.items():
        names.append(name.replace("_", "."))
        (folder / names[-1]).write_text(text)
    problems = Problems("Jobfile.toml")
    places = [(name, ("project", "params_files", index)) for index, name in enumerate(names)]
    found = read_params_files(str(folder), places, problems)
    assert problems.found == []
    return found


def test_of_a_file_that_is_no_toml_the_place_is_shown(tmp_path: Path) -> None:
    tmp_path.joinpath("p.toml").write_text("a = 1\nb = = 2\n")
    problems = Problems("Jobfile.toml")
    read_params_files(str(tmp_path), [("p.toml", ("project", "params_files", 0))], problems)
    [problem] = problems.found
    assert problem.message == "params file `p.toml`: invalid value"
    assert (problem.file, problem.line) == ("p.toml", 2)
    assert (problem.source, problem.column) == ("b = = 2", 4)


# -- precedence -----------------------------------------------------------------------------


def test_later_files_then_the_jobfile_then_the_command_line_win(tmp_path: Path) -> None:
    files = read(
        tmp_path,
        a_toml='x = "a"\ny = "a"\nz = "a"\nw = "a"\n',
        b_json='{"y": "b", "z": "b", "w": "b"}',
    )

    params = override(merged(files, {"z": "Jobfile", "w": "Jobfile"}), ["w=-D"])

    assert params == {"x": "a", "y": "b", "z": "Jobfile", "w": "-D"}


def test_tables_are_joined_and_anything_else_is_replaced() -> None:
    under = {"model": {"depth": 4, "seed": {"value": 1}}, "list": [1, 2], "x": {"a": 1}}
    over = {"model": {"seed": {"value": 2}, "new": True}, "list": [3], "x": 5}

    assert merged(under, over) == {
        "model": {"depth": 4, "seed": {"value": 2}, "new": True},
        "list": [3],
        "x": 5,
    }
    assert under == {"model": {"depth": 4, "seed": {"value": 1}}, "list": [1, 2], "x": {"a": 1}}


def test_the_command_line_replaces_a_table_as_a_whole() -> None:
    params = {"model": {"depth": 4, "seed": 7}, "x": 1}

    assert override(params, ["model={depth = 5}"]) == {"model": {"depth": 5}, "x": 1}
    assert override(params, ["model.depth=5"]) == {"model": {"depth": 5, "seed": 7}, "x": 1}
    assert params == {"model": {"depth": 4, "seed": 7}, "x": 1}


def test_the_last_of_several_settings_wins() -> None:
    assert override({"x": 1}, ["x=2", "x=3"]) == {"x": 3}


# -- types ----------------------------------------------------------------------------------


def typed(value: object) -> object:
    """A value with its type, since `1 == 1.0 == True`."""
    return type(value), value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1), ("1.0", 1.0), ("1e-3", 0.001), ("true", True), ("True", "True"), ("no", "no"),
        ('"1"', "1"), ("'a b'", "a b"), ("a b", "a b"), ("", ""), ("  7 ", 7), ("a=b", "a=b"),
        ("[1, 'x']", [1, "x"]), ("{a = 1}", {"a": 1}), ("[1,", "[1,"), ("C:\\x", "C:\\x"),
        ("1\nother = 2", "1\nother = 2"), ("it's", "it's"), ("7 apples", "7 apples"),
        ("2020-01-02", date(2020, 1, 2)), ("[" * 200, "[" * 200), ("9" * 5000, "9" * 5000),
    ],
)  # fmt: skip
def test_a_value_of_the_command_line_is_toml_where_it_reads_as_toml(text: str, value: Any) -> None:
    assert typed(override({"x": 0}, [f"x={text}"])["x"]) == typed(value)


def test_a_quoted_name_may_hold_a_point() -> None:
    params = {"a.b": {"c d": 1}, "x": {"y": 1}}

    assert override(params, ["\"a.b\".'c d'=2"])["a.b"] == {"c d": 2}
    assert override(params, [" x.y =2"])["x"] == {"y": 2}


@pytest.mark.parametrize("name", ["y", "x.y", "x.z", '"x', "x.y.z", "", ".", "x.", 'x."'])
def test_what_is_not_declared_cannot_be_set(name: str) -> None:
    with pytest.raises(UsageError):
        override({"x": {"a": 1}}, [f"{name}=1"])


def test_yaml_is_read_as_version_1_2(tmp_path: Path) -> None:
    text = "\n".join(
        (
            "words: [no, yes, on, off, y, n]",
            "float: 1e-3",
            "times: 12:30:45",
            "octal: 0o14",
            "truth: [true, false]",
            "date: 2020-01-02",
            "text: '1'",
            "anchor: &a {x: 1}",
            "again: *a",
        )
    )

    found = read(tmp_path, p_yaml=text)

    assert found == {
        "words": ["no", "yes", "on", "off", "y", "n"],
        "float": 0.001,
        "times": "12:30:45",
        "octal": 12,
        "truth": [True, False],
        "date": date(2020, 1, 2),
        "text": "1",
        "anchor": {"x": 1},
        "again": {"x": 1},
    }
    assert type(found["float"]) is float


def test_an_empty_yaml_file_has_no_params(tmp_path: Path) -> None:
    assert read(tmp_path, p_yaml="# nothing\n", q_yml="", r_toml="") == {}


def test_json_and_toml_keep_their_types(tmp_path: Path) -> None:
    found = read(tmp_path, p_json='{"a": 1, "b": 1.0, "c": true, "d": "1"}')
    assert [typed(found[key]) for key in "abcd"] == [typed(one) for one in (1, 1.0, True, "1")]

    found = read(tmp_path, p_toml="a = 1\nb = 1.0\nc = true\nd = '1'\ne = 2020-01-02\n")
    assert [typed(found[key]) for key in "abcde"] == [
        typed(one) for one in (1, 1.0, True, "1", date(2020, 1, 2))
    ]


# -- names ----------------------------------------------------------------------------------


def test_leaves_are_named_by_their_way_down() -> None:
    value = {"b": {"c": 1, "d e": [1, {"x": 2}]}, "f": {}}

    assert dict(leaves("a", value)) == {"a.b.c": 1, 'a.b."d e"': [1, {"x": 2}], "a.f": {}}
    assert list(leaves("a", 5)) == [("a", 5)]


def test_a_param_is_found_by_its_name() -> None:
    params = {"a": {"b.c": {"d": 1}}, "list": [1]}

    assert find(params, "a") == ("a", {"b.c": {"d": 1}})
    assert find(params, "a.'b.c'.d") == ('a."b.c".d', 1)
    assert [find(params, name) for name in ("b", "a.b", "list.0", "a.'", "", "'")] == [None] * 6


NAMES = st.text(min_size=1).filter(lambda name: name.isprintable() and "=" not in name)
TREES = st.recursive(
    st.integers(), lambda inner: st.dictionaries(NAMES, inner, min_size=1, max_size=3)
)


@given(st.dictionaries(NAMES, TREES, min_size=1, max_size=3))
@settings(deadline=None)
def test_every_leaf_is_found_again_by_its_name_and_can_be_set(params: dict[str, Any]) -> None:
    for top, value in params.items():
        for name, leaf in leaves(key(top), value):
            assert find(params, name) == (name, leaf)
            assert find(override(params, [f"{name}=true"]), name) == (name, True)
