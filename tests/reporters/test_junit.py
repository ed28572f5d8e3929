"""The JUnit report where a build does not simply begin and end."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

from jobmake.model import events
from jobmake.model.state import Failure, Summary
from jobmake.reporters.junit import JUnit
from jobmake.reporters.reporting import Reporting
from tests.reporters.told import Clock

if TYPE_CHECKING:
    from pathlib import Path

ENDED = events.BuildEnded(Summary((), (), (), (), (), (), 2.5))


def junit(folder: Path, clock: Clock | None = None) -> JUnit:
    return JUnit(Reporting("junit", str(folder), str(folder / "j.xml"), now=clock or Clock()))


def test_a_build_that_is_cut_off_leaves_no_target_as_passed(tmp_path: Path) -> None:
    clock = Clock()
    report = junit(tmp_path, clock)
    report.handle(events.BuildStarted(2, 1))
    report.handle(events.TargetFresh("a"))
    report.handle(events.TargetStarted("b", "1", (), "true", "log"))
    clock.go_on(1.5)

    report.close()

    root = ElementTree.parse(tmp_path / "j.xml").getroot()
    assert (root.attrib["time"], root[0].attrib["skipped"]) == ("1.500", "1")
    assert root[0].attrib["timestamp"] == "1970-01-01T00:01:40"
    [skipped] = root.iter("skipped")
    assert skipped.attrib == {"message": "the build ended before it"}


def test_of_several_builds_the_last_is_told(tmp_path: Path) -> None:
    report = junit(tmp_path)
    for target in ("a", "b"):
        report.handle(events.BuildStarted(1, 1))
        report.handle(events.TargetFresh(target))
        report.handle(ENDED)

    names = [one.attrib["name"] for one in ElementTree.parse(tmp_path / "j.xml").iter("testcase")]
    assert names == ["b"]


def test_nothing_is_written_of_a_build_that_did_not_begin(tmp_path: Path) -> None:
    report = junit(tmp_path)
    report.handle(events.Notice("waiting for process 7"))

    report.close()

    assert not (tmp_path / "j.xml").exists()


def test_no_text_breaks_the_xml(tmp_path: Path) -> None:
    report = junit(tmp_path)
    report.handle(events.BuildStarted(1, 1))
    hostile = "\x1b[31m]]>\x00\ud800\ufffe<&\"'\x85"
    report.handle(events.TargetFailed(f't[m="{hostile}"]', Failure(hostile, hostile, hostile)))
    report.handle(ENDED)

    [case] = ElementTree.parse(tmp_path / "j.xml").iter("testcase")
    assert case[0].attrib["message"] == "]]>\\x00<&\"'\\x85"
