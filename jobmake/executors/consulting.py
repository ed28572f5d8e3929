"""Asks a job, in a worker, whether it is up to date.

Knows the worker and where its answer lies. Does not know checks, nor when a job is asked.

Invariants: without permission nothing is started; the worker is over when its answer is read,
and nothing is written into the project.
"""

from __future__ import annotations

import os
import sys

from jobmake.model.errors import TargetError
from jobmake.model.run import Work
from jobmake.tools.jsontext import dumps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from jobmake.executors.link import Link

LONGEST_WAIT = 300.0  # seconds


class Consulting:
    """Asks jobs, if that is ``allowed``; ``stop`` is readable when nobody wants to wait."""

    def __init__(
        self,
        environ: Mapping[str, str],
        allowed: Callable[[], bool],
        make_link: Callable[[], Link] | None = None,
    ) -> None:
        self._environ, self._allowed, self._make_link = environ, allowed, make_link
        self._link: Link | None = None
        self._number = 0
        self.stop: int | None = None

    def __call__(self, setup: dict[str, Any], target: str) -> bool | None:
        """Return what the job of a setup says, None where it must not be asked. Raises
        TargetError."""
        if not self._allowed():
            return None
        if self._link is None:
            from jobmake.executors.link import Link

            self._link = (self._make_link or Link)()
        import tempfile  # it takes 10 ms, and hardly any job is asked

        with tempfile.TemporaryDirectory(prefix="jobmake-") as folder:
            return self._ask({**setup, "run_dir": folder}, target, folder)

    def close(self) -> None:
        """End what asks them."""
        if self._link is not None:
            self._link.close()

    def _ask(self, setup: dict[str, Any], target: str, folder: str) -> bool:
        from jobmake.executors.waiting import GivenUpError, said, wait
        from jobmake.tools import linux

        self._number += 1
        run_id = f"check-{self._number}"
        path = os.path.join(folder, "setup.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write(dumps(setup))
        cwd = os.path.normpath(os.path.join(setup["root"], setup["cwd"]))
        env = {**self._environ, "JOBMAKE_RUN_ID": run_id, "JOBMAKE_TARGET": target}
        command = (sys.executable, "-P", "-m", "jobmake.worker", path)
        log = linux.memory_file(b"")
        try:
            assert self._link is not None
            self._link.start(Work(run_id, (command,), cwd, env, log=""), log)
            outcome = wait(self._link, run_id, LONGEST_WAIT, self.stop)
            if not outcome.ok:
                raise TargetError("asking its job whether it is up to date failed", said(log))
            return _answer(folder)
        except GivenUpError as error:
            raise TargetError(f"asking its job whether it is up to date {error}") from None
        finally:
            os.close(log)


def _answer(folder: str) -> bool:
    import json

    try:
        with open(os.path.join(folder, "answer"), encoding="utf-8") as file:
            return bool(json.load(file)["up_to_date"])
    except (OSError, ValueError):
        raise TargetError(
            "asking its job whether it is up to date failed", "its process ended before it answered"
        ) from None
