"""From a value to what JSON can hold, and blobs.

Knows the built-in types and how tags are written: `{"$tuple": [1, 2]}`. All else is left
to codecs, found by the type's name. Does not know files.

Invariant: a value gives the same every time, in every process; two that differ in value
or type, also deep inside, give two that differ. What cannot be told exactly is refused.
"""

from __future__ import annotations

import json
import math
from collections import Counter, OrderedDict, defaultdict, deque
from typing import TYPE_CHECKING, Any

from jobmake.model.errors import JobmakeError
from jobmake.values import codecs
from jobmake.values.base64 import to_text
from jobmake.values.trouble import Unkept, not_kept, type_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jobmake.model.contracts import Codec

DEEPEST = 100  # values within each other; Python's own limit is some hundreds
_WORD = 64  # bits of an int that is written as JSON has it
_PRINTED = 14_000  # bits of an int that Python prints in decimals without a murmur
_LONGEST = 60  # characters of a key in a path


class Encoder:
    """Writes values as plain ones; ``blob`` takes bytes and gives what stands for them.

    With ``toml`` it writes what TOML has as it is, for `tomltext`; the order of dicts does
    not count then.
    """

    __slots__ = ("_blob", "_open", "_pickled", "_toml")

    def __init__(
        self, blob: Callable[[memoryview], Any], *, pickled: bool = False, toml: bool = False
    ) -> None:
        self._blob, self._pickled, self._toml = blob, pickled, toml
        self._open: set[int] = set()  # the values that the one at hand lies in

    def plain(self, value: Any) -> Any:
        """Return a value as plain data. Raises Unkept."""
        cls = type(value)
        write = _WRITERS.get(cls)
        if write is not None:
            return write(self, value)
        nest: Callable[[Encoder, Any], Any] = _NESTS.get(cls, _other)
        number = id(value)
        if number in self._open:
            raise Unkept("it is a value that it lies in, and a circle cannot be kept")
        if len(self._open) >= DEEPEST:
            raise Unkept(f"values nested more than {DEEPEST} deep cannot be kept")
        self._open.add(number)
        try:
            return nest(self, value)
        finally:
            self._open.discard(number)

    def items(self, values: Iterable[Any], before: str = "", after: str = "") -> list[Any]:
        """Return the plain forms of values that Python finds by their numbers."""
        done: list[Any] = []
        try:
            for one in values:
                done.append(self.plain(one))
        except Unkept as error:
            raise error.under(f"{after}[{len(done)}]", before) from None
        return done

    def pairs(self, table: dict[Any, Any]) -> list[list[Any]]:
        """Return the plain forms of keys and values, in their order."""
        done: list[list[Any]] = []
        for at, (key, one) in enumerate(table.items()):
            try:
                name = self.plain(key)
            except Unkept as error:
                raise error.under(f")[{at}]", "list(") from None
            try:
                done.append([name, self.plain(one)])
            except Unkept as error:
                raise error.under(f"[{_shown(key)}]") from None
        return done

    def named(self, table: dict[str, Any]) -> dict[str, Any]:
        """Return the plain forms of attributes, by their names."""
        done: dict[str, Any] = {}
        for name, one in table.items():
            try:
                done[name] = self.plain(one)
            except Unkept as error:
                raise error.under(f".{name}") from None
        return done

    def members(self, values: Iterable[Any]) -> list[Any]:
        """Return the plain forms of values without an order, sorted by their texts."""
        inline = Encoder(to_text, pickled=self._pickled, toml=self._toml)
        inline._open = self._open
        return sorted(inline.items(values, "list(", ")"), key=_text)

    def coded(self, codec: Codec, value: Any) -> dict[str, Any]:
        """Return what a codec makes of a value, under the codec's name."""
        try:
            told = getattr(codec, "told", None) if self._toml else None
            inner, blobs = codec.encode(value) if told is None else (told(value), ())
            tagged = {f"${codec.name}": self.plain(inner)}
        except Unkept as error:
            if error.steps:  # they lead through what only the codec knows
                error.fact += "" if error.coded else f" (inside a `{codec.name}`)"
                error.coded = True
                error.steps.clear()
            raise
        except (JobmakeError, MemoryError, RecursionError):
            raise
        except Exception as error:  # a codec may be anybody's
            raise Unkept(
                f"the codec `{codec.name}` cannot keep it: {type(error).__name__}: {error}"
            ) from error
        if blobs:
            tagged["$blobs"] = [self._blob(memoryview(one).cast("B")) for one in blobs]
        return tagged


def _text(plain: Any) -> str:
    return json.dumps(plain, default=lambda moment: [repr(moment)])  # TOML has moments


def _shown(key: Any) -> str:
    try:
        text = json.dumps(key, ensure_ascii=False) if type(key) is str else repr(key)
    except Exception:  # a class's own `__repr__`, or an int too long to be printed
        text = "…"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _same(_: Encoder, value: Any) -> Any:
    return value


def _none(to: Encoder, _value: None) -> Any:
    return {"$none": True} if to._toml else None


def _int(to: Encoder, value: int) -> Any:
    bits = value.bit_length()
    return value if bits < _WORD or (to._toml and bits < _PRINTED) else {"$int": hex(value)}


def _float(to: Encoder, value: float) -> Any:
    # one `nan` for all: its sign is an accident of the processor
    return value if to._toml or math.isfinite(value) else {"$float": float.__repr__(value)}


def _complex(to: Encoder, value: complex) -> Any:
    return {"$complex": [_float(to, value.real), _float(to, value.imag)]}


def _is_unicode(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _str(_: Encoder, value: str) -> Any:
    # a lone surrogate is not UTF-8, and two of them would come back from JSON as one letter
    return value if _is_unicode(value) else {"$str": value.encode("unicode_escape").decode()}


def _bytes(to: Encoder, value: bytes | bytearray) -> Any:
    return {f"${type(value).__name__}": to._blob(memoryview(value))}


def _range(to: Encoder, value: range) -> Any:
    return {"$range": [_int(to, one) for one in (value.start, value.stop, value.step)]}


def _list(to: Encoder, value: list[Any]) -> Any:
    return to.items(value)


def _tuple(to: Encoder, value: tuple[Any, ...]) -> Any:
    return {"$tuple": to.items(value)}


def _set(to: Encoder, value: set[Any] | frozenset[Any]) -> Any:
    return {f"${type(value).__name__}": to.members(value)}


def _dict(to: Encoder, value: dict[Any, Any]) -> Any:
    done: dict[str, Any] = {}
    for key, one in value.items():
        if type(key) is not str or key[:1] == "$" or not _is_unicode(key):
            return {"$dict": _unordered(to, value)}  # would look like a tag, or is no name in JSON
        try:
            done[key] = to.plain(one)
        except Unkept as error:
            raise error.under(f"[{_shown(key)}]") from None
    return done


def _unordered(to: Encoder, value: dict[Any, Any]) -> list[list[Any]]:
    pairs = to.pairs(value)
    return sorted(pairs, key=_text) if to._toml else pairs


def _counter(to: Encoder, value: Counter[Any]) -> Any:
    return {"$counter": _unordered(to, value)}


def _ordered(to: Encoder, value: OrderedDict[Any, Any]) -> Any:
    return {"$ordereddict": to.pairs(value)}


def _defaultdict(to: Encoder, value: defaultdict[Any, Any]) -> Any:
    factory = value.default_factory
    if factory is None:
        return {"$defaultdict": [None if not to._toml else "", _unordered(to, value)]}
    from jobmake.values.classes import reference

    try:
        name = reference(factory)
    except Unkept:
        raise Unkept(
            f"its default, {factory!r}, is no class that can be imported, and cannot be kept",
            "return a plain dict: `dict(…)`",
        ) from None
    return {"$defaultdict": [name, _unordered(to, value)]}


def _deque(to: Encoder, value: deque[Any]) -> Any:
    return {"$deque": [to.items(value), to.plain(value.maxlen)]}


def _other(to: Encoder, value: Any) -> Any:
    cls = type(value)
    if to._toml and cls.__module__ == "datetime":
        from jobmake.values.moments import in_toml

        if in_toml(value):
            return value
    codec = codecs.own_for(cls)
    if codec is not None:
        return to.coded(codec, value)
    from jobmake.values.classes import parts_of

    found = parts_of(value)
    if found is not None:
        return _object(to, *found)
    codec = codecs.plugin_for(cls)
    if codec is not None:
        return to.coded(codec, value)
    if to._pickled:
        return _pickle(to, value)
    raise not_kept(value)


def _object(to: Encoder, kind: str, name: str, parts: Any) -> Any:
    if kind == "enum":
        return {"$enum": [name, to.plain(parts[0]), *parts[1:]]}
    return {f"${kind}": [name, to.named(parts)]}


def _pickle(to: Encoder, value: Any) -> Any:
    import pickle

    buffers: list[pickle.PickleBuffer] = []
    try:
        data = pickle.dumps(value, 5, buffer_callback=buffers.append)
        blobs = [to._blob(one.raw()) for one in buffers]
    except Exception as error:  # whatever a class's own methods raise
        raise Unkept(
            f"a `{type_name(type(value))}` cannot be pickled: {type(error).__name__}: {error}"
        ) from None
    return {"$pickle": to._blob(memoryview(data)), "$blobs": blobs}


_WRITERS: dict[type, Callable[[Any, Any], Any]] = {
    type(None): _none, bool: _same, int: _int, float: _float, complex: _complex, str: _str,
    bytes: _bytes, bytearray: _bytes, range: _range,
}  # fmt: skip
_NESTS: dict[type, Callable[[Any, Any], Any]] = {
    list: _list, tuple: _tuple, set: _set, frozenset: _set, dict: _dict, Counter: _counter,
    OrderedDict: _ordered, defaultdict: _defaultdict, deque: _deque,
}  # fmt: skip
