"""The job type of `run` and `argv`: commands, with or without the shell, and scripts.

Knows what is started for a text, and when the shell can be left out. Does not know how
values are written into texts (`model/commandtext`), and does not start anything.

    a text of `run` ──▶ begins with `#!` and has more lines: a script for the program named there
                    ├─▶ the target has an `interpreter`: a script for that
                    ├─▶ means the same without a shell: started directly
                    └─▶ SHELL -c TEXT; by default `/bin/sh -e`, so that the first line that
                        fails ends it

Each text is a command of its own; the first that fails ends the run.
"""

from __future__ import annotations

import os
from functools import lru_cache

from jobmake.jobs.starting import program, refuse_too_long
from jobmake.model.bindings import ROOTS, Bindings, filled, joined, lookup, text_of
from jobmake.model.commandtext import FOREIGN, POSIX, SCRIPT, command, is_secret, unsafe
from jobmake.model.environment import environment
from jobmake.model.errors import TargetError
from jobmake.model.run import Work
from jobmake.model.secrets import MASK
from jobmake.model.target import SHELL
from jobmake.tools.programs import (
    find_program,
    is_needed,
    program_of,
    shebang,
    speaks_posix,
    words_of_shebang,
)
from jobmake.tools.shellwords import BARE, plain_words, plain_words_into, quoted
from jobmake.tools.template import Placeholder, TemplateError, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from jobmake.model.fault import Fault, Steps
    from jobmake.model.target import Manner, Scope

_speaks_posix = lru_cache(maxsize=64)(speaks_posix)  # most targets are given to the same shell


class Shell:
    """Runs texts in the shell or another interpreter, or a command without one."""

    name = "shell"
    version = "1"

    def refuses(self) -> Mapping[str, str | None]:
        """Return nothing: what it has no use for is told with what it is beside."""
        return {}

    def validate(self, keys: Mapping[str, Any], scope: Scope) -> Iterator[Fault]:
        """Yield nothing: its texts say it all."""
        yield from ()

    def defaults(self) -> Mapping[str, Any]:
        """Return nothing: it has no `with`."""
        return {}

    def files_read(self, settings: Mapping[str, Any]) -> Iterator[tuple[Steps, str]]:
        """Yield nothing: it is given no files but those that are named."""
        yield from ()

    def texts(self, settings: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Yield each text of `run` or `argv` with its place."""
        for key in ("run", "argv"):
            texts = settings.get(key, ())
            for index, text in enumerate(texts):
                # a lone text of `run` may have been written without a list: the place
                # above it is then found in its stead
                yield (key, index), text

    def more(self, settings: Mapping[str, Any]) -> Iterator[str]:
        """Yield nothing: its texts say it all."""
        yield from ()

    def problems(
        self, place: tuple[str | int, ...], text: str, manner: Manner
    ) -> Iterator[tuple[str, Placeholder, str | None]]:
        """Yield each placeholder that stands where no value can be put safely."""
        if place[0] == "run":
            yield from unsafe(text, _language(text, manner))

    def prepare(self, bindings: Bindings, log: str) -> Work:
        """Return the commands with all values put in. Raises TargetError."""
        target, manner = bindings.target, bindings.target.manner
        variables = environment(bindings)
        scripts: list[tuple[str, str]] = []
        direct: dict[int, tuple[str, tuple[str, ...]]] = {}
        try:
            if "argv" in target.settings:
                words = _argv(target.settings["argv"], bindings)
                search = variables.get("PATH", os.defpath)
                steps: tuple[tuple[str, ...], ...] = ((program(words[0], search), *words[1:]),)
            else:
                texts = target.settings["run"]
                steps = tuple(_step(text, bindings, variables, scripts) for text in texts)
                direct = _direct(steps, manner, variables)
        except TemplateError as error:
            raise TargetError(error.message, error.hint) from None
        refuse_too_long(steps, variables)
        return Work(
            run_id=variables["JOBMAKE_RUN_ID"],
            steps=steps,
            cwd=os.path.normpath(os.path.join(bindings.root, target.cwd)),
            env=variables,
            log=log,
            value=os.path.join(bindings.run_dir, "value") if manner.capture else "",
            scripts=tuple(scripts),
            tmp=bindings.tmp,
            ok_codes=manner.ok_codes,
            interactive=manner.interactive,
            direct=direct,
        )

    def shown(self, bindings: Bindings) -> str:
        """Return the commands as a person reads them, one a line, secrets masked."""
        settings, manner = bindings.target.settings, bindings.target.manner
        try:
            if "argv" in settings:
                return " ".join(
                    quoted(word, BARE) for word in _argv(settings["argv"], bindings, True)
                )
            texts = (
                command(text, _language(text, manner), bindings, masked=True)
                for text in settings["run"]
            )
            return "\n".join(text.strip("\n") for text in texts)
        except TemplateError as error:
            return error.text


def _language(text: str, manner: Manner) -> str:
    """Return the language that a text of `run` is written in."""
    script = words_of_shebang(text) or manner.interpreter
    if _speaks_posix(script or manner.shell):
        return POSIX
    return SCRIPT if script else FOREIGN


def _step(
    text: str, bindings: Bindings, variables: Mapping[str, str], scripts: list[tuple[str, str]]
) -> tuple[str, ...]:
    """Return the argv of one text of `run`; if it is a script, add that to ``scripts``."""
    manner = bindings.target.manner
    search = variables.get("PATH", os.defpath)
    whole = command(text, _language(text, manner), bindings)
    script = _own_line(whole, search) or manner.interpreter
    if script:
        path = os.path.join(bindings.run_dir, f"script-{len(scripts) + 1}")
        scripts.append((path, whole))
        return (program(script[0], search, "interpreter"), *script[1:], path)
    words = plain_words(whole)
    if words and not is_needed(manner.shell, words[0], variables):
        found = find_program(words[0], search)
        if found:
            return (found, *words[1:])
    # the shell also says best what is wrong with a command that is not found
    if manner.shell == SHELL:
        return (*SHELL, "-c", whole)
    return (program(manner.shell[0], search, "shell"), *manner.shell[1:], "-c", whole)


def _direct(
    steps: tuple[tuple[str, ...], ...], manner: Manner, variables: Mapping[str, str]
) -> dict[int, tuple[str, tuple[str, ...]]]:
    """Return for those steps that need the shell only to write to a file what does without."""
    found = {}
    for number, words in enumerate(steps):
        split = plain_words_into(words[-1]) if words[-2:-1] == ("-c",) else None
        if split and not is_needed(manner.shell, split[0][0], variables):
            program = find_program(split[0][0], variables.get("PATH", os.defpath))
            if program and words == (*manner.shell, "-c", words[-1]):
                found[number] = split[1], (program, *split[0])
    return found


def _own_line(text: str, search: str) -> tuple[str, ...]:
    """Return the program and argument of a script's own `#!` line, if it has one.

    Raises TargetError where there is no such program.
    """
    words = shebang(text)
    if not words:
        return ()
    hint = "`#!/usr/bin/env NAME` finds it on the PATH"
    if not os.access(words[0], os.X_OK) or not os.path.isabs(words[0]):
        raise TargetError(f"there is no interpreter `{words[0]}`, which a script names", hint)
    if os.path.basename(words[0]) == "env":
        name = program_of(words_of_shebang(text))
        if name and "/" not in name:
            program(name, search, "interpreter")
    return words


def _argv(texts: Iterable[str], bindings: Bindings, masked: bool = False) -> tuple[str, ...]:
    """Return the words; a word that is one placeholder of files becomes one word for each."""
    words: list[str] = []
    for text in texts:
        template = parse(text, ROOTS)
        if len(template) == 1 and isinstance(part := template[0], Placeholder):
            values = [MASK] if masked and is_secret(part) else lookup(part, bindings)
            words.extend(text_of(part, value) for value in values)
        else:
            words.append(filled(text, bindings, _masked if masked else joined))
    return tuple(words)


def _masked(part: Placeholder, bindings: Bindings) -> str:
    return MASK if is_secret(part) else joined(part, bindings)
