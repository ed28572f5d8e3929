"""What holds for every job type.

    class TestWordCount(JobTypeContract):
        settings = {"unit": "words"}
        changed = {"unit": "lines"}
        failing = {"options": ["--no-such-option"]}

        def make(self):
            return WordCount()

Knows what jobmake asks a job type. Does not know any. Each test builds a real project, whose
target `sample` is of the type.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from jobmake.model import events
from jobmake.model.errors import JobfileError
from jobmake.testing.checks import UNKNOWN, underlined
from jobmake.testing.projects import Spied, Workspace, registry, toml

SECRET = "xyzzy-plugh-7"


class JobTypeContract:
    """The tests; who inherits says how a job type is made, and what a target of it looks like."""

    settings: ClassVar[Mapping[str, Any]] = {}  # the `with` of a target that can be built
    changed: ClassVar[Mapping[str, Any]] = {}  # other values of these, each of which counts
    failing: ClassVar[Mapping[str, Any] | None] = None  # settings with which a run fails
    wrong: ClassVar[Mapping[str, Any] | None] = None  # settings that are refused
    keys: ClassVar[Mapping[str, Any]] = {"inputs": ["in.txt"], "outputs": ["out.txt"]}
    files: ClassVar[Mapping[str, str | bytes]] = {"in.txt": "to be or not to be\n"}

    def make(self) -> Any:
        """Return a new job type."""
        raise NotImplementedError("`make` returns the job type")

    def prepare(self, space: Workspace) -> None:
        """Do what is to be done before the first build."""

    def table(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the table of the target with these settings."""
        more = {"with": dict(settings)} if settings else {}
        return {"type": self.make().name, **more, **self.keys}

    @pytest.fixture
    def spied(self) -> Spied:
        """The job type, looked at."""
        return Spied(self.make(), "prepare", "shown", "texts", "defaults", "more", "files_read")

    @pytest.fixture
    def space(self, tmp_path: Path, spied: Spied) -> Workspace:
        """The project."""
        space = Workspace(tmp_path, registry=registry(job_types={spied.name: spied}))
        spied.root = space.root
        for name, text in self.files.items():
            space.write(name, text)
        self.say(space, self.settings)
        self.prepare(space)
        return space

    def say(self, space: Workspace, settings: Mapping[str, Any]) -> None:
        """Write a Jobfile with such a target."""
        params = toml("params", {"api_token": SECRET})
        space.jobfile(params + "\n" + toml("target.sample", self.table(settings)))

    # -- the tests ----------------------------------------------------------------------

    def test_its_name_and_version_are_texts_that_stay(self) -> None:
        one, other = self.make(), self.make()
        for what in ("name", "version"):
            text = getattr(one, what)
            assert text, f"a job type needs a `{what}`"
            assert isinstance(text, str)
            assert text == getattr(other, what), f"two of it must have one `{what}`"

    def test_its_sample_is_built_and_then_up_to_date(self, space: Workspace) -> None:
        result = space.build()
        assert result.ok, result.failed["sample"]
        assert result.built == ("sample",)
        assert space.status() == {"sample": "up to date"}
        assert space.build().fresh == ("sample",)

    def test_a_new_one_finds_the_target_up_to_date(self, space: Workspace) -> None:
        assert space.build().ok
        space.registry = registry(job_types={self.make().name: self.make()})
        assert space.why("sample") == [], "what counts must not depend on the object"

    def test_an_unknown_setting_is_refused_where_it_stands(self, space: Workspace) -> None:
        self.say(space, {**self.settings, UNKNOWN: 1})
        with pytest.raises(JobfileError) as caught:
            space.open()
        assert UNKNOWN in underlined(caught.value), "steps of its Fault lead to no such place"

    def test_settings_that_are_wrong_are_refused(self, space: Workspace) -> None:
        if self.wrong is None:
            pytest.skip("`wrong` has settings that are")
        self.say(space, self.wrong)
        with pytest.raises(JobfileError):
            space.open()

    def test_each_text_stands_where_it_says(self, space: Workspace) -> None:
        kind, table = self.make(), self.table(self.settings)
        target = space.open()._opened().graph.targets["sample"]
        for what in (kind.texts, kind.files_read):
            for steps, text in what(target.settings):
                assert _at(table, steps) == text, f"{steps} do not lead to {text!r}"

    def test_to_prepare_a_run_writes_nothing_and_gives_the_same_twice(
        self, space: Workspace, spied: Spied
    ) -> None:
        assert space.build().ok
        assert "prepare" in spied.gave
        assert spied.wrote == [], "only the run itself may write"
        assert spied.differed == [], "what it says must depend on what it is given alone"

    def test_each_setting_that_changes_makes_the_target_stale(self, space: Workspace) -> None:
        assert space.build().ok
        for name, value in self.changed.items():
            self.say(space, {**self.settings, name: value})
            assert space.why("sample"), f"`{name}` does not count"
        self.say(space, self.settings)
        assert space.why("sample") == []

    def test_another_version_makes_the_target_stale(self, space: Workspace) -> None:
        assert space.build().ok
        newer = _Newer(self.make())
        space.registry = registry(job_types={newer.name: newer})
        assert space.why("sample"), "`version` does not count"

    def test_secrets_are_not_shown(self, space: Workspace) -> None:
        """The value of a param with such a name stands in the command as `***`."""
        for name in self._texts(space):
            self.say(space, {**self.settings, name: "{params.api_token}"})
            shown: list[str] = []
            try:
                space.build(on_event=lambda event, to=shown: to.extend(_commands(event)))  # type: ignore[misc]
            except JobfileError:
                continue  # it takes no text of every kind
            for command in shown:
                assert SECRET not in command, f"`shown` tells the secret in `{name}`"
            lock = space.path("Jobfile.lock")
            assert not lock.exists() or SECRET not in lock.read_text()

    def test_a_run_that_fails_fails_its_target(self, space: Workspace) -> None:
        if self.failing is None:
            pytest.skip("`failing` has settings with which a run fails")
        self.say(space, {**self.settings, **self.failing})
        result = space.build()
        assert set(result.failed) == {"sample"}, "its run went well"
        assert result.failed["sample"].message
        assert space.status()["sample"] != "up to date"

        self.say(space, self.settings)
        assert space.build().ok

    def _texts(self, space: Workspace) -> list[str]:
        """Return the settings that are texts, and no files."""
        target = space.open()._opened().graph.targets["sample"]
        files = {steps[1] for steps, _ in self.make().files_read(target.settings)}
        return [
            name
            for name, value in self.settings.items()
            if isinstance(value, str) and name not in files
        ]


class _Newer(Spied):
    """A job type with another version."""

    @property
    def version(self) -> str:
        return f"{self._one.version}, and later"


def _at(table: Any, steps: tuple[str | int, ...]) -> Any:
    """Return what some steps lead to, None where they lead nowhere."""
    for step in steps:
        try:
            table = table[step]
        except (KeyError, IndexError, TypeError):
            return None
    return table


def _commands(event: events.Event) -> Iterator[str]:
    if isinstance(event, events.TargetStarted):
        yield event.command
