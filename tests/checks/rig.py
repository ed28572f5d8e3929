"""A project opened with checks of its own, as a plugin would bring them."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from jobmake.engine.options import Options
from jobmake.jobfile.load import World, load
from jobmake.memory.files import Files
from jobmake.memory.layout import Layout
from jobmake.memory.stamps import Clock
from jobmake.model import events
from jobmake.plugins import collect
from jobmake.project import Project, Settings

if TYPE_CHECKING:
    from jobmake.model.contracts import Check
    from jobmake.model.decision import Outlook
    from tests.support import Space


@dataclass
class Told:
    """What one build told."""

    ran: list[str] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)
    fresh: list[str] = field(default_factory=list)
    reasons: dict[str, list[str]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    hints: dict[str, str | None] = field(default_factory=dict)

    def take(self, event: events.Event) -> None:
        match event:
            case events.TargetStarted(target=name, reasons=reasons):
                self.ran.append(name)
                self.reasons[name] = [str(one) for one in reasons]
            case events.TargetRestored(target=name, reasons=reasons):
                self.restored.append(name)
                self.reasons[name] = [str(one) for one in reasons]
            case events.TargetFresh(target=name):
                self.fresh.append(name)
            case events.TargetFailed(target=name, failure=failure):
                self.failed[name] = failure.message
                self.hints[name] = failure.hint
            case _:
                pass


def opened(space: Space, *checks: Any, cache: bool = False, **environ: str) -> Project:
    """The project of a space, with these checks besides those that ship with jobmake."""
    more: dict[str, Check] = {one.name: one for one in checks}
    registry = replace(collect(), checks={**collect().checks, **more})
    layout = Layout(str(space.path("Jobfile.toml").resolve()))
    settings = Settings(
        str(space.root), margin=0, cache=cache, environ={**space.environ(), **environ}
    )
    files = Files(layout.root, {}, Clock(None, time.monotonic))
    world = World(settings.environ, registry.job_types, files.matching, checks=registry.checks)
    return Project(load(layout.jobfile, (), world), layout, registry, settings)


def build(project: Project, *names: str) -> Told:
    """What a build did."""
    told = Told()
    project.build(names, Options(jobs=os.cpu_count() or 1), told.take)
    return told


def outlook(project: Project, name: str) -> Outlook:
    """What would become of one target."""
    found = project.forecast(project.graph.order, lambda _event: None)
    return next(one for one in found if one.target.name == name)
