"""Settings: from a table of the Jobfile to the object that the author of a job type, a check, a
reporter is given.

    with = { image = "alpine:{params.tag}", tries = 3 }  ──▶  given.image, given.tries

Knows annotations, placeholders, and which of their values fits where. Does not know where the
values come from. A fault is told as one of the table `with`; `faults_of` tells it of another.

Invariant: a text that is one placeholder gives the value itself, of its own type, where that
fits; and nothing is guessed that is not known before a run.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from jobmake.model.bindings import ANY_NAME, ANY_PATH, ROOTS, scalars, scope_value, text_of
from jobmake.model.fault import Fault
from jobmake.python.params import MISSING, Param, params_of
from jobmake.tools.hints import did_you_mean
from jobmake.tools.template import Placeholder, parse, placeholders
from jobmake.tools.template import fill as put_in
from jobmake.tools.value import replace
from jobmake.values.fields import FieldError, called, convert
from jobmake.values.realise import realise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jobmake.model.target import Scope

    Resolve = Callable[[Placeholder], Any]

ANY = "any"
_LISTS = ("list", "set", "frozenset", "tuple_of")


class NotYet(Exception):
    """What a placeholder stands for is known in a run only."""


class Files(list[str]):
    """The paths that a placeholder stands for: in a list each is an entry of it. ``is_one``: it
    names one path, whatever is on the disk."""

    is_one = False


class _Open(str):
    """A text of which not all is known yet."""

    __slots__ = ()


def fields_of(settings: type | None) -> Mapping[str, Param]:
    """Return the settings that a class declares, by name."""
    return {} if settings is None else params_of(settings, object)


def defaults_of(settings: type | None) -> dict[str, Any]:
    """Return the defaults of settings, but None, which is the same as none."""
    found = {name: _default(settings, one) for name, one in fields_of(settings).items()}
    return {name: one for name, one in found.items() if one is not MISSING and one is not None}


def given(
    settings: type | None, table: Mapping[str, Any], resolve: Resolve | None
) -> tuple[Any, list[Fault]]:
    """Return what an author is given for a table, and what is wrong with that.

    Without ``resolve`` its placeholders have been filled in. Of what is not known yet the text
    itself is given.
    """
    fields, faults = fields_of(settings), list(_unknown(settings, table))
    found: Any = object.__new__(settings) if settings else None
    for name, field in fields.items():
        value = _default(settings, field)
        if name in table:
            value, fault = _converted(field, table[name], resolve)
            faults += [fault] if fault else []
        elif value is MISSING:
            faults.append(Fault(("with", name), "is missing", f"give it {called(field.schema)}"))
        object.__setattr__(found, name, value)  # also where it is frozen
    return found, faults


def faults_of(settings: type | None, table: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield what is wrong with a table that is not a target's `with`, and has no placeholders:
    the messages go on behind who has the settings."""
    for fault in given(settings, table, None)[1]:
        _, name, *rest = fault.steps
        shown = "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in rest)
        if fault.of_name:
            yield replace(fault, steps=(name,), message=f"has no setting `{name}`")
        elif name not in table:
            yield replace(fault, steps=(), message=f"needs the setting `{name}`")
        else:
            said = f"has a wrong `{name}{shown}`: it {fault.message}"
            yield replace(fault, steps=(name, *rest), message=said)


def filled(settings: type | None, table: Mapping[str, Any], resolve: Resolve) -> dict[str, Any]:
    """Return a table with its placeholders filled in. Raises TemplateError."""
    fields = fields_of(settings)
    schemas = {name: fields[name].schema if name in fields else ANY for name in table}
    return {name: _entry(value, schemas[name], resolve) for name, value in table.items()}


def before_a_run(scope: Scope) -> Resolve:
    """Return what tells the values that are known when a Jobfile is read."""

    def resolve(part: Placeholder) -> Any:
        if part.root not in ("params", "matrix", "each"):
            raise NotYet
        value = scope_value(part, scope, {})
        if part.root == "each" and (ANY_PATH in str(value) or ANY_NAME in str(value)):
            raise NotYet
        return value

    return resolve


def texts_in(
    value: Any, steps: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield each text in a value, however deep, with its place."""
    todo: list[tuple[tuple[str | int, ...], Any]] = [(steps, value)]
    while todo:
        place, one = todo.pop()
        if isinstance(one, str):
            yield place, one
        elif isinstance(one, (dict, list)):
            inner = one.items() if isinstance(one, dict) else enumerate(one)
            todo += reversed([((*place, step), part) for step, part in inner])


def _unknown(settings: type | None, table: Mapping[str, Any]) -> Iterator[Fault]:
    fields = fields_of(settings)
    listed = ", ".join(f"`{name}`" for name in fields)
    for name in table:
        if name not in fields:
            hint = did_you_mean(name, fields) or (f"there are {listed}" if listed else None)
            yield Fault(("with", name), "is no setting of this type", hint, of_name=True)


def _default(settings: type | None, field: Param) -> Any:
    if field.default is MISSING:
        # that of a dataclass may be made by a function
        one = getattr(settings, "__dataclass_fields__", {}).get(field.name)
        factory = getattr(one, "default_factory", None)
        return factory() if callable(factory) else MISSING
    return copy.deepcopy(field.default)


def _converted(field: Param, value: Any, resolve: Resolve | None) -> tuple[Any, Fault | None]:
    name = f"with.{field.name}"
    known = value if resolve is None else _filled(value, field.schema, resolve)
    try:
        return realise(field.schema, convert(field.schema, known, name), name), None
    except FieldError as error:
        if any(isinstance(text, _Open) for _, text in texts_in(known, ())):
            return value, None  # the run will see
        message = error.fact.replace("expected", "must be", 1)
        return value, Fault(("with", field.name, *error.steps), message, error.hint)


def _filled(value: Any, schema: Any, resolve: Resolve) -> Any:
    if isinstance(value, str):
        return _text(value, schema, resolve)
    if isinstance(value, dict):
        return {key: _entry(one, _below(schema, key), resolve) for key, one in value.items()}
    if not isinstance(value, list):
        return value
    found: list[Any] = []
    for at, one in enumerate(value):
        inner = _below(schema, at)
        part = _filled(one, inner, resolve)
        several = isinstance(one, str) and isinstance(part, list)
        if isinstance(part, Files) or (several and not _fits(inner, part)):
            found += part
        else:
            found.append(part)
    return found


def _entry(value: Any, schema: Any, resolve: Resolve) -> Any:
    """Return a value of a table, where several files are a list like any other."""
    found = _filled(value, schema, resolve)
    return list(found) if isinstance(found, Files) else found


def _text(text: str, schema: Any, resolve: Resolve) -> Any:
    template = parse(text, ROOTS)
    try:
        if len(template) == 1 and placeholders(template) and not placeholders(template)[0].spec:
            return _whole(placeholders(template)[0], schema, resolve)

        def value(part: Placeholder) -> str:
            found = resolve(part)
            several = found if isinstance(found, Files) else scalars(part, found)
            return " ".join(text_of(part, one) for one in several)

        return put_in(template, value)
    except NotYet:
        return _Open(text)


def _whole(part: Placeholder, schema: Any, resolve: Resolve) -> Any:
    """Return the value of a placeholder in the first form that fits."""
    value = resolve(part)
    forms = [value]
    if isinstance(value, Files):
        forms = [*value, value] if value.is_one else [value, *value[: len(value) == 1]]
    elif part.root == "env":
        try:
            forms.append(convert(schema, value, "", from_text=True))
        except FieldError:
            pass
    elif not isinstance(value, (dict, list)):
        forms.append(text_of(part, value))
    return next((one for one in forms if _fits(schema, one)), value)


def _fits(schema: Any, value: Any) -> bool:
    try:
        convert(schema, value, "")
    except FieldError:
        return False
    return True


def _below(schema: Any, step: str | int) -> Any:
    """Return the schema of what stands in a value of this one."""
    kind = schema if isinstance(schema, str) else schema["kind"]
    if kind == "union":
        found = (_below(one, step) for one in schema["of"])
        return next((one for one in found if one != ANY), ANY)
    if kind in _LISTS and isinstance(step, int):
        return schema["of"]
    if kind == "tuple" and isinstance(step, int) and step < len(schema["of"]):
        return schema["of"][step]
    if kind == "dict" and isinstance(step, str):
        return schema["of"]
    if kind == "dataclass" and step in schema["of"]:
        return schema["of"][step]["of"]
    return ANY
