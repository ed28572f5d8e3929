"""Probes: commands whose output says something of the world outside, such as a version.

Knows how a probe runs: by `sh`, in the folder and with the variables of its target, with
nothing to read, once for all targets that ask the same. Does not know what its output is
compared with.

Invariant: each is over when its answer is there, with all that it started; nothing outlives
this process (it is run by a reaper, like any run).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from jobmake.executors.link import Link
from jobmake.executors.waiting import GivenUpError, said, wait
from jobmake.model.bindings import Bindings
from jobmake.model.commandtext import POSIX, command
from jobmake.model.environment import early_environment
from jobmake.model.errors import TargetError
from jobmake.model.run import Work
from jobmake.tools import linux
from jobmake.tools.digest import digest_bytes
from jobmake.tools.template import TemplateError
from jobmake.tools.tomltext import value as toml_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobmake.model.run import Outcome
    from jobmake.model.target import Target

LONGEST_WAIT = 60.0  # seconds for one probe
MOST_SHOWN = 200  # characters of an output that is kept as it is


class Probes:
    """Answers of probes. ``stop`` is a descriptor that is readable when nobody wants to wait
    any more; ``longest_wait`` is seconds."""

    def __init__(
        self,
        root: str,
        environ: Mapping[str, str],
        stop: int | None = None,
        longest_wait: float = LONGEST_WAIT,
    ) -> None:
        self._root, self._environ, self._stop = root, environ, stop
        self._longest_wait = longest_wait
        self._link = Link()
        self._answers: dict[tuple[str, ...], str] = {}
        self._number = 0

    def __call__(self, target: Target, text: str) -> str:
        """Return what a probe says, as the part of a fingerprint. Raises TargetError."""
        bindings = Bindings(target, (), (), (), self._root, "", self._environ)
        try:
            whole = command(text, POSIX, bindings)
        except TemplateError as error:
            raise TargetError(error.message, error.hint) from None
        variables = early_environment(bindings)
        cwd = os.path.normpath(os.path.join(self._root, target.cwd))
        asked = (whole, cwd, *(one for pair in sorted(variables.items()) for one in pair))
        if asked not in self._answers:
            self._answers[asked] = self._ask(whole, text, cwd, variables)
        return self._answers[asked]

    def close(self) -> None:
        """End the process by which probes were started."""
        self._link.close()

    def _ask(self, whole: str, text: str, cwd: str, variables: Mapping[str, str]) -> str:
        self._number += 1
        run_id = f"probe-{self._number}"
        env = {**variables, "JOBMAKE_RUN_ID": run_id, "JOBMAKE_ROOT": self._root}
        work = Work(run_id, (("/bin/sh", "-c", whole),), cwd, env, log="")
        out, err = linux.memory_file(b""), linux.memory_file(b"")
        try:
            self._link.start(work, err, out)
            try:
                outcome = wait(self._link, run_id, self._longest_wait, self._stop)
            except GivenUpError as error:
                raise TargetError(f"the probe `{text}` {error}") from None
            if not outcome.ok:
                raise TargetError(f"the probe `{text}` {_how(outcome)}", said(err))
            return _told(os.pread(out, os.fstat(out).st_size, 0))
        finally:
            os.close(out)
            os.close(err)


def _how(outcome: Outcome) -> str:
    if outcome.error is not None:
        return f"could not be run: {outcome.error}"
    if outcome.signal is not None:
        return f"was ended by signal {outcome.signal}"
    return f"failed with exit code {outcome.exit_code}"


def _told(output: bytes) -> str:
    """Return an output as it is written into a record: itself, or of a long one its digest."""
    output = output.rstrip(b"\n")
    text = output.decode("utf-8", "backslashreplace")
    return toml_value(text if len(text) <= MOST_SHOWN else digest_bytes(output))
