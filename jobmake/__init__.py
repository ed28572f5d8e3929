"""jobmake: a Make-like, declarative build engine.

    from jobmake import Job, Project

The public names are resolved when they are asked for, so that the command line's
start-up pays for none of them.
"""

from __future__ import annotations

TYPE_CHECKING = False  # every start pays for what is imported here, and `typing` takes 5 ms
if TYPE_CHECKING:
    from jobmake.checks.facts import FactCheck as FactCheck
    from jobmake.jobfile.plugged import JobfileView as JobfileView
    from jobmake.jobs.commandtype import CommandType as CommandType
    from jobmake.jobs.pythontype import PythonType as PythonType
    from jobmake.jobs.thisrun import ThisRun as ThisRun
    from jobmake.library.errors import JobFailed as JobFailed
    from jobmake.library.project import Project as Project
    from jobmake.library.results import BuildResult as BuildResult
    from jobmake.library.results import Status as Status
    from jobmake.model import events as events
    from jobmake.model.contracts import FileView as FileView
    from jobmake.model.contracts import Reporter as Reporter
    from jobmake.model.decision import Reason as Reason
    from jobmake.model.errors import JobfileError as JobfileError
    from jobmake.model.errors import JobmakeError as JobmakeError
    from jobmake.model.errors import PluginError as PluginError
    from jobmake.model.errors import TargetError as TargetError
    from jobmake.model.errors import UsageError as UsageError
    from jobmake.model.fault import Fault as Fault
    from jobmake.model.state import Failure as Failure
    from jobmake.model.target import Target as Target
    from jobmake.python.behind import Behind
    from jobmake.python.job import Job as Job
    from jobmake.python.merging import MergeConflict as MergeConflict
    from jobmake.python.post import Post as Post
    from jobmake.python.run import Run as Run
    from jobmake.python.run import RunFile as RunFile
    from jobmake.python.running import RunningRun as RunningRun
    from jobmake.python.running import current as current
    from jobmake.python.stale import StaleTargetError as StaleTargetError
    from jobmake.reporters.reporting import Reporting as Reporting
    from jobmake.values.codecs import add_codec as add_codec
    from jobmake.values.fields import FieldError as FieldError
    from jobmake.values.trouble import NotKept as NotKept

_WHERE = {
    "BuildResult": "library.results",
    "CommandType": "jobs.commandtype",
    "FactCheck": "checks.facts",
    "Failure": "model.state",
    "Fault": "model.fault",
    "FieldError": "values.fields",
    "FileView": "model.contracts",
    "Job": "python.job",
    "JobFailed": "library.errors",
    "JobfileError": "model.errors",
    "JobfileView": "jobfile.plugged",
    "JobmakeError": "model.errors",
    "MergeConflict": "python.merging",
    "NotKept": "values.trouble",
    "PluginError": "model.errors",
    "Post": "python.post",
    "Project": "library.project",
    "PythonType": "jobs.pythontype",
    "Reason": "model.decision",
    "Reporter": "model.contracts",
    "Reporting": "reporters.reporting",
    "Run": "python.run",
    "RunFile": "python.run",
    "RunningRun": "python.running",
    "StaleTargetError": "python.stale",
    "Status": "library.results",
    "Target": "model.target",
    "TargetError": "model.errors",
    "ThisRun": "jobs.thisrun",
    "UsageError": "model.errors",
    "add_codec": "values.codecs",
    "current": "python.running",
    "events": "model.events",
}

__all__ = list(_WHERE)


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module `jobmake` has no attribute `{name}`")
    from importlib import import_module

    if name == "Job":
        from jobmake.python.behind import NOWHERE

        NOWHERE.ask = _project_of
    module = import_module(f"jobmake.{_WHERE[name]}")
    found = getattr(module, name, module)  # `events` is the module itself
    globals()[name] = found
    return found


def _project_of(job: Job) -> Behind:
    """Return what is behind a job that nobody has processed: its own project."""
    from jobmake.library.standalone import behind

    return behind(job)
