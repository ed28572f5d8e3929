"""No reporter fails a build: one that raises is left out, and that is said once."""

from __future__ import annotations

import dataclasses
import runpy
from typing import TYPE_CHECKING, Any

import pytest

from jobmake.engine.options import Options
from jobmake.model import events
from jobmake.model.state import Summary
from jobmake.project import Project, Settings
from jobmake.project.reports import reporters
from jobmake.reporters.reporting import Reporting
from jobmake.reporters.several import Several
from tests.reporters.told import Told

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobmake.model.events import Event
    from tests.support import Space

PLUGIN = """
def fail(event):
    raise ValueError("boom")

class Raises:
    def __init__(self, reporting):
        self.told = 0
    def handle(self, event):
        self.told += 1
        fail(event)
    def close(self):
        fail(None)

class RaisesAtLast(Raises):
    def handle(self, event):
        pass

class IsNotMade:
    def __init__(self, reporting):
        import json
        json.loads("{")

class Exits(Raises):
    def handle(self, event):
        raise SystemExit(3)
"""
JOBFILE = """
[target.a]
run = "echo x > {outputs}"
outputs = ["a.txt"]
[target.b]
run = "exit 3"
"""


def build(space: Space, name: str, told: Told) -> Summary:
    """Build with a reporter of the project's own beside another one."""
    space.jobfile(JOBFILE)
    made = runpy.run_path(str(space.write("plugins/own.py", PLUGIN)))[name]
    project = Project.open(Settings(folder=str(space.root)))
    more = {**project.registry.reporters, "own": made}
    project.registry = dataclasses.replace(project.registry, reporters=more)
    space.write("e.jsonl", "")
    several = reporters(
        project,
        ["own", f"json={space.path('e.jsonl')}"],
        Reporting(root=project.layout.root),
        told,
    )
    summary = project.build([], Options(jobs=1, keep_going=True), several.handle)
    several.handle(events.BuildEnded(summary))
    several.close()
    several.close()
    return summary


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("Raises", "ValueError('boom') (plugins/own.py, line 3)"),
        ("RaisesAtLast", "ValueError('boom') (plugins/own.py, line 3)"),
        ("Exits", "SystemExit(3) (plugins/own.py, line 25)"),
        (
            "IsNotMade",
            "JSONDecodeError('Expecting property name enclosed in double quotes: line 1 column 2"
            " (char 1)') (plugins/own.py, line 21)",
        ),
    ],
)
def test_a_reporter_that_raises_is_left_out_with_one_note(
    space: Space, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: Any, name: str, note: str
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
    told = Told()

    summary = build(space, name, told)

    assert told.notes == [f"the report `own` is left out: {note}"]
    assert (summary.built, summary.failed) == (("a",), ("b",))
    assert space.read("a.txt") == "x\n"
    assert told.closed == 1
    lines = space.read("e.jsonl").splitlines()
    assert lines[-1].startswith('{"event": "build_ended", ')
    assert sum("is left out" in line for line in lines) == (name != "RaisesAtLast")


class _Breaks(Told):
    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self._error = error

    def handle(self, event: Event) -> None:
        super().handle(event)
        raise self._error


NOTICE = events.Notice("hello")


def test_a_screen_that_raises_takes_nothing_from_the_others(
    capsys: pytest.CaptureFixture[str],
) -> None:
    screen, other = _Breaks(ValueError("boom")), Told()
    several = Several(screen, [("other", other)], "/")

    several.handle(NOTICE)
    several.handle(NOTICE)

    assert len(screen.events) == 1
    assert other.events == [NOTICE, NOTICE]
    assert capsys.readouterr().err == "note: nothing more is reported: ValueError('boom')\n"


@pytest.mark.parametrize(
    ("place", "error"),
    [
        (lambda bad: Several(bad, [], "/"), BrokenPipeError()),
        (lambda bad: Several(bad, [], "/"), KeyboardInterrupt()),
        (lambda bad: Several(Told(), [("bad", bad)], "/"), KeyboardInterrupt()),
    ],
)
def test_what_ends_a_program_is_not_held_up(
    place: Callable[[_Breaks], Several], error: BaseException
) -> None:
    with pytest.raises(type(error)):
        place(_Breaks(error)).handle(NOTICE)


def test_a_pipe_that_a_report_lost_is_its_own_trouble() -> None:
    screen, bad = Told(), _Breaks(BrokenPipeError(32, "Broken pipe", "/run/hook"))

    Several(screen, [("hook", bad)], "/").handle(NOTICE)

    assert screen.notes == [
        "hello",
        "the report `hook` is left out: cannot write `/run/hook`: Broken pipe",
    ]
