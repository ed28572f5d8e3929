"""The check that the manual shows works as it is shown."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Any

from tests.checks.rig import build, opened
from tests.documents import PAGES, blocks

if TYPE_CHECKING:
    from tests.support import Space

GIT = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-C"]


def commit(space: Space) -> None:
    words = [*GIT, str(space.path("lib")), "commit", "-q", "--allow-empty", "-m", "x"]
    subprocess.run(words, check=True)


def test_the_check_of_a_commit(space: Space) -> None:
    [code] = [body for _, body in blocks(PAGES["docs/10-plugins.md"]) if "FactCheck)" in body]
    names: dict[str, Any] = {"__name__": "plugin"}
    exec(compile(code, "docs/10-plugins.md", "exec"), names)
    checks = names["jobmake_checks"]()
    said = 'check = ["content", { type = "commit", of = "lib" }]'
    space.jobfile(f'[target.t]\nrun = "touch {{outputs}}"\noutputs = ["t"]\n{said}\n')
    assert build(opened(space, *checks)).failed == {"t": "git tells no commit of `lib`"}

    space.path("lib").mkdir()
    subprocess.run(["git", "init", "-q", str(space.path("lib"))], check=True)
    commit(space)
    assert build(opened(space, *checks)).ran == ["t"]
    assert build(opened(space, *checks)).fresh == ["t"]

    commit(space)
    [reason] = build(opened(space, *checks)).reasons["t"]

    assert re.fullmatch(r'check `commit` changed "[0-9a-f]{40}" -> "[0-9a-f]{40}"', reason)
