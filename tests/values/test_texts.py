"""The text of a param: TOML's own where TOML has the value, and always valid TOML."""

from __future__ import annotations

from collections import Counter, OrderedDict
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import tomli
from hypothesis import given, settings

from jobmake.tools.tomltext import value as toml_value
from jobmake.values.codec import value_text
from tests.values.shapes import Colour, Level, Model
from tests.values.test_round_trips import ANY

INDIA = timezone(timedelta(hours=5, minutes=30))
IN_TOML = """
i = 32
big = 123456789012345678901234567890
f = 1e-5
n = nan
b = true
s = "a \\"b\\" \\u0000"
l = [1, [2.0, "x"], {b = 1, a = [true]}]
t = {y = 1, x = {"a.b" = 2}}
od = 2026-11-21T08:30:00.5+05:30
z = 2026-11-21T08:30:00Z
ld = 2026-11-21T08:30:00
d = 2026-11-21
lt = 08:30:00
"""


def test_a_value_that_toml_has_is_written_as_toml_has_it() -> None:
    for value in tomli.loads(IN_TOML).values():
        assert value_text(value) == toml_value(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2, "2"),
        (2.0, "2.0"),
        ("2", '"2"'),
        (True, "true"),
        (None, '{"$none" = true}'),
        ((1, 2), '{"$tuple" = [1, 2]}'),
        ([1, (2,)], '[1, {"$tuple" = [2]}]'),
        ({3, "a", 1}, '{"$set" = ["a", 1, 3]}'),
        ({"b": 1, "a": 2}, "{a = 2, b = 1}"),
        ({2: "x", 1: "y"}, '{"$dict" = [[1, "y"], [2, "x"]]}'),
        ({"$tuple": [1]}, '{"$dict" = [["$tuple", [1]]]}'),
        (OrderedDict(b=1, a=2), '{"$ordereddict" = [["b", 1], ["a", 2]]}'),
        (Decimal("2"), '{"$decimal" = "2"}'),
        (Path("a/b"), '{"$path" = "a/b"}'),
        (b"ab", '{"$bytes" = "YWI="}'),
        (b"ab" * 100, '{"$bytes" = "xxh3:bc03a9ff8d2f7f3c0a3c9f7a1d3a1b7e"}'),
        (Level.LOW, '{"$enum" = ["tests.values.shapes:Level", "LOW"]}'),
        (Colour.CRIMSON, '{"$enum" = ["tests.values.shapes:Colour", "RED"]}'),
        (Model(1, []), '{"$dataclass" = ["tests.values.shapes:Model", {depth = 1, parts = []}]}'),
        (time(8, tzinfo=INDIA), '{"$time" = ["08:00:00", {"$timezone" = [{"$timedelta" = '
         "[0, 19800, 0]}]}, 0]}"),
        (datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC")),
         '{"$datetime" = ["2026-01-01T00:00:00", {"$zoneinfo" = "UTC"}, 0]}'),
    ],
    ids=lambda one: one[:30] if isinstance(one, str) else type(one).__name__,
)  # fmt: skip
def test_the_text_of_a_value(value: Any, text: str) -> None:
    if "xxh3" in text:
        assert value_text(value).startswith('{"$bytes" = "xxh3:')
        assert len(value_text(value)) == len(text)
    else:
        assert value_text(value) == text


def test_the_order_of_a_dict_does_not_count_and_that_of_a_list_does() -> None:
    assert value_text({"a": (1, 2), "b": {1: 2, 3: 4}}) == value_text(
        {"b": {3: 4, 1: 2}, "a": (1, 2)}
    )
    assert value_text(Counter("ab")) == value_text(Counter("ba"))
    assert value_text([1, 2]) != value_text([2, 1])
    assert value_text({date(2026, 1, 1): 1, "a": 2}) == value_text({"a": 2, date(2026, 1, 1): 1})


@given(value=ANY)
@settings(deadline=None)
def test_every_text_is_one_line_of_toml_in_its_own_form(value: Any) -> None:
    text = value_text(value)

    assert len(text.splitlines()) == 1
    assert toml_value(tomli.loads(f"x = {text}")["x"]) == text
