"""One run of a Python job, in a process of its own.

    setup.json ──▶ the job is imported and made ──▶ run ──▶ value, own files, exit code

Knows the order of things. Does not know how the process was started: by spawn, or by a fork of
one that was warm (`host`).
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, NoReturn

from jobmake.python.setup import read_setup
from jobmake.tools.value import asdict
from jobmake.worker import report
from jobmake.worker.importing import enter_project

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from jobmake.python.job import Job
    from jobmake.python.setup import Setup
    from jobmake.worker.typed import TypedRun

FAILED = 1


def main(
    arguments: Sequence[str], text: bytes = b"", instances: Mapping[str, Job] | None = None
) -> int:
    """Do what the file of the last argument says, or would say: its ``text``; return the exit
    code.

    ``instances`` are the jobs of a workflow by target, where they are in this process.
    """
    if arguments[0] == "declare":
        return declare(arguments[1], arguments[2])
    if arguments[0] == "type":
        from jobmake.worker.typed import TypedRun

        typed = TypedRun.read(arguments[1], text)
        return _done(typed.all, typed)
    setup = read_setup(arguments[0], text)
    enter_project(setup.root, setup.path)
    from jobmake.worker.perform import Performing

    return _done(lambda: Performing(setup, instances).all(), setup)


def _done(perform: Callable[[], None], setup: Setup | TypedRun) -> int:
    """Do one run, and tell what goes wrong; return the exit code."""
    process = os.getpid()
    try:
        perform()
    except report.Refused as refused:
        report.note(setup.run_dir, refused.message, refused.hint)
        print(f"error: {refused.message}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt as interrupt:
        _interrupted(interrupt)
    except BaseException as error:
        if isinstance(error, SystemExit) and report.is_code(error):
            raise
        if setup.pdb:
            _debug(error)
        report.tell(error, setup.run_dir if os.getpid() == process else None, setup.root)
        return FAILED
    return 0


def declare(request: str, answer: str) -> int:
    """Write into a file what the jobs that another one asks for declare."""
    from jobmake.worker.declare import Declaring

    with open(request, encoding="utf-8") as file:
        asked = json.load(file)
    root = asked["root"]
    enter_project(root, asked["path"])
    declaring = Declaring(root)
    declaring.all(asked["specs"], asked["files"])
    told = {
        "jobs": {name: one.data for name, one in declaring.jobs.items()},
        "files": declaring.files,
        "wrong": {name: asdict(one) for name, one in declaring.wrong.items()},
    }
    with open(answer, "w", encoding="utf-8") as file:
        json.dump(told, file)
    return 0


def _interrupted(error: KeyboardInterrupt) -> NoReturn:
    """End as Ctrl-C ends a process, with a traceback that has no frames of ours."""
    import signal

    report.tell(error, None, "")
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGINT)
    os._exit(FAILED)


def _debug(error: BaseException) -> None:
    import pdb
    import traceback

    report.strip(error)
    traceback.print_exception(error)
    pdb.post_mortem(error.__traceback__)
