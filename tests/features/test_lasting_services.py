"""Services that outlive a build, as `jobmake watch` has them: several builds in one process."""

from __future__ import annotations

import select
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from jobmake.engine.options import Options
from jobmake.engine.services import ServiceHasEnded, Services
from jobmake.model import events
from jobmake.model.events import Event
from jobmake.model.state import Summary
from jobmake.project import Project, Settings
from jobmake.project.building import new_services, run_build
from tests.support import DEADLINE, Space

JOBFILE = """
[target.app]
service = true
run = "cat conf; echo Listening; exec sleep 600"
ready = { line = "Listening" }
sources = ["conf"]
needs = ["db"]
[target.db]
service = true
run = "cat schema; exec sleep 600"
sources = ["schema"]
ready = "true"
[target.tests]
run = "cat page"
sources = ["page"]
needs = ["app"]
"""


class Builds:
    """Builds one after the other, with the services of all of them."""

    def __init__(self, space: Space) -> None:
        self.settings = Settings(str(space.root), environ=space.environ(), loading=True)
        self.services = new_services(lasting=True)
        self.told: list[Event] = []

    def build(self, *names: str) -> Summary:
        project = Project.open(self.settings)
        self.told.clear()
        with project.locked(self.told.append, wait=False, what="a test") as lock:
            plan = project.begin(names)
            return run_build(project, plan, Options(2), self.told.append, lock, self.services)

    def what_services_did(self) -> list[str]:
        kinds = {
            events.ServiceStarted: "starting",
            events.ServiceReady: "ready",
            events.ServiceEnded: "ended",
        }
        return [
            f"{kinds[type(one)]} {one.target}"
            for one in self.told
            if isinstance(one, events.ServiceStarted | events.ServiceReady | events.ServiceEnded)
        ]


@pytest.fixture
def builds(space: Space) -> Iterator[Builds]:
    space.jobfile(JOBFILE)
    for name in ("conf", "schema", "page"):
        space.write(name, "one\n")
    begun = Builds(space)
    with closing(begun.services):
        yield begun


def wait_for_the_end(services: Services, name: str) -> ServiceHasEnded:
    """Wait as a caller does between two builds."""
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        for message in services.poll():
            if isinstance(message, ServiceHasEnded) and message.run.target.name == name:
                return message
        select.select(services.filenos(), [], [], services.patience())
    raise AssertionError(f"{name} does not end")


def test_they_go_on_from_build_to_build(space: Space, builds: Builds) -> None:
    assert builds.build().ok
    assert builds.what_services_did() == ["starting db", "ready db", "starting app", "ready app"]

    space.write("page", "two\n")
    assert builds.build().built == ("tests",)

    assert builds.what_services_did() == []
    assert builds.services.names == ("db", "app")


def test_one_that_changed_is_started_anew_and_what_needs_it_too(
    space: Space, builds: Builds
) -> None:
    builds.build()

    space.write("schema", "two\n")
    assert builds.build().built == ("tests",)

    assert builds.what_services_did() == [
        "ended app", "ended db", "starting db", "ready db", "starting app", "ready app",
    ]  # fmt: skip


def test_one_that_is_asked_for_by_its_name_stays(space: Space, builds: Builds) -> None:
    assert builds.build("db").served == ("db",)
    assert builds.build("db").served == ()
    assert builds.services.is_ready("db")

    space.write("schema", "two\n")
    assert builds.build("db").served == ("db",)


def test_by_its_name_it_comes_with_the_services_that_it_needs(builds: Builds) -> None:
    assert builds.build("app").served == ("db", "app")


def test_one_that_ended_between_two_builds_is_written_down_and_started_when_needed(
    space: Space, builds: Builds
) -> None:
    builds.build()
    builds.services.stop("app")
    assert wait_for_the_end(builds.services, "app").asked

    assert builds.build().fresh == ("tests",)
    space.write("page", "two\n")
    assert builds.build().built == ("tests",)

    assert builds.what_services_did() == ["starting app", "ready app"]
    assert space.run("runs", "app").out.count("stopped, signal 15") == 1


def test_one_that_cannot_start_again_fails_and_may_be_mended(space: Space, builds: Builds) -> None:
    builds.build()

    space.replace("Jobfile.toml", "cat conf;", "cat conf; exit 3;")
    summary = builds.build()
    assert (summary.failed, summary.blocked) == (("app",), ("tests",))

    space.replace("Jobfile.toml", "exit 3;", "")
    assert builds.build().ok
