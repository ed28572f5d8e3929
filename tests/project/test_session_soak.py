"""After any edits a session has made what a clean build makes, and a new process agrees."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobmake.engine.options import Options
from jobmake.project import Project
from jobmake.project.session import Session
from tests.amounts import amount
from tests.walks.ground import seeds
from tests.watch.soak import Soak, outputs

TURNS = amount(6, 40)


@pytest.mark.parametrize("seed", seeds(2, 20))
def test_random_edits(tmp_path: Path, seed: int) -> None:
    soak = Soak(tmp_path / "project", seed)
    soak.begin()
    project = Project.open(soak.settings(soak.root))
    session = Session(project, [], Options(jobs=2, keep_going=True), lambda _: None)
    session.build()
    try:
        for _ in range(TURNS):
            paths = [path for _ in range(soak.chance.randint(1, 3)) for path in soak.edit()]
            reach = session.note(paths)
            if reach.reload:
                session.reload()
            if reach:
                summary = session.build()
                soak.log.append(f"built {summary.built} failed {summary.failed}")
            soak.check()
            again = session.note(["Jobfile.lock", "out", "dep.d", *outputs(soak.root)])
            assert not again, again
    except BaseException:
        print("\n".join(soak.log))
        raise
