"""The job type of `run` and `argv`: commands, with or without the shell.

Knows how values are put into a command and when the shell can be left out. Does not
start anything.

Each text of `run` is a command of its own, run by `sh -e`, so that of several lines the
first that fails ends it. A text that means the same without a shell is started directly.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jobmake.model.bindings import ROOTS, Bindings, lookup, text_of
from jobmake.model.errors import TargetError
from jobmake.model.run import Work
from jobmake.model.secrets import MASK, looks_secret
from jobmake.tools.shellwords import BARE, REFUSED, ShellContext, plain_words, quoted
from jobmake.tools.template import Placeholder, Template, TemplateError, fill, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

SHELL = ("/bin/sh", "-e", "-c")
LONGEST_ARGUMENT = 131_071  # bytes; what Linux takes for one argument


class Shell:
    """Runs texts in the shell, or a command without one."""

    name = "shell"
    version = "1"

    def texts(self, settings: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Yield each text of `run` or `argv` with its place."""
        for key in ("run", "argv"):
            texts = settings.get(key, ())
            for index, text in enumerate(texts):
                # a lone text of `run` may have been written without a list: the place
                # above it is then found in its stead
                yield (key, index), text

    def problems(self, text: str) -> Iterator[tuple[str, Placeholder, str | None]]:
        """Yield each placeholder that stands where no value can be put safely."""
        for placeholder, place in _places(text):
            if place == REFUSED and not placeholder.raw:
                yield (
                    f"`{placeholder.text}` stands where its value cannot be quoted safely",
                    placeholder,
                    "not in a comment, backquotes, `${…}` or a here-document: use a variable of"
                    " `env`, or `!raw` if you know the value",
                )

    def prepare(self, bindings: Bindings, log: str) -> Work:
        """Return the commands with all values put in. Raises TargetError."""
        target = bindings.target
        environment = self._environment(bindings)
        try:
            search = environment.get("PATH", os.defpath)
            if "argv" in target.settings:
                words = _argv(target.settings["argv"], bindings)
                steps: tuple[tuple[str, ...], ...] = ((_program(words[0], search), *words[1:]),)
            else:
                texts = [_command(text, bindings, _value) for text in target.settings["run"]]
                steps = tuple(_step(text, search) for text in texts)
        except TemplateError as error:
            raise TargetError(error.message, error.hint) from None
        _refuse_too_long(steps, environment)
        return Work(
            run_id=environment["JOBMAKE_RUN_ID"],
            steps=steps,
            cwd=os.path.normpath(os.path.join(bindings.root, target.cwd)),
            env=environment,
            log=log,
        )

    def shown(self, bindings: Bindings) -> str:
        """Return the commands as a person reads them, one a line, secrets masked."""
        settings = bindings.target.settings
        try:
            if "argv" in settings:
                return " ".join(
                    quoted(word, BARE) for word in _argv(settings["argv"], bindings, True)
                )
            texts = (_command(text, bindings, _shown) for text in settings["run"])
            return "\n".join(text.strip("\n") for text in texts)
        except TemplateError as error:
            return error.text

    def _environment(self, bindings: Bindings) -> dict[str, str]:
        environment = dict(bindings.environ)
        for name, text in bindings.target.env:
            try:
                environment[name] = _joined(parse(text, ROOTS), bindings)
            except TemplateError as error:
                raise TargetError(f"`env.{name}`: {error.message}", error.hint) from None
        environment["JOBMAKE_RUN_ID"] = os.path.basename(bindings.run_dir)
        environment["JOBMAKE_TARGET"] = bindings.target.name
        environment["JOBMAKE_ROOT"] = bindings.root
        # a build of this project would wait for us, and we for it; so of those that wait for us
        held = environment.get("JOBMAKE_LOCK_HELD", "").split("\n")
        environment["JOBMAKE_LOCK_HELD"] = "\n".join(filter(None, (*held, bindings.root)))
        return environment


@lru_cache(maxsize=1024)
def _places(text: str) -> tuple[tuple[Placeholder, str], ...]:
    """Return each placeholder of a command's text with its place in the shell's eyes."""
    context = ShellContext()
    found = []
    # what is wrong with a placeholder itself is told by who reads the Jobfile
    for part in parse(text, ROOTS, []):
        if isinstance(part, str):
            context.feed(part)
        else:
            found.append((part, context.place))
            context.value()
    return tuple(found)


def _command(text: str, bindings: Bindings, write: Any) -> str:
    places = iter(_places(text))
    return fill(parse(text, ROOTS), lambda part: write(part, next(places)[1], bindings))


def _value(part: Placeholder, place: str, bindings: Bindings) -> str:
    texts = [text_of(part, value) for value in lookup(part, bindings)]
    if any("\0" in text for text in texts):
        raise TemplateError(f"`{part.text}`: its value holds a NUL character", part.text)
    if part.raw:
        return " ".join(texts)
    if place == BARE:
        return " ".join(quoted(text, BARE) for text in texts)
    try:
        return quoted(" ".join(texts), place)
    except ValueError as error:
        raise TemplateError(f"`{part.text}`: {error}", part.text) from None


def _shown(part: Placeholder, place: str, bindings: Bindings) -> str:
    return MASK if _is_secret(part) else _value(part, place, bindings)


def _is_secret(part: Placeholder) -> bool:
    return part.root in ("params", "env") and any(looks_secret(str(step)) for step in part.steps)


def _argv(texts: Iterable[str], bindings: Bindings, masked: bool = False) -> tuple[str, ...]:
    """Return the words; a word that is one placeholder of files becomes one word for each."""
    words: list[str] = []
    for text in texts:
        template = parse(text, ROOTS)
        if len(template) == 1 and isinstance(part := template[0], Placeholder):
            values = [MASK] if masked and _is_secret(part) else lookup(part, bindings)
            words.extend(text_of(part, value) for value in values)
        else:
            words.append(_joined(template, bindings, masked))
    return tuple(words)


def _joined(template: Template, bindings: Bindings, masked: bool = False) -> str:
    def value(part: Placeholder) -> str:
        if masked and _is_secret(part):
            return MASK
        return " ".join(text_of(part, one) for one in lookup(part, bindings))

    return fill(template, value)


def _step(text: str, search: str) -> tuple[str, ...]:
    words = plain_words(text)
    if words and (program := _find_program(words[0], search)):
        return (program, *words[1:])
    # the shell also says best what is wrong with a command that is not found
    return (*SHELL, text)


def _program(name: str, search: str) -> str:
    program = _find_program(name, search)
    if program is None:
        raise TargetError(f"the command `{name}` is not found", "is it installed, and on the PATH?")
    return program


@lru_cache(maxsize=256)
def _find_program(name: str, search: str) -> str | None:
    if "/" in name:
        return name
    for folder in search.split(os.pathsep):
        path = os.path.join(folder or ".", name)
        if os.path.isabs(path) and os.access(path, os.X_OK) and os.path.isfile(path):
            return path
    return None


def _refuse_too_long(steps: tuple[tuple[str, ...], ...], environment: Mapping[str, str]) -> None:
    variables = sum(map(_size, (*environment, *environment.values())))
    for words in steps:
        sizes = [_size(word) for word in words]
        # a pointer goes with each word and variable; a page is for what the kernel adds
        pointers = 10 * (len(words) + len(environment))
        most = os.sysconf("SC_ARG_MAX") - variables - pointers - 4096
        for size, limit in ((max(sizes), LONGEST_ARGUMENT), (sum(sizes), most)):
            if size > limit:
                raise TargetError(
                    f"the command has {size:,} bytes, and the system takes {limit:,}",
                    "let it read the names of its files from a file, or give it their folder",
                )


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))
