"""What is measured besides graphs: many trivial Python jobs, and the digest of one large file.

Knows jobmake's and exax's ways to say such jobs. Does not know what is compared.
Invariant: what the jobs came to is looked at after every run.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bench.aside import put_aside
from bench.copies import Sample, environ_in
from bench.launching import launch
from bench.measuring import Figure
from bench.tools.tool import JOBS, Missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from bench.measuring import Measured, Pace
    from bench.tools.own import Jobmake

JOBS_OF_PYTHON, LARGE_FILE, TRUE = "python jobs", "file", "true"  # in place of a shape
_OPERATIONS = {JOBS_OF_PYTHON: "cold", LARGE_FILE: "digest", TRUE: "spawn"}
_JOBFILE = """
[target.trivial]
python = "jobs:trivial"
matrix = {{ number = {{ range = [0, {last}, 1] }} }}
[target.total]
python = "jobs:total"
needs = ["trivial"]
outputs = ["total.txt"]
"""
_JOBS = """
from pathlib import Path

def trivial(number):
    return number

def total(trivial):
    Path("total.txt").write_text(str(sum(trivial)))
"""
_METHOD = """
options = {"number": 0}
def synthesis():
    return options.number
"""
_BUILD = """
def main(urd):
    total = sum(urd.build("trivial", number=number).load() for number in range(%d))
    with open(%r, "w") as file:
        file.write(str(total))
"""
_DIGEST = """
import os, sys
from jobmake.tools.digest import digest_open_file
descriptor = os.open(sys.argv[1], os.O_RDONLY)
digest_open_file(descriptor, os.fstat(descriptor).st_size)
"""


class Others:
    """Measures into ``measured``, in ``root``."""

    def __init__(
        self, root: Path, pace: Pace, measured: Measured, say: Callable[[str], None]
    ) -> None:
        self._root, self._pace, self._measured, self._say = root, pace, measured, say

    def python_jobs(self, count: int, jobmakes: Sequence[Jobmake], program: str | None) -> None:
        """Measure that many trivial Python jobs; ``program``: that of exax, if it is there."""
        with self._server(count, program) as exax:
            for _ in range(min(3, self._pace.repeats)):
                if not self._has_time(JOBS_OF_PYTHON):
                    break
                for jobmake in jobmakes:
                    folder = self._jobmake_project(jobmake.name, count)
                    words = [jobmake.program, "build", "-q", f"-j{JOBS}"]
                    self._run(JOBS_OF_PYTHON, count, jobmake.name, words, folder)
                if exax and program:
                    _forget(exax)
                    self._run(JOBS_OF_PYTHON, count, "exax", [program, "run", "trivial"], exax)

    def digest(self, size: int, jobmakes: Sequence[Jobmake], floor: str) -> None:
        """Measure the digest of a file of that many bytes, and reading it."""
        file = self._root / "large"
        block = os.urandom(1 << 20)
        with open(file, "wb") as stream:
            for begin in range(0, size, len(block)):
                stream.write(block[: size - begin])
            os.fsync(stream.fileno())  # lest the disk is written to while it is read
        ways = {one.name: [one.python, "-c", _DIGEST] for one in jobmakes}
        for _ in range(self._pace.repeats):
            for name, words in {**ways, "floor-c": [floor, "read"]}.items():
                self._run(LARGE_FILE, size, name, [*words, str(file)], self._root)
        file.unlink()

    def spawns(self, count: int, floor: str) -> None:
        """Measure how long `true` takes that many times."""
        for _ in range(self._pace.repeats):
            self._run(TRUE, count, "floor-c", [floor, "true", str(count)], self._root)

    def _has_time(self, what: str) -> bool:
        figures = {one: of for one, of in self._measured.samples.items() if one.shape == what}
        longest = max((sum(one.wall for one in of) for of in figures.values()), default=0.0)
        return longest < self._pace.budget

    def _run(self, what: str, size: int, name: str, words: Sequence[str], folder: Path) -> None:
        log, load = self._root / "log", os.getloadavg()[0]
        environ = environ_in(self._root)
        wall, cpu, memory, code = launch(words, folder, environ, log, self._pace.timeout)
        wrong = 0
        if what == JOBS_OF_PYTHON:
            total = folder / "total.txt"
            wrong = int(not total.exists() or total.read_text() != str(sum(range(size))))
        sample = Sample(wall, cpu, memory, code, wrong=wrong, load=load)
        self._measured.samples[Figure(what, size, _OPERATIONS[what], name)].append(sample)
        if not sample.is_right:
            said = log.read_text(errors="replace").strip()[-200:]
            trouble = (
                f"{name}, {what} {size}: exit code {sample.code}, {sample.wrong} wrong: {said}"
            )
            self._measured.troubles.append(trouble)
            self._say(f"  {trouble}")

    def _jobmake_project(self, name: str, count: int) -> Path:
        folder = self._root / f"python-{name}"
        put_aside(folder, self._root)
        folder.mkdir()
        (folder / "Jobfile.toml").write_text(_JOBFILE.format(last=count - 1))
        (folder / "jobs.py").write_text(_JOBS)
        return folder

    @contextmanager
    def _server(self, count: int, program: str | None) -> Iterator[Path | None]:
        """Have exax's server run; gives its project, None without exax."""
        if program is None:
            yield None
            return
        folder = self._root / "python-exax"
        shutil.rmtree(folder, ignore_errors=True)
        words = [program, "init", "--no-git", "--slices", str(JOBS), str(folder)]
        subprocess.run(words, check=True, capture_output=True)
        (folder / "dev" / "a_trivial.py").write_text(_METHOD)
        (folder / "dev" / "build_trivial.py").write_text(
            _BUILD % (count, str(folder / "total.txt"))
        )
        with open(self._root / "server.log", "w") as log:
            server = subprocess.Popen(
                [program, "server"], cwd=folder, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        try:
            _until_there(folder / ".socket.dir" / "server", server)
            yield folder
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait()


def _forget(folder: Path) -> None:
    """Let exax's jobs be others than before, which it still has."""
    (folder / "dev" / "a_trivial.py").write_text(f"{_METHOD}# {time.monotonic_ns()}\n")
    (folder / "total.txt").unlink(missing_ok=True)


def _until_there(socket: Path, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while not socket.exists():
        if server.poll() is not None or time.monotonic() > deadline:
            raise Missing("exax's server does not start")
        time.sleep(0.05)
