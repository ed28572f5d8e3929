"""A project and a session on it: tests make edits and say which paths they concern."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jobmake.engine.options import Options
from jobmake.model import events
from jobmake.project import Project, Settings
from jobmake.project.building import new_services
from jobmake.project.session import Session

if TYPE_CHECKING:
    from jobmake.engine.inbox import Interrupt
    from jobmake.engine.services import Services
    from jobmake.model.state import Summary
    from jobmake.project.session import Reach
    from tests.support import Space


@dataclass
class Kept:
    """A session. ``told`` are the events since the last look at them."""

    space: Space
    session: Session
    told: list[events.Event] = field(default_factory=list)
    services: Services | None = None

    def change(self, *paths: str) -> Reach:
        """Tell the session that paths changed."""
        return self.session.note(paths)

    def build(self, *paths: str, interrupt: Interrupt | None = None) -> Summary:
        """Tell the session that paths changed, and build what they reach."""
        if self.session.note(paths).reload:
            self.session.reload()
        self.told.clear()
        return self.session.build(interrupt)

    def ran(self, *paths: str) -> list[str]:
        """Build after a change; return the targets that were run, in order."""
        return list(self.build(*paths).built)

    @property
    def judged(self) -> set[str]:
        """The targets that the last build looked at."""
        names = set()
        for one in self.told:
            if isinstance(one, events.TargetFresh | events.TargetStarted | events.TargetRestored):
                names.add(one.target)
        return names

    def close(self) -> None:
        """End the services."""
        if self.services is not None:
            self.services.close()

    def is_as_a_new_process_would_leave_it(self) -> None:
        """Check that another process finds nothing to do."""
        self.space.run("status", "--check")


def kept(space: Space, *names: str, lasting: bool = False, **options: Any) -> Kept:
    """Open a session on a project; ``lasting``: its services last until it is closed."""
    environ = space.environ()
    folder = str(space.root)
    told: list[events.Event] = []
    settings = Settings(folder, cache=False, environ=environ, loading=True)
    project = Project.open(settings)
    jobs = {"jobs": 2, "keep_going": True, **options}
    services = new_services(lasting=True) if lasting else None
    session = Session(project, names, Options(**jobs), told.append, services=services)
    return Kept(space, session, told, services)
