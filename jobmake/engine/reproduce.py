"""A run as a line to paste into a shell, anywhere: it makes the same outputs again.

Knows what a run is given: its folder, its environment where that differs from the person's,
its files and scripts, its commands. How it is written for a shell is in `pasting`. Old
outputs are not removed by the line (but those of an isolated run, which takes a folder of its
own), and captured output is printed; all else is as in a build.

Invariant: no secret is in it. A variable that looks like one is taken from the shell that the
line is pasted into, one that would stand in the command itself is masked.
"""

from __future__ import annotations

import os
import re

from jobmake.engine import outputs
from jobmake.engine.needed import needed
from jobmake.engine.pasting import command, moved_in, moved_out, path_of, quoted
from jobmake.jobfile.typed import holds_secrets, masked_settings
from jobmake.jobs.python import has_secrets, without_secrets
from jobmake.model.bindings import Bindings, filled
from jobmake.model.environment import HELD, TMP
from jobmake.model.errors import TargetError
from jobmake.model.secrets import MASK, looks_secret, without_users
from jobmake.tools.pathnames import is_outside
from jobmake.tools.template import TemplateError
from jobmake.tools.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from jobmake.engine.judge import Judge
    from jobmake.model.contracts import JobType
    from jobmake.model.needed import RoledPaths
    from jobmake.model.run import Work
    from jobmake.model.target import FilePattern, Target

NEXT = "0"  # the id of a run that is yet to be
_RUNS = ".jobmake/runs"
_OWN = "pasted"  # of a run's folder, where an isolated one is pasted


def line_to_paste(kind: JobType, bindings: Bindings, work: Work | None = None) -> str:
    """Return the line for one run; ``work`` is what was prepared for it, where that is at hand.

    Raises TargetError where the run could not begin.
    """
    told = (bindings.target, *(one.target for one in bindings.needed))
    given = _without_secrets(bindings) if any(map(_has_secrets, told)) else bindings
    manner = given.target.manner
    if manner.isolated:
        given = replace(given, root=os.path.join(given.run_dir, _OWN))
    if work is None or given is not bindings:
        work = kind.prepare(given, os.devnull)
    written = written_files(given)
    lead = ["cd " + quoted(bindings.root)]
    if manner.isolated:
        lead += _moved_in(given, os.path.relpath(given.root, bindings.root))
    texts = _texts(work, written)
    tmp = os.path.join(given.run_dir, "tmp") if any(TMP in text for text in texts) else ""
    folders = _folders(given, work, texts, tmp)
    if folders:
        lead.append("mkdir -p " + " ".join(map(quoted, folders)))
    if tmp:
        lead.append(f"rm -rf {quoted(tmp)} && mkdir {quoted(tmp)}")
    scripts = [(os.path.relpath(path, given.root), text) for path, text in work.scripts]
    lead += [f"printf %s {quoted(text)} > {path_of(path)}" for path, text in (*written, *scripts)]
    if work.cwd != given.root:
        lead.append("cd " + quoted(work.cwd))
    variables = " ".join(_assignments(given, work.env, tmp))
    commands = [command(words, variables, work) for words in work.steps]
    if manner.isolated:
        commands.append("cd " + quoted(bindings.root))
        commands += moved_out(given.target.owned, os.path.relpath(given.root, bindings.root))
    return without_users(" && ".join([*lead, *commands]))


def written_files(bindings: Bindings) -> list[tuple[str, str]]:
    """Return path and text of the files that are written before a run. Raises TargetError."""
    try:
        return [(path, filled(text, bindings)) for path, text in bindings.target.manner.files]
    except TemplateError as error:
        raise TargetError(f"`files`: {error.message}", error.hint) from None


def _moved_in(bindings: Bindings, folder: str) -> list[str]:
    """Return what fills the folder of an isolated run, from the project's folder, into it."""
    target = bindings.target
    folders = {one.path for one in (*target.inputs, *target.sources) if one.kind == "folder"}
    files = {path for _, paths in (*bindings.inputs, *bindings.sources) for path in paths}
    inside = sorted(path for path in files if not is_outside(path))
    return [*moved_in(inside, folders, folder), "cd " + path_of(folder)]


def _texts(work: Work, written: Iterable[tuple[str, str]]) -> list[str]:
    """Return the texts in which a run may speak of folders, as far as can be seen."""
    texts = [word for words in work.steps for word in words]
    texts += [text for _, text in work.scripts]
    texts += [text for _, text in written]
    return texts


def _assignments(bindings: Bindings, given: Mapping[str, str], tmp: str) -> Iterator[str]:
    """Yield what `env` is told: the variables of a run that the person's shell has not."""
    own = bindings.environ
    named = {*dict(bindings.target.env), *bindings.target.env_inputs}  # or not as it is there
    # some are kept from the run: it gets no other
    all_there = own.keys() <= given.keys() or own.keys() - {TMP} <= given.keys()
    only = bindings.target.manner.hermetic or not all_there
    if only:
        yield "-i"
    if tmp:
        yield f"{TMP}={quoted(tmp)}"
    for name, value in given.items():
        if name == HELD or not (only or own.get(name) != value or name in named):
            continue
        # the shell's own, where it can be named there
        if looks_secret(name):
            hidden = f'"${name}"' if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) else MASK
        yield quoted(name) + "=" + (hidden if looks_secret(name) else quoted(value))


def _folders(bindings: Bindings, work: Work, texts: Iterable[str], tmp: str) -> list[str]:
    """Return the folders that a run finds made, relative to the root."""
    target = bindings.target
    found = {outputs.folder_for(one) for one in target.owned} - {""}
    if target.manner.isolated and target.cwd != ".":
        found.add(target.cwd)
    told = (*texts, *(work.env.get(name, "") for name, _ in target.env))
    if tmp or any(bindings.run_dir in text for text in told):
        found.add(os.path.relpath(bindings.run_dir, bindings.root))
    return sorted("./" + one if one.startswith("-") else one for one in found)


def _has_secrets(target: Target) -> bool:
    """Say whether a placeholder may stand for a secret: all that are used are tracked."""
    named = (*(name for name, _ in target.params), *target.env_inputs)
    secret = has_secrets(target) or any(map(looks_secret, named))
    return secret or holds_secrets(target.settings.get("with", {}))


def _without_secrets(bindings: Bindings) -> Bindings:
    scope = bindings.target.scope
    params = _masked(scope.params)
    target = without_secrets(replace(bindings.target, scope=replace(scope, params=params)))
    if "with" in target.settings:
        table = masked_settings(target.settings["with"])
        target = replace(target, settings={**target.settings, "with": table})
    needed = tuple(replace(one, target=without_secrets(one.target)) for one in bindings.needed)
    environ = {
        name: MASK if looks_secret(name) else value for name, value in bindings.environ.items()
    }
    return replace(bindings, target=target, needed=needed, environ=environ)


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
        needed=needed(target, judge),
        python_path=judge.python_path,
        input_directory=os.path.join(files.root, judge.input_directory),
    )


def next_line(judge: Judge, target: Target) -> str:
    """Return the line for a run of ``target`` as it would be now. Raises TargetError."""
    kind = judge.job_types.get(target.job_type or "")
    if kind is None:
        raise TargetError(f"`{target.name}` is a group: it runs nothing")
    return line_to_paste(kind, bindings_now(judge, target))
