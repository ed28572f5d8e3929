"""The guard around what plugins contribute: whatever a method of theirs does, the target at hand
fails, or the build ends as it was asked to; and data stays readable."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest

from jobmake.model import events
from jobmake.reporters.several import Several
from tests.plugins.support import fault
from tests.support import DEADLINE

if TYPE_CHECKING:
    from tests.support import Space

JOBFILE = """
[project]
plugins = ["mine.py"]
%s
[target.one]
%s
outputs = ["one.txt"]
[target.two]
run = "echo 2 > {outputs}"
outputs = ["two.txt"]
"""
CHECKED = 'run = "echo 1 > {outputs}"\ncheck = ["content", "mine"]'
TYPED = 'type = "mine"'

CHECK = """
import os, subprocess, sys
from jobmake import Reason
class Mine:
    name = "mine"
    def reasons(self, target, fingerprint, record, files):
        %s
    def facts(self, target, files):
        %s
def jobmake_checks():
    return [Mine()]
"""
TYPE = """
import sys
from jobmake import CommandType
class Mine(CommandType):
    name = "mine"
    def argv(self, given, run):
        %s
        return ["touch", run.output]
def jobmake_job_types():
    return [Mine()]
"""
REPORTER = """
class Telling:
    def __init__(self, reporting): pass
    %s
def jobmake_reporters(settings):
    return {"mine": Telling}
"""


def project(space: Space, code: str, target: str = CHECKED, more: str = "") -> None:
    space.jobfile(JOBFILE % (more, target))
    space.write("mine.py", code)


# -- the end of the process ---------------------------------------------------------------


@pytest.mark.case("F11")
@pytest.mark.parametrize(
    ("reasons", "facts", "line"),
    [("sys.exit(3)", "return {}", 7), ("yield sys.exit()", "return {}", 7),
     ("return []", "sys.exit(3)", 9)],
)  # fmt: skip
def test_a_check_that_ends_the_process_fails_its_target(
    space: Space, reasons: str, facts: str, line: int
) -> None:
    project(space, CHECK % (reasons, facts))
    result = space.build("-k", code=1)
    assert result.built == ["two"]
    assert f"plugin `mine` raised SystemExit{': 3' if '3' in reasons + facts else ''}" in (
        fault(result)
    )
    assert fault(result).endswith(f"(mine.py:{line})")
    assert "(mine.py:" in space.run("status", "--check", code=1).out


def test_a_job_type_that_ends_the_process_fails_its_target(space: Space) -> None:
    project(space, TYPE % "sys.exit(4)", TYPED)
    result = space.build("-k", code=1)
    assert result.built == ["two"]
    assert fault(result) == "target `one` failed: plugin `mine` raised SystemExit: 4 (mine.py:7)"


def test_one_that_raises_an_error_of_values_fails_its_target_alone(space: Space) -> None:
    code = "from jobmake.values.trouble import NotKept; raise NotKept('`x` cannot be kept')"
    project(space, TYPE % code, TYPED)
    result = space.build("-k", code=1)
    assert result.built == ["two"]
    assert fault(result) == (
        "target `one` failed: plugin `mine` raised NotKept: `x` cannot be kept (mine.py:7)"
    )


# -- signals --------------------------------------------------------------------------------


@pytest.mark.case("F11")
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_check_that_does_not_return(space: Space, signum: signal.Signals) -> None:
    gate = space.gate("blocks")
    project(
        space,
        CHECK
        % ("return []", f"subprocess.run({gate.command!r}, stdout=-3, stderr=-3, shell=True)"),
    )
    build = space.start("build", "-j1")
    gate.reached()
    build.send_signal(signum)
    out, err = build.communicate(timeout=DEADLINE)
    gate.open()
    assert build.returncode == -signum
    assert b"not started" in out + err
    assert b"failed" not in out + err


def test_a_signal_while_facts_are_asked_for_after_a_run_records_nothing(space: Space) -> None:
    gate = space.gate("blocks")
    facts = (
        "os.path.exists('one.txt') and "
        f"subprocess.run({gate.command!r}, stdout=-3, stderr=-3, shell=True); return {{}}"
    )
    project(space, CHECK % ("return []", facts))
    build = space.start("build", "-j1", "one")
    gate.reached()
    build.send_signal(signal.SIGINT)
    out, err = build.communicate(timeout=DEADLINE)
    gate.open()
    assert build.returncode == -signal.SIGINT
    assert b"stopped one" in out + err
    space.write("mine.py", CHECK % ("return []", "return {}"))
    result = space.build("one")
    assert result.built == ["one"]
    assert result.reason("one") == "it has no result: its last run was stopped"


def test_a_second_signal_ends_what_the_first_one_lets_be(space: Space) -> None:
    gate = space.gate("blocks")
    code = f"""def handle(self, event):
        import subprocess
        subprocess.run({gate.command!r}, stdout=-3, stderr=-3, shell=True)
    def close(self): pass"""
    project(space, REPORTER % code + CHECK % ("return []", "return {}"))
    build = space.start("build", "-j1", "--report", "mine")
    gate.reached()
    build.send_signal(signal.SIGINT)
    build.send_signal(signal.SIGTERM)
    _, err = build.communicate(timeout=DEADLINE)
    gate.open()
    assert build.returncode in (-signal.SIGINT, -signal.SIGTERM)
    assert b"note: the report `mine` is left out: plugin `mine` was interrupted" in err


# -- what is printed ------------------------------------------------------------------------


@pytest.mark.case("F11")
def test_what_checks_and_job_types_print_is_no_data(space: Space) -> None:
    project(space, CHECK % ("print('hello'); return []", "return {}"))
    result = space.run("build", "--json", "-q")
    assert all(isinstance(json.loads(line), dict) for line in result.out.splitlines())
    assert "hello" in result.err
    project(space, TYPE % "print('hello')", TYPED)
    assert "hello" not in space.run("why", "one", "--json").out
    assert "hello" not in space.run("build", "--json").out


# -- what is given back ---------------------------------------------------------------------


@pytest.mark.case("F11")
@pytest.mark.parametrize(
    ("reasons", "facts", "message"),
    [
        ("yield Reason('it', '', 'is old', old=3)", "return {}",
         "its check `mine` gave a reason of which `old` is no text: `3`"),
        ("yield Reason('it', '', 'is old', new=b'x')", "return {}",
         "its check `mine` gave a reason of which `new` is no text: `b'x'`"),
        ("return []", r"return {'': '\udcff'}",
         r"its check `mine` gave a fact that is no text: `'\udcff'`"),
        ("return []", "return {3: 'x'}",
         "its check `mine` gave a fact by a name that is no text: `3`"),
    ],
)  # fmt: skip
def test_reasons_and_facts_are_texts(space: Space, reasons: str, facts: str, message: str) -> None:
    project(space, CHECK % (reasons, facts))
    assert fault(space.build("-k", code=1)) == f"target `one` failed: {message}"


def test_the_name_of_a_check_does_not_look_like_a_fact_of_another(space: Space) -> None:
    code = (CHECK % ("return []", "return {}")).replace('"mine"', '"k.x"')
    project(space, code)
    assert "returned the check `k.x`: its name is made of letters" in fault(
        space.run("build", code=3)
    )


# -- reporters ------------------------------------------------------------------------------


@pytest.mark.parametrize("has", ["pass", "def handle(self, event): pass"])
def test_a_reporter_without_a_method_is_left_out(space: Space, has: str) -> None:
    project(space, REPORTER % has + CHECK % ("return []", "return {}"))
    result = space.build("--report", "mine")
    assert sorted(result.built) == ["one", "two"]
    lacks = "close" if "handle" in has else "handle"
    lack = f"'Telling' object has no attribute '{lacks}'"
    told = f'note: the report `mine` is left out: AttributeError("{lack}")'
    assert result.err.count(told) == 1


def test_a_reporter_that_raised_is_tried_again_at_the_next_build() -> None:
    class Telling:
        def __init__(self) -> None:
            self.told: list[events.Event] = []

        def handle(self, event: events.Event) -> None:
            self.told.append(event)
            if isinstance(event, events.TargetFresh):
                raise ValueError

        def close(self) -> None:
            pass

    screen, one = Telling(), Telling()
    screen.handle = screen.told.append  # type: ignore[method-assign]
    several = Several(screen, [("mine", one)], "/")
    begin, fresh = events.BuildStarted(1, 1), events.TargetFresh("a")

    for event in (begin, fresh, fresh, begin, fresh):
        several.handle(event)

    assert one.told == [begin, fresh, begin, fresh]
    notes = [event for event in screen.told if isinstance(event, events.Notice)]
    assert len(notes) == 2
