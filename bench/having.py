"""How the tools come here: from PyPI, from Debian, or compiled; kept in a folder for the next time.

Knows pip, apt and cc. Does not know what the tools are for.
Invariant: a tool that cannot be had raises `Missing` and says why; nothing is left out silently.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bench.tools.tool import Missing

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parent.parent
_HEADER = Path("/usr/include/xxhash.h")


def usual_cache() -> Path:
    """Return where tools are kept if nobody says where."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "jobmake-bench"


class Cache:
    """A folder with one environment for each tool."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._apt_is_fresh = False
        self.notes: list[str] = []  # what a reader of the figures should know

    def environment(self, name: str, *packages: str) -> Path:
        """Return the folder of programs of a virtual environment with some packages."""
        folder = self._folder / name
        mark = folder / "complete"
        if not mark.exists() or mark.read_text() != "\n".join(packages):
            self._install(folder, packages)
            mark.write_text("\n".join(packages))
        return folder / "bin"

    def own_jobmake(self) -> Path:
        """Return the jobmake of this checkout, installed from it now."""
        folder = self._folder / "jobmake"
        self._install(folder, [str(ROOT)])
        return folder / "bin" / "jobmake"

    def program(self, name: str, package: str) -> str:
        """Return the path of a program of Debian."""
        return shutil.which(name) or self._from_debian(name, package)

    def floor(self) -> Path:
        """Return `floor.c`, compiled."""
        compiler = self.program("cc", "gcc")
        if not _HEADER.exists():
            try:
                self._from_debian("ldconfig", "libxxhash-dev")
            except Missing as missing:
                self.notes.append(f"floor-c hashes with FNV: {missing}")
        how = ["-DWITH_XXH"] if _HEADER.exists() else []
        return compiled(self._folder / "floor", compiler, *how)

    def _install(self, folder: Path, packages: Sequence[str]) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(folder)], "make an environment")
        words = [str(folder / "bin" / "pip"), "install", "-q", "--disable-pip-version-check"]
        _run([*words, *packages], f"install {' '.join(packages)}")

    def _from_debian(self, name: str, package: str) -> str:
        if os.geteuid() or not shutil.which("apt-get"):
            raise Missing(f"`{package}` is not installed, and only root on a Debian can do so")
        if not self._apt_is_fresh:
            _run(["apt-get", "update", "-q"], "update the list of packages")
            self._apt_is_fresh = True
        install = ["apt-get", "install", "-q", "-y", "--no-install-recommends", package]
        _run(install, f"install {package}")
        found = shutil.which(name)
        if found is None:
            raise Missing(f"`{package}` has no `{name}`")
        return found


def compiled(program: Path, compiler: str, *how: str) -> Path:
    """Return `floor.c`, compiled to a program."""
    source = str(Path(__file__).with_name("floor.c"))
    _run([compiler, "-O2", *how, "-o", str(program), source], "compile floor.c")
    return program


def _run(words: Sequence[str], what: str) -> None:
    """Run a command. Raises Missing with the last line that it wrote where it fails."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise Missing(f"cannot {what}: {lines[-1]}")
