"""A job in slices: `prepare`, then `analysis` once for each slice in processes of their own,
then `synthesis`.

    prepare(self, …) ──▶ analysis(self, sliceno, …) × slices ──▶ synthesis(self, …)

Each is optional, and is given what it names: `sliceno`, `slices`, `prepare_res`,
`analysis_res`, `job`, the parents by their names, or all parents' outputs by `*args`. The
phases are those of the Accelerator (exax).

Knows processes. Does not know slots: how many slices may go on at once is told.

Invariant: when one slice ends badly, the others are ended and the job fails, at once.
"""

from __future__ import annotations

import inspect
import os
import select
import signal
import sys
from typing import TYPE_CHECKING, Any

from jobmake.python.merging import Slices
from jobmake.values.codec import read_value, write_value
from jobmake.values.trouble import NotKept
from jobmake.worker import report
from jobmake.worker.calling import call
from jobmake.worker.times import Times

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jobmake.python.job import Job
    from jobmake.python.running import RunningRun
    from jobmake.python.setup import Setup

_FAILED = 1


def in_slices(job: Job, given: Sequence[Any], setup: Setup, run: RunningRun) -> Any:
    """Do all phases; return what `synthesis` returns. Raises Refused where a slice fails."""
    slices = setup.slices or 0
    known: dict[str, Any] = {
        "job": run,
        "slices": slices,
        **dict(zip(job._parents, given, strict=False)),
    }
    prepare = getattr(job, "prepare", None)
    times = Times(setup.run_dir)
    with times.phase("prepare"):
        known["prepare_res"] = _called(prepare, known, given) if prepare else None
    known["analysis_res"] = _analysed(job, known, given, setup, times) if slices else None
    synthesis = getattr(job, "synthesis", None)
    with times.phase("synthesis"):
        value = _called(synthesis, known, given) if synthesis else None
    return list(value) if isinstance(value, Slices) else value


def _analysed(
    job: Job, known: Mapping[str, Any], given: Sequence[Any], setup: Setup, times: Times
) -> Slices:
    """Return what all slices returned."""
    slices = known["slices"]
    folder = os.path.join(setup.run_dir, "slices")
    os.makedirs(folder, exist_ok=True)
    with times.phase("analysis"):
        _Slices(job, known, given, setup, times).all(slices)
    paths = [os.path.join(folder, str(number)) for number in range(slices)]
    found = Slices(read_value(path, pickled=True) for path in paths)
    for path in paths:
        os.unlink(path)
    os.rmdir(folder)
    return found


class _Slices:
    """The processes of all slices."""

    def __init__(
        self, job: Job, known: Mapping[str, Any], given: Sequence[Any], setup: Setup, times: Times
    ) -> None:
        self._job, self._known, self._given = job, known, given
        self._setup, self._times = setup, times
        self._folder = os.path.join(setup.run_dir, "slices")
        self._numbers: dict[int, int] = {}  # by process
        self._ends = select.poll()  # of these processes alone: the job may have others
        self._processes: dict[int, int] = {}  # by the descriptor that tells of its end

    def all(self, count: int) -> None:
        """Run so many slices, as many at once as there are processors granted."""
        todo = list(range(count))
        try:
            while todo or self._numbers:
                while todo and len(self._numbers) < self._setup.cpus:
                    self._start(todo.pop(0))
                self._wait()
        finally:
            for process in self._numbers:
                os.kill(process, signal.SIGKILL)
            for process in self._numbers:
                os.waitpid(process, 0)
            for descriptor in self._processes:
                os.close(descriptor)

    def _start(self, number: int) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        process = os.fork()
        if process:
            self._numbers[process] = number
            descriptor = os.pidfd_open(process)
            self._processes[descriptor] = process
            self._ends.register(descriptor, select.POLLIN)
            self._times.begin(number)
            return
        code = _FAILED
        try:
            code = self._slice(number)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _slice(self, number: int) -> int:
        """Do one slice, in its process; return the exit code."""
        process, folder, root = os.getpid(), self._setup.run_dir, self._setup.root
        try:
            known = {**self._known, "sliceno": number}
            value = _called(self._job.analysis, known, self._given)
            if os.getpid() == process:  # else the slice has forked, and this is not it
                path = os.path.join(self._folder, str(number))
                write_value(path, value, pickled=self._setup.pickle)
            return 0
        except NotKept as error:
            report.note(folder, f"slice {number}: {error}", error.hint)
        except report.Refused as refused:
            report.note(folder, f"slice {number}: {refused.message}", refused.hint)
        except BaseException as error:
            if isinstance(error, SystemExit) and report.is_code(error):
                return int(error.code or _FAILED) & 0xFF
            said, hint = report.said(error, root)
            report.tell(error, None, root)
            report.note(folder, f"slice {number} {said}", hint)
        return _FAILED

    def _wait(self) -> None:
        """Wait until one slice has ended. Raises Refused if it ended badly."""
        descriptor = self._ends.poll()[0][0]
        self._ends.unregister(descriptor)
        os.close(descriptor)
        process = self._processes.pop(descriptor)
        number = self._numbers.pop(process)
        _, status = os.waitpid(process, 0)
        self._times.end(number)
        if os.WIFSIGNALED(status):
            raise report.Refused(f"slice {number} was killed by {_name(os.WTERMSIG(status))}")
        code = os.WEXITSTATUS(status)
        if code:
            said, hint = report.noted(self._setup.run_dir) or ("", None)
            if not said.startswith((f"slice {number} ", f"slice {number}:")):
                said, hint = f"slice {number} ended with exit code {code}", None
            raise report.Refused(said, hint)
        if not os.path.exists(os.path.join(self._folder, str(number))):
            raise report.Refused(
                f"the process of slice {number} ended before `analysis` returned",
                "a slice ends by returning",
            )


def _name(signum: int) -> str:
    try:
        return signal.Signals(signum).name
    except ValueError:  # a real-time one
        return f"signal {signum}"


def _called(method: Any, known: Mapping[str, Any], given: Sequence[Any]) -> Any:
    """Call a phase with what it names."""
    named: dict[str, Any] = {}
    row: Sequence[Any] = ()
    for one in inspect.signature(method).parameters.values():
        if one.kind is one.VAR_POSITIONAL:
            row = given
        elif one.kind is one.VAR_KEYWORD:
            continue
        elif one.name in known:
            named[one.name] = known[one.name]
        elif one.default is one.empty:
            raise report.Refused(
                f"`{method.__name__}` takes `{one.name}`, which nobody gives",
                f"there are {', '.join(f'`{name}`' for name in known)}",
            )
    return call(method, named, row)
