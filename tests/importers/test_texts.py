"""What all importers share: commands as texts of `run`, the printed Jobfile, joined targets."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobmake.importers import stems
from jobmake.importers.commands import as_run, with_files
from jobmake.importers.draft import Draft, Source, path_text, target_name
from jobmake.importers.kinds import KINDS, kind_of
from jobmake.importers.write import jobfile_text
from jobmake.jobfile.files import Ground, pattern
from jobmake.model.bindings import ROOTS
from jobmake.model.target import Scope
from jobmake.tools.template import literal, parse

WORDS = ["{", "}", "$", "inputs", "input", "params", ".x", "[0]", ":-a", "!raw", "a", "@", "*", "["]
PIECES = st.lists(st.sampled_from([*WORDS, " "]))


@given(PIECES.map("".join))
def test_a_literal_text_is_read_as_itself(text: str) -> None:
    assert "".join(map(str, parse(literal(text, ROOTS), ROOTS))) == text


@given(PIECES.map("".join).filter(lambda text: text.strip("@/")))
def test_a_path_is_read_as_that_one_file(path: str) -> None:
    one = pattern("x", path_text(path), (), Ground(Scope({}, {}), {}))
    assert (one.kind, one.path) == ("file", path)


VALUES = st.text(st.characters(codec="utf-8")) | st.sampled_from(["it's", "a\nb", 'q"\\', "'''\n"])
TABLES = st.dictionaries(
    st.sampled_from(["run", "inputs", "doc", "env"]),
    VALUES | st.lists(VALUES, min_size=1) | st.dictionaries(VALUES, VALUES, min_size=1),
    min_size=1,
)


@given(st.dictionaries(st.from_regex(r"[\w.-]{1,9}", fullmatch=True), TABLES))
def test_what_is_written_reads_back_the_same(targets: dict[str, Any]) -> None:
    draft = Draft(Source("x", "/x", "/"), targets=targets, project={"default": ["a"]})
    assert tomllib.loads(jobfile_text(draft)) == {"project": {"default": ["a"]}} | (
        {"target": targets} if targets else {}
    )


@pytest.mark.parametrize(
    ("text", "run"),
    [
        ("cp  a   b", "cp a b"),
        ("echo 'a  b'", "echo 'a  b'"),
        ("a && b || c | d", "a && b || c | d"),
        ("a; b", "set +e; a; b"),
        ("awk '{ a; b }' x", "awk '{ a; b }' x"),
        ('echo "$(false)"', 'set +e; echo "$(false)"'),
        ("find . -exec x \\;", "find . -exec x \\;"),
        ("a\nb", "set +e; a\nb"),
    ],
)
def test_a_command_behaves_as_without_e(text: str, run: str) -> None:
    assert as_run(text) == run


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cc -c a.c -o out/a.o", "cc -c {inputs} -o {outputs}"),
        ("cc --in=a.c >out/a.o", "cc --in={inputs} >out/a.o"),
        ("cc a.cc x/a.c", "cc a.cc x/a.c"),
        ("cat a.c # a.c", "cat a.c # a.c"),
        ("x `cat a.c`", "x `cat a.c`"),
        ('say "a.c is" a.c', 'say "a.c is" {inputs}'),
    ],
)
def test_paths_become_placeholders_only_as_whole_words(text: str, expected: str) -> None:
    assert with_files(text, ["a.c"], ["out/a.o"]) == expected


def test_paths_in_commands_are_those_of_the_folder_they_run_in() -> None:
    text = with_files("cc ../src/a.c ../src/b.c -o app", ["src/a.c", "src/b.c"], ["b/app"], "b")
    assert text == "cc {inputs} -o {outputs}"


def test_a_joined_text_gives_each_of_the_texts_to_the_letter() -> None:
    texts = [{"run": f"cc {name}.c aa {name}"} for name in ("a", "bb", "c")]
    shared = stems.common(["a", "bb", "c"], texts)
    assert shared is not None
    assert [stems.filled(shared, "x")] != texts
    assert {key: stems.filled(value, "bb") for key, value in shared.items()} == texts[1]
    assert stems.common(["a", "b"], [{"run": "cc a x"}, {"run": "cc b y"}]) is None


@given(
    st.lists(st.text("ab.", min_size=1, max_size=3), min_size=2, max_size=4, unique=True),
    st.lists(st.sampled_from(["\0", "a", "b", " ", "c"]), max_size=8),
)
def test_any_joined_text_fills_to_what_it_was(words: list[str], pieces: list[str]) -> None:
    texts = ["".join(pieces).replace("\0", word) for word in words]
    shared = stems.common(words, [{"run": text} for text in texts])
    if shared is not None:
        assert [stems.filled(shared["run"], word) for word in words] == texts


def test_names_of_targets_and_kinds_of_files() -> None:
    assert target_name("a/b c:d.o") == "a-b-c-d.o"
    assert target_name("///") == "target"
    names = {
        "dvc.yaml": "dvc", "x/Makefile": "make", "GNUmakefile": "make", "rules.mk": "make",
        "build.ninja": "ninja", "Makefile.linux": "make", "x.txt": None,
    }  # fmt: skip
    assert {name: kind_of(name) for name in names} == names
    assert set(KINDS) == {"dvc", "make", "ninja"}


def test_a_source_knows_its_paths_from_the_jobfiles_folder(tmp_path: Path) -> None:
    source = Source("b/x", str(tmp_path / "b/x"), str(tmp_path))
    assert source.cwd == "b"
    assert source.rebased("../src/a") == "src/a"
    assert source.rebased("o", "sub") == "b/sub/o"
    assert source.rebased(f"{tmp_path}/b/o") == "b/o"
    assert source.rebased("/usr/x") == "/usr/x"
    assert source.local("b/o") == "o"
