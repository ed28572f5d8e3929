"""Where a target is declared: file and line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobmake.jobfile.places import Places
from jobmake.project import Project, Settings

if TYPE_CHECKING:
    import pytest

    from tests.support import Space

JOBFILE = """\
[project]
include = ["sub/Jobfile.toml"]
jobs = ["jobs.py"]

[target.a]
run = "true"
matrix = { m = [1, 2] }

[target."b.c"]
run = "true"
[target.a.env]
X = "1"
"""


def test_each_target_has_its_place(
    space: Space, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: Any
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
    space.jobfile(JOBFILE)
    space.write("sub/Jobfile.toml", '\n\n[target.d]\nrun = "true"\n')
    space.write("jobs.py", "from jobmake import Job\n\nclass Table(Job):\n    name = 'table'\n"
                "    def run(self): pass\n")  # fmt: skip
    project = Project.open(Settings(folder=str(space.root), loading=True))

    places = Places(lambda: project.jobfile)

    assert {name: places(name) for name in project.graph.targets} == {
        "a[m=1]": ("Jobfile.toml", 5),
        "a[m=2]": ("Jobfile.toml", 5),
        "b.c": ("Jobfile.toml", 9),
        "sub/d": ("sub/Jobfile.toml", 3),
        "table": ("jobs.py", 3),
    }
    assert places("a[m=3]") == ("Jobfile.toml", 5)  # of another time
    assert places("nobody") is None
