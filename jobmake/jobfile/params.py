"""Params: from files, from `[params]`, from `-D key=value`, joined.

Precedence, lowest first: params_files in their order, `[params]`, the profile's, the
command line.
Invariant: a value keeps its type; YAML is read as 1.2, where `no` is a text and `1e-3`
a float.
"""

from __future__ import annotations

import os
import stat

from jobmake.jobfile.problems import problem_at_line
from jobmake.model.errors import Problem, UsageError
from jobmake.tools.digest import digest_bytes
from jobmake.tools.hints import did_you_mean
from jobmake.tools.regex import regex
from jobmake.tools.tomltext import key as toml_key
from jobmake.tools.tomltext import value as toml_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from jobmake.jobfile.problems import Path, Problems

DEEPEST = 64  # tables and lists within each other, in a params file
MOST_VALUES = 1_000_000  # in one file
_KEYS = regex(r"""(?s)((?:[^="']|"(?:[^"\\]|\\.)*"|'[^']*')+)=""")
_TOO_DEEP = f"its values are nested more than {DEEPEST} deep"


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``under`` with the values of ``over`` laid on it, table by table."""
    result = dict(under)
    for key, value in over.items():
        below = result.get(key)
        both_tables = isinstance(below, dict) and isinstance(value, dict)
        result[key] = merged(below, value) if both_tables else value  # type: ignore[arg-type]
    return result


def read_params_files(
    root: str, names: Iterable[tuple[str, Path]], problems: Problems
) -> dict[str, Any]:
    """Return the params of the files (name, where it stands), later ones over earlier ones."""
    params: dict[str, Any] = {}
    for name, place in names:
        try:
            table, problems.digests[name] = _read(os.path.join(root, name))
        except FileNotFoundError:
            problems.value(place, f"params file `{name}` does not exist")
        except _BadParamsError as error:
            problems.add(_told(name, error))
        except OSError as error:
            problems.value(place, f"params file `{name}` cannot be read: {error.strerror}")
        else:
            params = merged(params, table)
    return params


def override(params: Mapping[str, Any], settings: Iterable[str]) -> dict[str, Any]:
    """Return ``params`` with each ``key=value`` of the command line laid on it.

    The value is TOML where it reads as TOML, else a text. Raises UsageError for a key
    that is not declared.
    """
    result = dict(params)
    for setting in settings:
        name, equals, text = _split(setting)
        if not equals or not name.strip():
            raise UsageError(f"`-D {setting}` sets nothing", "write `-D name=value`")
        if any("\ud800" <= char <= "\udfff" for char in setting):
            raise UsageError(f"`-D {ascii(setting)[1:-1]}` is not UTF-8")
        steps = _steps(name.strip())
        _check_declared(params, steps, name.strip())
        value: Any = _toml_or_text(text)
        for step in reversed(steps):
            value = {step: value}
        result = _replaced(result, steps, value)
    return result


def _split(setting: str) -> tuple[str, str, str]:
    """Split at the first `=` that is not in the quotes of a key."""
    found = _KEYS.match(setting)
    if found is None:
        return setting.partition("=")
    return found[1], "=", setting[found.end() :]


def leaves(name: str, value: Any) -> Iterable[tuple[str, Any]]:
    """Return (dotted name, value) of every leaf below a param; an empty table is a leaf."""
    todo = [(name, value)]
    while todo:
        path, inner = todo.pop()
        if isinstance(inner, dict) and inner:
            todo.extend((f"{path}.{toml_key(step)}", one) for step, one in inner.items())
        else:
            yield path, inner


def find(params: Mapping[str, Any], dotted: str) -> tuple[str, Any] | None:
    """Return (canonical dotted name, value) of the param called ``dotted``, or None."""
    try:
        steps = _steps(dotted)
    except UsageError:
        return None
    value: Any = params
    for step in steps:
        if not isinstance(value, dict) or step not in value:
            return None
        value = value[step]
    return ".".join(toml_key(step) for step in steps), value


class _BadParamsError(Exception):
    """``data`` is the file's content where a place in it is known."""

    def __init__(self, message: str, line: int | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.line, self.hint = line, hint
        self.column, self.data = 1, b""


def _told(name: str, error: _BadParamsError) -> Problem:
    message = f"params file `{name}`: {error}"
    if error.line is None or not error.data:
        return Problem(message, error.hint, name, error.line)
    return problem_at_line(name, error.data, message, error.line, error.column - 1)


def _read(path: str) -> tuple[dict[str, Any], str]:
    """Return the table in a file, and the digest of what was read."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError(0, "it is not a regular file", path)  # a fifo would never end
    with open(path, "rb") as file:
        data = file.read()
    ending = os.path.splitext(path)[1].lower()
    if ending == ".toml":
        table: Any = _parse_toml(data)
    elif ending == ".json":
        table = _parse_json(data)
    elif ending in (".yaml", ".yml"):
        table = _parse_yaml(data)
    else:
        raise _BadParamsError("its name must end in .toml, .json, .yaml or .yml")
    digest = digest_bytes(data)
    if table is None:
        return {}, digest
    if not isinstance(table, dict):
        raise _BadParamsError("it must hold a table of names and values")
    _refuse_strange(table)
    return table, digest


def _parse_toml(data: bytes) -> Any:
    from jobmake.tools.tomlguard import BadToml, parse

    try:
        return parse(data)
    except BadToml as error:
        bad = _BadParamsError(error.message, error.line)
        bad.column, bad.data = error.column, data
        raise bad from None


def _parse_json(data: bytes) -> Any:
    import json

    try:
        return json.loads(data)
    except UnicodeDecodeError:
        raise _BadParamsError("it is not UTF-8") from None
    except RecursionError:
        raise _BadParamsError(_TOO_DEEP) from None
    except ValueError as error:
        message = getattr(error, "msg", str(error))
        line = getattr(error, "lineno", None)
        raise _BadParamsError(message[:1].lower() + message[1:], line) from None


def _parse_yaml(data: bytes) -> Any:
    try:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import YAMLError
    except ImportError:
        raise _BadParamsError(
            "reading YAML needs the package `ruamel.yaml`", hint="pip install 'jobmake[yaml]'"
        ) from None
    try:
        return YAML(typ="safe", pure=True).load(data)
    except RecursionError:
        raise _BadParamsError(_TOO_DEEP) from None
    except (YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        message = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise _BadParamsError(message, mark.line + 1 if mark else None) from None


def _refuse_strange(table: Any) -> None:
    """Only what TOML has can be a param: no null, no key that is no text."""
    import datetime

    todo: list[tuple[str, int, Any]] = [("", 0, table)]
    values = 0
    while todo:
        path, depth, value = todo.pop()
        values += 1
        # YAML's aliases make a small file endless
        if depth > DEEPEST or values > MOST_VALUES:
            too_much = _TOO_DEEP if depth > DEEPEST else f"it has more than {MOST_VALUES:,} values"
            raise _BadParamsError(too_much)
        if isinstance(value, dict):
            for key, inner in value.items():
                if not isinstance(key, str):
                    raise _BadParamsError(f"the key {key!r} is not a text", hint="put it in quotes")
                _check_written(path, toml_key, key)
                todo.append((f"{path}.{key}" if path else key, depth + 1, inner))
        elif isinstance(value, list):
            todo.extend((f"{path}[{at}]", depth + 1, inner) for at, inner in enumerate(value))
        elif value is None:
            raise _BadParamsError(f"`{path}` has no value", hint="leave it out, or give it one")
        elif not isinstance(value, (str, bool, int, float, datetime.date, datetime.time)):
            raise _BadParamsError(f"`{path}` holds {type(value).__name__}, which cannot be a param")
        else:
            _check_written(path, toml_value, value)


def _check_written(path: str, write: Callable[[Any], str], value: Any) -> None:
    """The lockfile is to hold it: no lone surrogate, no endless number."""
    try:
        write(value)
    except ValueError as error:
        raise _BadParamsError(f"`{path}` holds what TOML cannot: {error}") from None


def _steps(dotted: str) -> list[str]:
    """Return the parts of a dotted key; parts may be quoted as in TOML."""
    if '"' not in dotted and "'" not in dotted:
        return dotted.split(".")
    from jobmake.tools.tomlguard import BadToml, HostileToml, parse

    try:
        table: Any = parse(f"{dotted} = 0".encode())
    except (BadToml, HostileToml):
        raise UsageError(f"`{dotted}` is not the name of a param") from None
    steps = []
    while isinstance(table, dict):
        step, table = next(iter(table.items()))
        steps.append(step)
    return steps


def _toml_or_text(text: str) -> Any:
    from jobmake.tools.tomlguard import BadToml, HostileToml, parse

    try:
        table = parse(f"value = {text}".encode())
    except (BadToml, HostileToml, UnicodeEncodeError):
        return text
    return table["value"] if len(table) == 1 else text


def _check_declared(params: Mapping[str, Any], steps: list[str], name: str) -> None:
    table: Any = params
    for step in steps:
        if not isinstance(table, dict) or step not in table:
            known = [path for key, value in params.items() for path, _ in leaves(key, value)]
            raise UsageError(
                f"`-D {name}=…`: there is no param `{name}`",
                did_you_mean(name, known) or "declare it in `[params]` first",
            )
        table = table[step]


def _replaced(table: Mapping[str, Any], steps: list[str], nested: Any) -> dict[str, Any]:
    """Return ``table`` with the one leaf of ``nested`` put in, not merged."""
    result = dict(table)
    first = steps[0]
    if len(steps) == 1:
        result[first] = nested[first]
    else:
        result[first] = _replaced(table[first], steps[1:], nested[first])
    return result
