"""Classes that are their fields: `Value` (frozen) and `Mutable`, cheap to define and to make.

Knows annotations, defaults and slots. Does not know what any value means.

    class Reason(Value):
        kind: str
        what: str = ""
        seen: dict[str, str] = field(default_factory=dict, compare=False)

To people and type checkers they are dataclasses with slots. But a dataclass is made twice,
imports `inspect`, and has the text of six functions written and compiled for it: of a short
build that was the larger part. Here all classes share those functions; only a class of which
there are many instances gets an `__init__` compiled for it.

Invariant: the first instances of a class are like the later ones. Whatever is odd about the
arguments of one, the compiled function tells it in Python's own words.
"""

from __future__ import annotations

from _operator import attrgetter  # what `operator` is made of; that itself takes longer to load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import asdict, field, replace
    from typing import Any, dataclass_transform
else:

    def dataclass_transform(**_):
        return lambda cls: cls


__all__ = ["Mutable", "Value", "asdict", "field", "fields", "is_value", "replace"]

_FEW = 40  # instances: making that many the slow way takes as long as compiling
_MADE = object()  # in place of a default that is made for each instance


class _Field:
    """What a class body says of a field besides its annotation."""

    __slots__ = ("compare", "default", "factory", "has_default", "repr")

    def __init__(self, options: dict[str, Any]) -> None:
        self.factory = options.pop("default_factory", None)
        self.has_default = "default" in options
        self.default = options.pop("default", _MADE)
        self.compare = options.pop("compare", True)
        self.repr = options.pop("repr", True)
        if options:
            raise TypeError(f"a field of a value knows no `{next(iter(options))}`")


class _Form:
    """The fields of one class, and what sets them: found out when somebody asks, as of most
    classes that a start loads there is no instance."""

    __slots__ = (
        "cls", "dataclass", "defaults", "factories", "fields", "left", "put", "settles", "shown"
    )  # fmt: skip

    defaults: dict[str, Any]
    factories: list[tuple[str, Callable[[], Any]]]
    put: dict[str, Callable[[Any, Any], None]]  # sets a field, also where it is frozen
    settles: bool
    shown: list[str]

    def __init__(self, cls: Any, fields: dict[str, _Field]) -> None:
        self.cls, self.fields = cls, fields
        self.left = _FEW
        self.dataclass: Any = None

    def __getattr__(self, name: str) -> Any:
        if name not in _Form.__slots__:
            raise AttributeError(name)
        cls, fields = self.cls, self.fields
        self.put = {name: getattr(cls, name).__set__ for name in fields}
        self.defaults = {name: one.default for name, one in fields.items() if one.has_default}
        self.factories = [(name, one.factory) for name, one in fields.items() if one.factory]
        self.shown = [name for name, one in fields.items() if one.repr]
        self.settles = hasattr(cls, "__post_init__")
        return getattr(self, name)


class _Values(type):
    """Makes a class, once and with slots, of the fields that its body declares."""

    if TYPE_CHECKING:
        _form: _Form

    def __new__(mcs, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> Any:
        if "__init__" in body:
            raise TypeError(f"`{name}` is made from its fields: it may have a `__post_init__`")
        fields: dict[str, _Field] = {}
        for base in bases:
            fields |= base._form.fields if isinstance(base, _Values) else {}
        own = {
            one: _as_field(body.pop(one, _MADE))
            for one, kind in body.get("__annotations__", {}).items()
            if not str(kind).startswith("ClassVar")
        }
        fields |= own
        body["_key"] = _key_of([one for one, said in fields.items() if said.compare])
        body["__slots__"] = tuple(own)
        body["__match_args__"] = tuple(fields)
        body["__init__"] = _first_ones
        body["__dataclass_fields__"] = _AS_DATACLASS
        cls: Any = super().__new__(mcs, name, bases, body)
        cls._form = _Form(cls, fields)
        return cls


_PLAIN = _Field({})


def _as_field(default: Any) -> _Field:
    if default is _MADE:
        return _PLAIN
    return default if isinstance(default, _Field) else _Field({"default": default})


def _key_of(names: list[str]) -> Any:
    """Return what gives the named fields of an instance, always as a tuple."""
    if len(names) > 1:
        return attrgetter(*names)
    return staticmethod(lambda one: tuple([getattr(one, name) for name in names]))


def _first_ones(self: Any, /, *given: Any, **named: Any) -> None:
    """Set the fields of one of the first instances of a class."""
    form = self._form
    names = tuple(form.put)[: len(given)]
    values = {**form.defaults, **dict(zip(names, given, strict=False)), **named}
    for name, make in form.factories:
        if name not in values:
            values[name] = make()
    form.left -= 1
    odd = len(names) < len(given) or not named.keys().isdisjoint(names)
    if odd or form.left < 0 or values.keys() != form.put.keys():
        type(self).__init__ = _compiled(type(self), form)
        self.__init__(*given, **named)
        return
    for name, put in form.put.items():
        put(self, values[name])
    if form.settles:
        self.__post_init__()


def _compiled(cls: type, form: _Form) -> Any:
    """Return an `__init__` for this class only, as one would write it by hand."""
    frozen = issubclass(cls, Value)
    known: dict[str, Any] = {"_made": _MADE}
    arguments, lines = ["self"], []
    for name, one in form.fields.items():
        known |= {f"_put_{name}": form.put[name], f"_make_{name}": one.factory}
        known[f"_default_{name}"] = one.default
        required = not one.has_default and one.factory is None
        arguments.append(name if required else f"{name}=_default_{name}")
        value = f"_make_{name}() if {name} is _made else {name}" if one.factory else name
        lines.append(f"    _put_{name}(self, {value})" if frozen else f"    self.{name} = {value}")
    lines.append("    self.__post_init__()" if form.settles else "    return")
    exec("\n".join((f"def __init__({', '.join(arguments)}):", *lines)), known)
    known["__init__"].__qualname__ = f"{cls.__qualname__}.__init__"
    return known["__init__"]


class _AsDataclass:
    """Tells who asks for the fields of a dataclass what they are: `dataclasses.replace`, pytest."""

    def __get__(self, value: Any, cls: Any) -> Any:
        from dataclasses import field, make_dataclass
        from inspect import get_annotations

        form: _Form = cls._form
        if form.dataclass is None:
            kinds: dict[str, Any] = {}
            for one in reversed(cls.__mro__):
                kinds |= get_annotations(one)
            parts = []
            for name, said in form.fields.items():
                options: dict[str, Any] = {"compare": said.compare, "repr": said.repr}
                if said.has_default:
                    options["default"] = said.default
                if said.factory:
                    options["default_factory"] = said.factory
                parts.append((name, kinds[name], field(**options)))
            form.dataclass = make_dataclass(cls.__name__, parts, kw_only=True)
        return form.dataclass.__dataclass_fields__


_AS_DATACLASS = _AsDataclass()


class _Shared(metaclass=_Values):  # noqa: PLW1641 - a `Value` has a hash
    """What all values have in common."""

    if TYPE_CHECKING:
        _form: _Form
        _key: Any

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._form.shown)
        return f"{type(self).__qualname__}({shown})"

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        key = self._key
        return key(self) == key(other)  # type: ignore[no-any-return]

    def __getstate__(self) -> list[Any]:
        return [getattr(self, name) for name in self._form.put]

    def __setstate__(self, state: list[Any]) -> None:
        for put, value in zip(self._form.put.values(), state, strict=True):
            put(self, value)


if not TYPE_CHECKING:

    def field(**options):
        """Say more of a field than its default: `default`, `default_factory`, `compare`, `repr`."""
        return _Field(options)

    def replace(value, /, **changes):
        """Return a value like another but for some fields."""
        for name in value._form.put:
            if name not in changes:
                changes[name] = getattr(value, name)
        return value.__class__(**changes)

    def asdict(value):
        """Return the fields of a value by name, and so for all values within it."""
        return {name: _plain(getattr(value, name)) for name in fields(value)}

    def _plain(value):
        if is_value(value):
            return asdict(value)
        if isinstance(value, dict):
            return {_plain(key): _plain(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(_plain(one) for one in value)
        return value


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Value(_Shared):
    """The base of classes whose instances never change, and can be keys."""

    def __hash__(self) -> int:
        return hash(self._key(self))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"`{name}` of a value of {type(self).__name__} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"`{name}` of a value of {type(self).__name__} cannot be deleted")


@dataclass_transform(field_specifiers=(field,))
class Mutable(_Shared):
    """The base of classes whose fields can be set."""


def is_value(any_value: object) -> bool:
    """Whether it is an instance of a class that is made here."""
    return isinstance(any_value, _Shared)


def fields(value: object) -> tuple[str, ...]:
    """Return the names of the fields of a value, or of a class of values, in order."""
    form: _Form = value._form  # type: ignore[attr-defined]
    return tuple(form.fields)
