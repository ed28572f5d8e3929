"""`jobmake schema`: what an editor says of a Jobfile is what jobmake says of its keys and types.

Every Jobfile of the repository is tried, and every wrong one of the tests: what the schema
is to refuse is what jobmake refuses before it asks what the keys mean together.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from jobmake.jobfile import schema
from jobmake.jobfile.declaration import declare
from jobmake.jobfile.json_schema import json_schema
from jobmake.jobfile.problems import Problems
from jobmake.model.errors import JobfileError
from jobmake.tools.tomlguard import BadToml, HostileToml, parse
from tests.documents import blocks
from tests.features.annotated import read
from tests.support import Space

ROOT = Path(__file__).resolve().parent.parent.parent
VALIDATOR = jsonschema.Draft7Validator(json_schema())

# wrong by a value that only reading it shows: the schema knows types, not what texts mean
LET_THROUGH = re.compile(r'matrix = \{ zip = \[1\], "a b" = \[1\]')
BEYOND_TYPES = re.compile(r"must be a (duration|size)$")


def wrong(data: dict[str, Any]) -> list[str]:
    """What the schema finds wrong. Dates, which JSON lacks, are texts to an editor."""
    as_json = json.loads(json.dumps(data, default=str))
    return [error.message for error in VALIDATOR.iter_errors(as_json)]


def test_the_schema_itself_is_right(space: Space) -> None:
    printed = json.loads(space.run("schema").out)

    assert printed == json_schema()
    assert printed["$schema"] == "http://json-schema.org/draft-07/schema#"
    jsonschema.Draft7Validator.check_schema(printed)


def test_every_key_is_in_it_with_its_line(space: Space) -> None:
    top = json_schema()["properties"]
    for name, keys in (
        ("project", schema.PROJECT_KEYS),
        ("cache", schema.CACHE_KEYS),
        ("target", schema.TARGET_KEYS),
    ):
        table = top[name] if name != "target" else top[name]["additionalProperties"]
        assert {one: told["description"] for one, told in table["properties"].items()} == {
            one: key.doc for one, key in keys.items()
        }
        assert table["additionalProperties"] is False
    assert list(top) == list(schema.TOP_KEYS)


# -- Jobfiles that are right ------------------------------------------------------------------


def right_jobfiles() -> Iterator[tuple[str, str]]:
    for path in sorted(ROOT.rglob("*.toml")):
        inside = path.relative_to(ROOT)
        if path.name.startswith("Jobfile") and not any(one.startswith(".") for one in inside.parts):
            yield str(inside), path.read_text()
    for page in (ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))):
        for number, (language, body) in enumerate(blocks(page.read_text())):
            if language == "toml" and "{input} " not in body:
                yield f"{page.name}-{number}", body
    from jobmake.commands.init import _STARTER

    yield "init", _STARTER


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in right_jobfiles()])
def test_what_is_right_passes(text: str) -> None:
    assert wrong(parse(text.encode())) == []


# -- Jobfiles that are wrong ------------------------------------------------------------------


def texts_of_the_tests() -> Iterator[str]:
    """Every text in the tests that could be a Jobfile; of annotated ones without the notes."""
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                for piece in re.split(r"^--- .+\n", node.value, flags=re.MULTILINE):
                    try:
                        yield read(piece)[0]
                    except IndexError:  # notes without a line to stand under
                        continue


@cache
def jobfiles_of_the_tests() -> tuple[list[str], list[str]]:
    """The Jobfiles whose keys and types are right, and those that are wrong in that alone
    already, though their TOML is right."""
    right, wrong_ones = [], []
    for text in dict.fromkeys(texts_of_the_tests()):
        try:
            data = parse(text.encode())
        except (BadToml, HostileToml, UnicodeEncodeError):
            continue
        if not isinstance(data.get("target", data.get("project")), dict):
            continue
        problems = Problems("Jobfile.toml", {"Jobfile.toml": text})
        declare(data, problems)
        try:
            problems.raise_any()
        except JobfileError as error:
            if not all(BEYOND_TYPES.search(one.message) for one in error.problems):
                wrong_ones.append(text)
        else:
            right.append(text)
    return right, wrong_ones


def test_what_is_wrong_by_a_key_or_a_type_is_refused() -> None:
    _, wrong_ones = jobfiles_of_the_tests()
    assert len(wrong_ones) > 30
    missed = [text for text in wrong_ones if not wrong(parse(text.encode()))]
    assert [text for text in missed if not LET_THROUGH.search(text)] == []


def test_what_is_right_by_keys_and_types_passes_whatever_it_means() -> None:
    right, _ = jobfiles_of_the_tests()
    assert len(right) > 100
    assert [text for text in right if wrong(parse(text.encode()))] == []


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        # wrong by a key or a type
        ("[target.a]\nrum = 'x'\n", False),
        ("[target.a]\nrun = 5\n", False),
        ("[target.a]\nrun = 'x'\nargv = ['x']\n", False),
        ("[target.a]\noutputs = ['x']\n", False),
        ("[target.a]\n", False),
        ("[target.a]\nneeds = []\n", False),
        ("[target.'a b']\nrun = 'x'\n", False),
        ("target = 5\n", False),
        ("[project]\nnaem = 'x'\n", False),
        ("[cache]\nenabled = 'yes'\n", False),
        ("[targets.a]\nrun = 'x'\n", False),
        ("[target.a]\nrun = 'x'\ninputs = { '1' = 'x' }\n", False),
        # wrong by what it means, which no schema can know
        ("[target.a]\nneeds = ['nobody']\n", True),
        ("[target.a]\nneeds = ['a']\n", True),
        ("[target.a]\nrun = 'echo {params.nothing} {input}'\n", True),
        ("[target.a]\nrun = 'x'\noutputs = ['x']\n[target.b]\nrun = 'x'\noutputs = ['x']\n", True),
        ("[target.a]\nrun = 'x'\noutputs = ['../x']\n", True),
        # right
        ("", True),
        ("[params]\nanything = [1, { is = 1979-05-27 }]\n[target.a]\nrun = ['x', 'y']\n", True),
        ("[target.a]\ninputs = ['x']\n", True),
    ],
)
def test_which_faults_an_editor_shows(text: str, passes: bool) -> None:
    assert (wrong(parse(text.encode())) == []) == passes
