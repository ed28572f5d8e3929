"""Whatever stands in a Jobfile, it is loaded or refused by an error for people: nothing else is
raised, nothing takes long, and nothing takes much memory."""

from __future__ import annotations

import random
import re
import resource
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobmake.jobfile import schema
from jobmake.jobfile.json_schema import json_schema
from tests.amounts import amount
from tests.jobfile.fuzzing import EXAMPLES, KEYS, PIECES, feed, mutant

pytestmark = pytest.mark.case("F01")
UNIT = 1.0  # seconds of the processor for one Jobfile
GROWTH = 300_000  # kB of memory for all


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def told_within_bounds(folder: Path, data: bytes) -> str:
    """Feed a Jobfile; return what is told of it, and fail if that took too long."""
    begin = time.process_time()
    told = feed(folder, data)
    assert time.process_time() - begin < UNIT, data
    return told


def test_accidents_to_the_manuals_examples_are_told_like_all_mistakes(tmp_path: Path) -> None:
    before, wrong = peak(), 0
    number = amount(1_500, 100_000)
    for seed in range(number):
        told = told_within_bounds(tmp_path, mutant(random.Random(seed), EXAMPLES))
        if told:
            wrong += 1
            assert told.startswith("error: "), f"seed {seed}"
            assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", told), f"seed {seed}"
    assert number / 4 < wrong < number, "accidents should leave some right, and many wrong"
    assert peak() - before < GROWTH


@given(st.lists(st.sampled_from(PIECES), max_size=24).map("".join))
@settings(
    max_examples=amount(400, 20_000),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_pieces_in_any_order_are_told_like_all_mistakes(tmp_path: Path, text: str) -> None:
    told = told_within_bounds(tmp_path, text.encode())
    assert told == "" or told.startswith("error: ")


# -- any value at any place -------------------------------------------------------------------

VALUES: dict[str, Any] = {
    "true": True, "-7": -7, "1.5": 1.5, "inf": float("inf"), '"a b"': "a b", '""': "",
    "[]": [], "[1, 2]": [1, 2], '["a", ["b"]]': ["a", ["b"]], '[""]': [""], "{}": {},
    "{k = 1}": {"k": 1}, "{k = {k = [[]]}}": {"k": {"k": [[]]}}, "[{k = 1}]": [{"k": 1}],
    "1979-05-27": None,
}  # fmt: skip
PLACES = {
    "": ("", schema.TOP_KEYS),
    "[project]": ("project", schema.PROJECT_KEYS),
    "[cache]": ("cache", schema.CACHE_KEYS),
    "[target.t]": ("target", schema.TARGET_KEYS),
    "[profile.p]": ("profile", schema.PROFILE_KEYS),
}


@pytest.mark.case("F03")
@pytest.mark.parametrize("header", PLACES)
def test_a_value_of_a_wrong_kind_is_told_by_its_key_its_line_and_what_it_must_be(
    tmp_path: Path, header: str
) -> None:
    from jsonschema import Draft7Validator

    name, keys = PLACES[header]
    described = json_schema()
    if name:
        described = described["properties"][name]
        described = described.get("additionalProperties") or described
    for key in keys:
        allowed = Draft7Validator(described["properties"][key])
        for text, value in VALUES.items():
            jobfile = f"{header}\n# a comment\n{key} = {text}\n"
            told = told_within_bounds(tmp_path, jobfile.encode())
            if value is None or not allowed.is_valid(value):
                here = [one for one in told.split("\n\n") if "--> Jobfile.toml:3\n" in one]
                assert any(f"`{key}" in one or "unknown key" in one for one in here), (
                    f"{jobfile}{told}"
                )


def test_the_pieces_know_all_keys() -> None:
    assert {"run", "params_files", "pools"} <= set(KEYS)
    assert len(EXAMPLES) > 50
