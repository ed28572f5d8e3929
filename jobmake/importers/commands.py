"""Commands of other tools as texts of `run`.

Other tools run `sh -c`, jobmake runs `sh -e -c`: where that can make a difference, the
text itself says `set +e`. A file's path becomes `{inputs}` or `{outputs}` where the
command stays the same to the letter.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from jobmake.model.bindings import ROOTS
from jobmake.tools.shellwords import REFUSED, ShellContext
from jobmake.tools.template import literal, parse

if TYPE_CHECKING:
    from collections.abc import Sequence

_QUOTED = re.compile(r"'[^']*'|\"(?:[^\"\\$`]|\\.)*\"|\\.", re.DOTALL)
_PLAIN_PATH = re.compile(r"[\w.+/@%,][\w.+/@%,-]*", re.ASCII)


def goes_on_after_failure(text: str) -> bool:
    """Say whether a command's text may run on where `sh -e` would end it."""
    return re.search(r"[;\n`]|\$\(", _QUOTED.sub("x", text)) is not None


def as_run(
    text: str, *, ignore: bool = False, stops: bool = False, is_template: bool = False
) -> str:
    """Return a command as a text of `run`, with braces escaped unless it ``is_template``.

    ``ignore``: its failure does not count. ``stops``: the other tool stops like `sh -e`.
    """
    text = text.strip("\n") if is_template else literal(text.strip("\n"), ROOTS)
    if not re.search(r"[\"'\\`#\n]|<<", text):
        text = re.sub(r" +", " ", text).strip()  # what variables without a value left
    several = goes_on_after_failure(text)
    if ignore:
        return f"set +e; {text}\ntrue" if several else f"{text} || true"
    return f"set +e; {text}" if several and not stops else text


def with_files(text: str, inputs: Sequence[str], outputs: Sequence[str], cwd: str = ".") -> str:
    """Return ``text`` with `{inputs}` and `{outputs}` in place of just these paths.

    ``text`` is escaped; ``inputs`` and ``outputs`` are relative to the Jobfile's folder.
    """
    for paths, placeholder in ((outputs, "{outputs}"), (inputs, "{inputs}")):
        words = [path if cwd == "." else posixpath.relpath(path, cwd) for path in paths]
        if words and all(_PLAIN_PATH.fullmatch(word) for word in words):
            text = _replaced(text, " ".join(words), placeholder)
        alone = not any(_has_word(text, word) for word in words[1:])
        if len(words) > 1 and alone and _PLAIN_PATH.fullmatch(words[0]):
            text = _replaced(text, words[0], placeholder.replace("}", "[0]}"))
    return text


def is_safe(text: str) -> bool:
    """Say whether every placeholder of a text stands where a value can be put."""
    context = ShellContext()
    for part in parse(text, ROOTS, []):
        if isinstance(part, str):
            context.feed(part)
        elif context.place == REFUSED:
            return False
        else:
            context.value()
    return True


def _replaced(text: str, words: str, placeholder: str) -> str:
    new = re.sub(_word(words), placeholder, text)
    return new if is_safe(new) else text


def _has_word(text: str, word: str) -> bool:
    return re.search(_word(word), text) is not None


def _word(words: str) -> str:
    return rf"(?<![^\s=]){re.escape(words)}(?![^\s;)])"


def in_root(text: str, root: str) -> str:
    """Return a command with `{root}` in place of the project's folder, so that it can move."""
    if not _PLAIN_PATH.fullmatch(root) or root == "/":
        return text
    new = re.sub(rf"(?<![\w./@%+~-]){re.escape(root)}(?=[/\s;:,'\")]|$)", "{root}", text)
    new = re.sub(rf"(?<=-[IL]){re.escape(root)}(?=[/\s;:,'\")]|$)", "{root}", new)
    return new if is_safe(new) else text
