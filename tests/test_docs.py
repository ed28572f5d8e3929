"""The documents say what is: every key, command, option, variable and exit code stands in the
README, and its examples are run. What a table lists must exist, too."""

from __future__ import annotations

import argparse
import dataclasses
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest

from jobmake import Project, Settings, cli
from jobmake.jobfile import schema
from jobmake.model import errors, events
from jobmake.model.bindings import ROOTS
from jobmake.model.decision import Reason
from jobmake.model.state import Failure, Summary
from jobmake.reporters import as_json
from tests.support import DEADLINE, Space
from tests.test_architecture import FLOORS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text()
EXAMPLE = "Jobfile.example.toml"

CODE = re.compile(r"`([^`\n]+)`")
OPTION = re.compile(r"(?<![\w-])--?[A-Za-z][\w-]*")
VARIABLE = re.compile(r"JOBMAKE_[A-Z_]+")
DURATION = re.compile(r"in (?:\d+ ms|[\d.]+ s|\d+ [mh] \d+ [sm])$", re.MULTILINE)

ESTIMATE = re.compile(r" \(about [\d.]+ m?s\)$|; about .* with -j \d+$", re.MULTILINE)


# -- the README's tables --------------------------------------------------------------


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


def test_every_key_of_a_jobfile_is_told_and_no_other() -> None:
    assert first_codes(README, "key of `[project]`") == list(schema.PROJECT_KEYS)
    assert first_codes(README, "key of `[cache]`") == list(schema.CACHE_KEYS)
    assert first_codes(README, "key of `[profile.NAME]`") == list(schema.PROFILE_KEYS)
    assert set(first_codes(README, "key of `[target.NAME]`")) == set(schema.TARGET_KEYS)
    assert set(re.findall(r"`\[(\w+)(?:\.NAME)?\]`", README)) == set(schema.TOP_KEYS)


def test_every_command_is_told_and_no_other() -> None:
    commands = [code.split()[1] for code in first_codes(README, "command")]
    assert commands == list(cli.VERBS)


@pytest.mark.parametrize("verb", cli.VERBS)
def test_every_option_of_a_command_is_told_and_no_other(verb: str) -> None:
    if verb in ("build", "graph"):
        told = " ".join(row[0] for row in table(README, f"option of `{verb}`"))
    else:
        [told] = (row[2] for row in table(README, "command") if f"jobmake {verb}" in row[0])
    assert set(OPTION.findall(told)) == options_of(own_parser(verb))


def test_every_option_of_all_commands_is_told_and_no_other() -> None:
    told = " ".join(" ".join(row) for row in table(README, "option of all commands"))
    shared = cli._shared_options({})
    assert set(OPTION.findall(told)) == options_of(shared) | {"-h", "--help", "--version"}


def test_the_program_itself_has_no_other_command_or_option(space: Space) -> None:
    text = space.run("--help").out
    assert set(OPTION.findall(text)) - {"--check", "--keep-going"} == {"-h", "--help", "--version"}
    assert re.findall(r"^    ([\w-]+)  ", text, re.MULTILINE) == list(cli.VERBS)


def own_parser(verb: str, default: Callable[..., object] = lambda _, other: other) -> Any:
    """The parser that a command fills, without what all commands share."""
    parser = argparse.ArgumentParser(add_help=False)
    import_module(cli.module_of(verb)).add_arguments(parser, default)
    return parser


def options_of(parser: Any) -> set[str]:
    return {option for action in parser._actions for option in action.option_strings}


def test_every_variable_is_told_and_no_other(space: Space) -> None:
    told = set(VARIABLE.findall(README))
    assert told == variables_asked_for() | variables_given(space)
    assert set(first_codes(README, "variable")) == variables_given(space)


def variables_asked_for() -> set[str]:
    """The variables in which the command line looks for its options."""

    names: set[str] = set()

    class Asked(dict[str, str]):
        def get(self, key: str, _default: object = None) -> Any:
            names.add(key)
            return ""

    cli._shared_options(Asked())
    for verb in cli.VERBS:
        own_parser(verb, cli._FromEnvironment(Asked()))
    return names


def variables_given(space: Space) -> set[str]:
    """The variables that a command is given."""
    space.jobfile('[target.env]\nalways = true\nrun = "env"\n')
    return {line.partition("=")[0] for line in space.build().out.splitlines() if "JOBMAKE" in line}


def test_every_event_and_field_is_told_and_no_other() -> None:
    told = {
        CODE.findall(event)[0]: CODE.findall(named) for event, _, named in table(README, "event")
    }
    kinds = get_args(events.Event)
    assert told == {as_json.event_name(kind): names_of(kind) for kind in kinds}


def test_every_object_in_an_event_is_told() -> None:
    told = {CODE.findall(one)[0]: CODE.findall(named) for one, named in table(README, "object")}
    assert told == {
        "reasons": list(as_json.reason(Reason("it", "", "was never built"))),
        "failure": names_of(Failure),
        "summary": names_of(Summary),
    }


def names_of(kind: Any) -> list[str]:
    return [field.name for field in dataclasses.fields(kind)]


def test_every_finding_of_doctor_is_told_and_no_other() -> None:
    told = set(first_codes(README, "finding"))
    texts = [path.read_text() for path in (ROOT / "jobmake" / "doctor").glob("*.py")]
    assert told == {kind for text in texts for kind in re.findall(r'Finding\(\s*"([\w-]+)"', text)}


def test_every_exit_code_is_told_and_no_other() -> None:
    told = {int(code) for row in table(README, "code") for code in row[0].split(", ")}
    assert told == {int(code) for code in re.findall(r"\b\d+\b", cli.EXIT_CODES.split("Every")[0])}
    kinds = [one for one in vars(errors).values() if isinstance(one, type)]
    used = {one.exit_code for one in kinds if issubclass(one, errors.JobmakeError)}
    assert used | {0, cli.BUG} <= told


def test_every_placeholder_is_told_and_no_other() -> None:
    told = first_codes(README, "placeholder")
    assert {re.split(r"\W", code)[1] for code in told} == set(ROOTS)


# -- the README's examples ------------------------------------------------------------


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """Every fenced block: its language and what is in it."""
    return iter(re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))


def sessions() -> list[tuple[str, list[str]]]:
    """Every Jobfile of the README, with the console blocks that follow it."""
    found: list[tuple[str, list[str]]] = []
    for language, body in blocks(README):
        if language == "toml":
            found.append((body, []))
        elif language == "console":
            found[-1][1].append(body)
    return found


def exchanges(console: str) -> Iterator[tuple[str, str]]:
    """Each command of a console block, with what it printed."""
    for piece in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
        command, _, printed = piece.partition("\n")
        yield command, printed


def comparable(printed: str) -> list[str]:
    """The lines that were printed, without durations; those of a build in any order, since
    parallel runs end as they like."""
    lines = ESTIMATE.sub("", DURATION.sub("in no time", printed)).splitlines()
    return sorted(lines) if any(line.startswith("built ") for line in lines) else lines


def test_the_first_example_is_what_the_page_promises() -> None:
    jobfile, consoles = sessions()[0]
    assert len(jobfile.splitlines()) < 25
    commands = [command for console in consoles for command, _ in exchanges(console)]
    assert commands.count("jobmake build") == 3
    assert "changed" in "".join(consoles)


@pytest.mark.parametrize("number", range(len(sessions())))
def test_the_examples_print_what_they_are_said_to_print(
    number: int, space: Space, tmp_path: Path
) -> None:
    jobfile, consoles = sessions()[number]
    space.jobfile(jobfile)
    program = tmp_path / "bin" / "jobmake"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m jobmake "$@"\n')
    program.chmod(0o755)
    environ = space.environ({"PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"})
    for console in consoles:
        for command, printed in exchanges(console):
            ended = subprocess.run(
                ["sh", "-c", command],
                cwd=space.root,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=DEADLINE,
                check=False,
            )
            assert comparable(ended.stdout) == comparable(printed), command


@pytest.mark.parametrize(
    "jobfile", [body for body, consoles in sessions() if not consoles], ids=lambda _: "jobfile"
)
def test_every_other_jobfile_is_right(jobfile: str, space: Space) -> None:
    space.jobfile(jobfile)
    assert Project.open(Settings(str(space.root))).graph.targets


def test_the_commands_that_set_up_are_there() -> None:
    told = [body.strip() for language, body in blocks(README) if language == "sh"]
    assert told == ["sh examples/penguins/run", "sh tests/run"]
    for command in told:
        script = command.removeprefix("sh ")
        subprocess.run(["sh", "-n", script], cwd=ROOT, check=True)
    assert (ROOT / ".ci" / "run").read_text().splitlines()[-1] == "exec sh tests/run"


# -- the example of all keys ----------------------------------------------------------


def test_the_example_of_all_keys_uses_all_keys() -> None:
    data = tomllib.loads((ROOT / EXAMPLE).read_text())
    targets = data["target"].values()
    assert set(data) == set(schema.TOP_KEYS)
    assert set(data["project"]) == set(schema.PROJECT_KEYS)
    assert {key for target in targets for key in target} == set(schema.TARGET_KEYS)


def test_a_copy_of_the_example_of_all_keys_builds_alone(space: Space) -> None:
    shutil.copy(ROOT / EXAMPLE, space.root)
    first = space.build("-f", EXAMPLE)
    second = space.build("-f", EXAMPLE)
    assert not second.built
    assert sorted(second.fresh) == sorted(first.built)
    assert "warm days" in space.read("build/report.txt")
    for _ in range(2):
        assert space.build("-f", EXAMPLE, "now").built == ["now"]
    assert {path.name for path in space.root.iterdir()} == {
        EXAMPLE, "Jobfile.example.lock", ".jobmake", "build"
    }  # fmt: skip


# -- the other documents --------------------------------------------------------------


def test_the_floors_are_those_that_the_tests_keep() -> None:
    assert first_codes(ARCHITECTURE, "floor") == list(FLOORS)


def test_every_file_that_the_architecture_names_is_there() -> None:
    codes = CODE.findall(prose(ARCHITECTURE))
    named = {code for code in codes if re.fullmatch(r"[\w/]+\.py", code)}
    assert len(named) > 30
    for name in named - {"builtin.py"}:
        assert (ROOT / "jobmake" / name).is_file() or (ROOT / name).is_file(), name


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md", "CHANGELOG.md"])
def test_links_lead_somewhere(name: str) -> None:
    text = (ROOT / name).read_text()
    anchors = list(headings(text))
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("#"):
            assert target[1:] in anchors
        elif not target.startswith("https://"):
            assert (ROOT / target).is_file(), target


def headings(text: str) -> Iterator[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    seen: dict[str, int] = {}
    for heading in re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE):
        anchor = re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        seen[anchor] = seen.get(anchor, -1) + 1
        yield anchor if not seen[anchor] else f"{anchor}-{seen[anchor]}"


def prose(text: str) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def test_there_is_one_version(space: Space) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == cli.VERSION
    assert f"## [{cli.VERSION}]" in (ROOT / "CHANGELOG.md").read_text()
    assert space.run("--version").out == f"jobmake {cli.VERSION}\n"


def test_no_file_names_a_machine_or_a_registry() -> None:
    # written in pieces, lest this file be found
    machine = re.compile(r"(?<![\w.}])/(?:wor" r"k|roo" r"t|home/\w+)/")
    scratch = re.compile(r"(?<![\w.}])/tm" r"p\b")
    # where packages are fetched from; a page about one may be cited
    registry = re.compile(
        r"pypi\.or" r"g/(?!project/)|pythonhoste" r"d|index-ur" r"l|find-lin" r"ks|file:/" r"/"
    )
    for path in files_of_the_repository():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        assert not machine.search(text), path
        assert not registry.search(text), path
        if path.suffix in (".md", ".toml"):
            assert not scratch.search(text), path


def files_of_the_repository() -> Iterator[Path]:
    made = {"build", "dist", "__pycache__"}
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [
            name
            for name in folders
            if name not in made and (name == ".ci" or not name.startswith("."))
        ]
        yield from (Path(folder) / name for name in names)
