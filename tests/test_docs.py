"""The documents say what is: every key, command, option, variable, exit code, placeholder, event,
field and finding stands in a table of the manual, and what a table lists exists, too."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import re
import tomllib
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest

from jobmake import cli
from jobmake.commands import arguments
from jobmake.doctor.finding import Finding
from jobmake.jobfile import schema
from jobmake.jobfile.given import fields_of
from jobmake.model import errors, events
from jobmake.model.bindings import ROOTS
from jobmake.model.decision import Reason
from jobmake.model.names import VERSION
from jobmake.model.state import Failure, Summary
from jobmake.model.verbs import VERBS
from jobmake.reporters import as_json
from jobmake.unchanged.key import SWITCH
from tests.documents import CODE, MANUAL, PAGES, ROOT, anchors, first_codes, prose, table
from tests.support import Space
from tests.test_architecture import FLOORS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OTHERS = {name: (ROOT / name).read_text() for name in ("ARCHITECTURE.md", "CHANGELOG.md")}
ARCHITECTURE = OTHERS["ARCHITECTURE.md"]

OPTION = re.compile(r"(?<![\w-])--?[A-Za-z][\w-]*")
VARIABLE = re.compile(r"JOBMAKE_[A-Z_]+")


# -- the manual's tables --------------------------------------------------------------


def test_every_key_of_a_jobfile_is_told_and_no_other() -> None:
    assert first_codes(MANUAL, "key of `[project]`") == list(schema.PROJECT_KEYS)
    assert first_codes(MANUAL, "key of `[cache]`") == list(schema.CACHE_KEYS)
    assert first_codes(MANUAL, "key of `[profile.NAME]`") == list(schema.PROFILE_KEYS)
    assert set(first_codes(MANUAL, "key of `[target.NAME]`")) == set(schema.TARGET_KEYS)
    assert set(re.findall(r"`\[(\w+)(?:\.NAME)?\]`", MANUAL)) == set(schema.TOP_KEYS)


def test_every_command_is_told_and_no_other() -> None:
    commands = [code.split()[1] for code in first_codes(MANUAL, "command")]
    assert commands == list(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_of_a_command_is_told_and_no_other(verb: str) -> None:
    if verb in ("build", "graph", "watch"):
        told = " ".join(row[0] for row in table(MANUAL, f"option of `{verb}`"))
    else:
        [told] = (row[2] for row in table(MANUAL, "command") if f"jobmake {verb}" in row[0])
    assert set(OPTION.findall(told)) == options_of(own_parser(verb))


def test_every_option_of_all_commands_is_told_and_no_other() -> None:
    told = " ".join(" ".join(row) for row in table(MANUAL, "option of all commands"))
    shared = arguments.shared_options({})
    assert set(OPTION.findall(told)) == options_of(shared) | {"-h", "--help", "--version"}


def test_the_program_itself_has_no_other_command_or_option(space: Space) -> None:
    text = space.run("--help").out
    assert set(OPTION.findall(text)) - {"--check", "--keep-going"} == {"-h", "--help", "--version"}
    assert re.findall(r"^    ([\w-]+)  ", text, re.MULTILINE) == list(VERBS)


def own_parser(verb: str, default: Callable[..., object] = lambda _, other: other) -> Any:
    """The parser that a command fills, without what all commands share."""
    parser = argparse.ArgumentParser(add_help=False)
    import_module(arguments.module_of(verb)).add_arguments(parser, default)
    return parser


def options_of(parser: Any) -> set[str]:
    return {option for action in parser._actions for option in action.option_strings}


def test_every_variable_is_told_and_no_other(space: Space) -> None:
    told = set(VARIABLE.findall(MANUAL))
    assert told == variables_asked_for() | variables_given(space) | {SWITCH}
    assert set(first_codes(MANUAL, "variable")) == variables_given(space)


def variables_asked_for() -> set[str]:
    """The variables in which the command line looks for its options."""

    names: set[str] = set()

    class Asked(dict[str, str]):
        def get(self, key: str, _default: object = None) -> Any:
            names.add(key)
            return ""

    arguments.shared_options(Asked())
    for verb in VERBS:
        own_parser(verb, arguments.FromEnvironment(Asked()))
    return names


def variables_given(space: Space) -> set[str]:
    """The variables that a command is given."""
    space.jobfile('[target.env]\nalways = true\nrun = "env"\n')
    return {line.partition("=")[0] for line in space.build().out.splitlines() if "JOBMAKE" in line}


def test_every_event_and_field_is_told_and_no_other() -> None:
    told = {
        CODE.findall(event)[0]: CODE.findall(named) for event, _, named in table(MANUAL, "event")
    }
    kinds = get_args(events.Event)
    assert told == {as_json.event_name(kind): names_of(kind) for kind in kinds}


def test_every_object_in_an_event_is_told() -> None:
    told = {CODE.findall(one)[0]: CODE.findall(named) for one, named in table(MANUAL, "object")}
    assert told == {
        "reasons": list(as_json.reason(Reason("it", "", "was never built"))),
        "failure": names_of(Failure),
        "summary": names_of(Summary),
        "problems": names_of(errors.Problem),
    }


def names_of(kind: Any) -> list[str]:
    return [field.name for field in dataclasses.fields(kind)]


JSON_OF = """
[params]
n = 1
[target.one]
doc = "One"
run = "echo {params.n} | tee {outputs}"
outputs = ["one.txt"]
[target.two]
run = "cat {inputs} > {outputs}"
inputs = ["@one"]
outputs = ["two.txt"]
"""


ASKED = {
    "graph": ["graph --states"],
    "why": ["why one"],
    "whence": ["whence one.txt"],
    "show": ["show one #1"],
    "what-if": ["what-if params.n=2"],
    "clean": ["clean -n"],
    "accept": ["accept one --reason r"],
    "lock": ["lock", "lock --check"],
    "plugins": ["plugins -v"],
    "cache": ["cache --verify", "cache --clear"],
    "import": ["import Makefile --output other.toml"],
}
ELSEWHERE = {"--states", "--check", "status", "old", "new"}


def test_all_that_json_holds_is_told_and_no_more(space: Space) -> None:
    space.jobfile(JSON_OF)
    space.build()
    space.write("Makefile", "a: b\n\tcp b a\n.PHONY: clean\nclean:\n\trm a\n")
    space.write("one.txt", "edited\n")
    rows = table(MANUAL, "output of")
    told = {verb: set(CODE.findall(row[1])) for row in rows for verb in CODE.findall(row[0])}
    assert {verb.partition(" ")[0] for verb in told} == verbs_with_json()
    told["why"] |= told["status"]
    told["build -n"] = (told["build -n"] - {"what-if"}) | told["status"]
    told["graph"] |= told["list"] | told["status"]
    told["show"] |= told["runs"]
    for verb, names in told.items():
        held = {key for words in ASKED.get(verb, [verb]) for key in keys_of(space, words)}
        if verb == "doctor":
            held |= set(names_of(Finding))
        assert held == names - ELSEWHERE, verb


def verbs_with_json() -> set[str]:
    """But `watch`, which gives nothing else than the events of builds, and never ends."""
    return {verb for verb in VERBS if "--json" in options_of(own_parser(verb))} - {"watch"}


def keys_of(space: Space, words: str) -> set[str]:
    """The names in the object that a command gives, and in those of its lists."""
    document = json.loads(space.run(*words.split(), "--json").out)
    assert document.pop("version") == 1
    lists = [one for one in document.values() if isinstance(one, list)]
    return {
        *document,
        *(key for one in lists for item in one if isinstance(item, dict) for key in item),
    }


def test_every_finding_of_doctor_is_told_and_no_other() -> None:
    told = set(first_codes(MANUAL, "finding"))
    texts = [path.read_text() for path in (ROOT / "jobmake" / "doctor").glob("*.py")]
    assert told == {kind for text in texts for kind in re.findall(r'Finding\(\s*"([\w-]+)"', text)}


def test_every_exit_code_is_told_and_no_other() -> None:
    told = {int(code) for row in table(MANUAL, "code") for code in row[0].split(", ")}
    assert told == {
        int(code) for code in re.findall(r"\b\d+\b", arguments.EXIT_CODES.split("Every")[0])
    }
    kinds = [one for one in vars(errors).values() if isinstance(one, type)]
    used = {one.exit_code for one in kinds if issubclass(one, errors.JobmakeError)}
    assert used | {0, cli.BUG} <= told


def test_every_placeholder_is_told_and_no_other() -> None:
    told = first_codes(MANUAL, "placeholder")
    assert {re.split(r"\W", code)[1] for code in told} == set(ROOTS)


@pytest.mark.parametrize("plugin", ["http", "notebook", "sql"])
def test_every_setting_of_a_job_type_that_ships_is_told_and_no_other(plugin: str) -> None:
    for kind in import_module(f"jobmake_plugins.{plugin}").jobmake_job_types():
        rows = table(MANUAL, f"setting of `{kind.name}`")
        assert [CODE.findall(row[0])[0] for row in rows] == list(fields_of(kind.With))
        uncounted = [CODE.findall(row[0])[0] for row in rows if "°" in row[0]]
        assert uncounted == list(kind.uncounted)


def test_every_plugin_that_ships_has_its_name_and_is_told() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    told = first_codes(MANUAL, "name in `[project] plugins`")
    for name, module in project["entry-points"]["jobmake"].items():
        assert module == f"jobmake_plugins.{name}"
        assert name in told
        assert import_module(module)


# -- the other documents --------------------------------------------------------------


def test_the_floors_are_those_that_the_tests_keep() -> None:
    assert first_codes(ARCHITECTURE, "floor") == list(FLOORS)


def test_every_file_that_the_architecture_names_is_there() -> None:
    codes = CODE.findall(prose(ARCHITECTURE))
    named = {code for code in codes if re.fullmatch(r"[\w/]+\.py", code)}
    assert len(named) > 30
    for name in named - {"builtin.py"}:
        assert (ROOT / "jobmake" / name).is_file() or (ROOT / name).is_file(), name


@pytest.mark.parametrize("name", [*PAGES, *OTHERS])
def test_links_lead_somewhere(name: str) -> None:
    texts = PAGES | OTHERS
    for link in re.findall(r"\]\(([^)]+)\)", prose(texts[name])):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        page = os.path.normpath(os.path.join(os.path.dirname(name), path)) if path else name
        assert (ROOT / page).is_file(), link
        assert not anchor or anchor in anchors(texts[page]), link


def test_every_page_is_in_the_lists_of_pages_and_says_what_it_is_for() -> None:
    pages = [name.removeprefix("docs/") for name in PAGES if name.startswith("docs/")]
    pages.remove("README.md")
    for page in pages:
        assert f"]({page})" in PAGES["docs/README.md"]
        assert f"](docs/{page})" in PAGES["README.md"]
        assert re.match(r"# .+\n\n(This|That) page ", PAGES[f"docs/{page}"])


def test_every_test_that_the_manual_names_is_there() -> None:
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", MANUAL)
    assert len(named) > 80
    for path, name in named:
        assert f"def {name}(" in (ROOT / "tests" / path).read_text(), f"{path}::{name}"


def test_every_starred_row_of_the_seeds_names_a_test() -> None:
    rows = [*table(MANUAL, "of livius"), *table(MANUAL, "of exax")]
    starred = [row for row in rows if "★" in row[0]]
    assert len(starred) == 44
    assert all("::" in row[2] for row in starred)


def test_there_is_one_version(space: Space) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION
    assert f"## [{VERSION}]" in (ROOT / "CHANGELOG.md").read_text()
    assert space.run("--version").out == f"jobmake {VERSION}\n"


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
        yield from (Path(folder) / name for name in names if name != ".git")  # of a work tree
