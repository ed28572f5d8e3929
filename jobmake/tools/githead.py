"""Which commit a folder is at, read from git's own files: no process is started.

Knows `.git` as a folder and as a file (of a worktree or a submodule), loose and packed refs.
Does not know whether anything was edited since: to tell that, git must look at every file.
"""

from __future__ import annotations

import os

from jobmake.tools.regex import regex

_COMMIT = regex(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_LONGEST = 4096  # bytes of a ref's file


def commit_of(folder: str) -> str | None:
    """Return the commit that is checked out in ``folder`` or above it, None outside of git."""
    git = _git_folder(os.path.abspath(folder))
    if git is None:
        return None
    head = _line(os.path.join(git, "HEAD"))
    if not head.startswith("ref: "):
        return _commit(head)
    ref = head[5:]
    # of a worktree only HEAD is its own, branches are common to all
    common = os.path.normpath(os.path.join(git, _line(os.path.join(git, "commondir")) or "."))
    return _commit(_line(os.path.join(common, ref))) or _packed(common, ref)


def _git_folder(folder: str) -> str | None:
    while True:
        git = os.path.join(folder, ".git")
        if os.path.isdir(git):
            return git
        told = _line(git)
        if told.startswith("gitdir: "):
            return os.path.join(folder, told[8:])
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def _packed(common: str, ref: str) -> str | None:
    try:
        with open(os.path.join(common, "packed-refs"), encoding="utf-8", errors="replace") as file:
            for line in file:
                commit, _, name = line.rstrip("\n").partition(" ")
                if name == ref:
                    return _commit(commit)
    except OSError:
        pass
    return None


def _commit(text: str) -> str | None:
    return text if _COMMIT.fullmatch(text) else None


def _line(path: str) -> str:
    """Return the one line of a small file, or nothing."""
    try:
        with open(path, "rb") as file:
            return os.fsdecode(file.read(_LONGEST)).strip()
    except OSError:
        return ""
