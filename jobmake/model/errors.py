"""Everything that can go wrong, as one tree.

    JobmakeError                 exit code
    ├── UsageError                   2      the command line asks for what there is not
    ├── JobfileError                 2      one or more Problems, found in one pass
    ├── StateError                   3      lockfile, local state or disk
    │   └── LockedError              3      another build holds the project
    ├── TargetError                  1      raised while a target is judged or prepared;
    │   │                                   the engine turns it into a failed target
    │   ├── CodeError                1      project code that cannot be read or found
    │   ├── Halted                   1      a signal ended the call of a plugin
    │   └── PluginError              3      a plugin that raised, or keeps to no contract; of one
    │                                       target where it is met there, else of all
    └── Ended                        —      a signal ended jobmake; it is raised again at the door

A failed target is a value (`Outcome`), not an exception. Exceptions are caught once, at
the door (`cli.py`).
"""

from __future__ import annotations

from jobmake.tools.value import Value


class Problem(Value):
    """One thing wrong in a Jobfile: what, where, and what to do about it.

    ``line`` is 1-based; ``column`` and ``width`` count characters in ``source`` (the
    line's text). All four are absent where the place is not a text.
    """

    message: str
    hint: str | None = None
    file: str | None = None
    line: int | None = None
    source: str | None = None
    column: int = 0
    width: int = 1


class JobmakeError(Exception):
    """Base of all errors that are told to the user: what happened, and a hint."""

    exit_code = 3

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


class UsageError(JobmakeError):
    """The command line asks for something that does not exist or makes no sense."""

    exit_code = 2


class JobfileError(JobmakeError):
    """The Jobfile, or a file it names, is wrong in one or more places."""

    exit_code = 2

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


class StateError(JobmakeError):
    """What jobmake keeps, or the disk it keeps it on, is in trouble."""


class LockedError(StateError):
    """Another process builds this project."""


class TargetError(JobmakeError):
    """One target cannot be judged or prepared; others can."""

    exit_code = 1


class CodeError(TargetError):
    """Project code cannot be followed: a syntax error, no such module, no such name."""

    def __init__(
        self, message: str, hint: str | None = None, *, file: str | None = None, line: int = 0
    ) -> None:
        place = f"{file}:{line}: " if file and line else f"{file}: " if file else ""
        super().__init__(place + message, hint)
        self.file, self.line = file, line
        # what was looked at until then: files, there or not, and folders that were listed
        self.files: tuple[str, ...] = ()
        self.folders: tuple[str, ...] = ()


class PluginError(TargetError):
    """A plugin cannot be loaded, has raised, or gives what it must not. The message names the
    plugin, and the line of it that is at fault."""

    exit_code = 3


class Halted(TargetError):
    """A signal came while a plugin was called, and ended the call: nothing is wrong with the
    target, it is not gone on with."""


class Ended(JobmakeError):
    """A signal ended jobmake; ``signum`` is raised again so that the caller sees it."""

    def __init__(self, signum: int) -> None:
        super().__init__(f"ended by signal {signum}")
        self.signum = signum


def state_error(error: OSError, doing: str) -> StateError:
    """Return the StateError for a refusal of the system: what was done, where, and why."""
    place = f" `{error.filename}`" if error.filename else ""
    return StateError(f"cannot {doing}{place}: {error.strerror or error}")


def as_it_is(error: Exception) -> TargetError:
    """Return an error that is of a target; raise any other."""
    if isinstance(error, TargetError):
        return error
    raise error
