"""Builds in processes of their own that start in milliseconds: forked from one process that has
imported everything and never builds itself. So hundreds of builds can be killed in a minute.

    with Forge() as forge:
        done = forge.build(Asked(root, goals=["a"], jobs=4, die_at=17))
        assert done.end in ("ended", "killed")

A build dies, by SIGKILL, at its `die_at`th move: an event that it tells, or a call that opens,
makes, renames, removes, locks or starts something. With -j1 that is the same moment every time. A
command can kill it, too: its environment has the build's process id in BUILDER.
"""

from __future__ import annotations

import gc
import itertools
import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobmake.engine.options import Options
from jobmake.memory.stamps import MARGIN
from jobmake.model import events
from jobmake.model.errors import JobmakeError
from jobmake.project import Settings
from jobmake.unchanged.answer import Edited, look
from tests.unchanged.rig import noting, opened

if TYPE_CHECKING:
    from types import TracebackType

MOVES = {
    "open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod",
    "os.truncate", "fcntl.flock", "os.posix_spawn", "socket.sendmsg", "sqlite3.connect",
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A build that is wanted. ``margin``: how many seconds old files are that a stat vouches
    for. ``die_at``: after how many moves it is killed; 0 is never."""

    root: str
    goals: list[str] = field(default_factory=list)
    jobs: int = 2
    cache: bool = True
    margin: float = MARGIN
    environ: dict[str, str] = field(default_factory=dict)
    die_at: int = 0


@dataclass(frozen=True)
class Done:
    """How it ended: `ended`, `failed`, `killed`, or `refused` with the error's text."""

    end: str
    restored: list[str] = field(default_factory=list)
    text: str = ""


class Forge:
    """The process that builds are forked from."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.walks.forked"], text=True,
            cwd=Path(__file__).parents[2], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def build(self, asked: Asked) -> Done:
        """Build, in a process that begins and ends with this."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(asked)) + "\n")
        self._process.stdin.flush()
        done = Done(**json.loads(self._process.stdout.readline()))
        assert done.end != "raised", done.text
        return done

    def __enter__(self) -> Forge:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()


# -- the other side -----------------------------------------------------------------------------


def _serve() -> None:
    for line in sys.stdin:
        answers, writes = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(answers)
            try:
                done = build_here(Asked(**json.loads(line)))
            except BaseException:
                import traceback

                done = Done("raised", text=traceback.format_exc())
            os.write(writes, json.dumps(asdict(done)).encode())
            os._exit(0)
        os.close(writes)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        with open(answers, "rb") as answer:
            # what a killed build started may still hold our pipe: nobody waits for its end
            text = os.read(answer.fileno(), 1 << 20) if code == 0 else b""
        killed = json.dumps(asdict(Done("killed" if code == -signal.SIGKILL else f"{code}")))
        print(text.decode() or killed, flush=True)


def build_here(asked: Asked) -> Done:
    """Build in this process."""
    environ = {"PATH": os.environ["PATH"], **asked.environ, "BUILDER": str(os.getpid())}
    settings = Settings(asked.root, cache=asked.cache, margin=asked.margin, environ=environ)
    restored = []
    move = _mortal(asked.die_at) if asked.die_at else lambda: None

    def emit(event: events.Event) -> None:
        move()
        if isinstance(event, events.TargetRestored):
            restored.append(event.target)

    key = f"{asked.goals} {asked.cache}"
    try:
        found = look(asked.root, key, environ, margin=asked.margin)
        if found is not None and not isinstance(found, Edited):
            return Done("ended", text="up to date")
        project = opened(found, noting(settings))
        options = Options(jobs=asked.jobs)
        summary = project.build(asked.goals, options, emit, seen_as=(key, False))
    except JobmakeError as error:
        return Done("refused", text=error.message)
    return Done("ended" if summary.ok else "failed", restored, str(summary))


def _mortal(die_at: int) -> Any:
    """Make this process die at a move; return what counts one more."""
    left = itertools.count(die_at, -1)

    def move() -> None:
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(lambda event, _: move() if event in MOVES else None)
    return move


def _warm_up() -> None:
    """Import all that a build imports: with one."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "Jobfile.toml").write_text(
            'target.a = { run = "echo x > {outputs}", outputs = ["x"] }'
        )
        for _ in range(2):
            assert build_here(Asked(folder)).end == "ended"
            Path(folder, "x").unlink()


if __name__ == "__main__":
    _warm_up()
    gc.freeze()  # what is never looked at stays shared with those that are forked
    _serve()
