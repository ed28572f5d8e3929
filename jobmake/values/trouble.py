"""What goes wrong with values: they cannot be kept, or cannot be read.

    JobmakeError
    ├── NotKept              a value, or one inside it, cannot be kept
    ├── CodecError           two codecs for one thing, or a plugin that cannot be loaded
    └── UnreadableValue      what is stored is whole, but something to read it is missing
        └── DamagedValue     what is stored is not what was written

Knows the words. Does not know how values are written.

Invariant: a path reads as Python would write it, from the name of the whole down.
"""

from __future__ import annotations

from types import BuiltinFunctionType, FunctionType, GeneratorType, MethodType, ModuleType
from typing import Any

from jobmake.model.errors import JobmakeError

_NAMED = {
    GeneratorType: "a generator", FunctionType: "a function", BuiltinFunctionType: "a function",
    MethodType: "a method", ModuleType: "a module", type: "a class", memoryview: "a memoryview",
    object: "a bare `object()`",
}  # fmt: skip
_BUILTIN = (dict, list, tuple, set, frozenset, str, bytes, bytearray, int, float, complex)
_LAZY = frozenset({"map", "filter", "zip", "enumerate", "reversed", "generator", "async_generator"})


class NotKept(JobmakeError):
    """A value cannot be kept; the message begins with the path to what is in the way."""

    exit_code = 1


class CodecError(JobmakeError):
    """The codecs do not go together, or cannot be had."""


class UnreadableValue(JobmakeError):
    """A stored value needs what is not there: a package, a class, a codec, a newer jobmake."""


class DamagedValue(UnreadableValue):
    """A stored value is not as it was written."""


class Unkept(Exception):
    """On its way from a value that cannot be kept up to the one who asked, it gathers the path."""

    def __init__(self, fact: str, hint: str | None = None) -> None:
        super().__init__(fact)
        self.fact, self.hint = fact, hint
        self.steps: list[tuple[str, str]] = []
        self.coded = False  # whether a codec led to it

    def under(self, after: str, before: str = "") -> Unkept:
        """Note the step that led here: what stands after, and before, the path so far."""
        self.steps.append((before, after))
        return self

    def told(self, name: str) -> NotKept:
        """Return the error to tell, where the whole value is called ``name``."""
        path = name
        for before, after in reversed(self.steps):
            path = f"{before}{path}{after}"
        return NotKept(f"{path}: {self.fact}", self.hint)


def not_kept(value: Any) -> Unkept:
    """Return what to raise for a value of a type that nothing knows."""
    cls = type(value)
    if cls.__name__ in _LAZY or cls.__name__.endswith("iterator"):
        named = _NAMED.get(cls, f"an iterator (`{cls.__name__}`)")
        return Unkept(f"{named} cannot be kept", "return a list: `list(…)`")
    return Unkept(f"{_named(value, cls)} cannot be kept", _hint(cls))


def type_name(cls: type) -> str:
    """Return a type's name as it is stored: `module:qualname`."""
    return f"{cls.__module__}:{cls.__qualname__}"


def _named(value: Any, cls: type) -> str:
    if cls is FunctionType and value.__name__ == "<lambda>":
        return "a lambda"
    if cls in _NAMED:
        return _NAMED[cls]
    if isinstance(value, type):
        return "a class"
    if cls.__module__ == "_io":
        return "an open file"
    for base in _BUILTIN:
        if issubclass(cls, base):
            return f"a `{type_name(cls)}`, which is more than a `{base.__name__}`,"
    return f"a `{type_name(cls)}`"


def _hint(cls: type) -> str:
    if cls is memoryview:
        return "return bytes: `bytes(…)`"
    return "return plain values; or set `pickle = True` on the job; or add a codec for this type"
