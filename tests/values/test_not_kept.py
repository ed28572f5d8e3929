"""A value that cannot be kept: the error names the path inside it, and says what helps."""

from __future__ import annotations

import enum
import sys
import threading
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, make_dataclass
from pathlib import Path
from typing import Any

import pytest

from jobmake.values.codec import from_json, read_value, to_json, value_text, write_value
from jobmake.values.trouble import DamagedValue, NotKept, UnreadableValue
from tests.values import shapes
from tests.values.same import same, there_and_back
from tests.values.shapes import Colour, Inner, Later, Model, MyDict, Plain, Point

ELSE = "return plain values; or set `pickle = True` on the job; or add a codec for this type"


def generator() -> Any:
    return (one for one in ())


@pytest.mark.parametrize(
    ("make", "message", "hint"),
    [
        (generator, "value: a generator cannot be kept", "return a list: `list(…)`"),
        (lambda: map(str, []), "value: an iterator (`map`) cannot be kept",
         "return a list: `list(…)`"),
        (lambda: iter([]), "value: an iterator (`list_iterator`) cannot be kept",
         "return a list: `list(…)`"),
        (lambda: lambda: 0, "value: a lambda cannot be kept", ELSE),
        (lambda: generator, "value: a function cannot be kept", ELSE),
        (lambda: len, "value: a function cannot be kept", ELSE),
        (lambda: [].append, "value: a function cannot be kept", ELSE),
        (lambda: shapes, "value: a module cannot be kept", ELSE),
        (lambda: Model, "value: a class cannot be kept", ELSE),
        (lambda: Colour, "value: a class cannot be kept", ELSE),
        (object, "value: a bare `object()` cannot be kept", ELSE),
        (lambda: memoryview(b""), "value: a memoryview cannot be kept",
         "return bytes: `bytes(…)`"),
        (threading.Lock, "value: a `_thread:lock` cannot be kept", ELSE),
        (Plain, "value: a `tests.values.shapes:Plain` cannot be kept", ELSE),
        (MyDict, "value: a `tests.values.shapes:MyDict`, which is more than a `dict`, "
         "cannot be kept", ELSE),
        (lambda: {"frames": [0, 1, 2, Model(generator())]},
         'value["frames"][3].depth: a generator cannot be kept', "return a list: `list(…)`"),
        (lambda: ({2: generator()},), "value[0][2]: a generator cannot be kept", ...),
        (lambda: {(1, "x"): [generator()]}, "value[(1, 'x')][0]: a generator cannot be kept", ...),
        (lambda: {"a": 1, generator: 2}, "list(value)[1]: a function cannot be kept", ...),
        (lambda: [{generator}], "list(value[0])[0]: a function cannot be kept", ...),
        (lambda: [Point(1, generator())], "value[0].y: a generator cannot be kept", ...),
        (lambda: deque([1, generator()]), "value[1]: a generator cannot be kept", ...),
        (lambda: OrderedDict(a=generator()), 'value["a"]: a generator cannot be kept', ...),
        (lambda: Counter({"a": generator()}), 'value["a"]: a generator cannot be kept', ...),
        (lambda: {"x" * 100: generator()},
         f'value["{"x" * 58}…]: a generator cannot be kept', ...),
        (lambda: defaultdict(lambda: 0, a=1), None, "return a plain dict: `dict(…)`"),
        (lambda: [Later()], "value[0]: its field `late` is not set", None),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_told_with_its_path(
    make: Callable[[], Any], message: str | None, hint: Any
) -> None:
    with pytest.raises(NotKept) as error:
        to_json(make())

    if message is not None:
        assert str(error.value) == message
    if hint is not ...:
        assert error.value.hint == hint


def test_an_open_file_is_called_one(tmp_path: Path) -> None:
    with open(tmp_path / "x", "w") as file, pytest.raises(NotKept, match="an open file"):
        to_json([file])


def test_the_whole_has_the_name_that_it_is_given(tmp_path: Path) -> None:
    for keep in (
        to_json,
        value_text,
        lambda one, name: write_value(tmp_path / "x", one, name=name),
    ):
        with pytest.raises(NotKept, match=r"^histograms\[0\]: a generator cannot be kept$"):
            keep([generator()], name="histograms")


def test_a_circle_is_an_error_that_names_the_path() -> None:
    circle: dict[str, Any] = {"a": [0]}
    circle["a"].append(circle)

    with pytest.raises(NotKept) as error:
        to_json(circle)

    assert str(error.value) == (
        'value["a"][1]: it is a value that it lies in, and a circle cannot be kept'
    )


def test_a_value_nested_too_deep_is_an_error() -> None:
    deep: list[Any] = []
    for _ in range(300):
        deep = [deep]

    with pytest.raises(NotKept, match="values nested more than 100 deep cannot be kept"):
        to_json(deep)


def test_values_nested_as_deep_as_may_be_come_back_from_deep_calls(tmp_path: Path) -> None:
    def called(times: int, then: Callable[[], None]) -> None:
        called(times - 1, then) if times else then()

    for wrap in (lambda one: (one,), lambda one: OrderedDict(a=one), Model, lambda one: {1: one}):
        value: Any = 0
        for _ in range(99):
            value = wrap(value)

        def check(value: Any = value) -> None:
            for back in there_and_back(value, tmp_path):
                assert same(back, value)

        called(200, check)


def test_a_param_nested_too_deep_for_its_text_is_an_error() -> None:
    value: Any = 0
    for _ in range(99):
        value = (value,)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(150 + stack_depth())
    try:
        with pytest.raises(NotKept, match=r"^rate: it is nested too deep to be kept$"):
            value_text(value, name="rate")
    finally:
        sys.setrecursionlimit(limit)


def stack_depth() -> int:
    frame, depth = sys._getframe(), 0
    while frame is not None:
        frame, depth = frame.f_back, depth + 1  # type: ignore[assignment]
    return depth


def test_an_object_that_is_more_than_its_fields_is_refused() -> None:
    model = Model(1)
    model.note = "by hand"  # type: ignore[attr-defined]

    with pytest.raises(NotKept) as error:
        to_json({"best": model})

    assert str(error.value) == (
        'value["best"]: its attribute `note` is none of its fields, and would be lost'
    )
    with pytest.raises(NotKept, match="its attribute `more` is none of its fields"):
        to_json(shapes.Slotted(1))


def test_a_class_that_cannot_be_found_by_its_name_is_refused() -> None:
    @dataclass
    class Local:
        x: int

    class Mood(enum.Enum):
        GOOD = 1

    for value, name in ((Local(1), "Local"), (Mood.GOOD, "Mood")):
        with pytest.raises(NotKept) as error:
            to_json(value)
        assert str(error.value) == (
            "value: its class `tests.values.test_not_kept:"
            "test_a_class_that_cannot_be_found_by_its_name_is_refused.<locals>."
            f"{name}` cannot be imported by that name"
        )
        assert error.value.hint == "define the class at the top of its module"


def test_a_class_that_has_changed_is_told() -> None:
    stored = to_json([Model(1), Point(1), Colour.BLUE, Inner.Deep(1)])

    stored[0]["$dataclass"][1] = {"depth": 1}
    with pytest.raises(UnreadableValue) as error:
        from_json(stored[0])
    assert str(error.value) == (
        "the dataclass `tests.values.shapes:Model` of a stored value had the fields depth, "
        "and has depth, parts now"
    )
    stored[1]["$namedtuple"][0] = "tests.values.shapes:Gone"
    with pytest.raises(
        UnreadableValue, match=r"`tests\.values\.shapes:Gone` of a stored value cannot"
    ):
        from_json(stored[1])
    stored[2]["$enum"][1] = "GREEN"
    with pytest.raises(UnreadableValue) as error:
        from_json(stored[2])
    assert (
        str(error.value) == "the enum `tests.values.shapes:Colour` has no member `GREEN` any more"
    )
    stored[3]["$dataclass"][0] = "os:system"
    with pytest.raises(UnreadableValue, match="`os:system` of a stored value is no dataclass any"):
        from_json(stored[3])


def test_damaged_json_is_damaged_and_nothing_else() -> None:
    wrong: list[Any] = [
        {"$tuple": 1}, {"$int": "12"}, {"$int": 5}, {"$float": "1.0"}, {"$bytes": "%%%"},
        {"$bytes": 0},
        {"$set": [[]]}, {"$dict": [[1]]}, {"$dict": [[[], 1]]}, {"$range": [1, 2, 0]},
        {"$complex": [1, 2]}, {"$str": "é"}, {"$date": "today"}, {"$decimal": "x"}, {"$enum": []},
        {"$path": ["Path.home", "x"]}, {"$defaultdict": ["no name", []]}, {"$a": 1, "$b": 2},
        {"$tuple": [], "more": 1}, {"$deque": [[], "x"]}, {"$ndarray": {}}, {"$pandas.Series": 1},
        {"$zoneinfo": "Nowhere/At all"}, (1, 2), {"$pickle": "", "x": 1},
    ]  # fmt: skip
    for data in wrong:
        with pytest.raises(DamagedValue):
            from_json(data)
        with pytest.raises(DamagedValue):
            from_json([{"a": data}])


def test_pickles_are_written_and_read_only_where_that_is_asked_for(tmp_path: Path) -> None:
    value = {"a": [Plain({1, 2}), MyDict(x=1)], "b": 2}
    with pytest.raises(NotKept):
        write_value(tmp_path / "value", value)

    write_value(tmp_path / "value", value, pickled=True)

    with pytest.raises(UnreadableValue) as error:
        read_value(tmp_path / "value")
    assert str(error.value) == "a stored value is pickled, and pickles are not read here"
    assert error.value.hint == "set `pickle = True` on the job that reads it"
    back = read_value(tmp_path / "value", pickled=True)
    assert back["a"][0].mask == {1, 2}
    assert type(back["a"][1]) is MyDict
    assert from_json(to_json(value, pickled=True), pickled=True)["a"][1] == {"x": 1}


def test_what_cannot_be_pickled_either_is_told() -> None:
    with pytest.raises(NotKept) as error:
        to_json([Plain(generator())], pickled=True)

    assert str(error.value) == (
        "value[0]: a `tests.values.shapes:Plain` cannot be pickled: "
        "TypeError: cannot pickle 'generator' object"
    )


def test_a_dataclass_made_by_a_function_can_be_kept_where_its_module_has_it() -> None:
    shapes.Made = make_dataclass("Made", ["x"])  # type: ignore[attr-defined]
    shapes.Made.__module__ = shapes.__name__  # type: ignore[attr-defined]
    try:
        assert from_json(to_json(shapes.Made(1))).x == 1  # type: ignore[attr-defined]
    finally:
        del shapes.Made  # type: ignore[attr-defined]
