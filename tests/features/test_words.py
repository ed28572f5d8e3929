"""What is typed after `jobmake`, and what surrounds it: right, or told as wrong usage."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.amounts import needs_root
from tests.features.test_disk_trouble import run_with
from tests.support import Space

if TYPE_CHECKING:
    from collections.abc import Mapping

JOBFILE = """
[params]
rate = 1
[target.train]
run = "echo é 日 {params.rate} > {outputs}"
outputs = ["o"]
[target."--help"]
run = "true"
"""


# -- words -----------------------------------------------------------------------------------

WORDS = {
    "only an option": (["-q"], "the following arguments are required: COMMAND"),
    "an empty verb": ([""], "there is no command ``"),
    "a verb mistyped": (["biuld"], "did you mean `build`?"),
    "a target mistyped": (["build", "trian"], "did you mean `train`?"),
    "an empty target": (["build", ""], "there is no target ``"),
    "an option nobody has": (["build", "--frob"], "`jobmake build --help` shows what there is"),
    "an option mistyped": (["build", "--keepgoing"], "did you mean `--keep-going`?"),
    "one of all commands": (["status", "--jobfiel=x"], "did you mean `--jobfile`?"),
    "a letter nobody has": (["build", "-Z"], "unrecognized arguments: -Z"),
    "a target like an option": (["build", "--", "-x"], "there is no target `-x`"),
    "none at once": (["build", "-j0"], "`0` is not a number of runs (1 to 10000)"),
    "fewer than none": (["build", "-j", "-1"], "`-1` is not a number of runs"),
    "too many at once": (["build", "-j1000000000"], "is not a number of runs"),
    "no number": (["build", "-jabc"], "`abc` is not a number of runs"),
    "an empty number": (["build", "-j", ""], "`` is not a number of runs"),
    "a param without value": (["build", "-D", "rate"], "`-D rate` sets nothing"),
    "a param without name": (["build", "-D", "=1"], "`-D =1` sets nothing"),
    "a param mistyped": (["build", "-D", "rtae=1"], "did you mean `rate`?"),
    "a folder that is not": (["-C", "nowhere", "build"], "there is no folder `nowhere`"),
    "a very long name": (["build", "x" * 100_000], "there is no target `xxx"),
    "a forged line": (["build", "x\nbuilt all in 3 s"], "no target `x\\nbuilt all in 3 s`"),
    "an escape": (["build", "x\x1b]0;gotcha\x07"], "there is no target `x`"),
    "no reason": (["accept", "train", "--reason", ""], "the reason is empty"),
    "a target that is left": (["clean", "--left", "train"], "`--left` takes no targets"),
    "bytes that are no text": (["build", "x\udcff"], "there is no target `x"),
}  # fmt: skip


@pytest.mark.case("F09")
def test_what_makes_no_sense_is_told_and_nothing_is_done(space: Space) -> None:
    space.jobfile(JOBFILE)
    for name, (words, told) in WORDS.items():
        result = space.run(*words, code=2)
        assert result.err.startswith("error: "), name
        assert told in result.err, f"{name}: {result.err}"
        assert result.err.count("\n") <= 2, name
        assert "\x1b" not in result.err
    assert not space.exists(".jobmake")


def test_without_any_word_the_help_is_shown_as_wrong_usage(space: Space) -> None:
    result = space.run(code=2)

    assert (result.out, result.err) == ("", space.run("--help").out)
    assert "usage: jobmake" in result.err


@pytest.mark.case("F09")
def test_a_target_may_be_called_like_an_option_or_a_hundred_thousand_times(space: Space) -> None:
    space.jobfile(JOBFILE)
    assert space.run("build", "-v", "--", "--help").built == ["--help"]
    assert space.run("build", *["train"] * 100_000).err.count("built train in ") == 1


# -- surroundings ------------------------------------------------------------------------------

SURROUNDINGS: dict[str, Mapping[str, str | None]] = {
    "no home": {"HOME": None, "XDG_STATE_HOME": None},
    "a home that is not there": {"HOME": "/nonexistent", "XDG_STATE_HOME": None},
    "state in a file": {"XDG_STATE_HOME": "/dev/null"},
    "no folder for temporary files": {"TMPDIR": "/nonexistent"},
    "plain letters": {"LC_ALL": "C"},
    "Turkish letters": {"LC_ALL": "tr_TR.UTF-8"},
    "another encoding": {"PYTHONUTF8": "0", "PYTHONIOENCODING": "latin-1:strict"},
    "an ASCII terminal": {"PYTHONIOENCODING": "ascii:strict"},
    "no terminal to speak of": {"TERM": "dumb", "COLUMNS": "1", "LINES": "x"},
    "no checks of Python's": {"PYTHONOPTIMIZE": "2"},
    "warnings are errors": {"PYTHONWARNINGS": "error", "PYTHONDEVMODE": "1"},
    "no path": {"PATH": None},
}


@pytest.mark.case("F10")
@pytest.mark.parametrize("name", SURROUNDINGS)
def test_it_works_whatever_surrounds_it(space: Space, name: str) -> None:
    space.jobfile(JOBFILE)
    changed = SURROUNDINGS[name]
    env = ["env", *(f"-u{key}" for key, value in changed.items() if value is None),
           *(f"{key}={value}" for key, value in changed.items() if value is not None)]  # fmt: skip
    env[0] = str(shutil.which("env"))

    result = run_with(env, space, "build", "train", code=0)

    assert result.err.count("built train in ") == 1
    assert space.read("o") == "é 日 1\n"


@pytest.mark.case("F10")
@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_what_an_encoding_has_not_is_written_so_that_it_can_be_read(
    space: Space, encoding: str
) -> None:
    space.jobfile(JOBFILE.replace("日", "日🐧"))
    env = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}

    assert "\\u65e5\\ud83d\\udc27 1 > o" in space.run("show", "train", env=env).out

    if encoding == "ascii":
        told = json.loads(space.run("show", "train", "--json", env=env).out)
        assert told["targets"][0]["command"] == "echo é 日🐧 1 > o"


# a /dev of its own, which nobody else sees, with little in it
BARE_DEV = """
mount -t tmpfs tmpfs /dev
mknod -m 666 /dev/null c 1 3; mknod -m 666 /dev/zero c 1 5; mknod -m 666 /dev/urandom c 1 9
exec "$@"
"""


@pytest.mark.case("F10")
def test_it_works_without_shared_memory(space: Space) -> None:
    needs_root()
    space.jobfile(f'{JOBFILE}[target.job]\npython = "jobs:work"\n')
    space.write("jobs.py", "import os\ndef work():\n    return os.path.exists('/dev/shm')\n")
    bare = ["unshare", "--mount", "sh", "-ec", BARE_DEV, "sh"]

    result = run_with(bare, space, "build", "train", "job", code=0)

    assert result.err.count("built train in ") == result.err.count("built job in ") == 1
    assert space.run("show", "job", "--value").out == "False\n"


@pytest.mark.case("F10")
def test_a_folder_that_is_gone_is_told(space: Space) -> None:
    space.jobfile(JOBFILE)
    gone = ["sh", "-c", 'mkdir gone; cd gone; rmdir ../gone; exec "$@"', "sh"]

    assert run_with(gone, space, "build", code=2).err == (
        "error: the folder you are in is not there any more\nhint: `cd` to one that is\n"
    )
