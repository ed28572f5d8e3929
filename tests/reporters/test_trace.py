"""The trace of a build, by a clock that the test holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jobmake.model import events
from jobmake.model.state import Failure, Summary
from jobmake.reporters.reporting import Reporting
from jobmake.reporters.trace import Trace
from tests.reporters.told import Clock

if TYPE_CHECKING:
    from pathlib import Path

ENDED = events.BuildEnded(Summary((), (), (), (), (), (), 0.0))


class Rig:
    """A trace reporter that has been told that a build began, two seconds after jobmake."""

    def __init__(self, folder: Path) -> None:
        self.path, self.clock = folder / "new" / "t.json", Clock()
        self.trace = Trace(
            Reporting("trace", str(folder), str(self.path), monotonic=self.clock, began=98.0)
        )
        self.begin()

    def begin(self) -> None:
        self.trace.handle(events.BuildStarted(9, 2))

    def start(self, target: str) -> None:
        self.trace.handle(events.TargetStarted(target, "1", (), "true", "log"))

    def built(self, target: str) -> None:
        self.trace.handle(events.TargetBuilt(target, "1", 1.0, None, (), 0.5, 7))

    def spans(self) -> list[tuple[str, int, float, float]]:
        """Name, row, begin and length (in seconds) of each span of the file."""
        return [
            (one["name"], one["tid"], one["ts"] / 1e6, one["dur"] / 1e6)
            for one in self.events()
            if one["ph"] == "X"
        ]

    def events(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.path.read_text())["traceEvents"]
        return found


def test_a_run_takes_the_first_row_that_is_free(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    for step in ("+a", "+b", "-a", "+c", "-b", "-c"):
        rig.clock.go_on(1)
        (rig.start if step[0] == "+" else rig.built)(step[1])
    rig.clock.go_on(0.25)
    rig.trace.handle(ENDED)

    assert rig.spans() == [
        ("read the project", 0, 0, 2),
        ("judge", 0, 2, 1),
        ("a", 1, 3, 2),
        ("b", 2, 4, 3),
        ("c", 1, 6, 2),
        ("judge and record", 0, 8, 0.25),
    ]
    names = {
        one["tid"]: one["args"]["name"] for one in rig.events() if one["name"] == "thread_name"
    }
    assert names == {0: "jobmake", 1: "run 1", 2: "run 2"}


def test_each_end_of_a_run_is_told(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    ends = [
        events.TargetRetried("a", 2, 0.0, "exit code 1", None),
        events.TargetAgain("a", "`x` changed"),
        events.TargetStopped("a"),
        events.TargetFailed("a", Failure("exit code 3", exit_code=3, cpu=0.5)),
    ]
    for end in ends:
        rig.start("a")
        rig.clock.go_on(1)
        rig.trace.handle(end)
    rig.trace.handle(events.TargetFailed("b", Failure("no such file")))
    rig.trace.handle(ENDED)

    runs = [one["args"] for one in rig.events() if one.get("cat") == "run"]
    common = {"run": "1", "reason": ""}
    assert runs == [
        {**common, "ended": "failed, to be tried again", "message": "exit code 1"},
        {**common, "ended": "not recorded", "changed": "`x` changed"},
        {**common, "ended": "stopped"},
        {**common, "ended": "failed", "message": "exit code 3", "exit": 3, "cpu seconds": 0.5},
    ]
    [instant] = [one for one in rig.events() if one["ph"] == "i"]
    assert (instant["name"], instant["args"]["message"]) == ("failed b", "no such file")


def test_a_build_that_is_cut_off_is_traced_as_far_as_it_came(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.start("a")
    rig.clock.go_on(1)

    rig.trace.close()

    assert rig.spans()[-1] == ("a", 1, 2, 1)
    rig.path.unlink()
    rig.trace.close()
    assert not rig.path.exists()


def test_of_several_builds_the_last_is_traced(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.start("a")
    rig.trace.handle(ENDED)
    rig.clock.go_on(60)
    rig.begin()
    rig.clock.go_on(1)
    rig.trace.handle(ENDED)

    assert rig.spans() == [("judge", 0, 0, 1)]
