"""What holds for every check.

    class TestCommit(CheckContract):
        settings = {"of": "lib"}

        def make(self):
            return Commit()

Knows what jobmake asks a check. Does not know any check. Each test builds a real project, whose
target `sample` has the check.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from jobmake.model.contracts import Check
from jobmake.model.decision import Reason
from jobmake.model.errors import JobfileError
from jobmake.testing.projects import Spied, Workspace, registry, toml

UNKNOWN = "no_such_setting"


class CheckContract:
    """The tests; who inherits says how a check is made, and as much more as it needs."""

    settings: ClassVar[Mapping[str, Any]] = {}  # what the Jobfile says to it
    changed: ClassVar[Mapping[str, Any]] = {}  # other values of these, each of which counts
    wrong: ClassVar[Mapping[str, Any] | None] = None  # settings that are refused
    keys: ClassVar[Mapping[str, Any]] = {}  # further keys of the target
    files: ClassVar[Mapping[str, str]] = {}  # further files of the project
    params: ClassVar[Mapping[str, Any]] = {}
    always_stale = False  # a target that has it is never up to date
    needs_record = True  # it calls a target stale of which it knows no good run
    any_setting = False  # it takes settings of every name

    def make(self) -> Check:
        """Return a new check."""
        raise NotImplementedError("`make` returns the check")

    def prepare(self, space: Workspace) -> None:
        """Do what is to be done before the first build: start a server, make a repository."""

    def change(self, space: Workspace) -> None:
        """Change what the check looks at, so that it calls the target stale."""
        pytest.skip("`change` says what makes the target stale")

    @pytest.fixture
    def spied(self) -> Spied:
        """The check, looked at."""
        return Spied(self.make(), "reasons", "facts", "times")

    @pytest.fixture
    def space(self, tmp_path: Path, spied: Spied) -> Workspace:
        """The project."""
        space = Workspace(tmp_path, registry=registry(checks={spied.name: spied}))
        spied.root = space.root
        space.write("in.txt", "one\n")
        for name, text in self.files.items():
            space.write(name, text)
        self.say(space, self.settings)
        self.prepare(space)
        return space

    def say(self, space: Workspace, settings: Mapping[str, Any], *others: str) -> None:
        """Write a Jobfile with the check, and ``others`` before it."""
        table = {
            "run": "cp {inputs} {outputs}",
            "inputs": ["in.txt"],
            "outputs": ["out.txt"],
            **self.keys,
            "check": [*others, {"type": self.make().name, **settings}],
        }
        params = toml("params", self.params) + "\n" if self.params else ""
        space.jobfile(params + toml("target.sample", table))

    # -- the tests ----------------------------------------------------------------------

    def test_its_name_is_a_text_that_stays(self) -> None:
        one, other = self.make(), self.make()
        assert one.name, "a check needs a `name`"
        assert isinstance(one.name, str)
        assert one.name == other.name, "two of it must have one name: it stands in lockfiles"

    def test_a_new_target_is_built(self, space: Workspace) -> None:
        result = space.build()
        assert result.ok, result.failed
        assert result.built == ("sample",)

    @pytest.mark.parametrize("others", [(), ("content",)], ids=["alone", "beside content"])
    def test_it_has_no_reason_right_after_a_build(
        self, space: Workspace, others: tuple[str, ...]
    ) -> None:
        self.say(space, self.settings, *(one for one in others if one != self.make().name))
        assert space.build().ok
        if self.always_stale:
            assert space.status() == {"sample": "stale"}
        else:
            assert space.why("sample") == []
            assert space.status() == {"sample": "up to date"}
            assert space.build().fresh == ("sample",)

    def test_it_writes_nothing(self, space: Workspace, spied: Spied) -> None:
        self._look(space)
        assert spied.gave, "it was never asked"
        assert spied.wrote == [], "a check must only read"

    def test_asked_twice_it_says_the_same(self, space: Workspace, spied: Spied) -> None:
        self._look(space)
        assert spied.differed == [], "nothing was changed between two questions"

    def test_its_reasons_can_be_read(self, space: Workspace, spied: Spied) -> None:
        space.status()
        if "reasons" in spied.gave:
            reasons = spied.gave["reasons"]
            assert all(isinstance(one, Reason) for one in reasons), "`reasons` gives `Reason`s"
            for one in map(str, reasons):
                assert one.strip(), "a reason says nothing"
                assert one.isprintable(), f"a reason is one line: {one!r}"

    def test_its_facts_are_texts(self, space: Workspace, spied: Spied) -> None:
        space.status()
        for name, text in spied.gave.get("facts", {}).items():
            assert isinstance(name, str), f"the name of a fact must be a text, not {name!r}"
            assert isinstance(text, str), f"the fact `{name}` must be a text, not {text!r}"

    def test_a_target_without_a_record_is_judged_as_it_says(
        self, space: Workspace, spied: Spied
    ) -> None:
        """`reasons` is given None for the record: of a target that was never built here."""
        assert space.build().ok
        space.path("Jobfile.lock").unlink()
        shutil.rmtree(space.path(".jobmake"))
        space.status()
        found = list(map(str, spied.gave["reasons"]))
        if self.needs_record or self.always_stale:
            assert found, "without a record it has no reason; say so by `needs_record = False`"
        else:
            assert found == [], "`needs_record` is False, so a record that is gone is no reason"

    def test_a_setting_that_it_does_not_know_is_refused_where_it_stands(
        self, space: Workspace
    ) -> None:
        if self.any_setting:
            pytest.skip("it takes all settings")
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

    def test_each_setting_that_changes_makes_the_target_stale(self, space: Workspace) -> None:
        assert space.build().ok
        for name, value in self.changed.items():
            self.say(space, {**self.settings, name: value})
            assert space.why("sample"), f"`{name}` does not count"
        if self.changed:
            self.say(space, self.settings)
            assert space.why("sample") == []

    def test_what_it_looks_at_makes_the_target_stale_until_it_is_built(
        self, space: Workspace
    ) -> None:
        assert space.build().ok
        self.change(space)
        assert space.status() == {"sample": "stale"}
        assert space.why("sample"), "a target that is stale has a reason"
        assert space.build().ok
        if not self.always_stale:
            assert space.status() == {"sample": "up to date"}

    def _look(self, space: Workspace) -> None:
        """Ask it in all states in which a target can be."""
        space.status()
        space.build()
        space.status()


def underlined(error: JobfileError) -> list[str]:
    """Return what is underlined in the lines that an error shows."""
    return [
        one.source[one.column : one.column + one.width]
        for one in error.problems
        if one.source is not None
    ]
