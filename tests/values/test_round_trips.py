"""Values come back as they went in: equal, and of the same type all the way down."""

from __future__ import annotations

import json
import math
from collections import Counter, OrderedDict, defaultdict, deque
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobmake.values.codec import from_json, read_value, to_json, value_text, write_value
from tests.values.same import same, there_and_back
from tests.values.shapes import Colour, Deeper, Frozen, Inner, Level, Model, Point, Rights

BERLIN = ZoneInfo("Europe/Berlin")
INDIA = timezone(timedelta(hours=5, minutes=30))
UTC = timezone.utc  # noqa: UP017 - short, and the same

VALUES = [
    None, True, False, 0, 1, -1,
    2**63, -(2**64), 10**5000, -(10**5000), 0.1, -0.0, math.nan, math.inf,
    -math.inf, 1e300, 5e-324, 1j, complex(-0.0, math.nan), "", "text", "größer 😀", "\x00\n\u2028",
    "\ud83d\ude00", "\udc80", b"", b"\x00\xff", b"long" * 1000, bytearray(b"x"), range(3),
    range(10, -5, -3), [], [1, [2, [3]]], (), (1,), ((), [()]), set(), {1, "1", (1, 2)},
    frozenset({frozenset()}), {}, {"a": 1}, {1: "int", "1": "str"}, {None: 1, (1, 2): {3}},
    {"$tuple": [1]}, {"$": 0, "a": 1}, {"a": {"$blobs": []}}, {"\ud800": 1}, {"b": 1, "a": 2},
    date(2026, 11, 21), time(8, 30), time(1, 2, 3, 4, INDIA), time(1, fold=1),
    datetime(2026, 11, 21, 8), datetime(1, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=INDIA),
    datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN),
    datetime(2026, 10, 25, 2, 0, 0, 5, BERLIN, fold=1),
    timedelta(days=-1, microseconds=7), timedelta.max, UTC, INDIA, timezone(timedelta(0), "UTC"),
    timezone(timedelta(seconds=1, microseconds=3), "odd"), BERLIN,
    Decimal("1.10"), Decimal("-0"), Decimal("1E+3"), Decimal("-Infinity"), Decimal("NaN"),
    Fraction(1, 3), Path("a/b"), Path("/"), Path("\udcff"), PurePosixPath("x"),
    PureWindowsPath("c:\\x"), UUID(int=7),
    Counter("abca"), Counter({"a": 0, "b": -2}), defaultdict(list, {"a": [1]}), defaultdict(None),
    defaultdict(Model), OrderedDict([("b", 1), ("a", 2)]), deque([1, (2,)]), deque([1], 5),
    deque(maxlen=0),
    Colour.RED, Colour.BLUE, Level.LOW, Rights.READ, Rights.READ | Rights.WRITE, Rights(0),
    Point(1), Point((1,), [2]), Model(3), Model(3, [Model(4), (5,)]), Frozen("a", Model(1)),
    Inner.Deep({1: 2}), Deeper(2, [Deeper(1)]),
]  # fmt: skip


def named(value: Any) -> str:
    return type(value).__name__  # a set's own text is another in each process


@pytest.mark.parametrize("value", VALUES, ids=named)
def test_a_value_comes_back_as_it_went_in(value: Any, tmp_path: Path) -> None:
    for back in there_and_back(value, tmp_path):
        assert same(back, value)


@pytest.mark.parametrize("value", VALUES, ids=named)
def test_a_value_comes_back_from_inside_others(value: Any, tmp_path: Path) -> None:
    outer = {"a": [(value, {2: value})], 3: value}
    for back in there_and_back(outer, tmp_path):
        assert same(back, outer)


def test_no_two_different_values_share_a_text_or_a_json() -> None:
    texts: dict[str, Any] = {}
    jsons: dict[str, Any] = {}
    alike = (2, 2.0, True, "2", Decimal("2"), Fraction(2), (2,), [2], {2}, b"2", "b'2'", {"2": 2})
    for value in [*VALUES, *alike]:
        for known, text in ((texts, value_text(value)), (jsons, json.dumps(to_json(value)))):
            assert same(known.setdefault(text, value), value)


def test_plain_values_look_like_plain_json() -> None:
    value = {"a": [1, 2.5, "x", True, None], "b": {"c": []}}

    assert to_json(value) == value
    assert to_json({"at": (1, {2: b"x"})}) == {
        "at": {"$tuple": [1, {"$dict": [[2, {"$bytes": "eA=="}]]}]}
    }


def test_one_object_in_two_places_comes_back_as_two(tmp_path: Path) -> None:
    shared = [1]

    for back in there_and_back([shared, shared], tmp_path):
        assert back == [[1], [1]]
        assert back[0] is not back[1]


def test_utc_comes_back_as_the_one_utc(tmp_path: Path) -> None:
    for back in there_and_back(datetime(2026, 1, 1, tzinfo=UTC), tmp_path):
        assert back.tzinfo is UTC


def test_a_dataclass_comes_back_without_its_code_being_run(tmp_path: Path) -> None:
    value = Frozen("a", Model(1))
    object.__setattr__(value, "name", "never")  # its `__post_init__` would refuse that

    for back in there_and_back(value, tmp_path):
        assert back.name == "never"


def test_a_cached_property_is_no_part_of_a_value(tmp_path: Path) -> None:
    value = Model(3)
    assert value.twice == 6

    for back in there_and_back(value, tmp_path):
        assert "twice" not in vars(back)


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.text(st.characters(codec=None, exclude_categories=()))
    | st.binary(max_size=2000)
    | st.dates()
    | st.datetimes(timezones=st.none() | st.timezones(), allow_imaginary=False)
    | st.times()
    | st.timedeltas()
    | st.decimals(allow_nan=None).filter(lambda one: not one.is_snan())
    | st.fractions()
    | st.uuids()
    | st.sampled_from([*Colour, *Level, *Rights])
)
KEYS = st.recursive(
    SCALARS, lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3), max_leaves=4
)
ANY = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.sets(KEYS, max_size=4)
        | st.dictionaries(KEYS, inner, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "$", "$tuple", "$blobs", "$none"]), inner)
        | st.builds(Point, inner, inner)
        | st.builds(Model, inner, st.lists(inner, max_size=2))
        | st.builds(deque, st.lists(inner, max_size=3))
    ),
    max_leaves=12,
)


@given(value=ANY)
@settings(deadline=None)
def test_any_value_comes_back_by_json(value: Any) -> None:
    data = to_json(value)

    assert same(from_json(json.loads(json.dumps(data))), value)
    assert to_json(from_json(data)) == data or "NaN" in json.dumps(data)


@given(value=ANY)
@settings(max_examples=60, deadline=None)
def test_any_value_comes_back_by_file(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    file = tmp_path_factory.mktemp("values") / "value"
    write_value(file, value)

    back = read_value(file)

    assert same(back, value)
    first = file.read_bytes()
    write_value(file, back)
    assert file.read_bytes() == first


@given(one=ANY, other=ANY)
@settings(deadline=None)
def test_two_values_have_one_text_only_if_they_are_the_same(one: Any, other: Any) -> None:
    if json.dumps(to_json(one)) == json.dumps(to_json(other)):
        assert same(one, other)
    if same(one, other):
        assert value_text(one) == value_text(other)
