"""From plain data and blobs back to the value.

Knows how tags are read. Does not know files.

Invariant: what was not written by `encode` raises DamagedValue, and nothing else; no class
is imported but one that the value has, and nothing is unpickled that was not asked for.
"""

from __future__ import annotations

import math
import re
from collections import Counter, OrderedDict, defaultdict, deque
from functools import cache
from typing import TYPE_CHECKING, Any

from jobmake.model.errors import JobmakeError
from jobmake.values import codecs
from jobmake.values.classes import found_class, object_of
from jobmake.values.trouble import DamagedValue, UnreadableValue

if TYPE_CHECKING:
    from collections.abc import Callable

_LIBRARIES = {"numpy", "pandas", "polars", "pyarrow"}
_HEX = re.compile(r"-?0x[0-9a-f]+")
_SINGULAR = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_PLAIN = frozenset({str, int, float, bool, type(None)})


class Decoder:
    """Reads plain data; ``blob`` gives the bytes for what stands for them, as its own.
    ``foreign``: also values of classes and codecs that are not ours, whose code is loaded."""

    __slots__ = ("_blob", "_foreign", "_pickled")

    def __init__(
        self, blob: Callable[[Any], bytearray], *, pickled: bool = False, foreign: bool = True
    ) -> None:
        self._blob, self._pickled, self._foreign = blob, pickled, foreign

    def whole(self, data: Any) -> Any:
        """Return the value. Raises UnreadableValue, or DamagedValue."""
        try:
            return self.value(data)
        except (JobmakeError, MemoryError):
            raise
        except RecursionError:
            raise UnreadableValue("a stored value is nested too deep to be read here") from None
        except ModuleNotFoundError as error:
            raise _missing(error) from None
        except Exception as error:  # a codec may raise anything over damaged data
            raise DamagedValue(f"a stored value is damaged: {_said(error)}") from None

    def value(self, data: Any) -> Any:
        """Return the value of any plain data."""
        cls = type(data)
        if cls in _PLAIN:
            return data
        if cls is list:
            return [self.value(one) for one in data]
        if cls is not dict:
            raise ValueError(f"a {cls.__name__} where none can be")
        for key in data:
            if key[:1] == "$":
                return self._tagged(data)
        return {key: self.value(one) for key, one in data.items()}

    def _tagged(self, data: dict[str, Any]) -> Any:
        tags = [key for key in data if key != "$blobs"]
        if len(tags) != 1:
            raise ValueError(f"tags {', '.join(data)} beside each other")
        name, inner = tags[0][1:], data[tags[0]]
        if not self._foreign and not _is_ours(name):
            raise UnreadableValue(f"a stored value is of a `{name}`, whose code is not loaded")
        read = _READERS.get(name)
        if read is not None:
            return read(self, inner)
        if name == "pickle":
            return self._unpickled(inner, data["$blobs"])
        codec = codecs.named(name)
        if codec is None:
            raise UnreadableValue(
                f"a stored value needs the codec `{name}`, which is not there",
                "install the plugin that has it, or add it with `add_codec`",
            )
        return codec.decode(self.value(inner), [self._blob(one) for one in data.get("$blobs", ())])

    def _unpickled(self, data: Any, blobs: Any) -> Any:
        if not self._pickled:
            raise UnreadableValue(
                "a stored value is pickled, and pickles are not read here",
                "set `pickle = True` on the job that reads it",
            )
        import pickle

        try:
            return pickle.loads(self._blob(data), buffers=[self._blob(one) for one in blobs])
        except Exception as error:  # whatever the code of its classes raises
            raise UnreadableValue(f"a stored value cannot be unpickled: {_said(error)}") from None


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _missing(error: ModuleNotFoundError) -> UnreadableValue:
    name = (error.name or "").partition(".")[0]
    return UnreadableValue(
        f"a stored value needs the package `{name}`, which is not installed",
        f"pip install '{name if name not in _LIBRARIES else 'jobmake[data]'}'",
    )


def _int(_: Decoder, data: str) -> int:
    if not _HEX.fullmatch(data):
        raise ValueError(data)
    return int(data, 16)


def _float(_: Decoder, data: str) -> float:
    return _SINGULAR[data]


def _complex(of: Decoder, data: list[Any]) -> complex:
    real, imag = (of.value(one) for one in data)
    if type(real) is not float or type(imag) is not float:
        raise ValueError(data)
    return complex(real, imag)


def _str(_: Decoder, data: str) -> str:
    return data.encode("ascii").decode("unicode_escape")


def _range(of: Decoder, data: list[Any]) -> range:
    return range(*of.value(data))


def _bytes(of: Decoder, data: Any) -> bytes:
    return bytes(of._blob(data))


def _bytearray(of: Decoder, data: Any) -> bytearray:
    return of._blob(data)


def _tuple(of: Decoder, data: list[Any]) -> tuple[Any, ...]:
    return tuple([of.value(one) for one in _listed(data)])


def _set(of: Decoder, data: list[Any]) -> set[Any]:
    return {of.value(one) for one in _listed(data)}


def _frozenset(of: Decoder, data: list[Any]) -> frozenset[Any]:
    return frozenset([of.value(one) for one in _listed(data)])


def _listed(data: Any) -> list[Any]:
    if type(data) is not list:
        raise ValueError(data)
    return data


def _pairs(of: Decoder, data: list[Any]) -> list[tuple[Any, Any]]:
    return [(of.value(key), of.value(one)) for key, one in _listed(data)]


def _dict(of: Decoder, data: list[Any]) -> dict[Any, Any]:
    return dict(_pairs(of, data))


def _counter(of: Decoder, data: list[Any]) -> Counter[Any]:
    counter: Counter[Any] = Counter()
    for key, count in _pairs(of, data):
        dict.__setitem__(counter, key, count)
    return counter


def _ordered(of: Decoder, data: list[Any]) -> OrderedDict[Any, Any]:
    return OrderedDict(_pairs(of, data))


def _defaultdict(of: Decoder, data: list[Any]) -> defaultdict[Any, Any]:
    name, pairs = data
    return defaultdict(found_class(name, "class") if name else None, _pairs(of, pairs))


def _deque(of: Decoder, data: list[Any]) -> deque[Any]:
    items, longest = data
    return deque([of.value(one) for one in _listed(items)], of.value(longest))


def _enum(of: Decoder, data: list[Any]) -> Any:
    return object_of("enum", data[0], [of.value(data[1]), *data[2:]])


def _dataclass(of: Decoder, data: list[Any]) -> Any:
    name, parts = data
    return object_of("dataclass", name, {key: of.value(one) for key, one in parts.items()})


def _namedtuple(of: Decoder, data: list[Any]) -> Any:
    name, parts = data
    return object_of("namedtuple", name, {key: of.value(one) for key, one in parts.items()})


_READERS: dict[str, Callable[[Decoder, Any], Any]] = {
    "int": _int, "float": _float, "complex": _complex, "str": _str, "range": _range,
    "bytes": _bytes, "bytearray": _bytearray, "tuple": _tuple, "set": _set,
    "frozenset": _frozenset, "dict": _dict, "counter": _counter, "ordereddict": _ordered,
    "defaultdict": _defaultdict, "deque": _deque, "enum": _enum, "dataclass": _dataclass,
    "namedtuple": _namedtuple,
}  # fmt: skip
_OF_CLASSES = frozenset({"defaultdict", "enum", "dataclass", "namedtuple", "pickle"})


def _is_ours(name: str) -> bool:
    """Say whether reading a tag loads no code but jobmake's, and that of libraries of data."""
    if name in _READERS:
        return name not in _OF_CLASSES
    return name in _our_names()


@cache
def _our_names() -> frozenset[str]:
    from jobmake.values.builtin import jobmake_codecs

    return frozenset(one.name for one in jobmake_codecs())
