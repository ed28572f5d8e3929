"""A jobmake of which one call on the project's files does not happen: it is killed before that
call, or the call fails.

    faulty = Faulty(library, space)
    calls = faulty.calls("build", "-j1")      # what a build changes, in order
    ended = faulty.run("build", "-j1", at=7)  # killed before the seventh of these calls

Only jobmake's first process is meant, which decides and records: what runs write is theirs, and
the reaper writes nothing. All that is called by way of the C library counts (`faulty.c`); a test
compares that with what the kernel saw.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.oracles import Marker
from tests.support import DEADLINE, JOBMAKE, Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.support import Space

SOURCE = Path(__file__).with_name("faulty.c")
KILL = 0  # in place of an error's number


def compiled(folder: Path) -> Path:
    """Compile the library that meddles."""
    library = folder / "faulty.so"
    command = ["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE), "-ldl"]
    subprocess.run(command, check=True)
    return library


@dataclass(frozen=True)
class Call:
    """One call: its number, from 1, its name, and the path it is about, in the project."""

    number: int
    name: str
    path: str

    def __str__(self) -> str:
        return f"{self.number} {self.name} {self.path}"


@dataclass(frozen=True)
class Faulty:
    """Runs jobmake in a space with the library that meddles."""

    library: Path
    space: Space
    marker: Marker = field(default_factory=Marker)

    def calls(self, *words: str, reads: bool = False, under: Sequence[str] = ()) -> list[Call]:
        """Run jobmake, and return its calls on the project's files that change something, and
        with ``reads`` all; ``under`` a command that watches it."""
        result = self.run(*words, reads=reads, under=under)
        assert result.code == 0, result.err
        lines = self._log.read_text().splitlines()
        return [Call(at, *line.rsplit(" ", 1)) for at, line in enumerate(lines, start=1)]

    def run(
        self, *words: str, at: int = 0, error: int = KILL, lasts: bool = False, reads: bool = False,
        under: Sequence[str] = (),
    ) -> Result:  # fmt: skip
        """Run jobmake: the call number ``at`` fails with an error, or jobmake is killed there.
        With ``lasts`` all calls after it fail, too."""
        self._log.unlink(missing_ok=True)
        faults = {
            "LD_PRELOAD": str(self.library), "FAULTY_ROOT": str(self.space.root),
            "FAULTY_LOG": str(self._log), "FAULTY_AT": str(at), "FAULTY_ERROR": str(error),
            "FAULTY_LASTS": f"{lasts:d}", "FAULTY_READS": f"{reads:d}",
        }  # fmt: skip
        done = subprocess.run(
            [
                *under,
                "env",
                *(f"{name}={value}" for name, value in faults.items()),
                *JOBMAKE,
                *words,
            ],
            cwd=self.space.root,
            env=self.space.environ(self.marker.env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=DEADLINE,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    @property
    def _log(self) -> Path:
        return self.space.root.with_name("calls")
