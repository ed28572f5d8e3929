"""Programs that commands begin with, and that are not here.

Looks at the first word of each command only, and only where it is plainly a program's name.
"""

from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING

from jobmake.doctor.finding import Finding, line_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobmake.doctor.case import Case
    from jobmake.model.target import Target

_PROGRAM = re.compile(r"(?:[A-Za-z_]\w*=\S*\s+)*((?:/[\w.+/-]*)?[A-Za-z_][\w.+-]*)(?=\s|$|;|\|)")
# of POSIX, and of bash beyond it
_BUILTIN = frozenset(
    re.findall(
        r"\w+",
        "alias bg break builtin caller case cd command compgen complete continue declare "
        "dirs disown do done echo elif else enable esac eval exec exit export false fc fg "
        "fi for function getopts hash help history if in jobs kill let local logout "
        "mapfile popd printf pushd pwd read readarray readonly return select set shift "
        "shopt source suspend test then time times trap true type typeset ulimit umask "
        "unalias unset until wait while ",
    )
)


def findings(case: Case) -> Iterator[Finding]:
    """Yield each program that is missing, once, with a target that needs it."""
    search = case.project.settings.environ.get("PATH", os.defpath)
    missing: dict[str, list[Target]] = {}
    found: dict[str, bool] = {}
    for target in case.project.graph.targets.values():
        if target.is_group or any(name == "PATH" for name, _ in target.env):
            continue
        for program in dict.fromkeys(_programs(case, target)):
            if program not in found:
                found[program] = shutil.which(program, path=search) is not None
            if not found[program]:
                missing.setdefault(program, []).append(target)
    for program, targets in missing.items():
        more = f" and {len(targets) - 1} more" if len(targets) > 1 else ""
        place = targets[0].place or ("target", targets[0].family)
        yield Finding(
            "program-missing", line_of(case.problems, place),
            f"`{program}`, with which a command of `{targets[0].name}`{more} begins, is not here",
            "install it, or put its folder on PATH",
        )  # fmt: skip
    if shutil.which("dot", path=search) is None:
        yield Finding(
            "program-missing", "PATH", "Graphviz's `dot` is not here",
            "`jobmake graph --svg` and `--html` need it: install the package `graphviz`",
            advice=True,
        )  # fmt: skip


def _programs(case: Case, target: Target) -> Iterator[str]:
    manner = target.manner
    kind = case.project.registry.job_types[target.job_type or ""]
    yield from manner.interpreter[:1]
    if "argv" in target.settings:
        yield from _plain_name(target.settings["argv"][0])
        return
    is_code = manner.interpreter or {"python", "with"} & target.settings.keys()
    texts = [] if is_code else [text for _, text in kind.texts(target.settings)]
    for text in texts:
        yield from _of_text(text)
    if texts and not all(text.startswith("#!") for text in texts):
        yield from manner.shell[:1]
    for probe in target.probes:
        yield from _of_text(probe)


def _of_text(text: str) -> Iterator[str]:
    """Yield the program that a text for the shell begins with, or that its `#!` names."""
    text = text.lstrip()
    if text.startswith("#!"):
        words = text[2:].split("\n", 1)[0].split()
        if words and os.path.basename(words[0]) == "env":
            words = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
        yield from words[:1]
        return
    lines = (line.strip() for line in text.split("\n"))
    first = next((line for line in lines if line and not line.startswith("#")), "")
    found = _PROGRAM.match(first)
    if (
        found
        and found[1] not in _BUILTIN
        and not re.search(rf"\b{re.escape(found[1])} *\(\)", text)
    ):
        yield found[1]


def _plain_name(word: str) -> Iterator[str]:
    if "{" not in word and ("/" not in word or word.startswith("/")):
        yield word
