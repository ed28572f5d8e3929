"""What stands behind a Job instance: where its state is, and who says whether it is up to date.

Behind a job in a run it is what the engine has told that run; behind one that a script has
made it is a project of its own. Knows neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Behind(Protocol):
    """All that a Job asks of the world."""

    def state(self, job: Any) -> dict[str, Any] | None:
        """Return params and outputs as they were kept."""

    def outputs(self, job: Any) -> Any:
        """Return the outputs as children receive them."""

    def need(self, job: Any) -> None:
        """Raise StaleTargetError if the outputs are not those of an up-to-date job."""

    def is_up_to_date(self, job: Any) -> bool:
        """Say whether the job and its parents are up to date."""

    def are_states_equal(self, job: Any) -> bool:
        """Say whether what determines the outputs is what it was."""

    def serialize(self, job: Any) -> None:
        """Write the state where people have asked for it."""

    def running(self, job: Any) -> Any:
        """Return the run that goes on."""

    def process(self, job: Any, jobs: int | None) -> Any:
        """Bring the job up to date."""


class Nowhere:
    """Behind a job that nobody has processed: it asks the project in which it would be, by the
    function that those floors have set that know of projects."""

    def __init__(self) -> None:
        self.ask: Callable[[Any], Behind] = _nobody

    def state(self, job: Any) -> dict[str, Any] | None:
        """Return what an earlier process has kept."""
        return self.ask(job).state(job)

    def outputs(self, job: Any) -> Any:
        """Return the outputs as they are in the attributes, or as they are kept."""
        return outputs_of(job) if job.outputs_to_cache else self.ask(job).outputs(job)

    def need(self, job: Any) -> None:
        """Raise StaleTargetError if the outputs are not up to date."""
        self.ask(job).need(job)

    def is_up_to_date(self, job: Any) -> bool:
        """Say what a build would find."""
        return self.ask(job).is_up_to_date(job)

    def are_states_equal(self, job: Any) -> bool:
        """Say what a build would find."""
        return self.ask(job).are_states_equal(job)

    def serialize(self, job: Any) -> None:
        """Write the state where people have asked for it."""
        self.ask(job).serialize(job)

    def process(self, job: Any, jobs: int | None) -> Any:
        """Build it in a project of its own."""
        return self.ask(job).process(job, jobs)

    def running(self, job: Any) -> NoReturn:
        """Refuse: nothing runs."""
        raise RuntimeError(f"the job `{job.name}` does not run: `job` is for its `run`")


def _nobody(job: Any) -> NoReturn:
    raise RuntimeError(f"`{job.name}` was made where there are no projects")


NOWHERE = Nowhere()


def outputs_of(job: Any) -> Any:
    """Return the outputs that a job has as attributes: None, the one, or a tuple with names."""
    names = list(job.outputs_to_cache)
    if not names:
        return None
    if len(names) == 1:
        return getattr(job, names[0])
    from collections import namedtuple

    return namedtuple(f"{type(job).__name__}Outputs", names)(*(getattr(job, one) for one in names))
