"""What jobmake says of files that are wrong as a whole: the Jobfile's text, params files,
missing inputs. And of lines that are long or hold strange characters."""

# ruff: noqa: E501 - a message stands behind the carets it belongs to

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.features import annotated
from tests.features.test_jobfile_errors import check
from tests.support import Space

# -- TOML -----------------------------------------------------------------------------------

BAD_TOML = """
--- a text without an end
[target.a]
run = "true
           ^ illegal character '\\n'
needs = ["b"]
--- no value
[target.a]
run =
     ^ invalid value
--- a table twice
[target.a]
run = "true"
[target.a]
         ^ cannot declare `target.a` twice
--- a key twice
[target.a]
run = "true"
run = "false"
             ^ cannot overwrite a value
--- a header without an end
[target.a
         ^ expected ']' at the end of a table declaration
"""


@pytest.mark.case("F12")
@pytest.mark.parametrize("text", annotated.each(BAD_TOML))
def test_bad_toml_is_shown_where_the_parser_stopped(space: Space, text: str) -> None:
    check(space, text)


@pytest.mark.case("F06")
def test_a_jobfile_must_be_utf8(space: Space) -> None:
    space.write("Jobfile.toml", b'[target.a]\nrun = "caf\xe9"\n')

    said = space.run("list", code=2).err

    told = """\
error: it is not UTF-8
  --> Jobfile.toml:2
2 | run = "caf\ufffd"
  |           ^
"""
    assert said == told


@pytest.mark.case("F06")
def test_crlf_and_a_byte_order_mark_move_no_caret(space: Space) -> None:
    space.write("Jobfile.toml", b'\xef\xbb\xbf[target.a]\r\nneeds = ["b"]\r\n')

    said = space.run("list", code=2).err

    told = """\
error: target `a` needs `b`, which is not in the Jobfile
  --> Jobfile.toml:2
2 | needs = ["b"]
  |          ^^^
"""
    assert said == told


HOSTILE = {
    "deep lists": (b"a = " + b"[" * 100_000, "brackets are nested more than 64 deep"),
    "deep tables": (b"a = " + b"{a=" * 100_000, "brackets are nested more than 64 deep"),
    "a long key": (b".".join([b"a"] * 100_000) + b" = 1", "a key has more than 64 parts"),
    "a long header": (b"[" + b".".join([b"a"] * 100_000) + b"]", "a key has more than 64 parts"),
    "a long number": (b"a = " + b"9" * 5_000, "a number has more than 4,000 digits"),
    "a huge file": (b"#" * (17 << 20), "it has more than 16 MiB"),
}


@pytest.mark.case("F02")
@pytest.mark.parametrize(("data", "told"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_toml_is_refused_in_little_memory(space: Space, data: bytes, told: str) -> None:
    space.write("Jobfile.toml", data)

    assert errors_in_little_memory(space).startswith(f"error: {told}\n  --> Jobfile.toml:1\n1 | ")


def errors_in_little_memory(space: Space) -> str:
    """Return what `jobmake list` says with 400 MB of memory and ten seconds."""
    limits = ["prlimit", "--as=400000000", "--cpu=10"]
    done = subprocess.run(
        [*limits, sys.executable, "-m", "jobmake", "list"],
        cwd=space.root,
        env=space.environ(),
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    return done.stderr.decode()


# -- the Jobfile as a file ------------------------------------------------------------------


@pytest.mark.case("F07")
def test_a_jobfile_must_be_a_file(space: Space) -> None:
    path = space.path("Jobfile.toml")
    path.mkdir()
    said = space.run("list", code=2).err
    assert said == f"error: the Jobfile `{path}` cannot be read: Is a directory\n"

    path.rmdir()
    os.mkfifo(path)
    said = space.run("list", code=2).err
    assert said == f"error: the Jobfile `{path}` cannot be read: it is not a regular file\n"


def test_there_must_be_a_jobfile(space: Space) -> None:
    assert space.run("list", code=2).err == (
        f"error: there is no Jobfile.toml in `{space.root}` or above it\n"
        "hint: `jobmake init` writes one\n"
    )
    assert space.run("list", "-f", "other.toml", code=2).err == (
        f"error: the Jobfile `{space.path('other.toml')}` cannot be read: No such file or directory\n"
    )


# -- params files ---------------------------------------------------------------------------

PARAMS_FILES = {
    "bad TOML": ("p.toml", "\nlr = \n", ":2\n2 | lr = \n  |      ^", "invalid value"),
    "bad JSON": ("p.json", '{\n"lr" 1\n}', ":2", "expecting ':' delimiter"),
    "bad YAML": ("p.yaml", "a: [1\nb: 2\n", ":2", "expected ',' or ']', but got ':'"),
    "a YAML key twice": ("p.yml", "a: 1\na: 2\n", ":2",
                         'found duplicate key "a" with value "2" (original value: "1")'),
    "a YAML tag": ("p.yaml", "a: !!python/object:os.system x", ":1",
                   "could not determine a constructor for the tag"
                   " 'tag:yaml.org,2002:python/object:os.system'"),
    "no value": ("p.yaml", "a:\n  b: ~\n", "",
                 "`a.b` has no value\nhint: leave it out, or give it one"),
    "no value in a list": ("p.json", '{"a": [1, null]}', "",
                           "`a[1]` has no value\nhint: leave it out, or give it one"),
    "a key that is no text": ("p.yaml", "a:\n  1: x\n", "",
                              "the key 1 is not a text\nhint: put it in quotes"),
    "a set": ("p.yaml", "a: !!set {x, y}", "", "`a` holds set, which cannot be a param"),
    "a lone surrogate": ("p.json", '{"a": "\\ud800"}', "",
                         "`a` holds what TOML cannot: the text holds a lone surrogate, U+D800"),
    "a list": ("p.json", "[1]", "", "it must hold a table of names and values"),
    "not UTF-8": ("p.json", b'{"a": "\xff"}', "", "it is not UTF-8"),
    "deep JSON": ("p.json", "[" * 100_000, "", "its values are nested more than 64 deep"),
    "endless YAML": ("p.yaml", "a: &a [*a]\n", "", "its values are nested more than 64 deep"),
    "another ending": ("p.txt", "", "", "its name must end in .toml, .json, .yaml or .yml"),
}  # fmt: skip


@pytest.mark.case("F02")
@pytest.mark.parametrize(("name", "data", "line", "told"), PARAMS_FILES.values(), ids=PARAMS_FILES)
def test_a_params_file_must_hold_a_table_of_values(
    space: Space, name: str, data: str | bytes, line: str, told: str
) -> None:
    space.jobfile(f'[project]\nparams_files = ["{name}"]\n[target.a]\nrun = "echo {{params.lr}}"\n')
    space.write(name, data)
    message, newline, hint = told.partition("\n")

    # that `lr` is missing may be a consequence, so it is not told
    assert errors_in_little_memory(space) == (
        f"error: params file `{name}`: {message}\n  --> {name}{line}\n{hint}{newline}"
    )


def test_params_files_are_told_by_their_place_if_they_cannot_be_read(space: Space) -> None:
    space.path("folder.toml").mkdir()
    os.mkfifo(space.path("fifo.json"))
    check(
        space,
        """
[project]
params_files = ["folder.toml", "missing.yaml", "fifo.json"]
                ^^^^^^^^^^^^^ params file `folder.toml` cannot be read: it is not a regular file
                               ^^^^^^^^^^^^^^ params file `missing.yaml` does not exist
                                               ^^^^^^^^^^^ params file `fifo.json` cannot be read: it is not a regular file
""",
    )


# -- inputs ---------------------------------------------------------------------------------

INPUTS = """
[target.clean]
run = "touch ran"
outputs = ["build/clean.csv"]
[target.train]
run = "touch ran"
needs = ["clean"]
inputs = ["build/clean.cvs", "data", "file/", "raw/*.csv", "scripts/train.py"]
          ^^^^^^^^^^^^^^^^^ input `build/clean.cvs` of target `train` does not exist
hint: did you mean `build/clean.csv`, which `clean` makes?
                             ^^^^^^ input `data` is a folder: write it as `data/`
                                     ^^^^^^^ input `file/` is a file: write it without the slash
                                              ^^^^^^^^^^^ input `raw/*.csv` of target `train` matches no file
hint: put it there, or name the target that makes it
sources = { code = "scripts/" }
                   ^^^^^^^^^^ input `scripts/` of target `train` does not exist
hint: put it there, or name the target that makes it
"""


@pytest.mark.case("A27")
@pytest.mark.parametrize("words", [["train"], ["-n"], []])
def test_inputs_of_wanted_targets_must_be_there_or_be_made(space: Space, words: list[str]) -> None:
    jobfile, told = annotated.read(INPUTS.replace(', "scripts/train.py"', ""))
    space.jobfile(jobfile)
    space.write("data/x.csv", "")
    space.write("file", "")

    result = space.run("build", *words, code=2)

    assert (result.out, result.err) == ("", told)
    assert not space.exists("ran")
    assert not space.exists("Jobfile.lock")


def test_inputs_of_other_targets_need_not_be_there(space: Space) -> None:
    space.jobfile(annotated.read(INPUTS)[0])

    assert (
        space.run("build", "-n", "clean").out
        == "would run clean: it was never built\nwould run 1\n"
    )


# -- how the line is shown ------------------------------------------------------------------


def test_a_long_line_is_cut_around_the_carets(space: Space) -> None:
    names = ", ".join(f'"t{number:03}"' for number in range(1, 100))
    space.jobfile(f"[target.train]\nneeds = [{names}]\n")

    first, *_, twentieth, _ = space.run("list", code=2).err.split("\n\n")

    told = """\
error: target `train` needs `t001`, which is not in the Jobfile
  --> Jobfile.toml:2
2 | needs = ["t001", "t002", "t003", "t004", "t005", "t006", "t007", "t008", "t009", "t010", "t011", "t0…
  |          ^^^^^^"""
    assert first == told
    told = """\
error: target `train` needs `t020`, which is not in the Jobfile
  --> Jobfile.toml:2
2 | … "t017", "t018", "t019", "t020", "t021", "t022", "t023", "t024", "t025", "t026", "t027", "t028", "t…
  |                           ^^^^^^"""
    assert twentieth == told


def test_carets_stand_right_behind_tabs_accents_and_wide_characters(space: Space) -> None:
    space.jobfile('[target.a]\n\trun = "e\u0301 {params.x} データ {params.y}" # \u202e\n')

    said = space.run("list", code=2).err

    told = """\
error: `{params.x}`: there is no param `x`
  --> Jobfile.toml:2
2 |     run = "e\u0301 {params.x} データ {params.y}" # \\u202e
  |              ^^^^^^^^^^

error: `{params.y}`: there is no param `y`
  --> Jobfile.toml:2
2 |     run = "e\u0301 {params.x} データ {params.y}" # \\u202e
  |                                ^^^^^^^^^^
"""
    assert said == told


@pytest.mark.case("G13")
def test_a_name_with_control_sequences_cannot_reach_the_terminal(space: Space) -> None:
    space.jobfile('[target.a]\nneeds = ["b\\u001b]52;c;aGk=\\u0007\\u0085c"]\n')

    said = space.run("list", code=2).err

    told = """\
error: target `a` needs `b\\x85c`, which is not in the Jobfile
  --> Jobfile.toml:2
2 | needs = ["b\\u001b]52;c;aGk=\\u0007\\u0085c"]
  |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
"""
    assert said == told
