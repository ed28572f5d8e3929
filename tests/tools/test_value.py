"""Values: classes that are their fields."""

from __future__ import annotations

import copy
import dataclasses
import gc
import inspect
import pickle
import pkgutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import ClassVar

import pytest

import jobmake
from jobmake.tools import value
from jobmake.tools.value import Mutable, Value, asdict, field, fields, is_value, replace


class Point(Value):
    x: int
    y: int = 0


class Named(Point):
    """A point with more, and with what does not make it another one."""

    unit: ClassVar[str] = "cm"
    y: int = 1
    name: str = ""
    seen: list[str] = field(default_factory=list, compare=False)
    secret: str = field(default="", repr=False)

    @property
    def shown(self) -> str:
        return f"{self.name} at {self.x}"


class Count(Mutable):
    of: str
    number: int = 0


class Nothing(Value):
    pass


class Sorted(Value):
    of: str
    letters: str = ""

    def __post_init__(self) -> None:
        if not self.of:
            raise ValueError("nothing to sort")
        object.__setattr__(self, "letters", "".join(sorted(self.of)))


MANY = 100  # instances: the later ones are made by a function compiled for their class


def test_a_value_has_the_fields_that_its_class_declares():
    assert (Point(3).x, Point(3).y) == (3, 0)
    assert (Point(3, y=4).x, Point(x=3, y=4).y) == (3, 4)
    assert fields(Point) == fields(Point(3)) == ("x", "y")
    match Point(3, 4):
        case Point(x, y):
            assert (x, y) == (3, 4)


def test_a_class_has_the_fields_of_those_above_it_first():
    assert fields(Named) == ("x", "y", "name", "seen", "secret")
    one = Named(1, name="a")
    assert (one.y, one.unit, one.shown) == (1, "cm", "a at 1")


def test_a_default_can_be_made_for_each_instance():
    one, other = Named(1), Named(1)
    one.seen.append("here")
    assert other.seen == []


def test_values_are_equal_if_their_fields_are_and_they_are_of_one_class():
    assert Point(1) == Point(1, 0) != Point(1, 1)
    assert Point(1, 1) != Named(1, 1)
    assert Named(1, seen=["a"]) == Named(1), "a field with compare=False does not count"
    assert Nothing() == Nothing()
    assert {Point(1), Point(1), Named(1), Nothing(), Nothing()} == {Nothing(), Point(1), Named(1)}
    assert Count("a") == Count("a") != Count("a", 1)
    assert Point(1) != 1


def test_a_value_never_changes():
    point = Point(1)
    with pytest.raises(AttributeError, match="`x` of a value of Point cannot be set"):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(AttributeError, match="`x` of a value of Point cannot be deleted"):
        del point.x
    assert point.x == 1


def test_a_mutable_does_and_is_no_key():
    count = Count("a")
    count.number += 1
    assert count == Count("a", 1)
    with pytest.raises(TypeError, match="unhashable"):
        hash(count)


@pytest.mark.parametrize("kind", [Point, Count])
def test_neither_has_room_for_more_than_its_fields(kind):
    with pytest.raises(AttributeError):
        kind(1).z = 1
    assert not hasattr(kind(1), "__dict__")


def test_a_value_is_shown_as_it_is_written():
    assert repr(Point(1)) == "Point(x=1, y=0)"
    assert repr(Named(1, name="a", secret="b")) == "Named(x=1, y=1, name='a', seen=[])"


def test_what_is_to_be_done_after_the_fields_are_set_is():
    assert [Sorted("hat").letters for _ in range(MANY)] == ["aht"] * MANY
    with pytest.raises(ValueError, match="nothing to sort"):
        Sorted("")


def test_wrong_arguments_are_told_as_those_of_any_function():
    class Pair(Value):
        left: int
        right: int = 0

    wrong = {
        "missing 1 required positional argument: 'left'": ((), {}),
        "takes from 2 to 3 positional arguments but 4 were given": ((1, 2, 3), {}),
        "multiple values for argument 'left'": ((1,), {"left": 1}),
        "unexpected keyword argument 'middle'": ((1,), {"middle": 1}),
    }
    for message, (given, named) in wrong.items():
        for _ in range(2):  # what told it the first time is not what does the second
            with pytest.raises(TypeError, match=f"Pair.__init__.*{message}"):
                Pair(*given, **named)
    assert Pair(1) == Pair(left=1, right=0)


def test_the_first_instances_are_like_the_later_ones():
    class Trial(Named):
        left: tuple[int, ...] = ()

    made = [(Trial(1, seen=[]), Trial(x=1, name="a"), Trial(1, 2, "b")) for _ in range(MANY)]
    assert all(one == made[0] for one in made)
    assert len({id(one.seen) for _, one, _ in made}) == MANY
    assert str(inspect.signature(Trial.__init__)).startswith("(self, x, y=1, name='', seen=")


def test_the_function_of_a_class_is_not_that_of_one_below_it():
    class Above(Value):
        first: int

    class Below(Above):
        second: int

    above, below = [Above(1) for _ in range(MANY)], [Below(1, 2) for _ in range(MANY)]
    assert above[-1].first == below[-1].first == 1
    assert Below(1, 2) == below[0]


def test_a_value_like_another_but_for_some_fields():
    assert replace(Point(1, 2), y=3) == Point(1, 3)
    with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
        replace(Point(1, 2), z=3)  # type: ignore[call-arg]


def test_values_come_back_from_copies_and_pickles():
    for one in (Named(1, seen=["a"]), Count("a", 2), Nothing(), Sorted("hat")):
        for again in (copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
            assert again == one
            assert type(again) is type(one)
    assert copy.deepcopy(Named(1, seen=["a"])).seen == ["a"]


def test_a_value_as_a_table():
    deep = Named(1, seen=[Point(2)], name={"a": (Point(3),)})  # type: ignore[list-item, arg-type]
    assert asdict(deep) == dataclasses.asdict(deep)
    assert asdict(deep)["name"] == {"a": ({"x": 3, "y": 0},)}


def test_to_the_standard_library_a_value_is_a_dataclass():
    assert dataclasses.is_dataclass(Point)
    assert dataclasses.replace(Named(1, name="a"), x=2) == Named(2, name="a")
    for one in (Named, Named(1)):
        told = {each.name: each for each in dataclasses.fields(one)}
        assert tuple(told) == fields(Named)
        assert (told["y"].default, told["y"].type) == (1, "int")
        assert told["seen"].default_factory is list
        assert not told["seen"].compare
        assert not told["secret"].repr
    assert is_value(Point(1))
    assert not is_value(Point)


def test_a_class_of_values_is_made_from_its_fields_and_in_no_other_way():
    with pytest.raises(TypeError, match="`Own` is made from its fields"):

        class Own(Value):
            def __init__(self) -> None:
                pass

    with pytest.raises(TypeError, match="a field of a value knows no `init`"):
        field(init=False)


def test_every_value_of_the_house_can_be_made_many_times():
    """What is compiled for a class is compiled by these tests, not for the first large project."""
    for found in pkgutil.walk_packages(jobmake.__path__, "jobmake."):
        if not found.name.endswith("__main__"):
            import_module(found.name)
    kinds = [one for one in gc.get_objects() if isinstance(one, type) and issubclass(one, Value)]
    kinds += [one for one in gc.get_objects() if isinstance(one, type) and issubclass(one, Mutable)]
    assert len(kinds) > 150
    for kind in kinds:
        names = list(inspect.signature(value._compiled(kind, kind._form)).parameters)
        assert names == ["self", *fields(kind)]


def test_values_need_next_to_nothing_of_the_standard_library():
    told = "import sys; old = {*sys.modules}; import value; print(*({*sys.modules} - old))"
    done = subprocess.run(
        [sys.executable, "-S", "-c", told], capture_output=True, text=True, check=True,
        cwd=Path(value.__file__).parent,
    )  # fmt: skip
    assert set(done.stdout.split()) == {"value", "__future__", "_operator"}
