"""What holds for every reporter.

    class TestSummary(ReporterContract):
        def make(self, reporting):
            return Summary(reporting)

Knows every event there is. Does not know any reporter.
"""

from __future__ import annotations

import dataclasses
import io
import random
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from jobmake.model import decision, errors, events, state
from jobmake.model.contracts import Reporter
from jobmake.reporters.reporting import Reporting
from jobmake.testing.projects import changes, picture
from jobmake.tools.value import Value, replace

EVENTS: tuple[type, ...] = typing.get_args(events.Event)
# what a command may write, or a file be called: control characters, no text, lines, markup
HOSTILE = "\x1b[31mred\x07 \x00 \x9b1m \udcff \u202e ]]> <b>&\"' :: %s {x}\r\nnext\u2028line"
_PLAIN = "build/a file.txt"


class ReporterContract:
    """The tests; who inherits says how a reporter is made."""

    settings: ClassVar[Mapping[str, Any]] = {}  # the table `[plugin.NAME]` of its plugin
    environ: ClassVar[Mapping[str, str]] = {}
    needs_file = False  # it is asked for as `NAME=PATH`
    may_use_terminal = False  # it moves the cursor of a terminal

    def make(self, reporting: Reporting) -> Reporter:
        """Return a new reporter."""
        raise NotImplementedError("`make` returns the reporter")

    @pytest.fixture
    def reporting(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reporting:
        """What the reporter is made of: a project, and a stream of its own. The working directory
        is elsewhere."""
        root = tmp_path / "project"
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        log = root / "logs" / "1.log"
        log.parent.mkdir(parents=True)
        log.write_bytes(HOSTILE.encode("utf-8", "surrogateescape") + b"\xff\xfe\n")
        return Reporting(
            "sample",
            str(root),
            str(tmp_path / "out" / "report") if self.needs_file else None,
            project="demo",
            environ=self.environ,
            settings=self.settings,
            folder=str(tmp_path / "own"),
            stream=io.TextIOWrapper(io.BytesIO(), "utf-8", "surrogateescape", newline=""),
            place=lambda _target: ("Jobfile.toml", 7),
            expected=lambda: {"sample": 1.5},
        )

    # -- the tests ----------------------------------------------------------------------

    @pytest.mark.parametrize("text", [_PLAIN, HOSTILE, ""], ids=["plain", "hostile", "empty"])
    def test_it_takes_every_event_there_is(self, reporting: Reporting, text: str) -> None:
        reporter = self.make(reporting)
        for event in every_event(text):
            reporter.handle(event)
        reporter.close()

    @pytest.mark.parametrize("seed", range(10))
    def test_it_takes_them_in_any_order(self, reporting: Reporting, seed: int) -> None:
        told = list(every_event(_PLAIN)) * 2
        random.Random(seed).shuffle(told)
        reporter = self.make(reporting)
        for event in told:
            reporter.handle(event)
        reporter.close()

    def test_it_takes_one_build_after_another(self, reporting: Reporting) -> None:
        reporter = self.make(reporting)
        for _ in range(2):
            for event in every_event(_PLAIN):
                reporter.handle(event)
        reporter.close()

    def test_it_lets_pass_an_event_that_it_does_not_know(self, reporting: Reporting) -> None:
        """A later jobmake has more of them."""
        reporter = self.make(reporting)
        began, *others = every_event(_PLAIN)
        for event in (began, _Later(), *others):
            reporter.handle(typing.cast(events.Event, event))
        reporter.close()

    @pytest.mark.parametrize("count", [0, 1, 3, 100])
    def test_it_may_be_closed_at_any_time_and_twice(self, reporting: Reporting, count: int) -> None:
        reporter = self.make(reporting)
        for event in list(every_event(_PLAIN))[:count]:
            reporter.handle(event)
        reporter.close()
        reporter.close()

    def test_it_writes_to_its_own_place_alone(
        self, reporting: Reporting, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        before = picture(tmp_path)
        reporter = self.make(reporting)
        for event in every_event(_PLAIN):
            reporter.handle(event)
        reporter.close()
        reporting.stream.flush()

        written = [name for name in changes(before, picture(tmp_path)) if name != "out"]
        written = [name for name in written if name.split("/")[0] != "own"]
        assert written == (["out/report"] if self.needs_file else []), "it writes elsewhere"
        if not getattr(reporter, "is_display", False):
            assert tuple(capfd.readouterr()) == ("", ""), "`reporting.stream` is its place"
        if self.needs_file:
            assert _streamed(reporting) == b"", "what has a file must not write to the screen"

    def test_no_control_character_leaves_it(
        self, reporting: Reporting, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """What a command wrote, or a file is called, must do nothing to a terminal."""
        reporter = self.make(reporting)
        for event in every_event(HOSTILE):
            reporter.handle(event)
        reporter.close()

        data = _streamed(reporting)
        if reporting.path is not None and Path(reporting.path).exists():
            data += Path(reporting.path).read_bytes()
        text = data.decode("utf-8", "replace") + capfd.readouterr().err
        found = set(filter(_is_control, text))
        if self.may_use_terminal:
            found.discard("\x1b")  # it moves the cursor with it
        assert not found, f"it writes {sorted(found)!r}"
        assert HOSTILE[:8] not in text, "what it was told reaches the terminal as it is"


class _Later(Value):
    """An event that there is not yet."""

    target: str = "sample"


def _is_control(one: str) -> bool:
    return (ord(one) < 32 or 127 <= ord(one) < 160) and one not in "\t\r\n"


def every_event(text: str) -> Iterator[events.Event]:
    """Yield one event of each class: the begin of a build first, its end last. ``text`` stands
    wherever something else than jobmake can have a say."""
    last = events.BuildEnded
    for kind in (*(one for one in EVENTS if one is not last), last):
        yield typing.cast(events.Event, _sample(kind, text))
        if kind is events.TargetFailed:
            failed = typing.cast(events.TargetFailed, _sample(kind, text))
            yield replace(failed, allowed=False)
            yield replace(failed, failure=state.Failure("exit code 1"))


def _sample(kind: Any, text: str) -> Any:
    """Return a value of a class, or of an annotation."""
    if dataclasses.is_dataclass(kind):
        names = {**vars(decision), **vars(errors), **vars(state), **vars(events)}
        hints = typing.get_type_hints(kind, None, names)
        return kind(**{name: _field(name, hint, text) for name, hint in hints.items()})  # type: ignore[operator]
    inner = [one for one in typing.get_args(kind) if one not in (type(None), ...)]
    if typing.get_origin(kind) is tuple:
        return tuple(_sample(one, text) for one in inner)
    if inner:  # perhaps None
        return _sample(inner[0], text)
    return {str: text, int: 2, float: 1.5, bool: True}[kind]


def _field(name: str, hint: Any, text: str) -> Any:
    match name:
        case "log":
            return "logs/1.log"
        case "run_id":
            return "1"
        case "target" | "family" | "by":
            return f'sample[m="{text}"]' if text not in ("", _PLAIN) else "sample"
        case "signum" | "stopped_by":
            return 15
    return _sample(hint, text)


def _streamed(reporting: Reporting) -> bytes:
    stream = typing.cast(io.TextIOWrapper, reporting.stream)
    stream.flush()
    return typing.cast(io.BytesIO, stream.buffer).getvalue()
