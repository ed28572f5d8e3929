"""What warm reapers run in the tests: a Python script, in place of a worker."""

from __future__ import annotations

# the program of a warm reaper that does so
HOST = (
    "import sys; from jobmake.worker.host import serve; "
    "from tests.executors.scripts import run_script; "
    "serve(int(sys.argv[-1]), run_script, sys.argv[1:-1])"
)


def run_script(arguments: list[str], handed: bytes) -> int | None:
    """Run a script; what it calls `status` is the exit code."""
    text: str | bytes = handed
    if not handed:
        with open(arguments[0]) as file:
            text = file.read()
    names: dict[str, object] = {"__name__": "script"}
    exec(compile(text, arguments[0], "exec"), names)
    status = names.get("status")
    assert status is None or isinstance(status, int)
    return status
