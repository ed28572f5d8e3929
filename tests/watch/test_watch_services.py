"""Services under `jobmake watch`: they go on between builds, and end with it."""

from __future__ import annotations

import os
import signal
import socket
from typing import TYPE_CHECKING

from tests.features.test_services import free_port
from tests.support import marked_processes
from tests.watch.rig import watching

if TYPE_CHECKING:
    from tests.support import Space

SERVED = """
[target.server]
service = true
run = "cat conf; echo $$ > pid; echo Listening; exec sleep 600"
ready = { line = "Listening" }
sources = ["conf"]
[target.tests]
run = "cat page"
sources = ["page"]
needs = ["server"]
"""
MARKER = "MARK_OF_THIS_TEST"


PORT_SERVER = """
import sys
from http.server import HTTPServer, SimpleHTTPRequestHandler

HTTPServer(("127.0.0.1", int(sys.argv[1])), SimpleHTTPRequestHandler).serve_forever()
"""


def ported(space: Space) -> dict[str, str]:
    """As `served`, with a server that has a port."""
    port = free_port()
    space.jobfile(
        f"""
        [target.server]
        service = true
        run = "exec python3 server.py {port}"
        ready = {port}
        sources = ["server.py"]
        [target.tests]
        run = "cat page"
        sources = ["page"]
        needs = ["server"]
        """
    )
    space.write("server.py", PORT_SERVER)
    space.write("page", "p\n")
    return {MARKER: str(space.root)}


def served(space: Space) -> dict[str, str]:
    space.jobfile(SERVED)
    space.write("conf", "1\n")
    space.write("page", "p\n")
    return {MARKER: str(space.root)}


def test_a_service_goes_on_between_builds_and_begins_anew_when_it_changed(space: Space) -> None:
    with watching(space, env=served(space)) as watch:
        first = watch.rests()
        [started] = first.of("service_started")
        assert started["target"] == "server"
        assert first.built == ["tests"]

        space.write("page", "new\n")
        then = watch.rests()
        assert then.built == ["tests"]
        assert then.of("service_started") == []

        space.write("conf", "2\n")
        last = watch.rests()
        assert last.targets("service_ended") == last.targets("service_started") == ["server"]
        assert last.built == ["tests"]
        assert watch.ends(signal.SIGINT) == -signal.SIGINT
    assert marked_processes(f"{MARKER}={space.root}") == []


def test_a_service_by_name_goes_on_and_one_that_ends_is_told(space: Space) -> None:
    environ = served(space)
    with watching(space, "server", env=environ) as watch:
        watch.rests()
        os.kill(int(space.read("pid")), signal.SIGKILL)
        [ended] = watch.until("service_ended").of("service_ended")
        assert ended["target"] == "server"
        assert ended["message"] == "ended by itself: was ended by SIGKILL"
        assert watch.rests().rest["fallen"] == ["server"]

        space.write("conf", "1\n")  # as it was
        told = watch.rests()
        assert told.targets("service_started") == ["server"]
        assert told.rest["fallen"] == []


def test_one_that_is_renamed_ends_before_the_new_one_takes_its_port(space: Space) -> None:
    with watching(space, env=ported(space)) as watch:
        watch.rests()
        space.write("Jobfile.toml", space.read("Jobfile.toml").replace("server]", "other]"))
        space.replace("Jobfile.toml", 'needs = ["server"]', 'needs = ["other"]')
        told = watch.until("service_ready", target="other")
        [ended] = told.of("service_ended")
        assert (ended["target"], ended["message"]) == ("server", None)
        assert ended["why"] == "it is no longer in the Jobfile"
        assert told.of("target_failed") == []


def test_what_a_failed_service_blocks_is_tried_again_when_it_is_saved(space: Space) -> None:
    environ = ported(space)
    port = int(space.read("Jobfile.toml").partition("ready = ")[2].split()[0])
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        with watching(space, env=environ) as watch:
            assert watch.rests().rest["failed"] == ["server"]
            space.write("page", "new\n")
            told = watch.rests()
            assert (told.changed, told.targets("target_failed")) == (["page"], ["server"])

            other.close()
            space.write("page", "newer\n")
            assert watch.rests().built == ["tests"]


def test_one_that_nothing_needs_any_more_ends(space: Space) -> None:
    with watching(space, "tests", env=served(space)) as watch:
        watch.rests()
        space.replace("Jobfile.toml", 'needs = ["server"]', "")
        [ended] = watch.rests().of("service_ended")
        assert (ended["target"], ended["why"]) == ("server", "nothing needs it any more")
    assert marked_processes(f"{MARKER}={space.root}") == []


def test_an_edit_ends_the_start_of_a_service_and_that_is_told(space: Space) -> None:
    environ = served(space)
    space.replace("Jobfile.toml", "echo Listening; ", "")
    with watching(space, "--restart", env=environ) as watch:
        watch.until("service_started", target="server")
        space.replace("Jobfile.toml", "exec sleep", "echo Listening; exec sleep")
        told = watch.rests()
        [stopping] = told.of("stopping")
        assert (stopping["anew"], stopping["running"]) == (True, [])
        assert told.built == ["tests"]


def test_a_build_after_one_that_was_killed_does_not_wait_for_what_is_served(space: Space) -> None:
    with watching(space, env=served(space)) as watch:
        watch.rests()
        space.write(".jobmake/lock", '{"pid": 1, "what": "as a kill leaves it"}')
        err = space.run("build").err
        assert "waiting for what a build that was killed has left" not in err
        assert "built" not in err
        watch.ends(signal.SIGINT)


def test_a_build_beside_it_is_told_who_has_the_port(space: Space) -> None:
    with watching(space, env=ported(space)) as watch:
        watch.rests()
        err = space.run("build", "--force", code=1).err
        pid = watch.process.pid
        assert f"hint: the `jobmake watch` of process {pid} serves `server` there: let it" in err
        watch.ends(signal.SIGINT)
    space.run("build", "--force")
    assert os.listdir(space.root / ".jobmake/services") == []
