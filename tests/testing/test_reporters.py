"""The reporters that ship with jobmake keep to the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobmake.reporters.github import GitHub
from jobmake.reporters.json_lines import JsonLines
from jobmake.reporters.junit import JUnit
from jobmake.reporters.live import Live
from jobmake.reporters.plain import Plain
from jobmake.reporters.trace import Trace
from jobmake.testing import ReporterContract

if TYPE_CHECKING:
    from jobmake.model.contracts import Reporter
    from jobmake.reporters.reporting import Reporting


class TestPlain(ReporterContract):
    def make(self, reporting: Reporting) -> Reporter:
        return Plain(reporting)


class TestLive(ReporterContract):
    may_use_terminal = True

    def make(self, reporting: Reporting) -> Reporter:
        return Live(reporting)


class TestGitHub(ReporterContract):
    def make(self, reporting: Reporting) -> Reporter:
        return GitHub(reporting)


class TestJsonLines(ReporterContract):
    def make(self, reporting: Reporting) -> Reporter:
        return JsonLines(reporting)


class TestJsonLinesInAFile(TestJsonLines):
    needs_file = True


class TestJUnit(ReporterContract):
    needs_file = True

    def make(self, reporting: Reporting) -> Reporter:
        return JUnit(reporting)


class TestTrace(ReporterContract):
    needs_file = True

    def make(self, reporting: Reporting) -> Reporter:
        return Trace(reporting)
