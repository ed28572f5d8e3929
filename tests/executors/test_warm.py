"""Python runs that a warm reaper forks: each is like one that a Python was started for.

All holds for both kinds of warm reaper: a program of its own, and a copy of this process.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from jobmake.tools import linux
from tests.executors.rig import WarmRig
from tests.support import DEADLINE, Gate, ends

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.timeout(90)


@pytest.fixture(params=["program", "copy"])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[WarmRig]:
    rig = WarmRig(tmp_path, copy=request.param == "copy")
    yield rig
    rig.executor.close()


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path / "gate")


@pytest.fixture
def there(tmp_path: Path) -> Gate:
    return Gate(tmp_path / "there")


def at(gate: Gate) -> str:
    """The lines of a script that wait at a gate."""
    return (
        f"with open({str(gate._here)!r}, 'w') as file: file.write('x\\n')\n"
        f"with open({str(gate._go)!r}, 'rb', buffering=0) as file: file.read(2)\n"
    )


# -- how a run ends -------------------------------------------------------------------


def test_a_run_is_a_fork_of_the_reaper(rig: WarmRig, gate: Gate) -> None:
    run = rig.python(at(gate))
    gate.reached()
    assert len(linux.children_of(rig.reaper())) == 1
    gate.open()
    assert rig.wait(run).ok
    assert "jobmake.worker" not in rig.log(run).read_text()


@pytest.mark.parametrize(
    ("script", "code", "said"),
    [
        ("pass", 0, ""),
        ("status = 5", 5, ""),
        ("import sys; sys.exit()", 0, ""),
        ("import sys; sys.exit(200)", 200, ""),
        ("import sys; sys.exit(-1)", 255, ""),
        ("import sys; sys.exit('no more')", 1, "no more\n"),
        ("import os; print('said'); os._exit(7)", 7, "said\n"),
    ],
)
def test_an_exit_code_is_what_a_python_would_have(
    rig: WarmRig, script: str, code: int, said: str
) -> None:
    run = rig.python(script)
    outcome = rig.wait(run)
    assert (outcome.exit_code, outcome.signal, outcome.error) == (code, None, None)
    assert rig.log(run).read_text() == said


def test_an_exception_is_told_without_the_frames_of_the_reaper(rig: WarmRig) -> None:
    run = rig.python("def deep():\n    1 / 0\ndeep()")
    assert rig.wait(run).exit_code == 1
    told = rig.log(run).read_text()
    assert told.startswith("Traceback (most recent call last):\n")
    assert told.endswith("ZeroDivisionError: division by zero\n")
    assert "in deep" in told
    assert "jobmake/tools" not in told


@pytest.mark.parametrize(
    ("script", "signum"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", signal.SIGSEGV),
        ("import ctypes; ctypes.string_at(0)", signal.SIGSEGV),
        ("import os; os.abort()", signal.SIGABRT),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", signal.SIGTERM),
        ("raise KeyboardInterrupt", signal.SIGINT),
    ],
)
def test_a_crash_takes_down_only_its_run(rig: WarmRig, script: str, signum: int) -> None:
    outcome = rig.run_python(script)
    assert (outcome.exit_code, outcome.signal) == (None, signum)
    assert rig.run_python("pass").ok


def test_commands_of_both_kinds_run_in_turn(rig: WarmRig) -> None:
    shell = ("/bin/sh", "-c", "echo two")
    run = rig.submit(rig.script("print('one')"), shell, rig.script("print('three')"))
    assert rig.wait(run).ok
    assert rig.log(run).read_text() == "one\ntwo\nthree\n"


def test_what_cannot_be_started_says_why(rig: WarmRig) -> None:
    gone = rig.submit(rig.script("pass"), cwd=rig.folder / "gone")
    assert rig.wait(gone).error == f"`{rig.folder}/gone`: No such file or directory"
    odd = rig.python("pass", env={"JOBMAKE_A=B": "c"})
    assert rig.wait(odd).error == "illegal environment variable name"


def test_time_is_counted_from_the_fork(rig: WarmRig) -> None:
    outcome = rig.run_python("import time\nwhile time.process_time() < 0.2: pass")
    assert outcome.user + outcome.system >= 0.2
    assert outcome.wall >= 0.2
    assert rig.run_python("pass").user < 0.2


def test_memory_is_counted_but_not_that_of_the_process_that_was_copied(tmp_path: Path) -> None:
    ours = bytearray(os.urandom(1000)) * 300_000  # 300 MB
    rig = WarmRig(tmp_path, copy=True)
    try:
        assert rig.run_python("pass").peak_memory < 150e6
        assert 80e6 < rig.run_python("x = b'x' * 100_000_000").peak_memory < 290e6
    finally:
        rig.executor.close()
    assert ours


# -- the end of a run is that of a Python ---------------------------------------------


def test_what_was_written_is_there_in_its_order(rig: WarmRig) -> None:
    script = (
        "import os, sys\n"
        "for number in range(1000):\n"
        "    print(number)\n"
        "    print(number, file=sys.stderr)\n"
        "os.system('echo shell')\n"
        "sys.stdout.write('last')\n"
    )
    lines = [f"{number}\n{number}\n" for number in range(1000)]
    assert rig.told(script) == "".join(lines) + "shell\nlast"


def test_what_c_code_printed_is_there(rig: WarmRig) -> None:
    assert rig.told("import ctypes; ctypes.CDLL(None).printf(b'from c\\n')") == "from c\n"


def test_files_that_were_never_closed_are_whole(rig: WarmRig) -> None:
    script = (
        "import builtins, gzip, io\n"
        "builtins.kept = [\n"
        "    open('text', 'w'), open('bytes', 'wb'), gzip.open('zipped.gz', 'wb'),\n"
        "    io.TextIOWrapper(gzip.open('lines.gz', 'wb')),\n"
        "]\n"
        "for file in builtins.kept:\n"
        "    file.write('x' if isinstance(file, io.TextIOWrapper) else b'x')\n"
        "circle = [open('circle', 'w')]\n"
        "circle.append(circle)\n"
        "circle[0].write('x')\n"
        "del circle\n"
    )
    assert rig.told(script) == ""
    assert [(rig.folder / name).read_text() for name in ("text", "bytes", "circle")] == ["x"] * 3
    again = "import gzip\nfor name in ('zipped.gz', 'lines.gz'): print(gzip.open(name).read())"
    assert rig.told(again) == "b'x'\nb'x'\n"


def test_a_full_disk_is_no_success(rig: WarmRig) -> None:
    script = "import os, sys\nos.dup2(os.open('/dev/full', os.O_WRONLY), 1)\nsys.stdout.write('x')"
    # a copy may write each piece at once, as pytest does: then it is an exception
    assert rig.run_python(script).exit_code in ((1, 120) if rig.is_copy else (120,))


def test_exit_functions_run_and_threads_are_waited_for(rig: WarmRig) -> None:
    script = (
        "import atexit, logging, tempfile, threading, warnings, weakref\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "atexit.register(print, 'at exit')\n"
        "class Thing: pass\n"
        "thing = Thing()\n"
        "weakref.finalize(thing, print, 'finalized')\n"
        "warnings.simplefilter('ignore')  # a copy has pytest's\n"
        "folder = tempfile.TemporaryDirectory(dir='.')\n"
        "ThreadPoolExecutor(1).submit(print, 'in a pool')\n"
        "main = threading.main_thread()\n"
        "threading.Thread(target=lambda: (main.join(), print('in a thread'))).start()\n"
        "threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    )
    told = rig.told(script).splitlines()
    assert sorted(told) == ["at exit", "finalized", "in a pool", "in a thread"]
    assert told.index("in a thread") < told.index("at exit")
    assert not list(rig.folder.glob("tmp*"))


def test_nothing_of_the_reaper_is_run_at_the_end_of_a_run(rig: WarmRig, gate: Gate) -> None:
    run = rig.python(at(gate))
    gate.reached()
    for _ in range(3):
        assert rig.run_python("import gc; gc.collect()").ok
        assert rig.run_python("raise SystemExit").ok
    gate.open()
    assert rig.wait(run).ok


# -- what a run gets ------------------------------------------------------------------


def test_a_run_has_its_folder_and_its_environment_also_in_c(rig: WarmRig) -> None:
    script = (
        "import os, subprocess\n"
        "print(os.getcwd())\n"
        "print(sorted(os.environ))\n"
        "subprocess.run(['/usr/bin/env'])\n"
    )
    lines = rig.told(script, env={"JOBMAKE_X": "b c"}).splitlines()
    names = sorted([*rig.environ, "JOBMAKE_RUN_ID", "JOBMAKE_X"])
    assert lines[:2] == [str(rig.folder), str(names)]
    assert "JOBMAKE_X=b c" in lines
    assert sorted(line.partition("=")[0] for line in lines[2:]) == names


def test_a_run_is_told_its_arguments(rig: WarmRig) -> None:
    words = rig.script("import sys; print(sys.argv[1:], sys.orig_argv[1:4])")
    run = rig.submit((*words, "and more"))
    assert rig.wait(run).ok
    if not rig.is_copy:  # which leaves those of its script as they are
        told = f"{[words[-1], 'and more']} ['-P', '-m', 'jobmake.worker']\n"
        assert rig.log(run).read_text() == told


@pytest.mark.parametrize("more", [0, 100_000])
def test_a_run_is_handed_a_script_that_is_short(rig: WarmRig, more: int) -> None:
    path = rig.folder / "handed.py"
    script = f"import os; print(os.path.exists({str(path)!r}), {'x' * more!r} == 'x' * {more})"
    rig.more["scripts"] = ((str(path), script),)
    run = rig.submit((sys.executable, "-P", "-m", "jobmake.worker", str(path)))
    assert rig.wait(run).ok
    assert rig.log(run).read_text() == f"{more > 0} True\n"


def test_standard_input_is_at_its_end_and_there_is_no_terminal(rig: WarmRig) -> None:
    script = (
        "import sys\n"
        "print(repr(sys.stdin.read()), sys.stdin.name, sys.stdout.name, sys.stderr.name)\n"
        "try: open('/dev/tty')\n"
        "except OSError: print('none')\n"
    )
    assert rig.told(script) == "'' <stdin> <stdout> <stderr>\nnone\n"


def test_a_run_gets_no_descriptor_of_anybody(rig: WarmRig, gate: Gate) -> None:
    leaky = os.open(__file__, os.O_RDONLY)
    os.set_inheritable(leaky, True)
    first = rig.python(at(gate))
    gate.reached()
    script = (
        "import os\n"
        "for number in os.listdir('/proc/self/fd'):\n"
        "    try: print(os.readlink('/proc/self/fd/' + number))\n"
        "    except OSError: pass\n"
    )
    found = rig.told(script).splitlines()
    log = str(rig.log(str(rig._submitted)))
    assert found.count(log) == 2
    assert set(found) == {log, "/dev/null"}
    if not rig.is_copy:
        assert found.count("/dev/null") == 1
    os.close(leaky)
    gate.open()
    assert rig.wait(first).ok


def test_signals_are_those_of_a_python_that_was_started(rig: WarmRig) -> None:
    script = (
        "with open('/proc/self/status') as file:\n"
        "    print(*[line for line in file if line[:3] == 'Sig'][1:])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, timeout=DEADLINE, check=True
    )
    cold = [int(mask, 16) for mask in done.stdout.split()[1::2]]
    warm = [int(mask, 16) for mask in rig.told(script).split()[1::2]]
    # pytest has given handlers to the first, the C library to the last
    spared = (signal.SIGSEGV, signal.SIGFPE, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, 32, 33)
    ours = sum(1 << (signum - 1) for signum in spared)
    assert [mask & ~ours for mask in warm] == [mask & ~ours for mask in cold]


def test_a_run_leads_a_session_of_its_own(rig: WarmRig) -> None:
    script = "import os; print(os.getsid(0) == os.getpid() == os.getpgid(0))"
    assert rig.told(script) == "True\n"


def test_a_value_has_a_file_of_its_own(rig: WarmRig) -> None:
    rig.more["value"] = str(rig.folder / "value")
    run = rig.python("import sys; print('value'); print('log', file=sys.stderr)")
    assert rig.wait(run).ok
    assert (rig.folder / "value").read_text() == "value\n"
    assert rig.log(run).read_text() == "log\n"


def test_a_run_has_a_folder_for_temporary_files(rig: WarmRig) -> None:
    rig.more["tmp"] = str(rig.folder / "tmp")
    script = (
        "import os\n"
        "print(os.listdir(os.environ['JOBMAKE_TMP']))\n"
        "os.mkdir(os.path.join(os.environ['JOBMAKE_TMP'], 'x'))\n"
    )
    assert rig.told(script) == "[]\n"
    assert rig.told(script) == "[]\n"


def test_a_run_finds_nothing_that_another_has_changed(rig: WarmRig) -> None:
    (rig.folder / "mine.py").write_text("state = []")
    script = (
        f"import builtins, os, random, sys\n"
        f"assert 'mine' not in sys.modules and not hasattr(builtins, 'mine')\n"
        f"assert 'JOBMAKE_MINE' not in os.environ\n"
        f"sys.path.append({str(rig.folder)!r})\n"
        f"import mine\n"
        f"builtins.mine = os.environ['JOBMAKE_MINE'] = 'x'\n"
        f"os.chdir('/')\n"
        f"print(random.random())\n"
    )
    assert len({rig.told(script) for _ in range(3)}) == 3


def test_a_module_that_a_run_wrote_is_found_by_the_next(rig: WarmRig) -> None:
    for number in range(5):
        rig.told(f"open('made{number}.py', 'w').write('x = {number}')")
        script = f"import sys; sys.path.append('.'); import made{number} as made; print(made.x)"
        assert rig.told(script) == f"{number}\n"


def test_modules_of_its_project_are_found_as_they_are_now(tmp_path: Path) -> None:
    class InProject(WarmRig):
        warm = (*WarmRig.warm, str(tmp_path), ".")

    rig = InProject(tmp_path)
    try:
        for number in range(5):
            for name in (f"made{number}", "same"):
                rig.told(f"with open('{name}.py', 'w') as file: file.write('x = {number}')")
            script = f"import made{number} as made, same; print(made.x, same.x)"
            assert rig.told(script) == f"{number} {number}\n"
    finally:
        rig.executor.close()


# -- many -----------------------------------------------------------------------------


def test_two_hundred_runs_at_once(rig: WarmRig, gate: Gate) -> None:
    script = rig.script(f"import os; print(os.environ['JOBMAKE_RUN_ID'])\n{at(gate)}")
    runs = [rig.submit(script) for _ in range(200)]
    for _ in runs:
        gate.reached()
    for _ in runs:
        gate.open()
    for run in runs:
        assert rig.wait(run).ok
        assert rig.log(run).read_text() == f"{run}\n"
    assert linux.children_of(rig.reaper()) == []


# -- signals, and what is left behind -------------------------------------------------


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_ends_a_run_and_is_told(rig: WarmRig, gate: Gate, signum: int) -> None:
    run = rig.python(at(gate))
    gate.reached()
    rig.executor.cancel(run, signum)
    outcome = rig.wait(run)
    assert (outcome.exit_code, outcome.signal) == (None, signum)


def test_a_signal_that_comes_at_once_is_not_lost(rig: WarmRig) -> None:
    script = rig.script("import signal\nwhile True: signal.pause()")
    for _ in range(50):
        run = rig.submit(script)
        rig.executor.cancel(run, signal.SIGTERM)
        assert rig.wait(run).signal == signal.SIGTERM


def test_a_killed_run_leaves_nothing(rig: WarmRig, gate: Gate) -> None:
    run = rig.python(
        "import os, signal, subprocess\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "subprocess.Popen(['sleep', '1000'], start_new_session=True)\n"
        f"if os.fork() == 0:\n    signal.pause()\n{at(gate)}"
    )
    gate.reached()
    family = linux.with_descendants(linux.children_of(rig.reaper()))
    assert len(family) >= 3
    rig.executor.cancel(run, signal.SIGKILL)
    assert rig.wait(run).signal == signal.SIGKILL
    for pid in family:
        ends(pid)


DAEMON = """
import os, signal
reading, writing = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        with open("pid", "w") as file:
            file.write(str(os.getpid()))
        os.close(writing)
        while True:
            signal.pause()
    os._exit(0)
os.close(writing)
os.read(reading, 1)
os.wait()
"""


def test_a_stray_that_only_forked_is_ended_with_its_run_and_named(
    rig: WarmRig, gate: Gate, there: Gate
) -> None:
    other = rig.python(at(there))  # so that it could be anybody's
    there.reached()
    run = rig.python(DAEMON + at(gate))
    gate.reached()
    stray = int((rig.folder / "pid").read_text())
    process = linux.look(stray)
    assert process is not None
    assert process.parent == rig.reaper()
    assert rig.run_python("pass").leftovers == ()
    gate.open()
    assert len(rig.wait(run).leftovers) == 1
    ends(stray)
    there.open()
    assert rig.wait(other).leftovers == ()


def test_closing_kills_what_runs(rig: WarmRig, gate: Gate) -> None:
    rig.python(DAEMON + at(gate))
    gate.reached()
    family = linux.with_descendants([rig.reaper()])
    assert len(family) == 3
    rig.executor.close()
    for pid in family:
        ends(pid)
    assert rig.executor.filenos() == []


def test_when_the_reaper_is_killed_its_runs_fail_and_the_next_starts_cold(
    rig: WarmRig, gate: Gate
) -> None:
    run = rig.python(DAEMON + at(gate))
    gate.reached()
    reaper = rig.reaper()
    family = linux.with_descendants([reaper])
    os.kill(reaper, signal.SIGKILL)
    assert rig.wait(run).error == "the reaper process ended unexpectedly"
    for pid in family:
        ends(pid)
    assert rig.run(("/bin/sh", "-c", "exit 5")).exit_code == 5
    assert rig.executor._warm.links() == []
