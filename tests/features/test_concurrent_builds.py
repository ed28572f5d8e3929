"""Two jobmakes in one project at once: one builds, the other waits or says so; whoever only
reads never waits.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import platform
import shlex
import signal
import struct
import subprocess
from contextlib import suppress

import pytest

from tests.oracles import Marker, changes_nothing, is_whole, no_orphans, told_well
from tests.support import DEADLINE, JOBMAKE, Gate, Result, Space, ends, marked_processes


def held_target(space: Space) -> Gate:
    """Write a target that says in `ran` that it ran, and is held at a gate."""
    gate = space.gate("held")
    space.jobfile(
        f"""
        [target.once]
        run = "echo ran >> ran; {gate.command}; touch {{outputs}}"
        outputs = ["out"]
        """
    )
    return gate


def waiting(process: subprocess.Popen[bytes]) -> str:
    """Read what a jobmake says until it tells that it waits; return that line."""
    assert process.stderr is not None
    return next(line.decode() for line in process.stderr if line.startswith(b"note: waiting"))


# -- two builds ------------------------------------------------------------------------


@pytest.mark.case("D01")
def test_a_second_build_waits_names_the_first_and_runs_nothing_again(space: Space) -> None:
    gate = held_target(space)
    first = space.start("build", "once")
    gate.reached()
    second = space.start("build")

    assert waiting(second) == (
        f"note: waiting for process {first.pid} (`jobmake build once`), which builds this project\n"
    )
    gate.open()
    first.communicate(timeout=DEADLINE)
    _, err = second.communicate(timeout=DEADLINE)

    assert (first.returncode, second.returncode) == (0, 0)
    assert err.startswith(b"up to date once\n")
    assert space.read("ran") == "ran\n"


@pytest.mark.case("D01")
def test_ten_builds_at_once_run_each_target_once(space: Space) -> None:
    space.jobfile(
        """
        [target.many]
        matrix = { n = [1, 2, 3, 4] }
        run = "echo {matrix.n} >> ran; touch {outputs}"
        outputs = ["out/{matrix.n}"]
        """
    )

    builds = [space.start("build", "-j2") for _ in range(10)]
    for build in builds:
        build.communicate(timeout=DEADLINE)

    assert [build.returncode for build in builds] == [0] * 10
    assert sorted(space.read("ran").split()) == ["1", "2", "3", "4"]


@pytest.mark.case("D03")
def test_no_wait_says_at_once_who_builds(space: Space) -> None:
    gate = held_target(space)
    first = space.start("build")
    gate.reached()

    result = space.build("--no-wait", code=3)

    assert result.err == (
        f"error: this project is being built by process {first.pid} (`jobmake build`)\n"
    )
    gate.open()
    first.communicate(timeout=DEADLINE)
    assert first.returncode == 0


def test_a_jobfile_edited_while_the_second_waits_is_read_again(space: Space) -> None:
    gate = held_target(space)
    first = space.start("build")
    gate.reached()
    second = space.start("build")
    waiting(second)

    space.write("Jobfile.toml", space.read("Jobfile.toml") + '[target.new]\nrun = "true"\n')
    gate.open()
    first.communicate(timeout=DEADLINE)
    _, err = second.communicate(timeout=DEADLINE)

    assert second.returncode == 0
    assert b"running new: it was never built\n" in err


def test_ctrl_c_ends_the_wait_for_another_build(space: Space) -> None:
    gate = held_target(space)
    first = space.start("build")
    gate.reached()
    second = space.start("build")
    waiting(second)

    second.send_signal(signal.SIGINT)
    _, err = second.communicate(timeout=DEADLINE)

    assert second.returncode == -signal.SIGINT
    assert err == b""
    gate.open()
    first.communicate(timeout=DEADLINE)
    assert first.returncode == 0


def test_clean_waits_for_a_build_and_says_so(space: Space) -> None:
    gate = held_target(space)
    build = space.start("build")
    gate.reached()
    clean = space.start("clean")

    assert waiting(clean).endswith(", which builds this project\n")
    gate.open()
    build.communicate(timeout=DEADLINE)
    out, _ = clean.communicate(timeout=DEADLINE)

    assert (build.returncode, clean.returncode) == (0, 0)
    assert out == b"removed out\nremoved 1 output\n"


# -- the lock --------------------------------------------------------------------------


@pytest.mark.case("D05")
def test_the_lock_is_free_as_soon_as_its_holder_is_killed(space: Space) -> None:
    gate = held_target(space)
    first = space.start("build", env={"MARKER": str(space.root)})
    gate.reached()
    second = space.start("build")
    waiting(second)

    first.kill()
    first.communicate(timeout=DEADLINE)
    gate.reached()
    gate.open()
    gate.open()
    second.communicate(timeout=DEADLINE)

    assert second.returncode == 0
    for pid in marked_processes(f"MARKER={space.root}"):
        ends(pid)


@pytest.mark.case("D04")
@pytest.mark.parametrize(
    "text",
    [b"", b"\xff garbage", b'{"pid": 1}', b"[" * 5000, b'{"pid": "x", "what": 1}'],
)
def test_what_stands_in_the_lock_file_decides_nothing(space: Space, text: bytes) -> None:
    gate = held_target(space)
    space.write(".jobmake/lock", text)
    first = space.start("build")
    gate.reached()
    space.write(".jobmake/lock", text)

    result = space.build("--no-wait", code=3)

    assert result.err == "error: this project is being built by another process\n"
    gate.open()
    first.communicate(timeout=DEADLINE)
    assert first.returncode == 0
    assert space.build().fresh == ["once"]


@pytest.mark.case("D04")
@pytest.mark.parametrize("whose", ["ended", "another program's", "on another host", "nobody's"])
def test_a_lock_file_that_nobody_holds_holds_up_nobody(space: Space, whose: str) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    texts = {
        "ended": f'{{"pid": {ended.pid}, "what": "jobmake build"}}',
        "another program's": f'{{"pid": {os.getpid()}, "what": "jobmake build"}}',
        "on another host": '{"pid": 1, "host": "elsewhere", "what": "jobmake build"}',
        "nobody's": "",
    }
    space.jobfile('[target.a]\nrun = "true"\n')
    space.write(".jobmake/lock", texts[whose])

    result = space.build("--no-wait")

    assert result.built == ["a"]
    assert "waiting" not in result.err


@pytest.mark.case("D05")
def test_nobody_but_the_builder_has_the_lock_open(space: Space) -> None:
    """So it is free when the builder is killed, whoever of its children lives on."""
    gate = space.gate("held")
    space.write("job.py", f"import os\n\ndef job():\n    os.system({gate.command!r})\n")
    space.jobfile(
        f"""
        [project]
        python_path = ["."]
        [target.command]
        run = "{gate.command}"
        [target.job]
        python = "job:job"
        """
    )
    marker = Marker()
    build = space.start("build", "-j2", env=marker.env)
    gate.reached()
    gate.reached()

    lock = str(space.path(".jobmake/lock").resolve())
    having = [pid for pid in marker.processes() if lock in files_of(pid)]
    assert having == [build.pid]
    assert len(marker.processes()) > 4, "the reaper, a worker, and two commands are there, too"

    build.kill()
    build.communicate(timeout=DEADLINE)
    second = space.start("build", "--no-wait", "-j2")
    gate.reached()
    gate.reached()
    for _ in range(4):
        gate.open()
    _, err = second.communicate(timeout=DEADLINE)
    assert second.returncode == 0, err.decode()
    no_orphans(marker)


def files_of(pid: int) -> list[str]:
    """Return what a process has open."""
    found = []
    try:
        for name in os.listdir(f"/proc/{pid}/fd"):
            with suppress(FileNotFoundError):
                found.append(os.readlink(f"/proc/{pid}/fd/{name}"))
    except (FileNotFoundError, ProcessLookupError):
        pass
    return found


@pytest.mark.case("D07")
def test_a_lock_file_that_is_replaced_while_it_is_waited_for_is_taken_again(space: Space) -> None:
    gate = held_target(space)
    first = space.start("build")
    gate.reached()
    second = space.start("build")
    waiting(second)

    os.replace(space.write("new", ""), space.path(".jobmake/lock"))
    space.replace("Jobfile.toml", "echo ran", "echo ran again")
    gate.open()
    first.communicate(timeout=DEADLINE)
    gate.reached()  # the second has the project, by the file that is there now
    third = space.build("--no-wait", code=3)
    gate.open()
    second.communicate(timeout=DEADLINE)

    assert (first.returncode, second.returncode) == (3, 0)
    assert f"being built by process {second.pid}" in third.err
    assert space.read("ran") == "ran\nran again\n"


@pytest.mark.case("D07")
def test_when_the_state_is_moved_away_during_a_build_the_next_is_right_all_the_same(
    space: Space,
) -> None:
    gate = held_target(space)
    first = space.start("build")
    gate.reached()

    space.path(".jobmake").rename(space.path("moved"))
    second = space.start("build")
    gate.reached()
    gate.open()
    gate.open()
    _, err = first.communicate(timeout=DEADLINE)
    second.communicate(timeout=DEADLINE)

    told_well(Result(first.returncode, "", err.decode()), codes=[3])
    assert b"` was removed during the build" in err
    assert second.returncode == 0
    assert is_whole(space.path("Jobfile.lock"))
    assert space.build().fresh == ["once"]


@pytest.mark.case("D07")
def test_a_lock_file_that_is_removed_while_it_is_waited_for_is_made_again(space: Space) -> None:
    gate = held_target(space)
    first = space.start("build")
    gate.reached()
    second = space.start("build")
    waiting(second)

    space.path(".jobmake/lock").unlink()
    gate.open()
    first.communicate(timeout=DEADLINE)
    gate.reached()  # what the first made is not recorded: it had the project no more
    gate.open()
    _, err = second.communicate(timeout=DEADLINE)

    assert (first.returncode, second.returncode) == (3, 0)
    assert b"running once: it has no result: its last run did not finish\n" in err
    assert space.read(".jobmake/lock") == ""  # made by the second, who let go of it


def without_flock(error: int) -> None:
    """Let the kernel refuse every flock of this process, as some file systems do: by a seccomp
    filter that loads a call's number and compares it with flock's."""
    number = {"x86_64": 73, "aarch64": 32}[platform.machine()]
    steps = [(0x20, 0, 0, 0), (0x15, 0, 1, number),
             (0x06, 0, 0, 0x50000 | error), (0x06, 0, 0, 0x7FFF0000)]  # fmt: skip
    filters = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = struct.pack("HP", len(steps), ctypes.addressof(filters))
    prctl = ctypes.CDLL(None).prctl
    assert prctl(38, 1, 0, 0, 0) == 0  # no new privileges, which is asked of whoever is not root
    assert prctl(22, 2, program, 0, 0) == 0


@pytest.mark.case("D06")
@pytest.mark.parametrize("error", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EIO])
def test_a_file_system_that_cannot_lock_is_refused_with_its_reason(
    space: Space, error: int
) -> None:
    space.jobfile('[target.a]\nrun = "touch ran"\n')

    build = subprocess.run(
        [*JOBMAKE, "build"], cwd=space.root, env=space.environ(), capture_output=True,
        text=True, check=False, preexec_fn=lambda: without_flock(error),
    )  # fmt: skip

    assert build.returncode == 3
    assert build.stderr == (
        f"error: the project's file system cannot lock files ({os.strerror(error)})\n"
        "hint: jobmake does not build without a lock: two builds at once would spoil each other\n"
    )
    assert not space.exists("ran")
    assert not space.exists("Jobfile.lock")


@pytest.mark.case("D06")
@pytest.mark.parametrize("error", [errno.ENOLCK, errno.EOPNOTSUPP, errno.EIO])
def test_without_locks_nothing_is_written_or_answered_at_a_glance_and_one_can_look(
    space: Space, error: int
) -> None:
    space.jobfile('[target.a]\nrun = "echo x > {outputs}"\noutputs = ["out"]\n')
    space.build()
    assert space.build().built == []

    def refused(*words: str) -> tuple[int, str]:
        done = subprocess.run(
            [*JOBMAKE, *words], cwd=space.root, env=space.environ(), capture_output=True,
            text=True, check=False, preexec_fn=lambda: without_flock(error),
        )  # fmt: skip
        return done.returncode, done.stderr

    with changes_nothing(space.root):
        for words in ("build", "clean", "lock", "accept a --reason x"):
            code, err = refused(*words.split())
            assert (code, err.partition(" (")[0]) == (
                3, "error: the project's file system cannot lock files"
            ), words  # fmt: skip
        for words in ("status", "why a", "build -n", "list"):
            assert refused(*words.split()) == (0, "")


# -- a jobmake started by a command ---------------------------------------------------------

INNER = shlex.join(JOBMAKE)


@pytest.mark.case("D09")
def test_a_build_of_the_same_project_inside_a_command_is_an_error_and_no_deadlock(
    space: Space,
) -> None:
    space.jobfile(
        f"""
        [target.outer]
        run = "{INNER} build inner"
        [target.inner]
        run = "true"
        """
    )

    result = space.build("outer", code=1)

    assert result.failed == ["outer"]
    assert (
        "    error: this project is being built by the jobmake that started this command\n"
        "    hint: let the target `needs` what the command builds\n"
    ) in result.err


@pytest.mark.case("D09")
def test_a_build_of_another_project_inside_a_command_works(space: Space) -> None:
    other = Space(space.path("other"))
    other.jobfile('[target.a]\nrun = "echo x > {outputs}"\noutputs = ["out"]\n')
    space.jobfile(f'[target.outer]\nrun = "{INNER} -C other build"\n')

    assert space.build().built == ["outer"]
    assert other.build().fresh == ["a"]


def test_a_ring_of_projects_that_build_each_other_is_an_error_and_no_deadlock(
    space: Space,
) -> None:
    other = Space(space.path("other"))
    other.jobfile(f'[target.back]\nrun = "{INNER} -C .. build"\n')
    space.jobfile(f'[target.there]\nrun = "{INNER} -C other build"\n')

    result = space.build(code=1)

    assert "this project is being built by the jobmake that started this command" in result.err


# -- readers ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["list"], "once\n"),
        (["status"], "running once: run 1\n"),
        (["why", "once"], "once is running: run 1\n"),
        (["graph"], "once\n"),
        (["build", "-n"], "running once: run 1\n"),
        (["runs"], "#1  once  "),
        (["runs", "once", "--since", "1h"], "#1  once  "),
        (["runs", "--failed"], ""),
        (["clean", "-n"], "would remove 0 outputs\n"),
    ],
)
def test_whoever_only_reads_does_not_wait_for_a_build(
    space: Space, words: list[str], says: str
) -> None:
    gate = held_target(space)
    build = space.start("build")
    gate.reached()

    assert space.run(*words).out.startswith(says)
    gate.open()
    build.communicate(timeout=DEADLINE)
    assert build.returncode == 0


def test_what_runs_now_is_told_as_json(space: Space) -> None:
    gate = held_target(space)
    build = space.start("build")
    gate.reached()
    [run] = json.loads(space.run("runs", "--json").out)["runs"]
    [target] = json.loads(space.run("status", "--json").out)["targets"]
    gate.open()
    build.communicate(timeout=DEADLINE)

    assert (run["id"], run["target"], run["ended"]) == (1, "once", "running")
    assert run["command"]
    assert (target["state"], target["run"]) == ("running", "1")
    [run] = json.loads(space.run("runs", "--json").out)["runs"]
    assert run["ended"] == "built"


@pytest.mark.case("D07")
def test_a_build_whose_lock_was_removed_records_and_starts_nothing_more(space: Space) -> None:
    gate = space.gate("held")
    space.jobfile(
        f'target.first.run = "{gate.command}"\n'
        'target.second.run = "echo x > {outputs}"\n'
        'target.second.outputs = ["second"]\n'
        'target.second.after = ["first"]\n'
    )
    build = space.start("build")
    gate.reached()
    space.path(".jobmake/lock").unlink()
    gate.open()
    _, err = build.communicate(timeout=DEADLINE)

    assert build.returncode == 3
    assert "`" + str(space.path(".jobmake/lock").resolve()) + "` was removed during" in err.decode()
    assert not space.exists("second")
    gate.open()
    assert space.build().built == ["first", "second"]
