"""Did you mean: the nearest name, and none where nothing is near."""

from __future__ import annotations

import pytest

from jobmake.tools.hints import did_you_mean, nearest, one_edit_apart


@pytest.mark.parametrize(
    ("word", "names", "meant"),
    [
        ("prepare_data", ["prepare", "prepare-data"], "prepare-data"),
        ("Train", ["train"], "train"),
        ("trian", ["train", "report"], "train"),
        ("output", ["inputs", "outputs"], "outputs"),
        ("a", ["b", "c"], None),
        ("train", [], None),
        ("", ["train"], None),
    ],
)
def test_the_nearest_name_is_found(word: str, names: list[str], meant: str | None) -> None:
    assert nearest(word, names) == meant
    assert nearest(word, iter(names)) == meant


def test_a_name_that_differs_only_in_case_and_hyphens_goes_first() -> None:
    assert nearest("DATA_set", ["data-sets", "data_sex", "data-set"]) == "data-set"


@pytest.mark.case("F06")
def test_a_letter_that_looks_like_another_is_told() -> None:
    there, here = "t\u0435st", "test"
    told = "did you mean `test`? its `e` is U+0065, here stands U+0435"
    assert did_you_mean(there, [here]) == told
    assert did_you_mean(here, [there]) == (
        "did you mean `t\u0435st`? its `\u0435` is U+0435, here stands U+0065"
    )
    assert did_you_mean("caf\u00e9", ["cafe"]) == "did you mean `cafe`?"


def test_a_hint_is_a_question_or_nothing() -> None:
    assert did_you_mean("trian", ["train"]) == "did you mean `train`?"
    assert did_you_mean("xyz", ["train"]) is None


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("input", "inputs"), ("iputs", "inputs"), ("xinputs", "inputs"), ("inbuts", "inputs"),
        ("inputx", "inputs"), ("anputs", "inputs"), ("", "a"), ("target", "targets"),
    ],
)  # fmt: skip
def test_one_letter_more_less_or_other_is_one_edit(word: str, other: str) -> None:
    assert one_edit_apart(word, other)
    assert one_edit_apart(other, word)


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("inputs", "inputs"), ("", ""), ("inptus", "inputs"), ("inpu", "inputs"), ("ab", "ba"),
        ("root", "env"), ("axb", "bxa"), ("inputss", "inputz"),
    ],
)  # fmt: skip
def test_more_than_one_letter_or_none_is_not(word: str, other: str) -> None:
    assert not one_edit_apart(word, other)
    assert not one_edit_apart(other, word)
