"""A plugin of pytest: which cases tests are, how much of each was done, how long it took.

    pytest -p bench.casebook --casebook FILE

Runs only the tests with a mark `case` or `nightly`, and all of a file that asks for amounts. Knows
who asked for which. Does not know what a case is.
Invariant: a test that ended is in the file, whatever its end and that of the others.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.amounts import ASKED

if TYPE_CHECKING:
    from collections.abc import Generator

_KEY, _FIGURES = "casebook", "figures"
_ASKING = ("amount", "seeds")  # what a file has that asks for an amount


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the file's name."""
    parser.addoption("--casebook", type=Path, metavar="FILE")


def pytest_configure(config: pytest.Config) -> None:
    """Begin a book."""
    if config.getoption("--casebook"):
        config.pluginmanager.register(Book(config.getoption("--casebook")))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what a night does no more of than any change."""
    left = [one for one in items if not _is_of_night(one)]
    items[:] = [one for one in items if one not in left]
    config.hook.pytest_deselected(items=left)


def _is_of_night(item: pytest.Item) -> bool:
    marked = item.get_closest_marker("case") or item.get_closest_marker("nightly")
    module = item.module if isinstance(item, pytest.Function) else None
    return bool(marked) or any(hasattr(module, name) for name in _ASKING)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Say of what the report is, in a form that travels between processes."""
    report = yield
    if isinstance(item, pytest.Function):
        report.user_properties.append((_KEY, about(item)))
    return report


def about(item: pytest.Function) -> dict[str, Any]:
    """Return the cases of a test, what it does, and how many rounds of it."""
    cases = [name for mark in item.iter_markers("case") for name in mark.args]
    said = (item.function.__doc__ or "").strip().partition("\n")[0].rstrip(".")
    words = item.originalname.removeprefix("test_").replace("_", " ")
    return {"cases": sorted(set(cases)), "what": said or words, "rounds": rounds_of(item)}


def rounds_of(item: pytest.Function) -> int:
    """Return how often a test does what it does, as far as that can be known."""
    asked = ASKED.get(item.nodeid, [])
    settings = getattr(item.function, "_hypothesis_internal_use_settings", None)
    if settings is not None:
        asked = [*asked, settings.max_examples]
    names = item.function.__code__.co_names
    of_module = (vars(item.module).get(name) for name in names)
    asked += [one for one in of_module if type(one) is int and one in ASKED.get("", [])]
    return max(asked, default=1)


class Book:
    """Gathers reports, and writes them after each test."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._tests: dict[str, dict[str, Any]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take note of one part of a test: its begin, itself, its end."""
        properties = dict(report.user_properties)
        told = properties.get(_KEY)
        if not isinstance(told, dict):
            return
        test = self._tests.setdefault(report.nodeid, {"seconds": 0.0, "result": "passed"})
        test.update(told)
        test[_FIGURES] = properties.get(_FIGURES, "")
        test["seconds"] += report.duration
        if report.outcome != "passed":
            test["result"] = report.outcome
        if report.failed:
            test["said"] = report.longreprtext
        if report.when == "teardown":
            self._write()

    def _write(self) -> None:
        tests = [{"test": name, **one} for name, one in sorted(self._tests.items())]
        self._path.write_text(json.dumps(tests, indent=1) + "\n")
