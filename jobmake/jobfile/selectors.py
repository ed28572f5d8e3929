"""Which targets a text names: `train`, `train[*]`, `train[seed=1]`, `train[lr=0.1,seed=1]`.

Knows the names of all targets and the values on their axes. A family whose instances are
not known yet, or that has none, is one group that stands for whatever is asked of it.

Invariant: instances are looked up by axis and value, never searched through.
"""

from __future__ import annotations

from jobmake.jobfile.instances import value_text
from jobmake.tools.hints import did_you_mean, nearest
from jobmake.tools.regex import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Container, Mapping

    from jobmake.model.target import Target

_QUOTED = r"""\"(?:[^"\\]|\\.)*\"|'[^']*'"""
_REFERENCE = regex(
    rf"(?s)(?P<name>[^\[:]*)(?:\[(?P<axes>(?:{_QUOTED}|[^\]\"'])*)\])?(?::(?P<role>.*))?"
)
_AXIS = regex(rf"(?:{_QUOTED}|[^,\"'])+")
_NEAR = 1000  # how many instances are looked through for a hint

_ByValue = dict[str, dict[str, dict[str, None]]]  # axis -> value's text -> names in order


def split_reference(text: str) -> tuple[str, str | None]:
    """Split `target:output` and `target[seed=1]:output`; the output is None where absent."""
    match = _REFERENCE.fullmatch(text)
    if match is None or match["role"] is None:
        return text, None
    return text[: match.start("role") - 1], match["role"]


def family_of(text: str) -> str:
    """Return the part of a name before its brackets."""
    return text.partition("[")[0]


def family_named(text: str, prefix: str, families: Container[str]) -> str | None:
    """Return the family that ``text`` names, whether or not it has such an instance: one whose
    name begins with ``prefix`` first."""
    name = family_of(text)
    return next((one for one in (prefix + name, name) if one in families), None)


class Names:
    """The targets by name. ``closed`` are the families that one group stands for."""

    def __init__(
        self,
        families: Mapping[str, tuple[str, ...]],
        targets: Mapping[str, Target],
        closed: Collection[str] = (),
    ) -> None:
        self.families, self.targets, self.closed = families, targets, closed
        self._by_value: dict[str, _ByValue] = {}

    def resolve(self, text: str, prefix: str = "") -> tuple[str, ...]:
        """Return the targets that ``text`` names; with a ``prefix`` those that have it first.

        None where there is no such target.
        """
        return (prefix and self._resolve(prefix + text)) or self._resolve(text) or ()

    def family(self, text: str, prefix: str = "") -> str | None:
        """Return the family that ``text`` names, whether or not it has such an instance."""
        return family_named(text, prefix, self.families)

    def hint(self, text: str, prefix: str = "") -> str | None:
        """Return what was most likely meant."""
        family = self.family(text, prefix)
        if family is None:
            # a name of the same file is written without its prefix
            own = [one.removeprefix(prefix) for one in self.families if one.startswith(prefix)]
            return did_you_mean(family_of(text), [*own, *self.families])
        selected = _selected(text)
        if selected is None:
            return None
        by_value = self._index(family)
        if not by_value:
            return f"`{family}` has no instances: write `{family}`"
        for axis, value in selected:
            if axis not in by_value:
                known = ", ".join(f"`{one}`" for one in by_value)
                return did_you_mean(axis, by_value) or f"its axes are {known}"
            if not self._with(by_value[axis], value):
                near = nearest(value, by_value[axis])
                if near is None or len(selected) < len(by_value):
                    return self._values(axis, by_value[axis], near)
        inner = ",".join(sorted(f"{axis}={_canonical(value)}" for axis, value in selected))
        return did_you_mean(f"{family}[{inner}]", self.families[family][:_NEAR])

    @staticmethod
    def _values(axis: str, values: Mapping[str, object], near: str | None) -> str:
        if near is not None:
            return f"did you mean `{axis}={near}`?"
        shown = [f"`{one}`" for one in list(values)[:5]]
        return f"on the axis `{axis}` are {', '.join(shown)}{', …' if len(values) > 5 else ''}"

    def _resolve(self, text: str) -> tuple[str, ...]:
        found = self.families.get(text)
        if found:
            return found
        if text in self.targets:
            return (text,)
        family = family_of(text)
        selected = _selected(text) if family in self.families else None
        if selected is None:
            return ()
        if family in self.closed:
            return self.families[family]
        return self._select(family, selected)

    def _select(self, family: str, selected: list[tuple[str, str]]) -> tuple[str, ...]:
        by_value = self._index(family)
        if not selected:  # `train[*]`
            return self.families[family] if by_value else ()
        sets = [self._with(by_value.get(axis, {}), value) for axis, value in selected]
        sets.sort(key=len)
        first, *others = sets
        return tuple(name for name in first if all(name in other for other in others))

    @staticmethod
    def _with(values: Mapping[str, dict[str, None]], value: str) -> dict[str, None]:
        """Return the instances with this value, which may be written in another way."""
        return values.get(value) or values.get(_canonical(value)) or {}

    def _index(self, family: str) -> _ByValue:
        found = self._by_value.get(family)
        if found is None:
            found = self._by_value[family] = {}
            for name in self.families[family]:
                for axis, value in self.targets[name].matrix:
                    names = found.setdefault(axis, {}).setdefault(value_text(value), {})
                    names[name] = None
        return found


def _selected(text: str) -> list[tuple[str, str]] | None:
    """Return (axis, value) of what stands in brackets, none of `*`; None where nothing does."""
    match = _REFERENCE.fullmatch(text)
    if match is None or match["axes"] is None:
        return None
    found = []
    for part in _AXIS.findall(match["axes"]):
        axis, equals, value = part.partition("=")
        if equals:
            found.append((axis.strip(), value.strip()))
        elif part.strip() != "*":
            found.append(("", part.strip()))
    return found if match["axes"].strip() else [("", "")]


def _canonical(value: str) -> str:
    """Return a value as it stands in names: `1e-3` is `0.001`, `src/a.c` is `"src/a.c"`."""
    from jobmake.tools.tomlguard import BadToml, HostileToml, parse

    try:
        table = parse(f"v = {value}".encode())
        return value_text(table["v"]) if len(table) == 1 else value
    except (BadToml, HostileToml, ValueError):
        return value_text(value)
