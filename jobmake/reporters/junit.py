"""The JUnit reporter: a build as a test suite in XML, which CI systems show.

One test case per target: the run's time, a failure with the end of its log, `skipped` for what
was blocked, stopped or not started. Knows the schema that Jenkins, GitLab and others read.
Invariant: what is written is well-formed, whatever a command wrote: no character is in it that
XML cannot hold.
"""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING

from jobmake.model import events
from jobmake.reporters.text import because, failure_lines
from jobmake.tools.display import duration, printable
from jobmake.tools.value import Mutable

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from jobmake.model.events import Event
    from jobmake.model.state import Failure
    from jobmake.reporters.reporting import Reporting

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _Case(Mutable):
    """What is known of a target. ``what`` tells how it ended: `failure`, `skipped`, or nothing
    where it is well; ``message`` and ``text`` tell of that, ``told`` of all that went before."""

    what: str = "skipped"
    message: str = "the build ended before it"
    text: str = ""
    told: str = ""
    seconds: float = 0.0


class JUnit:
    """Writes the file when a build has ended."""

    name = "junit"

    def __init__(self, reporting: Reporting) -> None:
        reporting.file()
        self._reporting = reporting
        self._cases: dict[str, _Case] = {}
        self._began: float | None = None  # by the clock on the wall; None: no build goes on

    def handle(self, event: Event) -> None:
        """Note what became of a target."""
        match event:
            case events.BuildStarted():
                self._began, self._cases = self._reporting.now(), {}
            case events.TargetStarted(target, _, reasons):
                self._case(target).told += f"it ran: {because(reasons)}\n"
            case events.TargetRetried(target, attempt, _, message):
                self._case(target).told += f"attempt {attempt - 1} failed: {message}\n"
            case events.TargetAgain(target, changed):
                self._case(target).told += f"it ran once more: {changed} while it ran\n"
            case events.BuildEnded(summary):
                for target in summary.not_started:
                    self._skip(target, "not started")
                self._finish(summary.seconds)
            case _:
                self._note_end(event)

    def close(self) -> None:
        """Write what is known of a build that was cut off."""
        if self._began is not None:
            self._finish(self._reporting.now() - self._began)

    def _note_end(self, event: Event) -> None:
        match event:
            case events.TargetFresh(target):
                self._pass(target, 0.0, "up to date")
            case events.TargetBuilt(target, _, seconds):
                self._pass(target, seconds, f"built in {duration(seconds)}")
            case events.TargetRestored(target, _, reasons):
                self._pass(target, 0.0, f"restored from the cache: {because(reasons)}")
            case events.TargetFailed(target, failure, allowed):
                self._fail(target, failure, allowed)
            case events.TargetStopped(target):
                self._skip(target, "stopped")
            case events.TargetBlocked(target, by):
                self._skip(target, f"blocked: `{by}` failed")

    def _case(self, target: str) -> _Case:
        return self._cases.setdefault(target, _Case())

    def _pass(self, target: str, seconds: float, how: str) -> None:
        case = self._case(target)
        case.what, case.message, case.seconds = "", "", seconds
        case.told += how + "\n"

    def _skip(self, target: str, why: str) -> None:
        case = self._case(target)
        case.what, case.message = "skipped", why

    def _fail(self, target: str, failure: Failure, allowed: bool) -> None:
        case, style = self._case(target), type(self._reporting.style)()
        case.what, case.message = "failure", failure.message
        case.text = "\n".join(failure_lines(target, failure, self._reporting.root, style))
        case.seconds = failure.seconds or 0.0
        if allowed:  # it does not fail the build, so it must not fail the suite
            case.what, case.message = "skipped", f"failed, as it may: {failure.message}"

    def _finish(self, seconds: float) -> None:
        from xml.etree.ElementTree import Element, SubElement, indent, tostring

        began, self._began = self._began or 0.0, None
        cases = self._cases.values()
        whole = {
            "name": self._reporting.project or os.path.basename(self._reporting.root) or "jobmake",
            "tests": str(len(cases)),
            "failures": str(sum(case.what == "failure" for case in cases)),
            "errors": "0",
            "time": f"{seconds:.3f}",
        }
        root = Element("testsuites", {key: _xml(text) for key, text in whole.items()})
        suite = SubElement(root, "testsuite", root.attrib)
        suite.set("skipped", str(sum(case.what == "skipped" for case in cases)))
        suite.set("timestamp", time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(began)))
        for target, case in self._cases.items():
            self._add(suite, target, case)
        indent(root)
        data: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
        self._reporting.write(data + b"\n")

    def _add(self, suite: Element, target: str, case: _Case) -> None:
        from xml.etree.ElementTree import SubElement

        added = SubElement(suite, "testcase", name=_xml(target), classname=_xml(suite.get("name")))
        added.set("time", f"{case.seconds:.3f}")
        place = self._reporting.place(target)
        if place is not None:
            added.set("file", _xml(place[0]))
            added.set("line", str(place[1]))
        if case.what:
            SubElement(added, case.what, message=_xml(case.message)).text = _xml(case.text) or None
            if case.what == "failure":
                added[0].set("type", "failed")
        if case.told:
            SubElement(added, "system-out").text = _xml(case.told)


def _xml(text: str | None) -> str:
    """Return a text that XML can hold."""
    return _NOT_XML.sub("", printable(text or ""))
