"""The picture as SVG: laid out by Graphviz's program `dot`."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from jobmake.model.errors import StateError, UsageError
from jobmake.reporters.drawing.dot import dot

if TYPE_CHECKING:
    from jobmake.reporters.drawing.picture import Picture


def svg(picture: Picture, *, for_page: bool = False) -> str:
    """Return the SVG. Raises UsageError where there is no `dot`, StateError if it fails."""
    program = shutil.which("dot")
    if program is None:
        raise UsageError(
            "this picture needs Graphviz's program `dot`, which is not on PATH",
            "install the package `graphviz` (`apt-get install graphviz`); `--mermaid` and"
            " `--dot` need nothing",
        )
    text = "\n".join(dot(picture, for_page=for_page))
    done = subprocess.run([program, "-Tsvg"], input=text.encode(), capture_output=True, check=False)
    if done.returncode != 0:
        told = done.stderr.decode("utf-8", "replace").strip()
        raise StateError(f"Graphviz's `dot` failed: {told or f'exit code {done.returncode}'}")
    return done.stdout.decode()
