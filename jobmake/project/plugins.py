"""What is told of a project's plugins, also where one is broken, or must not be loaded."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from jobmake.jobfile.include import parsed
from jobmake.jobfile.load import plug_only
from jobmake.jobfile.python import nobody
from jobmake.memory.files import Files
from jobmake.memory.layout import Layout
from jobmake.memory.stamps import Clock
from jobmake.plugins import collect
from jobmake.plugins.finding import installed
from jobmake.plugins.plugging import Plugging
from jobmake.plugins.registry import SETS, PluginFacts
from jobmake.project.lookup import jobfile_of, world_of
from jobmake.tools.value import Value

if TYPE_CHECKING:
    from jobmake.project.settings import Settings


class InstalledPlugin(Value):
    """A plugin that is installed, by its entry point."""

    name: str
    source: str
    distribution: str | None
    version: str | None


def plugins_of(
    settings: Settings, *, own: bool = False
) -> tuple[list[PluginFacts], list[InstalledPlugin]]:
    """Return the plugins that a Jobfile uses, with ``own`` after what jobmake has itself, and
    those that are installed besides. Raises UsageError and JobfileError."""
    layout = Layout(jobfile_of(settings))
    plugging = Plugging(layout.root, lambda: settings.is_allowed(layout.root), tolerant=True)
    files = Files(layout.root, {}, Clock(None, time.monotonic))
    world = world_of(settings, plugging, files.matching, nobody, parsed)
    plug_only(layout.jobfile, settings.overrides, world, profile=settings.profile)
    used = plugging.registry.plugins
    names = {one.written for one in used}
    besides = [
        InstalledPlugin(one.name, one.value, *(
            (one.dist.name, one.dist.version) if one.dist else (None, None)
        ))
        for one in installed()
        if one.name not in names
    ]  # fmt: skip
    return [*([_own()] if own else ()), *used], besides


def _own() -> PluginFacts:
    """Return what jobmake itself brings to the open sets."""
    registry = collect()
    given = {name: tuple(getattr(registry, name)) for name in SETS}
    return PluginFacts(
        "jobmake", "", "jobmake", given={name: one for name, one in given.items() if one}
    )
