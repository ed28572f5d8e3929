"""The settings of a target with a `type`: what its job type says to them, and how they are
told.

Knows the table `with`, and the files in it that are sources. Does not know any job type.

Invariant: a file that a setting names counts, whatever else is called like it.
"""

from __future__ import annotations

from jobmake.jobfile.params import leaves
from jobmake.model.bindings import ROOTS
from jobmake.model.secrets import MASK, hidden, is_secret
from jobmake.tools.template import TemplateError, parse
from jobmake.tools.tomltext import key as toml_key
from jobmake.tools.tomltext import value as toml_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from jobmake.jobfile.problems import Path, Problems
    from jobmake.model.contracts import JobType
    from jobmake.model.fault import Steps
    from jobmake.model.target import Scope


def typed_settings(
    kind: JobType, keys: Mapping[str, Any], roles: tuple[str, ...]
) -> dict[str, Any]:
    """Return the settings of a target with a `type`; ``roles`` are those of its sources.

    ``with`` is its table, ``defaults`` hold what may be missing there; ``reads`` holds for each
    file in the table (place, role, path); ``uncounted`` names settings that make no difference
    to outputs; ``keys`` are all that are declared.
    """
    table = {"with": keys.get("with", {})}
    return {
        **table,
        "defaults": kind.defaults(),
        "reads": tuple(_read(kind, table, roles)),
        "uncounted": tuple(getattr(kind, "uncounted", ())),
        "keys": keys,
    }


def check_settings(
    kind: JobType, keys: Mapping[str, Any], scope: Scope, place: Path, problems: Problems
) -> None:
    """Note what the job type has against the table of a target."""
    for fault in kind.validate(keys, scope):
        note = problems.key if fault.of_name else problems.value
        note((*place, *fault.steps), f"`{_dotted(fault.steps)}` {fault.message}", fault.hint)


def _read(
    kind: JobType, table: Mapping[str, Any], roles: tuple[str, ...]
) -> Iterator[tuple[Steps, str, str]]:
    for steps, text in kind.files_read(table):
        role = str(steps[1])
        # what the target calls so itself keeps the name
        yield steps, f"with.{role}" if role in roles else role, text


def _dotted(steps: Steps) -> str:
    pieces = (f"[{one}]" if isinstance(one, int) else f".{toml_key(one)}" for one in steps)
    return "".join(pieces).lstrip(".")


def setting_parts(settings: Mapping[str, Any], family: str) -> Iterator[tuple[str, str]]:
    """Yield name and TOML of each setting, as it stands in a fingerprint: what is left out
    counts as its default."""
    table = {**settings.get("defaults", {}), **settings.get("with", {})}
    for name in settings.get("uncounted", ()):
        table.pop(name, None)
    for name, value, secret in _leaves(table):
        text = toml_value(value)
        yield name, toml_value(hidden(text, family, name)) if secret else text


def shown_settings(name: str, table: Mapping[str, Any]) -> str:
    """Return a job type with its settings as a person reads them, secrets masked."""
    found = sorted(_leaves(table), key=lambda one: one[0])
    shown = (f"{key} = {MASK if secret else toml_value(value)}" for key, value, secret in found)
    return "\n".join([name, *(f"  {line}" for line in shown)])


def holds_secrets(table: Mapping[str, Any]) -> bool:
    """Say whether a setting must not be shown."""
    return any(secret for _, _, secret in _leaves(table))


def masked_settings(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table with a mask in place of what must not be shown."""
    return {name: _masked(name, one) for name, one in table.items()}


def _masked(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _masked(f"{name}.{key}", one) for key, one in value.items()}
    if isinstance(value, list):
        return [_masked(name, one) for one in value]
    return MASK if _is_secret(name, value) else value


def _leaves(table: Mapping[str, Any]) -> Iterator[tuple[str, Any, bool]]:
    for key, value in table.items():
        for name, one in leaves(toml_key(key), value):
            yield name, one, _is_secret(name, one)


def _is_secret(name: str, value: Any) -> bool:
    """Say whether a setting must not be shown: one that only names a param or a variable may."""
    if isinstance(value, dict):
        return any(_is_secret(f"{name}.{key}", one) for key, one in value.items())
    if isinstance(value, list):
        return any(_is_secret(name, one) for one in value)
    if not is_secret(name, value):
        return False
    errors: list[TemplateError] = []
    template = parse(value, ROOTS, errors) if isinstance(value, str) else ()
    return len(template) != 1 or isinstance(template[0], str)
