"""Random projects, run for real: an edit that changes what the entry prints changes the
digest, and an edit of what it does not use does not."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.amounts import amount
from tests.code.project import CodeProject
from tests.code.random_project import PLAIN, WILD, Drawn, draw

PROJECTS = amount(4, 100)

# runs the entry of each folder named in the arguments, in a process of its own
RUNNER = """
import json, os, subprocess, sys
code = "import sys; sys.path.insert(0, '.'); import pkg.m0; print(pkg.m0.entry())"
def start(folder):
    return subprocess.Popen([sys.executable, "-S", "-B", "-c", code], cwd=folder, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
print(json.dumps([start(folder).communicate()[0] for folder in sys.argv[1:]]))
"""


def run(folders: list[Path]) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-S", "-c", RUNNER, *map(str, folders)],
        capture_output=True,
        text=True,
        check=True,
    )
    answers: list[str] = json.loads(done.stdout)
    return answers


def put(drawn: Drawn, folder: Path) -> CodeProject:
    project = CodeProject(folder)
    for path, text in drawn.files().items():
        project.write(path, text)
    return project


def parts_of(project: CodeProject) -> dict[str, str]:
    return dict(project.code().of("pkg.m0", "entry").parts)


@pytest.mark.parametrize("style", [PLAIN, WILD])
@pytest.mark.parametrize("seed", range(PROJECTS))
def test_an_edit_counts_where_it_changes_what_is_printed(
    tmp_path: Path, style: str, seed: int
) -> None:
    rng = random.Random(f"{style} {seed}")
    drawn = draw(rng, style)
    project = put(drawn, tmp_path / "before")
    before = parts_of(project)
    edited = rng.sample(drawn.pieces, min(5, len(drawn.pieces)))
    folders = [project.root]
    counted: list[bool] = []
    for number, piece in enumerate(edited):
        piece.number += 1000
        other = put(drawn, tmp_path / f"after{number}")
        piece.number -= 1000
        folders.append(other.root)
        counted.append(parts_of(other) != before)

    printed, *others = run(folders)
    assert printed.strip().isdigit(), printed
    reached = drawn.reached("entry")
    for piece, counts, other_printed in zip(edited, counted, others, strict=True):
        assert counts or other_printed == printed, f"missed an edit of {piece.name}"
        if style == PLAIN:
            assert not counts or piece.name in reached, f"{piece.name} counts needlessly"


@pytest.mark.parametrize("seed", range(PROJECTS))
def test_comments_formatting_and_docstrings_never_count(tmp_path: Path, seed: int) -> None:
    drawn = draw(random.Random(seed), WILD)
    project = put(drawn, tmp_path)
    before = parts_of(project)
    for path, text in drawn.files().items():
        changed = text.replace("'''Say.'''", "'''Say it again.'''")
        changed = changed.replace("return", "return  ").replace(" + ", "  +  ")
        project.write(path, "# A comment.\n'''A docstring.'''\n\n" + changed + "\n# The end.\n")
    assert parts_of(project) == before
