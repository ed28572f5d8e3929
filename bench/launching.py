"""How a command is run and measured: its own time, that of its processors, its memory.

A small Python stands between, so that the time is taken by a process that does nothing else,
and the memory told is not that of who measures. Started as a program, this file is it:

    python -I -S launching.py LOG COMMAND…

Invariant: what was started has ended, with all of its session, when `launch` returns.
"""

import os
import sys
import time

TYPE_CHECKING = False  # the program imports as little as it can
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def main(log: str, *words: str) -> None:
    """Run a command; print nanoseconds, seconds of processors, kilobytes and the exit code."""
    null = os.open(os.devnull, os.O_RDONLY)
    into = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    ways = [(os.POSIX_SPAWN_DUP2, null, 0), *((os.POSIX_SPAWN_DUP2, into, to) for to in (1, 2))]
    begin = time.perf_counter_ns()
    child = os.posix_spawnp(words[0], words, os.environ, file_actions=ways)
    _, status, used = os.wait4(child, 0)
    took = time.perf_counter_ns() - begin
    code = os.waitstatus_to_exitcode(status)
    print(took, used.ru_utime + used.ru_stime, used.ru_maxrss, code)


def launch(
    words: "Sequence[str]",
    folder: "Path",
    environ: "Mapping[str, str]",
    log: "Path",
    timeout: float,
) -> "tuple[float, float, int, int | None]":
    """Run a command in a folder; return seconds, seconds of processors, bytes of memory and the
    exit code, None if it took longer than ``timeout``."""
    import signal
    import subprocess

    process = subprocess.Popen(
        [sys.executable, "-I", "-S", __file__, str(log), *words],
        cwd=folder, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        out, _ = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        out = b""
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        if process.stdout:
            process.stdout.close()
    if not out:
        return float(timeout), 0.0, 0, None
    took, used, peak, code = out.split()
    return int(took) / 1e9, float(used), int(peak) * 1024, int(code)


if __name__ == "__main__":
    main(*sys.argv[1:])
