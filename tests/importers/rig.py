"""What the tests of importers share: a build file in a folder, read into a draft."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from jobmake.importers import kinds
from jobmake.importers.draft import Draft, Source
from jobmake.importers.write import jobfile_text
from jobmake.model.errors import JobfileError, Problem

NAMES = {"ninja": "build.ninja", "make": "Makefile", "dvc": "dvc.yaml"}


class Folder:
    """A folder with a build file of one kind."""

    def __init__(self, path: Path, kind: str) -> None:
        self.path, self.kind = path, kind

    def write(self, name: str, text: str = "") -> None:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def draft(self, text: str, root: Path | None = None) -> Draft:
        """Read ``text`` as the build file; what is written for it reads back the same."""
        name = NAMES[self.kind]
        self.write(name, text)
        source = Source(name, str(self.path / name), str(root or self.path))
        draft = kinds.read(self.kind, source)
        written = tomllib.loads(jobfile_text(draft))
        assert written.get("target", {}) == draft.targets
        assert written.get("project", {}) == draft.project
        return draft

    def targets(self, text: str) -> dict[str, dict[str, Any]]:
        return self.draft(text).targets

    def refusal(self, text: str) -> Problem:
        with pytest.raises(JobfileError) as caught:
            self.draft(text)
        [problem] = caught.value.problems
        return problem


def notes(draft: Draft) -> list[str]:
    """The notes as `line: what was done`."""
    return [f"{note.line}: {note.done}" for note in draft.notes]
