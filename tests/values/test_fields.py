"""Typed params: what an annotation takes, what it makes of it, and what it says of the rest."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NewType, Optional, TypeVar, Union

import numpy as np
import pytest

from jobmake.values.fields import FieldError, convert
from jobmake.values.realise import realise
from jobmake.values.schema import default_of, hints_of, schema_of
from tests.values.same import same

UTC = timezone.utc  # noqa: UP017 - short, and the same
Count = NewType("Count", int)


class Mode(enum.Enum):
    FAST = "fast"
    EXACT = "exact"
    ODD = (1, 2)


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


@dataclass
class Part:
    size: float
    mode: Mode = Mode.FAST


@dataclass
class Model:
    depth: int
    parts: list[Part] = field(default_factory=list)
    first: Part = field(default_factory=lambda: Part(1))
    seed: int | None = None
    made: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.depth < 0:
            raise ValueError("`depth` is below 0")


@pytest.mark.parametrize(
    ("annotation", "given", "wanted"),
    [
        (int, 32, 32), (int, np.int64(3), 3), (int, 10**400, 10**400), (float, 1, 1.0),
        (float, 1.5, 1.5), (float, np.float32(0.5), 0.5), (bool, True, True),
        (bool, np.bool_(False), False), (str, "a", "a"), (str, np.str_("a"), "a"),
        (bytes, b"a", b"a"), (None, None, None), (Path, "a/b", Path("a/b")),
        (Path, Path("a"), Path("a")), (date, "2026-11-21", date(2026, 11, 21)),
        (date, date(2026, 1, 1), date(2026, 1, 1)), (time, "08:30:00", time(8, 30)),
        (datetime, "2026-11-21T08:30:00Z", datetime(2026, 11, 21, 8, 30, tzinfo=UTC)),
        (datetime, datetime(2026, 1, 1), datetime(2026, 1, 1)),
        (timedelta, "1h 30m", timedelta(hours=1.5)), (timedelta, 90, timedelta(seconds=90)),
        (timedelta, timedelta(1), timedelta(1)), (Decimal, "1.10", Decimal("1.10")),
        (Decimal, 0.1, Decimal("0.1")), (Decimal, 2, Decimal(2)),
        (list[int], [1, 2], [1, 2]), (list[int], (1, 2), [1, 2]), (list, [1, "a"], [1, "a"]),
        (tuple[int, ...], [1, 2, 3], (1, 2, 3)), (tuple[int, str], [1, "a"], (1, "a")),
        (tuple, [1, "a"], (1, "a")), (tuple[()], [], ()), (set[int], [1, 2, 1], {1, 2}),
        (frozenset[str], {"a"}, frozenset({"a"})), (Sequence[float], [1], [1.0]),
        (dict[str, int], {"a": 1}, {"a": 1}), (dict[int, float], {"1": 2}, {1: 2.0}),
        (Mapping[str, list[Path]], {"a": ["b"]}, {"a": [Path("b")]}), (dict, {"a": 1}, {"a": 1}),
        (int | None, None, None), (int | None, 3, 3), (Optional[Path], "a", Path("a")),  # noqa: UP045
       
        (Union[int, str], "3", "3"),  # noqa: UP007
        (int | float, 3, 3), (float | int, 3, 3),
        (float | str, 3, 3.0), (Path | str, "a", "a"), (list[int] | int, [1], [1]),
        (Literal["a", 1], 1, 1), (Literal["a", 1], "a", "a"), (Literal[True, None], None, None),
        (Mode, "FAST", "FAST"), (Mode, "exact", "EXACT"), (Mode, Mode.FAST, "FAST"),
        (Mode, (1, 2), "ODD"), (Level, 2, "HIGH"), (Level, Level.LOW, "LOW"),
        (Mode | None, "fast", "FAST"), (Annotated[int, "more"], 1, 1), (Final[int], 1, 1),
        (Count, 1, 1), (Any, {1}, {1}), (object, "x", "x"), (TypeVar("T"), "x", "x"),
        (Part, {"size": 1}, {"size": 1.0, "mode": "FAST"}),
        (Part, Part(2.0, Mode.EXACT), {"size": 2.0, "mode": "EXACT"}),
        (Model, {"depth": 3, "parts": [{"size": 1, "mode": "exact"}]},
         {"depth": 3, "parts": [{"size": 1.0, "mode": "EXACT"}],
          "first": {"size": 1.0, "mode": "FAST"}, "seed": None}),
    ],
    ids=lambda one: "",
)  # fmt: skip
def test_what_an_annotation_takes(annotation: Any, given: Any, wanted: Any) -> None:
    schema = json.loads(json.dumps(schema_of(annotation)))  # it travels between processes

    converted = convert(schema, given, "x")

    assert same(converted, wanted)
    assert same(convert(schema, converted, "x"), wanted)


@pytest.mark.parametrize(
    ("annotation", "given", "message", "hint"),
    [
        (int, "abc", '`x`: expected an integer, not "abc"', None),
        (int, "3", '`x`: expected an integer, not "3"', None),
        (int, True, "`x`: expected an integer, not true", None),
        (int, 2.0, "`x`: expected an integer, not 2.0", None),
        (int, None, "`x`: expected an integer, not nothing", None),
        (float, "1", '`x`: expected a number, not "1"', None),
        (float, False, "`x`: expected a number, not false", None),
        (float, 10**400, "`x`: expected a number, not a very long number", None),
        (bool, 1, "`x`: expected true or false, not 1", None),
        (bool, "true", '`x`: expected true or false, not "true"', None),
        (str, 3, "`x`: expected a text, not 3", "put it in quotes"),
        (bytes, "a", '`x`: expected bytes, not "a"', None),
        (Path, 3, "`x`: expected a path, not 3", None),
        (date, "soon", '`x`: expected a date, for example `2026-11-21`, not "soon"', None),
        (date, datetime(2026, 1, 1),
         "`x`: expected a date, for example `2026-11-21`, not a `datetime`", None),
        (datetime, "2026-11-21",
         '`x`: expected a date and time, for example `2026-11-21T08:30:00`, not "2026-11-21"',
         None),
        (time, 8, "`x`: expected a time of day, for example `08:30:00`, not 8", None),
        (timedelta, "2 years", "`x`: expected a duration, for example `90s`, `10m`, `1h 30m`, "
         '`7d`, not "2 years"', None),
        (Decimal, "x", '`x`: expected a decimal number, not "x"', None),
        (Decimal, True, "`x`: expected a decimal number, not true", None),
        (list[int], 3, "`x`: expected a list, not 3", None),
        (list[int], "abc", '`x`: expected a list, not "abc"', None),
        (list[int], [1, "b"], '`x[1]`: expected an integer, not "b"', None),
        (tuple[int, int], [1], "`x`: expected a list of 2, not of 1", None),
        (set[Any], [[1]], "`x`: what is in it cannot be in a set", None),
        (dict[str, int], [1], "`x`: expected a table, not a list", None),
        (dict[str, int], {"a b": "c"}, '`x."a b"`: expected an integer, not "c"', None),
        (dict[int, int], {"a": 1}, '`x.a`: expected an integer, not "a"', None),
        (int | None, "abc", '`x`: expected an integer, not "abc"', None),
        (list[int] | None, ["a"], '`x[0]`: expected an integer, not "a"', None),
        (int | list[str], 2.5, "`x`: expected an integer or a list, not 2.5", None),
        (Literal["fast", "exact"] | int, "fats", '`x`: expected "fast" or "exact" or an integer, '
         'not "fats"', None),
        (Literal["fast", "exact"], "fats", '`x`: expected one of "fast", "exact", not "fats"',
         "did you mean `fast`?"),
        (Literal[1], True, "`x`: expected 1, not true", None),
        (Mode, "fats", '`x`: expected one of "fast", "exact", "ODD", not "fats"',
         "did you mean `fast`?"),
        (Level, 3, '`x`: expected one of "LOW", "HIGH", not 3', None),
        (Level, True, '`x`: expected one of "LOW", "HIGH", not true', None),
        (Model, 3, "`x`: expected a table, not 3", None),
        (Model, {}, "`x.depth` is missing", None),
        (Model, {"dept": 1}, "`x`: there is no field `dept`", "did you mean `depth`?"),
        (Model, {"depth": 1, "made": 1}, "`x`: there is no field `made`", None),
        (Model, {"depth": "a"}, '`x.depth`: expected an integer, not "a"', None),
        (Model, {"depth": 1, "parts": [{"size": 1}, {"size": "b"}]},
         '`x.parts[1].size`: expected a number, not "b"', None),
        (int, "x" * 100, f'`x`: expected an integer, not "{"x" * 58}…', None),
        (int, "\x1b[2J", r"`x`: expected an integer, not '\x1b[2J'", None),
    ],
    ids=lambda one: "",
)  # fmt: skip
def test_what_does_not_fit_is_told_by_field(
    annotation: Any, given: Any, message: str, hint: str | None
) -> None:
    with pytest.raises(FieldError) as error:
        convert(schema_of(annotation), given, "x")

    assert (str(error.value), error.value.hint) == (message, hint)


@pytest.mark.parametrize(
    ("annotation", "typed", "wanted"),
    [
        (bool, "yes", True), (bool, "On", True), (bool, "1", True), (bool, 1, True),
        (bool, "off", False), (bool, 0, False), (int, "007", 7), (float, "1e3", 1000.0),
        (list[bool], ["no", True], [False, True]), (int | None, "5", 5), (str, "yes", "yes"),
    ],
    ids=lambda one: "",
)  # fmt: skip
def test_what_is_typed_on_a_command_line_may_be_text(
    annotation: Any, typed: Any, wanted: Any
) -> None:
    assert same(convert(schema_of(annotation), typed, "x", from_text=True), wanted)


@pytest.mark.parametrize(("annotation", "typed"), [(int, "abc"), (bool, "maybe"), (bool, 2)])
def test_what_is_typed_is_not_guessed(annotation: Any, typed: Any) -> None:
    with pytest.raises(FieldError):
        convert(schema_of(annotation), typed, "x", from_text=True)


def test_a_worker_makes_the_objects_of_what_was_checked() -> None:
    schema = schema_of(dict[str, tuple[Model, Mode | None, set[Level]]])
    given = {"a": [{"depth": 3, "parts": [{"size": 1}]}, "exact", [1, 2]]}

    made = realise(schema, convert(schema, given, "x"))

    assert made == {"a": (Model(3, [Part(1.0)]), Mode.EXACT, {Level.LOW, Level.HIGH})}
    assert realise(schema_of(int | None), None) is None
    assert realise(schema_of(Mode | str), "exact") == "exact"


def test_what_a_dataclass_checks_by_itself_is_told_by_field() -> None:
    schema = schema_of(list[Model])
    with pytest.raises(FieldError) as error:
        realise(schema, convert(schema, [{"depth": -1}], "models"), "models")

    assert str(error.value) == "`models[0]`: `depth` is below 0"


def test_annotations_that_are_texts_are_looked_up_one_by_one() -> None:
    class Base:
        bins: int = 32
        lost: Nowhere  # type: ignore[name-defined]  # noqa: F821

    class Job(Base):
        mode: Mode | None = None
        path: Path

    hints = {name: schema_of(hint) for name, hint in hints_of(Job).items()}

    assert list(hints) == ["bins", "lost", "mode", "path"]
    assert (hints["bins"], hints["lost"], hints["path"]) == ("int", "any", "path")
    assert hints["mode"]["of"][0]["class"] == f"{__name__}:Mode"


def test_defaults_are_converted_and_need_no_class_to_be_read() -> None:
    assert default_of(schema_of(float), 1) == {"default": 1.0}
    assert default_of(schema_of(Mode), Mode.EXACT) == {"default": "EXACT"}
    assert default_of(schema_of(int), None) == {"default": None}
    assert default_of(schema_of(Any), Mode.EXACT) == {"optional": True}
    assert default_of(schema_of(Any), lambda: 0) == {"optional": True}


def test_classes_that_cannot_be_found_by_name_are_any() -> None:
    class Local(enum.Enum):
        A = 1

    @dataclass
    class Inner:
        x: int

    for annotation in (Local, Inner, np.ndarray, type[int], "text", Literal[Mode.FAST]):
        assert schema_of(annotation) == "any"
