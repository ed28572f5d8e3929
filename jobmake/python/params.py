"""The params of a Job class: which attributes they are, of which types, with which defaults.

    class Histograms(Job):
        attributes_to_serialize = ["area"]     # None where nothing else is said
        bins: int = 32                         # typed, with a default
        video: Path                            # must be given

Knows classes and annotations. Does not know where values come from.
"""

from __future__ import annotations

import copy
import inspect
import sys
import typing
from typing import TYPE_CHECKING, Any

from jobmake.tools.value import Value
from jobmake.values.schema import schema_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MISSING: Any = object()  # no default: it must be given
_CACHE = "_jobmake_params"


class Param(Value):
    """One param: ``schema`` is what its annotation says, ``default`` may be `MISSING`."""

    name: str
    schema: Any
    default: Any

    def own_default(self) -> Any:
        """Return the default, a copy of one that could be changed."""
        return copy.deepcopy(self.default)


def params_of(kind: type, base: type) -> Mapping[str, Param]:
    """Return the params of a class by name, in the order of their first mention.

    ``base`` is the class at which looking ends: its attributes are nobody's params.
    """
    known = kind.__dict__.get(_CACHE)
    if known is None:
        known = {one.name: one for one in _found(kind, base)}
        setattr(kind, _CACHE, known)
    return typing.cast("Mapping[str, Param]", known)


def _found(kind: type, base: type) -> Iterator[Param]:
    listed = list(getattr(kind, "attributes_to_serialize", ()) or ())
    kept = set(getattr(kind, "outputs_to_cache", ()) or ())
    hints = annotations_of(kind, base)
    for name in dict.fromkeys((*listed, *hints)):
        if name in kept:
            continue
        default = getattr(kind, name, None if name in listed else MISSING)
        if name not in hints and isinstance(getattr(kind, name, None), property):
            default = None  # it computes what it is
        yield Param(name, schema_of(hints.get(name, Any)), default)


def annotations_of(kind: type, base: type) -> dict[str, Any]:
    """Return the annotations of a class and of those it comes from, below ``base``, but those
    of class variables and of names that begin with `_`."""
    found: dict[str, Any] = {}
    for one in reversed(kind.__mro__):
        if one in base.__mro__:
            continue
        for name, hint in inspect.get_annotations(one).items():
            if not name.startswith("_"):
                found[name] = _evaluated(hint, one)
    return {name: hint for name, hint in found.items() if not _is_class_variable(hint)}


def _evaluated(hint: Any, kind: type) -> Any:
    """Return what an annotation says; one that cannot be understood says anything."""
    if not isinstance(hint, str):
        return hint
    module = sys.modules.get(kind.__module__)
    try:
        return eval(hint, dict(vars(module)) if module else {}, dict(vars(kind)))
    except Exception:
        is_class_variable = hint.replace("typing.", "").startswith("ClassVar")
        return typing.ClassVar if is_class_variable else Any


def _is_class_variable(hint: Any) -> bool:
    return hint is typing.ClassVar or typing.get_origin(hint) is typing.ClassVar
