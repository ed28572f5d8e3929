"""`jobmake why`: every reason in words, with old and new values where they can be read."""

from __future__ import annotations

import re
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import Space

JOBFILE = """
[params]
rate = 0.1
model = { depth = 4 }

[target.clean]
run = "grep -v '^#' {inputs} > {outputs}"
inputs = ["raw.txt"]
outputs = ["clean.txt"]

[target.setup]
run = "echo ready"

[target.train]
run = [
    "cat {inputs} {sources} > {outputs.model}",
    "echo {params.rate} > {outputs.log}",
]
inputs = ["@clean", "more/*.txt"]
sources = ["train.py"]
outputs = { model = "model.txt", log = "log.txt" }
needs = ["setup"]
params = ["model"]
env = { MODE = "fast" }
env_inputs = ["READER"]
version = "1"

[target.report]
argv = ["cp", "{inputs}", "{outputs}"]
inputs = ["@train:log"]
outputs = ["report.txt"]

[target.all]
needs = ["report", "setup"]
"""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    space = Space(tmp_path_factory.mktemp("original"))
    space.jobfile(JOBFILE)
    space.write("raw.txt", "# raw\n1\n")
    space.write("more/a.txt", "a\n")
    space.write("more/b.txt", "b\n")
    space.write("train.py", "print()\n")
    space.build(env={"READER": "Ada"})
    return space.root


@pytest.fixture
def built(space: Space, original: Path) -> Space:
    """A copy of a project in which all is up to date."""
    shutil.copytree(original, space.root, dirs_exist_ok=True)
    return space


def why(space: Space, *targets: str, reader: str = "Ada") -> list[str]:
    """The lines that `why` prints, but for what history tells (see test_why_and_history.py)."""
    told = space.run("why", *targets, env={"READER": reader}).out.splitlines()
    lines = [re.sub(r"(?<=up to date) since .* by run \d+, which took .*", "", one) for one in told]
    return [one for one in lines if not one.startswith("  its last run: ")]


# -- up to date, and never built --------------------------------------------------------------


def test_what_is_up_to_date_has_no_reason(built: Space) -> None:
    assert why(built, "train", "all", "report.txt") == [
        "train is up to date",
        "all is up to date",
        "report is up to date",
    ]


def test_what_was_never_built_says_so(built: Space) -> None:
    built.path("Jobfile.lock").unlink()
    assert why(built, "train", "setup") == [
        "train is stale:",
        "  it was never built",
        "setup is stale:",
        "  it was never built",
    ]


# -- edits of the Jobfile ---------------------------------------------------------------------

COMMAND = [
    "  command changed:",
    "    - cat {inputs} {sources} > {outputs.model}",
    "    - echo {params.rate} > {outputs.log}",
]
SAME_TEXT = "  command: its files, needs, their order or its folder changed"

EDITS: dict[tuple[str, str], list[str]] = {
    ("rate = 0.1", "rate = 1"): ["  param `rate` changed 0.1 -> 1"],
    ("depth = 4", 'depth = 4, name = "x y"'): ['  param `model.name` is new: "x y"'],
    ("depth = 4", "width = [4, 2]"): [
        "  param `model.depth` is gone: was 4",
        "  param `model.width` is new: [4, 2]",
    ],
    ('"fast"', '"slow"'): ['  variable `MODE` changed "fast" -> "slow"'],
    ('MODE = "fast"', ""): ['  variable `MODE` is gone: was "fast"'],
    ('env_inputs = ["READER"]', ""): ['  variable `$READER` is gone: was "Ada"'],
    ('version = "1"', 'version = "2"'): ['  version changed "1" -> "2"'],
    ('version = "1"', ""): ['  version was removed: was "1"'],
    ('version = "1"', 'version = "1"\nalways = true'): ["  it always runs"],
    ('needs = ["setup"]', ""): ["  result of `setup` is gone", SAME_TEXT],
    ('"@clean", "more/*.txt"', '"more/*.txt", "@clean"'): [SAME_TEXT],
    ('"more/*.txt"', '"more/a.txt"'): ["  input `more/b.txt` is gone", SAME_TEXT],
    ('version = "1"', 'version = "1"\ncwd = "more"'): [SAME_TEXT],
    ("sources = [", 'sources = ["raw.txt", '): ["  source `raw.txt` is new", SAME_TEXT],
    (', log = "log.txt" }', ', log = "train.log" }'): [
        SAME_TEXT,
        "  output `log.txt` is no longer declared",
        "  output `train.log` is new",
    ],
    ("echo {params.rate} >", "echo rate >"): [
        *COMMAND,
        "    + cat {inputs} {sources} > {outputs.model}",
        "    + echo rate > {outputs.log}",
        "  param `rate` is gone: was 0.1",
    ],
}


@pytest.mark.parametrize(("old", "new"), EDITS)
def test_an_edit_of_the_jobfile_is_told(built: Space, old: str, new: str) -> None:
    built.replace("Jobfile.toml", old, new)
    assert why(built, "train") == ["train is stale:", *EDITS[old, new]]


def test_a_command_changes_with_both_its_texts_told(built: Space) -> None:
    built.replace("Jobfile.toml", '"cp", ', '"cp", "-p", ')
    assert why(built, "report") == [
        "report is stale:",
        "  command changed:",
        "    - cp",
        "    - {inputs}",
        "    - {outputs}",
        "    + cp",
        "    + -p",
        "    + {inputs}",
        "    + {outputs}",
    ]


def test_the_old_command_is_told_where_it_was_run_and_not_elsewhere(built: Space) -> None:
    built.replace("Jobfile.toml", "echo {params.rate} >", "echo rate {params.rate} >")
    shutil.rmtree(built.path(".jobmake"))
    assert why(built, "train") == ["train is stale:", "  command changed"]


# -- edits of files ---------------------------------------------------------------------------

CHANGES: dict[str, tuple[Callable[[Space], object], str]] = {
    "an input": (lambda s: s.write("more/a.txt", "A"), "input `more/a.txt` changed"),
    "a new input": (lambda s: s.write("more/0\n.txt", ""), "input `more/0\\n.txt` is new"),
    "no input": (lambda s: s.path("more/a.txt").unlink(), "input `more/a.txt` is gone"),
    "a source": (lambda s: s.write("train.py", ""), "source `train.py` changed"),
    "no source": (lambda s: s.path("train.py").unlink(), "`train.py` is missing"),
    "no inputs": (lambda s: shutil.rmtree(s.path("more")), "`more/*.txt` matches no file"),
    "no output": (lambda s: s.path("log.txt").unlink(), "output `log.txt` is missing"),
    "an output": (lambda s: s.write("model.txt", ""), "output `model.txt` was edited"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_an_edit_of_a_file_is_told(built: Space, change: str) -> None:
    edit, line = CHANGES[change]
    edit(built)
    assert why(built, "train") == ["train is stale:", f"  {line}"]


def test_a_variable_is_told_and_no_variable_is_no_empty_one(built: Space) -> None:
    assert why(built, "train", reader="")[1:] == ['  variable `$READER` changed "Ada" -> ""']
    assert built.run("why", "train").out.splitlines()[1:-1] == [
        '  variable `$READER` changed "Ada" -> unset'
    ]


# -- several reasons, and what others will make -----------------------------------------------


def test_several_reasons_are_all_told_and_in_a_line_the_first(built: Space) -> None:
    built.replace("Jobfile.toml", "rate = 0.1", "rate = 0.2")
    built.write("train.py", "")
    built.write("model.txt", "")

    assert why(built, "train") == [
        "train is stale:",
        "  param `rate` changed 0.1 -> 0.2",
        "  source `train.py` changed",
        "  output `model.txt` was edited",
    ]
    assert built.run("status", "train", env={"READER": "Ada"}).out == (
        "stale train: param `rate` changed 0.1 -> 0.2, and 2 more\nup to date: 2 targets\n"
    )


def test_what_depends_on_bytes_not_yet_made_is_left_open(built: Space) -> None:
    built.write("raw.txt", "2\n")

    assert why(built, "train", "report", "all") == [
        "train may be stale, depending on what is made by:",
        "  clean: stale, input `raw.txt` changed",
        "report may be stale, depending on what is made by:",
        "  train: may be stale, depends on `clean`",
        "all may be stale, depending on what is made by:",
        "  report: may be stale, depends on `train`",
    ]


def test_a_reason_of_its_own_is_told_whatever_others_will_make(built: Space) -> None:
    built.write("raw.txt", "2\n")
    built.write("more/a.txt", "A\n")
    assert why(built, "train") == ["train is stale:", "  input `more/a.txt` changed"]


def test_the_result_of_what_is_needed_is_told(built: Space) -> None:
    built.replace("Jobfile.toml", "echo ready", "echo steady")
    built.build("setup")
    assert why(built, "train") == ["train is stale:", "  result of `setup` changed"]


# -- runs that did not end well ---------------------------------------------------------------


def test_a_failed_run_is_told_with_what_changed_since_the_last_good_one(built: Space) -> None:
    built.replace("Jobfile.toml", "rate = 0.1", "rate = 0.2")
    built.replace("Jobfile.toml", "echo {params.rate}", "exit 3; echo {params.rate}")
    built.write("train.py", "")

    built.build("train", env={"READER": "Ada"}, code=1)

    assert why(built, "train") == [
        "train is stale:",
        "  it has no result: its last run failed: exit code 3 in command 2 of 2",
        *COMMAND,
        "    + cat {inputs} {sources} > {outputs.model}",
        "    + exit 3; echo {params.rate} > {outputs.log}",
        "  param `rate` changed 0.1 -> 0.2",
        "  source `train.py` changed",
        "  output `log.txt` is missing",
        "  output `model.txt` is missing",
    ]


@pytest.mark.parametrize(
    ("signum", "how"), [(signal.SIGKILL, "did not finish"), (signal.SIGINT, "was stopped")]
)
def test_a_run_that_was_cut_off_is_told(space: Space, signum: signal.Signals, how: str) -> None:
    gate = space.gate("gate")
    space.jobfile(f"""
        [target.a]
        run = '''touch {{outputs}}; {gate.command}'''
        outputs = ["a.txt"]
    """)
    process = space.start("build")
    gate.reached()
    process.send_signal(signum)
    process.communicate()

    assert why(space, "a") == ["a is stale:", f"  it has no result: its last run {how}"]
