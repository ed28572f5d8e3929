"""The codecs: which one writes values of a type, which one reads a stored name.

Knows the codecs that come with jobmake, those added by code in this process, and those of
plugins, which are looked for only when all others know nothing. Does not know what codecs
write.

Invariant: a name and a type have one codec at most; which one does not depend on the order
in which codecs were asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobmake.values.trouble import CodecError, type_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobmake.model.contracts import Codec

# Names that jobmake's own forms have in what is stored.
RESERVED = frozenset(
    {
        "none", "int", "float", "complex", "str", "bytes", "bytearray", "tuple", "set",
        "frozenset", "dict", "range", "counter", "defaultdict", "ordereddict", "deque", "enum",
        "dataclass", "namedtuple", "pickle", "blobs",
    }
)  # fmt: skip


class Codecs:
    """Codecs by their names and by the names of their types."""

    def __init__(self) -> None:
        self.by_name: dict[str, Codec] = {}
        self.by_type: dict[str, Codec] = {}

    def add(self, codec: Codec) -> None:
        """Take one more codec. Raises CodecError where another has its name or a type of it."""
        if codec.name in RESERVED:
            raise CodecError(f"`{_place(codec)}` has the name `{codec.name}`, which jobmake uses")
        other = self.by_name.get(codec.name)
        if other is not None and _place(other) == _place(codec):  # its cell or file was run again
            self.drop(other)
        elif other is not None:
            raise _two(f"are named `{codec.name}`", other, codec)
        for one in codec.types:
            if one in self.by_type:
                raise _two(f"are for the type `{one}`", self.by_type[one], codec)
        self.by_name[codec.name] = codec
        self.by_type.update(dict.fromkeys(codec.types, codec))

    def drop(self, codec: Codec) -> None:
        """Forget a codec."""
        del self.by_name[codec.name]
        self.by_type = {one: by for one, by in self.by_type.items() if by is not codec}


class _Known:
    """All codecs of this process; loaded when first asked for."""

    def __init__(self) -> None:
        self.own: Codecs | None = None
        self.further: list[Codec] = []  # of jobmake itself, from floors above
        self.plugins: Codecs | None = None


_known = _Known()


def add_codec(codec: Codec) -> None:
    """Let this process keep values of further types.

    A codec of the same class is replaced. Raises CodecError where another codec has its
    name, or a type of it.
    """
    _own().add(codec)


def add_own_codec(codec: Codec) -> None:
    """Take a codec of jobmake's own that lives above; nothing is loaded before it is needed."""
    if _known.own is not None:
        _known.own.add(codec)
    elif all(type(one) is not type(codec) for one in _known.further):
        _known.further.append(codec)


def drop_codec(codec: Codec) -> None:
    """Take back what `add_codec` did."""
    _own().drop(codec)


def own_for(cls: type) -> Codec | None:
    """Return the codec for a type, plugins left out."""
    return _own().by_type.get(type_name(cls))


def plugin_for(cls: type) -> Codec | None:
    """Return the codec of a plugin for a type."""
    return _of_plugins().by_type.get(type_name(cls))


def named(name: str) -> Codec | None:
    """Return the codec that wrote what is stored under ``name``."""
    return _own().by_name.get(name) or _of_plugins().by_name.get(name)


def _own() -> Codecs:
    if _known.own is None:
        from jobmake.values.builtin import jobmake_codecs

        codecs = Codecs()
        for codec in (*jobmake_codecs(), *_known.further):
            codecs.add(codec)
        _known.own = codecs
    return _known.own


def _of_plugins() -> Codecs:
    if _known.plugins is None:
        own, codecs = _own(), Codecs()
        for codec in _found():
            rival = own.by_name.get(codec.name)
            if rival is not None and _place(rival) != _place(codec):
                raise _two(f"are named `{codec.name}`", rival, codec)
            for one in codec.types:
                rival = own.by_type.get(one)
                if rival is not None and _place(rival) != _place(codec):
                    raise _two(f"are for the type `{one}`", rival, codec)
            codecs.add(codec)
        _known.plugins = codecs
    return _known.plugins


def _found() -> Iterable[Codec]:
    from importlib.metadata import entry_points

    for point in entry_points(group="jobmake"):
        try:
            contribute = getattr(point.load(), "jobmake_codecs", None)
            codecs = list(contribute()) if contribute is not None else []
        except Exception as error:
            raise CodecError(
                f"the plugin `{point.name}` cannot be loaded: {type(error).__name__}: {error}",
                f"it is `{point.value}`; repair it, or uninstall its package",
            ) from error
        yield from codecs


def _two(what: str, one: Codec, other: Codec) -> CodecError:
    return CodecError(f"two codecs {what}: `{_place(one)}` and `{_place(other)}`")


def _place(codec: Codec) -> str:
    return getattr(codec, "place", None) or type_name(type(codec))
