"""What tests of the fast path stand on: it is asked first, then the ordinary path."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from jobmake.memory.looks import Looks, NotedEnviron
from jobmake.project import Project
from jobmake.project.edited import EditedProject
from jobmake.testing.traces import tick
from jobmake.tools.value import replace
from jobmake.unchanged.answer import Edited, look

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jobmake.memory.section import Section
    from jobmake.model.state import Summary
    from jobmake.project import Settings
    from tests.support import Space

TOLD = {"answered": 0, "edited": 0, "left to the ordinary path": 0}


def at_a_glance(
    root: str, key: str, environ: Mapping[str, str], *, margin: float = 2.0
) -> Section | Edited | None:
    """Return what the fast path would tell now, None where it says nothing."""
    return look(root, key, environ, margin=margin)


def opened(found: Section | Edited | None, settings: Settings) -> Project:
    """Return the project that is built then: as far as edits reach, or the whole of it."""
    edited = EditedProject.reached(found, settings) if isinstance(found, Edited) else None
    if isinstance(found, Edited) and edited is None:
        found.close()
    answered = "answered" if found else "left to the ordinary path"
    TOLD["edited" if edited else answered] += 1
    return edited or Project.open(settings)


def noting(settings: Settings) -> Settings:
    """Return settings with which all that is looked at is noted, as for a plain `build`."""
    looks = Looks()
    return replace(settings, looks=looks, environ=NotedEnviron(dict(settings.environ), looks))


def assert_agrees(kept: Section | Edited | None, summary: Summary) -> None:
    """What the fast path told is what the ordinary path says, who looked at everything."""
    if kept is not None and not isinstance(kept, Edited):
        assert summary.ok, summary
        assert not summary.built, summary
        assert not summary.restored, summary
        assert kept["targets"] == len(summary.fresh), summary


def next_tick(folder: Path) -> None:
    """Wait until the file system's clock has gone on: what is written from now on has a time of
    its own, so that every stat can be trusted."""
    own = folder / ".jobmake"  # where a file more makes nothing stale
    own.mkdir(exist_ok=True)
    tick(own)


def build_plainly(space: Space, *words: str, env: Mapping[str, str] | None = None) -> str:
    """Run `jobmake build`, without the `-v` of other tests; return what was told, on one line
    after the other."""
    command = [sys.executable, "-m", "jobmake", "build", *words]
    environ = space.environ(env)
    done = subprocess.run(
        command, cwd=space.root, env=environ, capture_output=True, text=True, check=True
    )
    return done.stderr
