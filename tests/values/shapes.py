"""Classes whose objects the tests keep."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple


class Colour(enum.Enum):
    RED = 1
    CRIMSON = 1
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1


class Rights(enum.Flag):
    READ = 1
    WRITE = 2


class Point(NamedTuple):
    x: int
    y: Any = 0


@dataclass
class Model:
    depth: int
    parts: list[Any] = field(default_factory=list)

    @cached_property
    def twice(self) -> int:
        return 2 * self.depth


@dataclass(frozen=True, slots=True)
class Frozen:
    name: str
    model: Model

    def __post_init__(self) -> None:
        assert self.name != "never", "values come back without their class's code being run"


class Inner:
    @dataclass
    class Deep:
        value: Any


@dataclass
class Later:
    """A field of it is not set by its constructor."""

    late: int = field(init=False)


class Deeper(Model):
    """A dataclass by its base only."""


class Slotted(Frozen):
    __slots__ = ("more",)

    def __init__(self, more: int) -> None:
        object.__setattr__(self, "name", "a")
        object.__setattr__(self, "model", Model(1))
        object.__setattr__(self, "more", more)


class MyDict(dict[str, int]):
    pass


class Plain:
    def __init__(self, mask: Any = None) -> None:
        self.mask = mask


class Box:
    """What a codec of the tests keeps."""

    def __init__(self, content: Any, data: bytes = b"") -> None:
        self.content, self.data = content, data

    def __eq__(self, other: object) -> bool:
        return type(other) is Box and (self.content, self.data) == (other.content, other.data)

    def __hash__(self) -> int:
        return hash(self.data)
