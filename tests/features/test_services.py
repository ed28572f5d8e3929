"""Services: commands that go on while those that need them run. Real servers, real sockets; each
build here says in its variables who it is, so that nothing of it can be left unseen."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.support import DEADLINE, Space, ends, marked_processes


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def started(space: Space, *words: str) -> subprocess.Popen[bytes]:
    """A build that is on its way."""
    return space.start("build", *words, env=marked(space))


def marked(space: Space) -> dict[str, str]:
    return {"MARKER": str(space.root)}


def survivors(space: Space) -> list[int]:
    return marked_processes(f"MARKER={space.root}")


def read_until(build: subprocess.Popen[bytes], begin: str) -> str:
    """Read what a build says up to a line that begins like this."""
    assert build.stderr is not None
    told = ""
    for line in build.stderr:
        told += line.decode()
        if line.decode().startswith(begin):
            return told
    raise AssertionError(told)


def told_of(err: str, *verbs: str) -> list[str]:
    """The first two words of those lines that begin with one of these verbs."""
    lines = (line.split() for line in err.splitlines())
    return [
        f"{words[0]} {words[1].rstrip(':')}"
        for words in lines
        if words and words[0] in verbs and not words[1].rstrip(",").isdigit()
    ]


def order(err: str) -> list[str]:
    """What happened to services and runs, in order."""
    return told_of(err, "starting", "ready", "running", "built", "ended", "blocked")


SERVED = """
[params]
port = {port}
[target.server]
service = true
argv = ["python3", "-m", "http.server", "{{params.port}}", "--bind", "127.0.0.1"]
ready = {{ port = "{{params.port}}" }}
sources = ["page.txt"]

[target.tests]
argv = ["python3", "fetch.py", "http://127.0.0.1:{{params.port}}/page.txt", "{{outputs}}"]
sources = ["fetch.py"]
needs = ["server"]
outputs = ["got.txt"]
"""
FETCH = """
import sys, urllib.request
with urllib.request.urlopen(sys.argv[1]) as answer, open(sys.argv[2], "wb") as out:
    out.write(answer.read())
"""


def web(space: Space) -> None:
    """A web server, and a target that fetches a page from it."""
    space.jobfile(SERVED.format(port=free_port()))
    space.write("fetch.py", FETCH)
    space.write("page.txt", "one\n")


# -- in a build -------------------------------------------------------------------------


def test_a_service_is_there_while_those_that_need_it_run(space: Space) -> None:
    web(space)

    result = space.build("-j1", env=marked(space))

    assert order(result.err) == [
        "starting server", "ready server", "running tests", "built tests", "ended server",
    ]  # fmt: skip
    assert "starting server: it is needed by `tests`\n" in result.err
    assert space.read("got.txt") == "one\n"
    assert result.last_line == "built 1, served 1"
    assert survivors(space) == []
    assert "[target.server]" not in space.read("Jobfile.lock")


def test_what_a_service_is_made_of_counts_for_those_that_need_it(space: Space) -> None:
    web(space)
    space.build()

    again = space.build()
    assert again.last_line == "up to date: 1 target checked"
    assert order(again.err) == []

    space.write("page.txt", "two\n")
    assert space.build().reason("tests") == "result of `server` changed"
    assert space.read("got.txt") == "two\n"


HELLO = """
[target.server]
service = true
run = "{begin}echo Listening now; exec sleep 600"
{ready}
[target.tests]
run = "{run}"
needs = ["server"]
"""
LINE = 'ready = { line = "Listening" }'


def hello(space: Space, ready: str = LINE, *, begin: str = "", run: str = "true") -> None:
    """A service that writes a line, and a target that needs it."""
    space.jobfile(HELLO.format(begin=begin, ready=ready, run=run))


@pytest.mark.parametrize(
    "ready",
    [
        "",
        LINE,
        'ready = "test -e up"',
        'ready = { command = "test -e {params.file}", line = "{params.line}" }',
    ],
)
def test_when_a_service_is_ready(space: Space, ready: str) -> None:
    # without `ready` it may not have come so far
    hello(space, ready, begin="touch up; ", run="cat up" if ready else "true")
    space.write(
        "Jobfile.toml", '[params]\nfile = "up"\nline = "now"\n' + space.read("Jobfile.toml")
    )

    result = space.build(env=marked(space))

    assert order(result.err)[:3] == ["starting server", "ready server", "running tests"]
    assert survivors(space) == []


def test_after_a_service_it_need_not_count(space: Space) -> None:
    hello(space, run="true")
    space.replace("Jobfile.toml", "needs", "after")
    space.build()

    space.replace("Jobfile.toml", "now", "here")

    assert space.build().fresh == ["tests"]


def test_services_that_need_services(space: Space) -> None:
    space.jobfile(
        f"""
        [target.app]
        service = true
        run = "test -e data && echo app is up; exec sleep 600"
        ready = {{ line = "app is up" }}
        needs = ["both"]
        [target.both]
        needs = ["db", "data"]
        [target.db]
        service = true
        run = "echo Listening; exec sleep 600"
        {LINE}
        [target.data]
        run = "seq 3 > {{outputs}}"
        outputs = ["data"]
        [target.tests]
        run = "true"
        needs = ["app"]
        [target.more]
        needs = ["tests"]
        """
    )

    result = space.build("more", env=marked(space))

    assert order(result.err) == [
        "running data", "built data", "starting db", "ready db", "starting app", "ready app",
        "running tests", "built tests", "ended app", "ended db",
    ]  # fmt: skip
    assert survivors(space) == []


def test_each_instance_has_a_service_of_its_own(space: Space) -> None:
    space.jobfile(
        """
        [target.server]
        service = true
        run = "echo here {matrix.n} > page-{matrix.n}; exec sleep 600"
        ready = "test -s page-{matrix.n}"
        matrix = { n = [1, 2] }
        [target.tests]
        run = "cat page-{matrix.n}"
        needs = ["server[n={matrix.n}]"]
        matrix = { n = [1, 2] }
        """
    )

    result = space.build("tests[n=2]")
    assert order(result.err)[0] == "starting server[n=2]"
    assert result.out == "here 2\n"
    assert sorted(told_of(space.build().err, "starting")) == ["starting server[n=1]"]


def test_nothing_is_started_for_what_is_restored(space: Space) -> None:
    hello(space, run="seq 3 > out")
    space.replace("Jobfile.toml", 'needs = ["server"]', 'needs = ["server"]\noutputs = ["out"]')
    space.build()
    os.unlink(space.path("out"))

    result = space.build()

    assert result.restored == ["tests"]
    assert order(result.err) == []


def test_a_temp_file_that_a_service_reads_is_there_while_it_runs(space: Space) -> None:
    hello(space, begin="cat {inputs}; ", run="cat raw > out")
    text = space.read("Jobfile.toml").replace("service = true", 'service = true\ninputs = ["raw"]')
    space.jobfile(
        text
        + 'outputs = ["out"]\n[target.raw]\nrun = "seq 3 > raw"\noutputs = ["raw"]\ntemp = true\n'
    )
    space.build()
    assert space.read("out") == "1\n2\n3\n"
    assert not space.exists("raw")

    space.replace("Jobfile.toml", "cat raw >", "cat raw raw >")
    space.build("tests")

    assert space.read("out") == "1\n2\n3\n1\n2\n3\n"
    assert not space.exists("raw")


def test_a_service_that_changes_while_it_is_used_is_started_anew(space: Space) -> None:
    gate = space.gate("tests")
    hello(space, begin="cat conf; ", run=gate.command + "; cat conf")
    space.replace("Jobfile.toml", "service = true", 'service = true\nsources = ["conf"]')
    space.write("conf", "one\n")
    build = started(space)
    gate.reached()

    space.write("conf", "two\n")
    gate.open()
    gate.reached()
    gate.open()
    out, err = build.communicate(timeout=DEADLINE)

    assert build.returncode == 0, err
    assert (
        "note: `tests` runs once more: `conf`, which `server` uses, changed while it ran\n"
        in err.decode()
    )
    assert order(err.decode()) == [
        "starting server", "ready server", "running tests", "ended server", "starting server",
        "ready server", "running tests", "built tests", "ended server",
    ]  # fmt: skip
    assert out == b"two\n"
    assert space.build().fresh == ["tests"]


def test_a_service_by_its_name_is_tried(space: Space) -> None:
    hello(space)

    result = space.build("server", env=marked(space))

    assert order(result.err) == ["starting server", "ready server", "ended server"]
    assert (
        "note: `server` was ready, and ends with this build: `jobmake watch server` keeps it\n"
        in result.err
    )
    assert result.last_line == "served 1"
    assert survivors(space) == []


# -- what goes wrong --------------------------------------------------------------------


def test_one_that_ends_before_it_is_ready(space: Space) -> None:
    hello(space, begin="echo no such table >&2; exit 3; ")

    result = space.build(code=1)

    assert (
        "error: target `server` failed: ended before it was ready: exit code 3\n"
        "  command: echo no such table >&2; exit 3; echo Listening now; exec sleep 600\n"
        "  it ran because: it is needed by `tests`\n"
        "  its output, from .jobmake/runs/1/log:\n"
        "    no such table\n"
        "blocked tests: `server` failed\n"
    ) in result.err
    assert result.last_line == "failed 1, blocked 1"

    space.replace("Jobfile.toml", "exit 3; ", "")
    assert space.build("--failed").built == ["tests"]


@pytest.mark.parametrize(
    ("ready", "hint"),
    [
        ('{ line = "Ready", timeout = "100ms" }',
         "does it hold back what it writes? `python -u` and `stdbuf -oL` do not"),
        ('{ command = "echo not yet; false", timeout = "500ms" }',
         "the last look ended with: not yet"),
        ('{ command = "sleep 600", timeout = "100ms" }',
         "`ready = { …, timeout = … }` gives it more time"),
    ],
)  # fmt: skip
def test_one_that_is_not_ready_in_time(space: Space, ready: str, hint: str) -> None:
    hello(space, f"ready = {ready}")

    result = space.build(code=1, env=marked(space))

    took = "500 ms" if "500" in ready else "100 ms"
    assert f"error: target `server` failed: was not ready within {took}\n" in result.err
    assert f"hint: {hint}\n" in result.err
    assert result.blocked == ["tests"]
    assert survivors(space) == []
    assert "timeout" not in space.run("runs").out


def test_one_whose_port_is_taken(space: Space) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        hello(space, f"ready = {port}")

        result = space.build(code=1)

    assert f"failed: something else takes connections at port {port}\n" in result.err
    assert "hint: end that, or give the service another port\n" in result.err
    assert result.blocked == ["tests"]


def test_a_port_that_is_none(space: Space) -> None:
    hello(space, 'ready = { port = "{params.port}" }')
    space.write("Jobfile.toml", "[params]\nport = 70000\n" + space.read("Jobfile.toml"))

    assert "error: target `server` failed: `ready`: `70000` is no port\n" in space.build(code=1).err


def test_one_that_ends_while_it_is_used_fails_the_build(space: Space) -> None:
    crash, tests = space.gate("crash"), space.gate("tests")
    hello(space, begin=f"( {crash.command}; kill $$ ) & ", run=tests.command)
    build = started(space)
    tests.reached()
    crash.reached()

    crash.open()
    read_until(build, "error: target `server` failed: ended by itself: was ended by SIGTERM")
    tests.open()
    _, err = build.communicate(timeout=DEADLINE)

    assert build.returncode == 1
    assert "built tests in" in err.decode()
    assert "\nfailed 1, built 1 in" in err.decode()


def test_one_that_ends_when_nobody_uses_it_fails_when_somebody_will(space: Space) -> None:
    end, between = space.gate("end"), space.gate("between")
    hello(space, begin=f"( {end.command}; kill $$ ) & ")
    space.write(
        "Jobfile.toml",
        space.read("Jobfile.toml")
        + f"""
        [target.between]
        run = "{between.command}"
        needs = ["tests"]
        [target.later]
        run = "true"
        needs = ["between", "server"]
        """,
    )
    build = started(space)
    between.reached()
    end.reached()

    end.open()
    read_until(build, "note: `server` ended by itself: was ended by SIGTERM")
    between.open()
    _, err = build.communicate(timeout=DEADLINE)

    assert build.returncode == 1
    assert order(err.decode()) == ["built between", "blocked later"]


# -- how they end -----------------------------------------------------------------------

BROOD = "setsid sleep 601 & ( trap '' TERM; sleep 602 ) & "


def test_nothing_that_a_service_started_survives(space: Space) -> None:
    hello(space, begin=BROOD)

    space.build(env=marked(space))

    assert survivors(space) == []


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_services_end_with_a_build_that_is_stopped(space: Space, signum: int) -> None:
    gate = space.gate("tests")
    hello(space, begin=BROOD, run=gate.command)
    build = started(space)
    gate.reached()

    build.send_signal(signum)
    _, err = build.communicate(timeout=DEADLINE)

    assert build.returncode == -signum
    assert told_of(err.decode(), "stopped", "ended") == ["stopped tests", "ended server"]
    assert survivors(space) == []


def test_a_signal_while_services_end_ends_them_at_once(space: Space) -> None:
    told = space.gate("told")
    hello(space, begin="trap '" + told.command + "' TERM; ")
    space.replace("Jobfile.toml", "exec sleep 600", "while true; do sleep 600 & wait $!; done")
    build = started(space)
    told.reached()

    build.send_signal(signal.SIGINT)
    _, err = build.communicate(timeout=DEADLINE)

    assert build.returncode == -signal.SIGINT
    assert order(err.decode())[-2:] == ["built tests", "ended server"]
    assert survivors(space) == []


def test_services_end_with_a_jobmake_that_is_killed(space: Space) -> None:
    gate = space.gate("tests")
    hello(space, begin=BROOD, run=gate.command)
    build = started(space)
    gate.reached()
    family = survivors(space)

    build.kill()
    build.communicate(timeout=DEADLINE)

    for pid in family:
        ends(pid)
    gate.open()
    assert space.build().built == ["tests"]


# -- what is told -----------------------------------------------------------------------


def test_a_service_is_neither_stale_nor_up_to_date(space: Space) -> None:
    hello(space)

    assert space.run("status").out == "stale tests: it was never built\nup to date: 0 targets\n"
    assert space.run("build", "-n").out == (
        "would start server: a service, for what needs it\n"
        "would run tests: it was never built\n"
        "would run 1, would start 1\n"
    )
    told = json.loads(space.run("build", "-n", "--json").out)["targets"]
    assert [(one["name"], one["state"], one["starts"]) for one in told] == [
        ("server", "service", "would"), ("tests", "stale", ""),
    ]  # fmt: skip
    space.build()
    assert space.run("status", "--check").out == "up to date: 1 target\n"
    assert space.run("build", "-n").out == "up to date 1\n"
    assert space.run("build", "-n", "server").out.startswith("would start server: ")
    kind = "service: it is started for those that need it, and neither stale nor up to date"
    assert space.run("why", "server").out == f"server is a {kind}\n"
    assert f"  state     {kind}\n" in space.run("show", "server").out
    assert space.run("list").out == "server  (service)\ntests\n"
    assert 'class="service", shape="component"' in space.run("graph", "--dot", "--states").out
    assert space.run("lock", "--check").out == "Jobfile.lock is as it should be\n"
    assert space.run("doctor").code == 0
    assert space.run("accept", "server", "--reason", "r", code=1).err == (
        "error: `server` is a service, of which nothing is recorded\n"
        "hint: accept the targets that need it\n"
    )


def test_its_runs_are_kept_like_others(space: Space) -> None:
    hello(space)
    space.build()

    assert space.run("log", "server").out == "Listening now\n"
    lines = space.run("runs", "server").out.splitlines()
    assert [line.split()[:2] for line in lines] == [["#1", "server"]]
    assert "stopped, signal 15  (it is needed by `tests`)" in lines[0]


def test_while_it_runs_it_is_told_to_run(space: Space) -> None:
    gate = space.gate("tests")
    hello(space, run=gate.command)
    build = started(space)
    gate.reached()

    assert "running server: run 1\n" in space.run("status").out
    assert space.run("why", "server").out == "server is running: run 1\n"
    log = space.start("log", "-f", "server")
    assert log.stdout is not None
    assert log.stdout.readline() == b"Listening now\n"
    gate.open()
    build.communicate(timeout=DEADLINE)
    _, err = log.communicate(timeout=DEADLINE)
    assert err.startswith(b"note: run 1 of `server` has ended")


def test_what_happens_as_json(space: Space) -> None:
    hello(space, begin="exec 2>&1; ")
    told = [json.loads(line) for line in space.run("build", "--json").out.splitlines()]

    mine = [one for one in told if one.get("target") == "server"]
    assert [one["event"] for one in mine] == ["service_started", "service_ready", "service_ended"]
    assert mine[0]["reason"]["text"] == "it is needed by `tests`"
    assert mine[2]["message"] is None
    assert told[-1]["summary"]["served"] == ["server"]


def test_with_live_output_its_lines_are_told_too(space: Space) -> None:
    hello(space)

    assert "[server] Listening now\n" in space.build("--output", "live").out


def test_a_target_that_becomes_a_service_loses_its_record(space: Space) -> None:
    space.jobfile('[target.server]\nrun = "true"\n')
    space.build()
    hello(space)

    space.build()

    assert "[target.server]" not in space.read("Jobfile.lock")
    assert space.run("doctor").code == 0


def test_a_python_job_can_be_a_service(space: Space) -> None:
    space.write(
        "jobs.py",
        "import time\n\ndef serve():\n    print('Listening', flush=True)\n    time.sleep(600)\n",
    )
    hello(space)
    space.replace(
        "Jobfile.toml", 'run = "echo Listening now; exec sleep 600"', 'python = "jobs:serve"'
    )

    result = space.build(env=marked(space))

    assert order(result.err)[:3] == ["starting server", "ready server", "running tests"]
    assert survivors(space) == []


def test_tmp_of_a_service_and_of_runs_are_apart(space: Space) -> None:
    gate = space.gate("tests")
    hello(space, begin="echo mine > $JOBMAKE_TMP/x; echo $JOBMAKE_TMP; ", run=gate.command)
    build = started(space)
    gate.reached()

    [own] = Path(space.path(".jobmake/runs/1/log")).read_text().splitlines()[:1]
    assert Path(own, "x").read_text() == "mine\n"
    gate.open()
    build.communicate(timeout=DEADLINE)
    assert not Path(own).exists()


def test_one_that_writes_what_it_is_made_of(space: Space) -> None:
    space.jobfile(
        """
        [target.server]
        service = true
        run = "echo $$ >> app/log; echo Listening; exec sleep 600"
        ready = { line = "Listening" }
        sources = ["app/"]
        [target.tests]
        run = "true"
        needs = ["server"]
        """
    )
    space.write("app/main", "1\n")
    err = space.build(code=1).err
    noted = "note: `tests` runs once more: `app/`, which `server` uses, changed while it ran\n"
    assert noted.replace("`app/`", "`app/log`") in err or noted in err
    assert ", which `server` uses, changed while `tests` ran, twice\n" in err
    assert "hint: does `server` write it itself?\n" in err


@pytest.mark.parametrize("ready", ["test -e {outputs}", "test -e {inputs}", "test -e {sources}"])
def test_what_shows_that_one_is_ready_names_no_files(space: Space, ready: str) -> None:
    space.jobfile(f'[target.server]\nrun = "sleep 600"\nservice = true\nready = "{ready}"\n')

    result = space.build(code=2)

    assert f"`{ready[8:]}` has no meaning in `ready`\n  --> Jobfile.toml:4\n" in result.err
