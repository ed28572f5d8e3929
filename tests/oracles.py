"""What must hold of every build, whatever it went through: the oracles that tests of faults,
kills, limits and random edits share.

Each says what it found when it does not hold. They look at real files, processes and texts from
outside and know nothing of how jobmake is made; only `is_whole` and `left_in_state` know its
files.

    O1  tree            what the outputs are, to be compared with what they should be
    O2  RunLog          what ran, and that nothing ran twice
    O3  no_orphans      nothing that a build started is left
    O4  heals           the next plain build is right
    O5  is_whole        the lockfile is a complete one
    O6  told_well       no traceback, and an exit code of the manual
    O7  changes_nothing looking writes nothing
    O8  measured        what a process took of memory and of the processor
    O9  leaves_nothing  no temporary file stays;  open_files: nor a descriptor
"""

from __future__ import annotations

import hashlib
import os
import signal
import stat
import subprocess
import sys
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jobmake.memory.lockfile import read
from tests.support import DEADLINE, JOBMAKE, ends, marked_processes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tests.support import Result, Space

STATE = ".jobmake"
MANUAL_CODES = {0, 1, 2, 3, 75, 129, 130, 141, 143}  # 70 is a bug, and so no code of these
SIGNALS = {signal.SIGHUP, signal.SIGINT, signal.SIGPIPE, signal.SIGTERM}  # re-raised by jobmake


# -- O1: what the outputs are ----------------------------------------------------------------


def tree(folder: Path, *, without: Iterable[str] = (STATE,)) -> dict[str, tuple[str, ...]]:
    """Return of every path below a folder what it is: type, executable bit, and the digest of its
    bytes, or where a link leads. Time stamps do not count. ``without``: names passed over."""
    found = {}
    for path, status in _walk(folder, set(without)):
        name = os.path.relpath(path, folder)
        if stat.S_ISLNK(status.st_mode):
            found[name] = ("link", os.readlink(path))
        elif stat.S_ISREG(status.st_mode):
            executable = "x" if status.st_mode & stat.S_IXUSR else "-"
            found[name] = ("file", executable, hashlib.sha256(Path(path).read_bytes()).hexdigest())
        else:
            found[name] = (str(stat.S_IFMT(status.st_mode)),)
    return found


def _walk(folder: Path, without: set[str]) -> Iterator[tuple[str, os.stat_result]]:
    waiting = [str(folder)]
    while waiting:
        for entry in sorted(os.scandir(waiting.pop()), key=lambda one: one.name):
            if entry.name not in without:
                yield entry.path, entry.stat(follow_symlinks=False)
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)


# -- O2: what ran ----------------------------------------------------------------------------


class RunLog:
    """A file outside the project in which commands say that they run.

    log = RunLog(tmp_path / "ran")
    space.jobfile(f'target.a.run = "{log.command("a")}; touch a"')
    space.build()
    assert log.once() == {"a"}
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()

    def command(self, name: str) -> str:
        """Return the text of a command that says that it runs. A line is one write, so those of
        commands at one time do not mix."""
        return f"echo {name} >> {self.path}"

    def take(self) -> list[str]:
        """Return who ran since the last time this was asked, in order."""
        names = self.path.read_text().splitlines()
        os.truncate(self.path, 0)
        return names

    def once(self) -> set[str]:
        """Return who ran since the last time; fail if somebody ran twice."""
        names = self.take()
        assert len(names) == len(set(names)), f"something ran twice: {names}"
        return set(names)


# -- O3: nothing is left ----------------------------------------------------------------------


class Marker:
    """A variable that all which a build starts inherits, by which it is found again."""

    def __init__(self) -> None:
        self.text = f"JOBTEST_MARKER={uuid.uuid4()}"

    @property
    def env(self) -> dict[str, str]:
        """The variable, to be added to an environment."""
        name, _, value = self.text.partition("=")
        return {name: value}

    def processes(self) -> list[int]:
        """Return the processes that have it now."""
        return [pid for pid in marked_processes(self.text) if not _is_zombie(pid)]


def no_orphans(marker: Marker) -> None:
    """Wait until nothing is left that has the marker, and fail if something stays.

    To be called when jobmake itself has ended. What is left has as long as the reaper takes.
    """
    for pid in marker.processes():
        ends(pid)
    left = marker.processes()
    assert not left, f"started after the build had ended: {left}"
    zombies = [pid for pid in _children(os.getpid()) if _is_zombie(pid)]
    assert not zombies, f"not waited for: {zombies}"


def _children(parent: int) -> list[int]:
    text = Path(f"/proc/{parent}/task/{parent}/children").read_text()
    return [int(pid) for pid in text.split()]


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


# -- O4: the next build is right ---------------------------------------------------------------


def heals(
    space: Space, expected: Mapping[str, str], *, env: Mapping[str, str] | None = None
) -> Result:
    """Build without a flag, and check that all comes out as it should; then that nothing is
    left to do. Returns what the first of the two said."""
    result = space.build(env=env)
    told_well(result)
    for name, text in expected.items():
        assert space.read(name) == text, f"{name} is wrong after the build that should heal"
    again = space.build(env=env)
    assert not again.built, "the build that should heal left something to do"
    assert not again.restored
    leaves_nothing(space.root, ran=bool(result.built))
    return result


# -- O5: the lockfile is whole ------------------------------------------------------------------


def is_whole(path: Path, *, among: Iterable[bytes] | None = None) -> bool:
    """Say whether a lockfile can be read to the end, each of its records under its seal, and no
    half of one lies beside it. ``among``: and is, byte for byte, one of these. None at all is
    whole, too."""
    if any(path.name in name and name.endswith(".tmp") for name in os.listdir(path.parent)):
        return False
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return True
    found = read(data)
    whole = not (found.damaged or found.broken or found.conflict)
    return whole and (among is None or data in set(among))


# -- O6: what is said ---------------------------------------------------------------------------


def told_well(result: Result, codes: Iterable[int] | None = None) -> None:
    """Fail if an exit code is not one of the manual's (or of ``codes``), or if Python shows."""
    wanted = set(codes) if codes is not None else MANUAL_CODES | {-one for one in SIGNALS}
    assert result.code in wanted, f"exit code {result.code}\n{result.out}\n{result.err}"
    for text in (result.out, result.err):
        assert "Traceback (most recent" not in text, text
        assert "this is a bug in jobmake" not in text, text


# -- O7: looking writes nothing -------------------------------------------------------------------

Looks = dict[str, tuple[int, ...]]


def stamps(folder: Path) -> Looks:
    """Return of a folder and all below it, jobmake's own included, what one stat says, but when
    it was read."""
    status = os.lstat(folder)
    found = {".": _stamp(status)}
    for path, status in _walk(folder, set()):
        found[os.path.relpath(path, folder)] = _stamp(status)
    return found


def _stamp(status: os.stat_result) -> tuple[int, ...]:
    return (status.st_ino, status.st_mode, status.st_nlink, status.st_size, status.st_mtime_ns,
            status.st_ctime_ns)  # fmt: skip


@contextmanager
def changes_nothing(folder: Path) -> Iterator[None]:
    """Fail if anything in a folder is written, made, removed or touched meanwhile."""
    before = stamps(folder)
    yield
    after = stamps(folder)
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert not changed, f"written: {sorted(changed)}"


# -- O8: what it takes --------------------------------------------------------------------------


@dataclass(frozen=True)
class Taken:
    """What a process and those that it waited for took: the most memory of one, and CPU time."""

    code: int
    out: str
    err: str
    megabytes: float
    seconds: float


# a process begins with the memory of who forked it, and ours may be large: a small one is between
_BETWEEN = """
import os, sys
pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
with open(sys.argv[1], "w") as file:
    seconds = usage.ru_utime + usage.ru_stime
    print(os.waitstatus_to_exitcode(status), usage.ru_maxrss, seconds, file=file)
"""


def measured(
    space: Space,
    *words: str,
    env: Mapping[str, str] | None = None,
    before: Sequence[str] = (),
) -> Taken:
    """Run jobmake to its end and tell what it took. ``before``: words to start it with, as
    `prlimit --as=…`."""
    told = space.root.with_name("measured")
    process = subprocess.Popen(
        [sys.executable, "-S", "-E", "-c", _BETWEEN, str(told), *before, *JOBMAKE, *words],
        cwd=space.root, env=space.environ(env), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        out, err = process.communicate(timeout=DEADLINE * 4)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    code, kilobytes, seconds = told.read_text().split()
    texts = (one.decode(errors="replace") for one in (out, err))
    return Taken(int(code), *texts, int(kilobytes) / 1024, float(seconds))


# -- O9: nothing stays open, nothing lies about ---------------------------------------------------


def leaves_nothing(root: Path, *, ran: bool = True) -> None:
    """Fail if a temporary file lies about: among the project's files or in jobmake's own folder.
    What a killed build has left in `tmp/` there goes with the next run, if one ``ran``."""
    among = [
        path for path in tree(root)
        if os.path.basename(path).startswith(STATE) or path.endswith(".tmp")
    ]  # fmt: skip
    assert not among, f"left among the project's files: {among}"
    left = [path for path in left_in_state(root) if ran or path[:4] != "tmp/"]
    assert not left, f"left in {STATE}: {left}"


def left_in_state(root: Path) -> list[str]:
    """Return the temporary files in jobmake's own folder; those of the cache have a folder, which
    is swept after a day."""
    own, folder = root / STATE, "cache/v1/tmp/"
    if not own.is_dir():
        return []
    found = [path for path in tree(own, without=()) if not path.startswith(folder)]
    return [path for path in found if path.endswith(".tmp") or path[:4] == "tmp/"]


def open_files() -> list[str]:
    """Return what the descriptors of this process lead to."""
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            found.append(os.readlink(f"/proc/self/fd/{name}"))
        except FileNotFoundError:
            pass  # the listing's own
    return sorted(found)
