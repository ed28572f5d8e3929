"""What the whole-program tests stand on: a project in a folder of its own, and a jobmake
that is really started.

    def test_editing_an_input_rebuilds(space):
        space.write("Jobfile.toml", ...)
        space.run("build")
        space.write("in.txt", "new")
        result = space.run("build")
        assert result.built == ["copy"]

Nothing here sleeps to wait: a `Gate` holds a command until the test lets it go.
"""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping

JOBMAKE = [sys.executable, "-m", "jobmake"]
DEADLINE = 60.0  # seconds after which a test is given up; never waited for when all is well

_DURATION = r"(?:\d+ ms|[\d.]+ s|\d+ [mh] \d+ [sm])"


@dataclass(frozen=True)
class Result:
    """What one jobmake said and did."""

    code: int
    out: str
    err: str

    @property
    def built(self) -> list[str]:
        """The targets that were run and recorded, in the order in which they ended."""
        summary = r"\d+(?:, (?:restored|served|up to date) \d+)* in "
        return re.findall(rf"^built (?!{summary})(.+) in {_DURATION}$", self.err, re.MULTILINE)

    @property
    def restored(self) -> list[str]:
        """The targets whose outputs came from the cache, in order."""
        return re.findall(r"^restored (\S+): ", self.err, re.MULTILINE)

    @property
    def fresh(self) -> list[str]:
        """The targets that were found up to date."""
        return re.findall(r"^up to date (.+)$", self.err, re.MULTILINE)

    @property
    def failed(self) -> list[str]:
        """The targets that failed."""
        return re.findall(r"^error: target `(.+?)` failed: ", self.err, re.MULTILINE)

    @property
    def blocked(self) -> list[str]:
        """The targets that could not be built because of others."""
        return re.findall(r"^blocked (.+): `.+` failed$", self.err, re.MULTILINE)

    @property
    def last_line(self) -> str:
        """The line that tells how the build ended, without its duration."""
        line = self.err.rstrip("\n").rpartition("\n")[2]
        return re.sub(rf" in {_DURATION}$", "", line)

    def reason(self, target: str) -> str:
        """Why a target ran, or was restored, as it was told."""
        found = re.search(
            rf"^(?:running|restored) {re.escape(target)}: (.+)$", self.err, re.MULTILINE
        )
        assert found, f"`{target}` did not run:\n{self.err}"
        return found[1]


class Space:
    """A project in a folder of its own. ``variables`` are set for every jobmake of a test."""

    variables: ClassVar[dict[str, str]] = {}

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    def path(self, name: str) -> Path:
        return self.root / name

    def write(self, name: str, text: str | bytes) -> Path:
        """Write a file, with the folders above it."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def jobfile(self, text: str) -> None:
        self.write("Jobfile.toml", text)

    def read(self, name: str) -> str:
        return self.path(name).read_text()

    def replace(self, name: str, old: str, new: str) -> None:
        text = self.read(name)
        assert old in text, f"{old!r} is not in {name}"
        self.write(name, text.replace(old, new))

    def exists(self, name: str) -> bool:
        return os.path.lexists(self.path(name))

    def gate(self, name: str) -> Gate:
        return Gate(self.root / ".gates" / name)

    def environ(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("JOBMAKE_")}
        # not the person's own: builds leave marks of trust there
        state = str(self.root.with_name(f"{self.root.name}.state"))
        return {**kept, "NO_COLOR": "1", "XDG_STATE_HOME": state, **self.variables, **(extra or {})}

    def run(
        self, *arguments: str, env: Mapping[str, str] | None = None, code: int | None = 0
    ) -> Result:
        """Run jobmake to its end; check its exit code unless that is None.

        `build` is told to be verbose, so that the result knows what was up to date.
        """
        process = self.start(*arguments, env=env)
        try:
            out, err = process.communicate(timeout=DEADLINE)
        except subprocess.TimeoutExpired:
            process.kill()  # lest it is found in the tests that follow
            process.communicate()
            raise
        result = Result(
            process.returncode, out.decode(errors="replace"), err.decode(errors="replace")
        )
        if code is not None:
            assert result.code == code, f"exit code {result.code}\n{result.out}\n{result.err}"
        assert "Traceback" not in result.err, result.err
        return result

    def build(
        self, *arguments: str, env: Mapping[str, str] | None = None, code: int | None = 0
    ) -> Result:
        return self.run("build", *arguments, env=env, code=code)

    def start(
        self, *arguments: str, env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start jobmake in a session of its own and return at once."""
        words = list(arguments)
        if words and words[0] == "build":
            words.insert(1, "-v")
        return subprocess.Popen(
            [*JOBMAKE, *words],
            cwd=self.root,
            env=self.environ(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=_default_signals,  # noqa: PLW1509 - the tests have one thread
        )

    def tree(self) -> dict[str, bytes]:
        """Every file of the project but jobmake's own, with its content."""
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and ".jobmake" not in path.parts and ".gates" not in path.parts
        }


class Gate:
    """Holds a command until the test opens it.

    Put `gate.command` into a `run`; `gate.reached()` returns when the command is there,
    `gate.open()` lets it go on.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._here, self._go = folder / "here", folder / "go"
        os.mkfifo(self._here)
        os.mkfifo(self._go)
        # both ends held here, so that no open of the command's waits for us
        self._here_end = os.open(self._here, os.O_RDWR | os.O_CLOEXEC)
        self._go_end = os.open(self._go, os.O_RDWR | os.O_CLOEXEC)

    @property
    def command(self) -> str:
        return f"echo x > {self._here} && read _line < {self._go}"

    def reached(self) -> None:
        """Wait until a command has come to the gate."""
        ready, _, _ = select.select([self._here_end], [], [], DEADLINE)
        assert ready, "no command came to the gate"
        os.read(self._here_end, 2)

    def is_reached(self) -> bool:
        """Say whether a command is at the gate now."""
        return bool(select.select([self._here_end], [], [], 0)[0])

    def open(self) -> None:
        """Let one command through."""
        os.write(self._go_end, b"x\n")


def without_times(text: str) -> str:
    """What `build -n` printed, without how long it will take."""
    return re.sub(r" \(about [^()]*\)$|; about .*$", "", text, flags=re.MULTILINE)


def ends(pid: int) -> None:
    """Wait until a process that is not our child has ended."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        ready, _, _ = select.select([handle], [], [], DEADLINE)
        assert ready, f"process {pid} does not end"
    finally:
        os.close(handle)


def marked_processes(marker: str) -> list[int]:
    """The processes whose environment holds ``marker``, ours not counted."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            try:
                environment = Path(f"/proc/{name}/environ").read_bytes()
            except OSError:
                continue
            if marker.encode() in environment:
                found.append(int(name))
    return found


def _default_signals() -> None:
    # a shell that starts something in the background leaves SIGINT ignored
    signal.signal(signal.SIGINT, signal.SIG_DFL)
