"""All that was contributed to the open sets, by name: job types, checks, caches, executors,
reporters, commands.

What ships with jobmake implements the same hook functions as any plugin (`hookspecs`) and is
collected here by a direct call. Knows nothing of how plugins are found.

Invariant: contributions are gathered once, at the start. Nothing in the engine's loop asks
here.
"""

from __future__ import annotations

from jobmake.caches.builtin import jobmake_caches
from jobmake.checks.builtin import jobmake_checks
from jobmake.executors.builtin import jobmake_executors
from jobmake.jobs.builtin import jobmake_job_types
from jobmake.reporters.builtin import jobmake_reporters
from jobmake.tools.value import Value, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from jobmake.caches.builtin import MakeCache
    from jobmake.model.contracts import Check, Command, Executor, JobType
    from jobmake.reporters.builtin import MakeReporter

# each set's hook, and what one and several members of it are called
SETS = {
    "job_types": ("jobmake_job_types", "job type", "job types"),
    "checks": ("jobmake_checks", "check", "checks"),
    "caches": ("jobmake_caches", "cache", "caches"),
    "executors": ("jobmake_executors", "executor", "executors"),
    "reporters": ("jobmake_reporters", "reporter", "reporters"),
    "commands": ("jobmake_commands", "command", "commands"),
}


class PluginFacts(Value):
    """What is known of a plugin that is used: where it is from, and what it contributes.

    ``written`` is how the Jobfile names it, ``source`` a file of the project or a module,
    ``given`` has names by set; ``trouble`` is why it is not loaded.
    """

    name: str
    written: str
    source: str
    distribution: str | None = None
    version: str | None = None
    given: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    trouble: str | None = None


class Registry(Value):
    """All that was contributed, by name.

    ``givers`` has for each set the plugin of each name that is not jobmake's own; ``settings``
    the table of each plugin; ``code`` for each job type whose code is the project's the files
    and what in them its code is reached from.
    """

    job_types: Mapping[str, JobType]
    checks: Mapping[str, Check]
    caches: Mapping[str, MakeCache]
    executors: Mapping[str, Callable[[], Executor]]
    reporters: Mapping[str, MakeReporter]
    commands: Mapping[str, Command] = field(default_factory=dict)
    givers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    code: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    plugins: tuple[PluginFacts, ...] = ()

    def settings_of(self, set_name: str, name: str) -> Mapping[str, Any]:
        """Return the settings of the plugin that contributed something, empty for jobmake's own."""
        return self.settings.get(self.givers.get(set_name, {}).get(name, ""), {})


def collect() -> Registry:
    """Return what ships with jobmake."""
    return Registry(
        job_types={one.name: one for one in jobmake_job_types()},
        checks={one.name: one for one in jobmake_checks()},
        caches=jobmake_caches(),
        executors=jobmake_executors(),
        reporters=jobmake_reporters(),
    )
