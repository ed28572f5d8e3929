"""Which reports can be asked for, and where they can be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobmake.model.errors import UsageError
from jobmake.project import Project, Settings
from jobmake.project.reports import reporters
from jobmake.reporters.reporting import Reporting
from tests.reporters.told import Told

if TYPE_CHECKING:
    from tests.support import Space

MAKES = """
[target.a]
run = "mkdir -p out; cp {inputs} out"
inputs = ["*.xml"]
outputs = ["out/"]
"""
WRONG = [
    ("junti=x", "there is no report `junti`", "did you mean `junit`?"),
    ("junit", "the report `junit` needs a file", "write it as `junit=FILE`"),
    ("trace=", "the report `trace` needs a file", "write it as `trace=FILE`"),
    ("github=x", "the report `github` goes to no file", "write it as `github`"),
    ("junit=out/j.xml", "the report `junit` would be written to `out/`, which `a` makes",
     "choose another place"),
    ("junit=in.xml", "the report `junit` would be written to `*.xml`, which `a` reads",
     "choose another place"),
    ("json=Jobfile.lock", "the report `json` would be written to `Jobfile.lock`, which jobmake"
     " reads", "choose another place"),
    ("json=extra.toml", "the report `json` would be written to `extra.toml`, which jobmake reads",
     "choose another place"),
    ("junit=plugins/p.py", "the report `junit` would be written to `plugins/p.py`, which is code",
     "choose another place"),
    ("json=.jobmake/x", "the report `json` would be written to `.jobmake/x`, and `.jobmake` is"
     " jobmake's own", "choose another place"),
    ("json=sub", "the report `json` would be written to `sub`, which is a folder",
     "choose another place"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message", "hint"), WRONG)
def test_a_report_that_cannot_be_is_an_error(
    space: Space, monkeypatch: pytest.MonkeyPatch, text: str, message: str, hint: str
) -> None:
    space.jobfile('[project]\nparams_files = ["extra.toml"]\n' + MAKES)
    space.write("extra.toml", "n = 1")
    space.write("plugins/p.py", "# mine")
    space.write("sub/x", "")
    monkeypatch.chdir(space.root)
    project = Project.open(Settings())

    with pytest.raises(UsageError) as caught:
        reporters(project, [text], Reporting(root=project.layout.root), Told())

    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_one_report_is_asked_for_as_often_as_one_likes(
    space: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    space.jobfile('[project]\nreports = ["junit=j"]\n' + MAKES)
    monkeypatch.chdir(space.root)
    project = Project.open(Settings())

    reporters(project, ["junit=j", "junit=./j"], Reporting(), Told())
