"""The files of a dvc pipeline: dvc.yaml with its lines, and files of params.

Knows YAML and what a Jobfile can hold. Does not know stages.
"""

from __future__ import annotations

import datetime
import json
import os
from typing import TYPE_CHECKING, Any

from jobmake.model.errors import JobfileError

if TYPE_CHECKING:
    from jobmake.importers.draft import Source

_DEEPEST = 100


def load_yaml(source: Source, text: str) -> Any:
    """Return a YAML text whose tables know their lines (`line_of`). Raises JobfileError."""
    try:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import YAMLError
    except ImportError:
        raise source.wrong(
            "reading YAML needs the package `ruamel.yaml`", hint="pip install 'jobmake[yaml]'"
        ) from None
    try:
        return YAML(typ="rt", pure=True).load(text)
    except RecursionError:
        raise source.wrong("its values are nested too deep") from None
    except (YAMLError, ValueError, AttributeError) as error:
        mark = getattr(error, "problem_mark", None)
        why = getattr(error, "problem", None) or str(error).splitlines()[0]
        if mark is None:
            raise source.wrong(f"it is not YAML: {why}") from None
        lines = text.split("\n")
        number = min(mark.line + 1, len(lines))
        raise source.wrong(f"it is not YAML: {why}", number, lines[number - 1]) from None


def line_of(table: Any, key: Any) -> int:
    """Return the line of a key, or of an item of a list."""
    try:
        places = table.lc.data
        return int(places[key][0]) + 1
    except (AttributeError, KeyError, TypeError, IndexError):
        lines = getattr(table, "lc", None)
        return int(lines.line) + 1 if lines is not None and lines.line is not None else 0


def plain(value: Any, depth: int = 0) -> Any:
    """Return a value of the YAML as Python's own types."""
    if depth > _DEEPEST:
        raise ValueError("nested too deep")
    if isinstance(value, dict):
        return {plain(key): plain(one, depth + 1) for key, one in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(one, depth + 1) for one in value]
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    if type(value).__name__ == "ScalarBoolean":
        return bool(value)
    return value


def params_of(source: Source, path: str) -> dict[str, Any] | None:
    """Return what a file of params holds; None if it is none that can be read."""
    whole = os.path.join(source.root, path)
    ending = os.path.splitext(path)[1].lower()
    try:
        with open(whole, encoding="utf-8") as file:
            text = file.read()
        if ending == ".json":
            found = json.loads(text)
        elif ending == ".toml":
            import tomli

            found = tomli.loads(text)
        elif ending in (".yaml", ".yml"):
            found = plain(load_yaml(source, text))
        else:
            return None
    except (OSError, ValueError, RecursionError, JobfileError):
        return None
    return found if isinstance(found, dict) else None


def without_strange(value: Any) -> Any:
    """Return a table without what no Jobfile can hold: null, keys that are no texts."""
    if isinstance(value, dict):
        kept = {key: without_strange(one) for key, one in value.items() if isinstance(key, str)}
        return {key: one for key, one in kept.items() if one is not None}
    if isinstance(value, list):
        return [without_strange(one) for one in value if one is not None]
    usable = (str, bool, int, float, datetime.date, datetime.time)
    return value if isinstance(value, usable) else None
