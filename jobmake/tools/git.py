"""Asking git. Knows how it is called, not what for; where there is no git, nothing is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def git(folder: str, environ: Mapping[str, str], *words: str) -> str | None:
    """Return what `git WORDS` prints in a folder, without the last line's end; None where it
    fails, or is not installed."""
    import subprocess

    try:
        done = subprocess.run(
            ["git", *words],
            cwd=folder,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except OSError:
        return None
    return None if done.returncode else done.stdout.decode("utf-8", "replace").rstrip("\n")


def in_work_tree(folder: str, environ: Mapping[str, str]) -> bool:
    """Say whether a folder lies in a work tree of git."""
    return git(folder, environ, "rev-parse", "--is-inside-work-tree") == "true"
