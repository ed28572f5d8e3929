"""Reads the manual: its tables, its links, and its examples, which can be played.

A page's fenced blocks tell a project. What stands behind the language says what a block is:

    toml            the Jobfile of a new project
    toml more       lines that are added to the Jobfile of the project at hand
    LANGUAGE FILE   a file of the project at hand
    LANGUAGE new FILE   the first file of a new project
    console         commands that are run in it (`$ …`), and what they print

Blocks of another kind are read, not run. `python -m tests.documents PAGE…` plays the examples
of pages and writes into the pages what they print now.

Invariant: a page is only read here, but by `rewrite`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.plugins.shipped import entry_points
from tests.support import DEADLINE, Space

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text()
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
}
MANUAL = "\n".join(PAGES.values())

CODE = re.compile(r"`([^`\n]+)`")
_FENCED = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# what differs from run to run, and what stands for it
_TIME = r"(?:\d+ ms|\d+(?:\.\d+)? s|\d+ [mh] \d+ [sm])"
_VARYING = [
    (re.compile(r"[\d.]+ ms +\d+ %"), "SOME SHARE"),
    (re.compile(r"\d+ looks, \d+ digests? of .*"), "SOME LOOKS AND DIGESTS"),
    (re.compile(r"just now|\d+ (?:s|min) ago"), "SOME TIME AGO"),
    (re.compile(rf" \(about {_TIME}\)$", re.MULTILINE), ""),
    (re.compile(r"; about .*$", re.MULTILINE), ""),
    (re.compile(rf"{_TIME}\b|\b\d+\.\d+s\b"), "SOME TIME"),  # pytest has no space there
    (re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?"), "SOME DAY"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "SOME DIGEST"),
    (re.compile(r"\d+(?:\.\d+)? (?:KiB|kB|MiB|bytes)\b"), "SOME SIZE"),
    (re.compile(r"^  (took|host) .*$", re.MULTILINE), r"\1"),
    (re.compile(r" +"), " "),  # columns are as wide as what is in them
]


@dataclass
class Example:
    """A project that a page tells of: ``steps`` are (kind, name, text) in their order."""

    page: str
    steps: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def jobfile(self) -> str:
        """The Jobfile with which it begins."""
        return self.steps[0][2]

    @property
    def consoles(self) -> list[str]:
        return [text for kind, _, text in self.steps if kind == "console"]


def blocks(text: str) -> list[tuple[str, str]]:
    """Every fenced block: what stands behind its fence, and what is in it."""
    return _FENCED.findall(text)


def examples(page: str) -> list[Example]:
    """The projects that a page tells of."""
    found: list[Example] = []
    for info, body in blocks(PAGES[page]):
        language, _, rest = info.partition(" ")
        if info == "toml" or rest.startswith("new "):
            found.append(Example(page))
        if language == "console":
            found[-1].steps.append(("console", "", body))
        elif rest == "more":
            found[-1].steps.append(("more", "Jobfile.toml", body))
        elif rest or language == "toml":
            name = rest.removeprefix("new ") or "Jobfile.toml"
            found[-1].steps.append(("file", name, body))
    return found


def exchanges(console: str) -> Iterator[tuple[str, str]]:
    """Each command of a console block, with what it is said to print."""
    for piece in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
        command, _, printed = piece.partition("\n")
        yield command, printed


def play(example: Example, space: Space, bin_folder: Path) -> Iterator[tuple[str, str, str]]:
    """Go through an example; yield each command, what it is said to print, what it prints."""
    environ = _environ(space, bin_folder)
    for kind, name, text in example.steps:
        if kind == "file":
            space.write(name, text)
        elif kind == "more":
            space.write(name, space.read(name) + "\n" + text)
        else:
            for command, printed in exchanges(text):
                yield command, printed, _run(command, space, environ)


def comparable(printed: str) -> list[str]:
    """The lines that were printed, without what varies; those of a build in any order, since
    parallel runs end as they like."""
    for pattern, instead in _VARYING:
        printed = pattern.sub(instead, printed)
    lines = [line.rstrip() for line in printed.splitlines()]
    building = any(line.startswith(("built ", "restored ")) for line in lines)
    return sorted(lines) if building else lines


def _run(command: str, space: Space, environ: dict[str, str]) -> str:
    return subprocess.run(
        ["sh", "-c", command],
        cwd=space.root,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=DEADLINE,
        check=False,
    ).stdout


def _environ(space: Space, bin_folder: Path) -> dict[str, str]:
    """A reader's environment: `jobmake` and `python` are on the PATH, and git knows a name."""
    bin_folder.mkdir(parents=True)
    for name, words in (("jobmake", "-m jobmake "), ("python", "")):
        program = bin_folder / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words}"$@"\n')
        program.chmod(0o755)
    who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER")
           for what, value in (("NAME", "Ada"), ("EMAIL", "ada@example.org"))}  # fmt: skip
    return space.environ(
        {
            **who,
            **entry_points(bin_folder.parent / "site"),
            "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "USER": "ada",
            "LOGNAME": "ada",
            "LC_ALL": "C.UTF-8",
        }
    )


# -- tables, headings ------------------------------------------------------------------


def table(text: str, first: str) -> list[tuple[str, ...]]:
    """The rows of the table whose first column is headed ``first``."""
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith(f"| {first} |"):
            break
    else:
        raise AssertionError(f"there is no table that begins with `{first}`")
    assert set(next(lines)) <= set("|-")
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        cells = re.split(r"(?<!\\)\|", line.strip("|"))
        rows.append(tuple(cell.strip() for cell in cells))
    return rows


def first_codes(text: str, first: str) -> list[str]:
    """What stands as code in the first column of a table."""
    return [code for row in table(text, first) for code in CODE.findall(row[0])]


def prose(text: str) -> str:
    """A page without its fenced blocks."""
    return _FENCED.sub("", text)


def anchors(text: str) -> Iterator[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    seen: dict[str, int] = {}
    for heading in re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE):
        anchor = re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        seen[anchor] = seen.get(anchor, -1) + 1
        yield anchor if not seen[anchor] else f"{anchor}-{seen[anchor]}"


# -- for those who write the manual ----------------------------------------------------


def rewrite(page: str) -> None:
    """Write into a page what its commands print now, where that differs from what it says."""
    text, place = PAGES[page], 0
    for example in examples(page):
        with tempfile.TemporaryDirectory() as folder:
            space = Space(Path(folder) / "project")
            for command, said, printed in play(example, space, Path(folder) / "bin"):
                place = text.index(f"$ {command}\n{said}", place)
                if comparable(said) != comparable(printed):
                    begin = place + len(f"$ {command}\n")
                    text = text[:begin] + printed + text[begin + len(said) :]
                    said = printed
                place += len(f"$ {command}\n{said}")
    (ROOT / page).write_text(text)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        rewrite(name)
