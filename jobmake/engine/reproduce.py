"""A run as a line to paste into a shell, anywhere: it makes the same outputs again.

Knows what a run is given: its folder, its environment where that differs from the person's,
its commands. Old outputs are not removed by the line, all else is as in a build.

Invariant: no secret is in it. A variable that looks like one is taken from the shell that the
line is pasted into, one that would stand in the command itself is masked.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from shlex import quote
from typing import TYPE_CHECKING, Any

from jobmake.engine import outputs
from jobmake.model.bindings import Bindings
from jobmake.model.errors import TargetError
from jobmake.model.secrets import MASK, looks_secret
from jobmake.tools.pathnames import static_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jobmake.engine.judge import Judge
    from jobmake.model.bindings import RoledPaths
    from jobmake.model.contracts import JobType
    from jobmake.model.run import Work
    from jobmake.model.target import FilePattern, Target

NEXT = "0"  # the id of a run that is yet to be
_RUNS = ".jobmake/runs"
_OURS = "JOBMAKE_LOCK_HELD"  # says that a build goes on: not so when the line is pasted


def line_to_paste(kind: JobType, bindings: Bindings, work: Work | None = None) -> str:
    """Return the line for one run; ``work`` is what was prepared for it, where that is at hand.

    Raises TargetError where the run could not begin.
    """
    given = _without_secrets(bindings) if _has_secrets(bindings.target) else bindings
    if work is None or given is not bindings:
        work = kind.prepare(given, os.devnull)
    lead = ["cd " + _quoted(given.root)]
    folders = _folders(given, work.steps)
    if folders:
        lead.append("mkdir -p " + " ".join(map(_quoted, folders)))
    if work.cwd != given.root:
        lead.append("cd " + _quoted(work.cwd))
    variables = " ".join(_assignments(given, work.env))
    return " && ".join([*lead, *(_command(words, variables) for words in work.steps)])


def _command(words: tuple[str, ...], variables: str) -> str:
    if variables and "=" in words[0]:  # `env` would take the program for a variable
        words = ("/bin/sh", "-c", 'exec "$0" "$@"', *words)
    command = " ".join(map(_quoted, words))
    return f"env {variables} {command}" if variables else command


def _assignments(bindings: Bindings, given: Mapping[str, str]) -> Iterator[str]:
    """Yield what `env` is told: the variables of a run that the person's shell has not."""
    own = bindings.environ
    named = {*dict(bindings.target.env), *bindings.target.env_inputs}
    only = not own.keys() <= given.keys()  # some are kept from the run: it gets no other
    if only:
        yield "-i"
    for name, value in given.items():
        if name == _OURS or not (only or name in named or own.get(name) != value):
            continue
        # the shell's own, where it can be named there
        hidden = f'"${name}"' if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) else MASK
        yield _quoted(name) + "=" + (hidden if looks_secret(name) else _quoted(value))


def _folders(bindings: Bindings, steps: Iterable[tuple[str, ...]]) -> list[str]:
    """Return the folders that a run finds made, relative to the root."""
    target = bindings.target
    found = {
        static_folder(one.path) if one.kind == "glob" else os.path.dirname(one.path)
        for one in target.outputs
    } - {""}
    if any(bindings.run_dir in word for words in steps for word in words):
        found.add(os.path.relpath(bindings.run_dir, bindings.root))
    return sorted("./" + one if one.startswith("-") else one for one in found)


def _has_secrets(target: Target) -> bool:
    """Say whether a placeholder may stand for a secret: all that are used are tracked."""
    return any(looks_secret(name) for name, _ in target.params) or any(
        looks_secret(name) for name in target.env_inputs
    )


def _without_secrets(bindings: Bindings) -> Bindings:
    scope = bindings.target.scope
    params = _masked(scope.params)
    target = replace(bindings.target, scope=replace(scope, params=params))
    environ = {
        name: MASK if looks_secret(name) else value for name, value in bindings.environ.items()
    }
    return replace(bindings, target=target, environ=environ)


def _masked(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return params with every secret replaced, and everything below a secret."""
    masked: dict[str, Any] = {}
    todo = [(params, masked, False)]
    while todo:
        table, into, secret = todo.pop()
        for name, value in table.items():
            hide = secret or looks_secret(name)
            if isinstance(value, dict):
                into[name] = {}
                todo.append((value, into[name], hide))
            elif isinstance(value, list) and hide:
                into[name] = [MASK] * len(value)
            else:
                into[name] = MASK if hide else value
    return masked


def _quoted(word: str) -> str:
    """Quote a word for any POSIX shell, also one that holds bytes that are no UTF-8."""
    if word.isascii():
        return quote(word)
    pieces = re.split(r"([\ud800-\udfff]+)", word)
    return "".join(
        f"\"$(printf '{_octal(piece)}')\"" if at % 2 else quote(piece) if piece else ""
        for at, piece in enumerate(pieces)
    )


def _octal(text: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in text.encode("utf-8", "surrogateescape"))


def bindings_now(judge: Judge, target: Target) -> Bindings:
    """Return what placeholders would stand for in a run that began now, made of the files that
    are there now. Raises TargetError for a folder that cannot be read."""
    files = judge.files
    own = {path for one in target.outputs for path in files.matching(one)}

    def by_role(patterns: Iterable[FilePattern]) -> RoledPaths:
        grouped: dict[str, list[str]] = {}
        for one in patterns:
            found = files.matching(one)
            grouped.setdefault(one.role, []).extend(
                path for path in found if one.kind != "glob" or path not in own
            )
        return tuple((role, tuple(paths)) for role, paths in grouped.items())

    return Bindings(
        target=target,
        inputs=by_role(target.inputs),
        sources=by_role(target.sources),
        outputs=outputs.by_role(target),
        root=files.root,
        run_dir=os.path.join(files.root, _RUNS, NEXT),
        environ=judge.environ,
    )


def next_line(judge: Judge, target: Target) -> str:
    """Return the line for a run of ``target`` as it would be now. Raises TargetError."""
    kind = judge.job_types.get(target.job_type or "")
    if kind is None:
        raise TargetError(f"`{target.name}` is a group: it runs nothing")
    return line_to_paste(kind, bindings_now(judge, target))
