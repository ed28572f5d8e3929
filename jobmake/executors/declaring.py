"""Asks a worker what Python jobs declare.

Knows how the worker is started and where its answer lies. Does not know what the answer means
for a Jobfile, nor whether anybody may ask.

Invariant: the worker is over, with all that it started, when its answer is read.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from contextlib import closing
from typing import TYPE_CHECKING, Any

from jobmake.executors.link import Link
from jobmake.executors.waiting import GivenUpError, last_line, wait
from jobmake.model.run import Work
from jobmake.tools import linux

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_WAIT = 300.0  # seconds to import all that jobs import
_RUN = "declare"


def declared(asked: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any] | str:
    """Return what a worker says of what it is asked, or why it says nothing."""
    with tempfile.TemporaryDirectory(prefix="jobmake-") as folder, closing(Link()) as link:
        request, answer = os.path.join(folder, "request"), os.path.join(folder, "answer")
        with open(request, "w", encoding="utf-8") as file:
            json.dump(asked, file)
        command = (sys.executable, "-P", "-m", "jobmake.worker", "declare", request, answer)
        env = {**environ, "JOBMAKE_RUN_ID": _RUN, "JOBMAKE_ROOT": asked["root"]}
        log = linux.memory_file(b"")
        try:
            link.start(Work(_RUN, (command,), asked["root"], env, log=""), log)
            outcome = wait(link, _RUN, LONGEST_WAIT)
            if outcome.ok and os.path.exists(answer):
                with open(answer, encoding="utf-8") as file:
                    return json.load(file)  # type: ignore[no-any-return]
            how = f"ended by signal {outcome.signal}" if outcome.signal else "ended early"
            line = last_line(log)
            return f"importing it {how}" + (f": {line}" if line else "")
        except GivenUpError as error:
            return f"importing it {error}"
        finally:
            os.close(log)
