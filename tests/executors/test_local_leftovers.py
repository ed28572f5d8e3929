"""What runs leave behind, and how all of a run's processes are reached by a signal."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from jobmake.tools import linux
from tests.executors.rig import Rig
from tests.support import Gate, ends

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.timeout(90)

DOUBLE_FORK = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(1000)
    os._exit(0)
os.wait()
"""


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    yield rig
    rig.executor.close()


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path / "gate")


@pytest.fixture
def there(tmp_path: Path) -> Gate:
    return Gate(tmp_path / "there")


def pid_in(file: Path) -> int:
    """Read a process id that a run wrote before it came to its gate."""
    return int(file.read_text())


# -- left behind ----------------------------------------------------------------------


@pytest.mark.case("B09")
def test_a_run_ends_with_its_main_process_though_a_child_keeps_its_output(rig: Rig) -> None:
    outcome = rig.run_shell("echo before; sleep 1000 & exit 3")
    assert (outcome.exit_code, len(outcome.leftovers)) == (3, 1)
    assert rig.log().read_text() == "before\n"


@pytest.mark.case("B09")
@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("sleep 1000 &", "sleep"),
        ("setsid sleep 1000 &", "sleep"),
        ("(trap '' TERM INT HUP; exec sleep 1000) &", "sleep"),
        ("(setsid sh -c 'sleep 1000 & exit' &) ; true", "sleep"),
        ("setsid env -i sleep 1000 &", "sleep"),
        (
            f"{sys.executable} -c '{DOUBLE_FORK}'",
            os.path.basename(os.path.realpath(sys.executable)),
        ),
    ],
    ids=["background", "daemon", "deaf to signals", "orphan of an orphan", "nameless", "two forks"],
)
def test_what_a_run_leaves_behind_is_killed_and_named(
    rig: Rig, gate: Gate, command: str, name: str
) -> None:
    run = rig.shell(f"{command}\n{gate.command}")
    gate.reached()
    family = linux.with_descendants(linux.children_of(rig.reaper()))
    assert len(family) >= 2
    gate.open()
    outcome = rig.wait(run)
    assert outcome.ok
    assert outcome.leftovers
    assert all(one.startswith((name[:6], "sh", "setsid", "env")) for one in outcome.leftovers)
    for pid in family:
        ends(pid)


def test_a_long_chain_of_children_goes_to_the_last(rig: Rig, gate: Gate) -> None:
    script = "import os, sys\n" + (
        "n = int(sys.argv[1])\n"
        "argv = [sys.executable, '-I', '-S', '-c', sys.argv[2], str(n - 1), sys.argv[2]]\n"
        "here = ['/bin/sh', '-c', sys.argv[3] + '; exec sleep 1000']\n"
        "child = os.posix_spawn('/bin/sh', here, os.environ) if n == 0 else "
        "os.posix_spawn(argv[0], [*argv, sys.argv[3]], os.environ, setsid=True)\n"
        "os.waitpid(child, 0)\n"
    )
    last = f"echo x > {gate._here}"
    chain = (sys.executable, "-I", "-S", "-c", script, "12", script, last)
    run = rig.submit(("/bin/sh", "-c", f'"$@" & {gate.command}', "sh", *chain))
    gate.reached()
    gate.reached()  # both the main process and the end of the chain
    family = linux.with_descendants(linux.children_of(rig.reaper()))
    assert len(family) >= 14
    gate.open()
    assert len(rig.wait(run).leftovers) >= 14
    for pid in family:
        ends(pid)


def test_very_many_leftovers_are_all_killed_and_some_are_named(rig: Rig) -> None:
    outcome = rig.run_shell("for i in $(seq 300); do sleep 1000 & done")
    assert len(outcome.leftovers) == 51
    assert outcome.leftovers[-1] == "250 more"
    assert linux.children_of(rig.reaper()) == []


def test_what_one_command_leaves_behind_serves_the_next(rig: Rig) -> None:
    outcome = rig.run_shell("sleep 1000 & echo $! > pid", "kill -0 $(cat pid)")
    assert outcome.ok
    assert len(outcome.leftovers) == 1


@pytest.mark.parametrize("clean", ["", "env -i"], ids=["with its environment", "without"])
def test_a_stray_of_a_run_that_goes_on_is_kept(
    rig: Rig, gate: Gate, there: Gate, clean: str
) -> None:
    again = f"echo x > {there._here}"
    daemon = f"{clean} /bin/sh -c 'echo $$ > pid; {there.command}; {again}; exec sleep 1000'"
    run = rig.shell(f"(setsid {daemon} &)\n{gate.command}")
    gate.reached()
    there.reached()
    stray = pid_in(rig.folder / "pid")
    for _ in range(3):
        assert len(rig.run_shell("sleep 1000 & exit 0").leftovers) == 1
    process = linux.look(stray)
    assert process is not None
    assert process.parent == rig.reaper()
    there.open()
    there.reached()  # it goes on
    gate.open()
    assert len(rig.wait(run).leftovers) == 1
    ends(stray)


def test_a_stray_without_environment_is_known_by_its_session(
    rig: Rig, gate: Gate, there: Gate
) -> None:
    long = rig.shell(gate.command)
    gate.reached()
    bare = f"env -i /bin/sh -c 'echo x > {there._here}; exec sleep 1000'"
    short = rig.shell(f"{bare} & {there.command}")
    there.reached()
    there.reached()
    there.open()
    assert len(rig.wait(short).leftovers) == 1
    gate.open()
    assert rig.wait(long).leftovers == ()


def test_a_stray_of_nobody_ends_with_the_last_run(rig: Rig, gate: Gate, there: Gate) -> None:
    daemon = f"env -i /bin/sh -c 'echo $$ > pid; echo x > {there._here}; exec sleep 1000'"
    short = rig.shell(f"(setsid {daemon} &)\n{there.command}")
    there.reached()
    there.reached()
    stray = pid_in(rig.folder / "pid")
    long = rig.shell(gate.command)
    gate.reached()
    there.open()
    assert rig.wait(short).leftovers == ()
    assert linux.look(stray) is not None
    gate.open()
    assert len(rig.wait(long).leftovers) == 1
    ends(stray)


# -- signals --------------------------------------------------------------------------


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_ends_a_run_and_is_told(rig: Rig, gate: Gate, signum: int) -> None:
    run = rig.shell(gate.command)
    gate.reached()
    rig.executor.cancel(run, signum)
    outcome = rig.wait(run)
    assert (outcome.exit_code, outcome.signal, outcome.ok) == (None, signum, False)


def test_a_signal_reaches_children_that_went_to_sessions_of_their_own(rig: Rig, gate: Gate) -> None:
    script = (
        "import os, signal, subprocess, sys\n"
        "signal.signal(signal.SIGTERM, lambda *_: None)\n"
        "child = subprocess.Popen(['/bin/sh', '-c', sys.argv[1]], start_new_session=True)\n"
        "print(child.wait())\n"
    )
    run = rig.submit((sys.executable, "-c", script, f"{gate.command}"))
    gate.reached()
    rig.executor.cancel(run, signal.SIGTERM)
    assert rig.wait(run).ok
    assert rig.log().read_text() == "-15\n"


def test_a_signal_reaches_strays(rig: Rig, gate: Gate, there: Gate) -> None:
    daemon = f"/bin/sh -c 'echo $$ > pid; {there.command}'"
    script = (
        "import os, signal, subprocess, sys\n"
        "signal.signal(signal.SIGTERM, lambda *_: None)\n"
        "subprocess.run(['/bin/sh', '-c', sys.argv[1]])\n"
        "open(sys.argv[2], 'w').write('x\\n')\n"
        "open(sys.argv[3]).readline()\n"
    )
    files = (str(gate._here), str(gate._go))
    run = rig.submit((sys.executable, "-c", script, f"(setsid {daemon} &)", *files))
    there.reached()
    gate.reached()  # the shell between them has ended: the daemon is a stray
    rig.executor.cancel(run, signal.SIGTERM)
    ends(pid_in(rig.folder / "pid"))
    gate.open()
    assert rig.wait(run).ok


def test_a_killed_run_leaves_nothing(rig: Rig, gate: Gate) -> None:
    run = rig.shell(f"trap '' TERM; setsid sleep 1000 & sleep 1000 & {gate.command}")
    gate.reached()
    family = linux.with_descendants(linux.children_of(rig.reaper()))
    assert len(family) >= 3
    rig.executor.cancel(run, signal.SIGKILL)
    assert rig.wait(run).signal == signal.SIGKILL
    for pid in family:
        ends(pid)


def test_a_signal_for_one_run_spares_the_others(rig: Rig, gate: Gate, there: Gate) -> None:
    spared, meant = rig.shell(there.command), rig.shell(gate.command)
    there.reached()
    gate.reached()
    rig.executor.cancel(meant, signal.SIGKILL)
    rig.wait(meant)
    there.open()
    assert rig.wait(spared).ok


def test_a_run_that_was_asked_to_end_starts_no_further_command(rig: Rig, gate: Gate) -> None:
    run = rig.shell(f"trap 'exit 0' TERM; {gate.command}", "echo second")
    gate.reached()
    rig.executor.cancel(run, signal.SIGTERM)
    outcome = rig.wait(run)
    assert (outcome.step, outcome.signal, outcome.ok) == (0, signal.SIGTERM, False)
    assert rig.log().read_text() == ""


def test_a_signal_that_comes_too_late_is_nothing(rig: Rig) -> None:
    run = rig.shell("true")
    ended = rig.wait(run)
    rig.executor.cancel(run, signal.SIGTERM)
    assert ended.ok
    assert rig.run_shell("true").ok


def test_a_signal_that_does_not_exist_is_a_bug_of_the_caller(rig: Rig, gate: Gate) -> None:
    run = rig.shell(gate.command)
    gate.reached()
    rig.executor.cancel(run, 999)
    with pytest.raises(RuntimeError, match="Invalid argument"):
        rig.wait(run)
    gate.open()
    assert rig.wait(run).ok
