"""A plugin of pytest: which cases tests are, how much of each was done, how long it took.

    pytest -p bench.casebook --casebook FILE -m "case or nightly"

Knows the marks `case` and `nightly`, and who asked for which amount. Does not know what a case is.
Invariant: a test that ended is in the file, whatever its end; with xdist, too.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.amounts import ASKED

if TYPE_CHECKING:
    from collections.abc import Generator

_KEY = "casebook"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the file's name."""
    parser.addoption("--casebook", type=Path, metavar="FILE")


def pytest_configure(config: pytest.Config) -> None:
    """Begin a book, in the process that is told of all tests."""
    if config.getoption("--casebook") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Book(config.getoption("--casebook")))


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
    """Gathers reports, and writes them when all tests have ended."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._tests: dict[str, dict[str, Any]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take note of one part of a test: its begin, itself, its end."""
        told = dict(report.user_properties).get(_KEY)
        if not isinstance(told, dict):
            return
        test = self._tests.setdefault(report.nodeid, {"seconds": 0.0, "result": "passed"})
        test.update(told)
        test["seconds"] += report.duration
        if report.outcome != "passed":
            test["result"] = report.outcome

    def pytest_sessionfinish(self) -> None:
        """Write the book."""
        tests = [{"test": name, **one} for name, one in sorted(self._tests.items())]
        self._path.write_text(json.dumps(tests, indent=1) + "\n")
