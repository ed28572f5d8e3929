"""Every message of an error, read from the source: how it is written, and that it is tried.

A message counts as tried when it stands in a test or in the manual, whole or three words of it,
one after the other. That does not prove that it is reached; but none can be added without
somebody writing down what people will read. Those that are not tried yet are listed below: the
list may only get shorter.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.case("F12")
ROOT = Path(__file__).resolve().parent.parent
ERRORS = {"UsageError", "StateError", "LockedError", "TargetError", "CodeError", "PluginError",
          "TemplateError", "Problem"}  # fmt: skip
NOTES = {"key", "value", "add"}  # methods of Problems

# Many of these take another system, a broken program or a race to have them told.
UNTRIED = {
    ("jobmake/commands/show.py", "how run … was started is not kept"),
    ("jobmake/engine/facts.py", "cannot set the time of `…`: …"),
    ("jobmake/engine/keeping.py", "cannot keep its result: `…`: …"),
    ("jobmake/engine/results.py", "its depfile `…` names `…`, which is missing"),
    ("jobmake/engine/whatif.py", "`…` is a group: it makes nothing"),
    ("jobmake/jobfile/families.py", "`each` makes … instances"),
    ("jobmake/jobfile/link.py", "the parent `…` of `…` has several instances"),
    ("jobmake/jobs/thisrun.py", "the param `…` is not tracked"),
    ("jobmake/library/project.py", "the param `…` cannot be a `…`"),
    ("jobmake/plugins/blame.py", "compare its methods with the manual's"),
    ("jobmake/reporters/drawing/svg.py", "Graphviz's `dot` failed: …"),
    ("plugins/jobmake_plugins/etag.py", "`…` redirects to what is not HTTP"),
    ("plugins/jobmake_plugins/etag.py", "its check `etag` …"),
    ("plugins/jobmake_plugins/git.py", "… when asked of `…`"),
    ("plugins/jobmake_plugins/notebook.py", "the cell of the parameters failed: …"),
    ("plugins/jobmake_plugins/notebook.py", "the notebook did not begin: …"),
    ("plugins/jobmake_plugins/notify.py", "`notify-send` failed"),
    ("plugins/jobmake_plugins/sql.py", "SQLite takes no list and no table as a parameter"),
}


@dataclass(frozen=True)
class Message:
    """A message as it stands in the source: its fixed pieces, in order."""

    file: str
    line: int
    pieces: tuple[str, ...]

    @property
    def is_written_down(self) -> bool:
        whole = ".{1,80}?".join(map(re.escape, filter(None, self.pieces)))
        if re.search(whole, written_down()):
            return True
        runs = [run for piece in self.pieces for run in _in_a_row(piece.strip(" `:,").split())]
        return any(run in written_down() for run in runs if len(run) > 11)

    @property
    def text(self) -> str:
        return "".join(piece or "…" for piece in self.pieces)


def _in_a_row(words: list[str], number: int = 3) -> list[str]:
    """Return each three words that follow each other; all, where there are fewer."""
    last = max(1, len(words) - number + 1)
    return [" ".join(words[at : at + number]) for at in range(last)]


@cache
def messages() -> list[Message]:
    found = []
    for folder in ("jobmake", "plugins"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            for call in ast.walk(ast.parse(path.read_text())):
                if isinstance(call, ast.Call) and _tells(call.func):
                    found += [
                        Message(name, call.lineno, pieces) for pieces in _first_text(call.args)
                    ]
    # one with hardly a word of its own is made of what was written elsewhere
    return [one for one in found if len(re.findall(r"[a-z]{2,}", one.text)) > 2]


def _tells(func: ast.expr) -> bool:
    if isinstance(func, ast.Attribute):
        return func.attr in NOTES and ast.unparse(func.value).endswith("problems")
    return isinstance(func, ast.Name) and func.id in ERRORS


def _first_text(arguments: list[ast.expr]) -> list[tuple[str, ...]]:
    """Return the texts, one or the other, of the first argument that is one; a message that was
    made elsewhere has none."""
    for argument in arguments[:2]:
        found = [pieces for pieces in _texts(argument) if pieces]
        if found:
            return found
    return []


def _texts(node: ast.expr) -> Iterator[tuple[str, ...]]:
    match node:
        case ast.Constant(value=str(text)):
            yield (text,)
        case ast.JoinedStr(values=values):
            yield tuple(one.value if isinstance(one, ast.Constant) else "" for one in values)
        case ast.IfExp(body=body, orelse=orelse):
            yield from _texts(body)
            yield from _texts(orelse)


@cache
def written_down() -> str:
    """Return all that tests and the manual say, with texts of several lines joined."""
    pages = [*(ROOT / "docs").glob("*.md"), ROOT / "README.md"]
    tests = [path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__).resolve()]
    text = "\n".join(path.read_text() for path in (*pages, *tests))
    return re.sub(r"[\"']\s*\n\s*(?:rf?|fr?)?[\"']", "", text).replace('\\"', '"')


def test_the_messages_are_found() -> None:
    found = messages()
    assert len(found) > 200
    assert any(one.text.startswith("there is no target") for one in found)


def test_a_message_is_a_sentence_without_its_end() -> None:
    for one in messages():
        assert not one.text.endswith((".", "!", " ")), one
        assert "\n" not in one.text, one
        word = re.match(r"[A-Z][a-z]+\b", one.text)
        assert word is None or word[0] in ("Jobfiles", "SQLite", "Graphviz", "Python"), one


def test_no_message_names_somebodys_folders() -> None:
    for one in messages():
        assert not re.search(r"/(home|root|Users)/|~/", one.text), one


def test_every_message_is_tried_or_known_not_to_be() -> None:
    untried = {(one.file, one.text) for one in messages() if not one.is_written_down}
    new, tried = untried - UNTRIED, UNTRIED - untried
    assert not new, f"write down in a test what people read: {sorted(new)}"
    assert not tried, f"no longer untried, take them from the list: {sorted(tried)}"
