"""The hooks: functions by which a plugin contributes, one for each open set.

A plugin is a Python module. Each function at its top that is called as one of these is a hook;
it needs no decorator, and may leave out arguments. Hooks are called once, when a project is
opened, in the order of `[project] plugins`; none is called while targets are built.

Knows names, arguments and what is returned. Imports nothing at run time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from jobmake.caches.builtin import MakeCache
    from jobmake.jobfile.plugged import JobfileView
    from jobmake.model.contracts import Check, Codec, Command, Executor, JobType
    from jobmake.reporters.builtin import MakeReporter

# mypy: disable-error-code="empty-body"


def jobmake_job_types() -> Iterable[JobType]:
    """Return job types: objects, each with a `name` by which `type` of a target means it.

    Called when the project is opened, before its targets are made.
    """


def jobmake_checks() -> Iterable[Check]:
    """Return checks: objects, each with a `name` and `reasons`, which says why a target is stale.

    Called when the project is opened, before its targets are made.
    """


def jobmake_executors(settings: Mapping[str, Any]) -> Mapping[str, Callable[[], Executor]]:
    """Return by name what makes executors: called without arguments, when a build begins for
    which `[project] executor` has that name.

    ``settings`` is the table `[plugin.NAME]` of the Jobfile, empty where there is none.
    """


def jobmake_caches(settings: Mapping[str, Any]) -> Mapping[str, MakeCache]:
    """Return by name what makes caches: called with the folder and the size in bytes that
    `[cache]` says, where its `kind` has that name.

    ``settings`` is the table `[plugin.NAME]` of the Jobfile, empty where there is none.
    """


def jobmake_reporters(settings: Mapping[str, Any]) -> Mapping[str, MakeReporter]:
    """Return by name what makes reporters: called when a build begins that is to be reported
    by that name.

    ``settings`` is the table `[plugin.NAME]` of the Jobfile, empty where there is none.
    """


def jobmake_commands() -> Iterable[Command]:
    """Return commands: objects, each with a `name`, which is the verb, and `doc`,
    `add_arguments` and `run`.

    Called when the project is opened. No command can have the name of one of jobmake's own.
    """


def jobmake_targets(jobfile: JobfileView) -> Mapping[str, Mapping[str, Any]]:
    """Return further targets: by name the table that `[target.NAME]` would hold.

    Called when the Jobfile is read, each time. ``jobfile`` shows what it declares: `root`,
    `params`, `targets`, `settings`, and `files(pattern)`.
    """


def jobmake_codecs() -> Iterable[Codec]:
    """Return codecs, by which values of further types are kept.

    Called when a value is of a type that nobody knows, or was kept by a codec that is not known;
    also in the processes of Python jobs. So of installed plugins only, named or not.
    """
