"""What a process asked of the file system, as `strace` saw it."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_CALL = re.compile(r"^(?:\d+ +)?(\w+)\((.*)\) = (.*)$", re.MULTILINE)
_PATH = re.compile(r'"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class Traced:
    """The calls of one process and of those that it started: name, arguments, answer."""

    calls: tuple[tuple[str, str, str], ...]
    err: str

    def paths(self, root: Path) -> set[str]:
        """Return the paths below a folder that were asked for, relative to it."""
        found = set()
        for name, arguments, _ in self.calls:
            if name == "execve":
                continue
            texts = _PATH.findall(arguments)
            if name.startswith("readlink"):
                texts = texts[:1]  # behind it stands where the link leads
            for text in texts:
                full = os.path.normpath(os.path.join(root, text))
                if full.startswith(f"{root}/"):
                    found.add(full[len(str(root)) + 1 :])
        return found

    def count(self, *names: str) -> int:
        return sum(1 for name, _, _ in self.calls if name in names)


def traced(
    words: Sequence[str], folder: Path, environ: Mapping[str, str], calls: str, tmp: Path
) -> Traced:
    """Run a command under strace, and return what it asked for."""
    log = tmp / "strace"
    command = ["strace", "-f", "-qq", "-s", "4096", "-e", f"trace={calls}", "-o", str(log), *words]
    done = subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, check=True
    )
    found = _CALL.findall(log.read_text(errors="replace"))
    return Traced(tuple(found), done.stderr)
