"""How a run ended, as a person reads it."""

from __future__ import annotations

from jobmake.model.errors import JobfileError
from jobmake.model.state import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jobmake.model.decision import Reason
    from jobmake.model.errors import StateError, TargetError
    from jobmake.model.run import Outcome
    from jobmake.model.target import Target


def how_it_ended(outcome: Outcome, target: Target) -> str:
    """Return the fact of a run that did not end well."""
    commands = target.settings.get("run", ())
    which = f" in command {outcome.step + 1} of {len(commands)}" if len(commands) > 1 else ""
    if outcome.error is not None:
        return f"could not be run{which}: {outcome.error}"
    if outcome.signal is not None:
        import signal

        try:
            name = signal.Signals(outcome.signal).name
        except ValueError:
            name = f"signal {outcome.signal}"
        return f"was ended by {name}{which}"
    return f"exit code {outcome.exit_code}{which}"


def hint_for(outcome: Outcome) -> str | None:
    """Return what that may come from."""
    if outcome.signal == 9:
        return "nobody here sent it: the system may have run out of memory"
    if outcome.exit_code == 127:
        return "127 means that a command was not found"
    return None


def as_failure(
    error: TargetError | StateError | JobfileError,
    reasons: tuple[Reason, ...] = (),
) -> Failure:
    """Return the Failure of a target that could not be judged or started."""
    problem = error.problems[0] if isinstance(error, JobfileError) else error
    return Failure(problem.message, problem.hint, None, reasons, None)
