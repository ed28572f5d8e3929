"""What authors of job types and checks get wrong is told when the plugin is loaded, or of the
target, with file and line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobmake.jobs.commandtype import CommandType
from jobmake.jobs.pythontype import PythonType
from jobmake.model.errors import PluginError
from jobmake.plugins.authored import kept_names
from jobmake.project import Project, Settings
from tests.documents import ROOT
from tests.plugins.support import plug

if TYPE_CHECKING:
    from tests.support import Space

COMMAND = """\
from jobmake import CommandType, FactCheck, PythonType

class Echo(CommandType):
    name = "echo"
    class With:
        word: str = "x"
        number: int = 1
    %s
    def argv(self, given, run):
        return ["cp", "Jobfile.toml", run.output]

def jobmake_job_types():
    return [Echo()]
"""
PYTHON = """\
from jobmake import CommandType, FactCheck, PythonType

class Echo(PythonType):
    name = "echo"
    %s
    def run(self, given, run):
        run.output.write_text("x")

def jobmake_job_types():
    return [%s]
"""
CHECK = """\
from jobmake import FactCheck

class Echo(FactCheck):
    name = "echo"
    %s
    def facts(self, target, files): return {}

def jobmake_checks():
    return [Echo()]
"""


def told(space: Space, code: str) -> str:
    """What is told of what a plugin with this code returned."""
    plug(space, code)
    with pytest.raises(PluginError) as error:
        Project.open(Settings(str(space.root), loading=True))
    return error.value.message.partition("`echo`, ")[2].rpartition(" (")[0]


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ('reads = ("word")', 'whose `reads` is a `str`: write `reads = ("word",)`'),
        ('reads = ("wort",)', "whose `reads` names 'wort', which is no setting of its `With`:"
                              " did you mean `word`?"),
        ("uncounted = ('a',)", "whose `uncounted` names 'a', which is no setting of its `With`:"
                               " there are `word`, `number`"),
        ("With = {'word': str}", "whose `With` is a `dict`, where a class must be"),
        ("texts = ('a', 'b')", "which has a `texts` of its own: `CommandType` needs that name, so"
                               " call it something else"),
        ("def more(self): return 3", "which has a `more` of its own: `CommandType` needs that name,"
                                     " so call it something else"),
        ("async def env(self, given, run): return {}",
         "whose `env` is `async`: nobody would wait for it"),
    ],
)  # fmt: skip
def test_a_command_type_is_refused(space: Space, line: str, wrong: str) -> None:
    assert told(space, COMMAND % line) == wrong


@pytest.mark.parametrize(
    ("line", "made", "wrong"),
    [
        ("def __init__(self, unit): pass", "Echo('m')",
         "whose class `Echo` needs arguments: it is made anew, without any, in a run"),
        ("def __init__(self, unit='m'): self.unit = unit", "Echo('cm')",
         "which keeps `unit` in itself: it is made anew in a run, and has only what its class has"),
        ("perform = 1", "Echo()", "which has a `perform` of its own: `PythonType` needs that name,"
                                  " so call it something else"),
        ("With = 3", "Echo()", "whose `With` is a `int`, where a class must be"),
    ],
)  # fmt: skip
def test_a_python_type_is_refused(space: Space, line: str, made: str, wrong: str) -> None:
    assert told(space, PYTHON % (line, made)) == wrong


def test_a_python_type_in_a_function_is_refused(space: Space) -> None:
    code = (PYTHON % ("", "")).replace("return []", "return [type('Echo', (Echo,), {})()]")
    inner = code.replace("[type('Echo', (Echo,), {})()]", "[inner()]") + (
        "def inner():\n    class Inner(Echo): pass\n    return Inner()\n"
    )
    assert told(space, inner) == (
        "whose class `Inner` stands in a function: no other process can find it"
    )


def test_a_check_is_refused(space: Space) -> None:
    assert told(space, CHECK % "With = 'url'") == "whose `With` is a `str`, where a class must be"


def test_a_hook_that_is_async_is_refused(space: Space) -> None:
    plug(space, "async def jobmake_checks():\n    return []\n")
    with pytest.raises(PluginError) as error:
        Project.open(Settings(str(space.root), loading=True))
    assert error.value.message == (
        "plugin `mine`: `jobmake_checks` is `async`, and nobody would wait for it"
        " (plugins/mine.py:1)"
    )


def test_the_names_that_are_kept_are_told_in_the_manual() -> None:
    page = (ROOT / "docs" / "10-plugins.md").read_text()
    for base in (CommandType, PythonType):
        for name in kept_names(base):
            assert name.startswith("_jobmake_") or f"`{name}`" in page, name


def test_an_author_may_have_helpers_of_any_private_name(space: Space) -> None:
    plug(space, COMMAND % "_filled = _given = _checked = _variables = 3")
    space.replace("Jobfile.toml", 'run = "echo a > {outputs}"', 'type = "echo"')
    assert space.build().built == ["a"]


WORDS = '["cp", "Jobfile.toml", run.output]'
ONE = 'give a list of words: `["cp", run.input, run.output]`'
SEVERAL = 'give a list of commands, each a list of words: `[["cp", run.input, run.output]]`'


@pytest.mark.parametrize(
    ("old", "new", "fact", "hint"),
    [
        (WORDS, '"cp a b"', "`argv` of the job type `echo` gives a text", ONE),
        (WORDS, "None", "`argv` of the job type `echo` gives nothing", ONE),
        (WORDS, "[]", "`argv` of the job type `echo` gives no command", ONE),
        ("argv", "steps", "`steps` of the job type `echo` gives a list of words", SEVERAL),
    ],
)
def test_what_is_no_command_is_told(space: Space, old: str, new: str, fact: str, hint: str) -> None:
    plug(space, (COMMAND % "").replace(old, new))
    space.replace("Jobfile.toml", 'run = "echo a > {outputs}"', 'type = "echo"')

    result = space.build(code=1)

    assert f"error: target `a` failed: {fact} (plugins/mine.py:9)\n" in result.err
    assert f"hint: {hint}\n" in result.err


ENV = """def env(self, given, run):
        return {"PORT": 80, "RATIO": 0.5, "PLACE": run.output}
    def steps(self, given, run):
        return [["sh", "-c", 'echo $PORT $RATIO $PLACE > a.txt']]"""


def test_numbers_and_paths_are_variables(space: Space) -> None:
    plug(space, COMMAND % ENV)
    space.replace("Jobfile.toml", 'run = "echo a > {outputs}"', 'type = "echo"')
    space.build()
    assert space.read("a.txt") == "80 0.5 a.txt\n"


@pytest.mark.parametrize(
    ("given", "fact"),
    [
        ("{'PORT': [80]}", "gives `PORT` a value that is no text, but a `list`"),
        ("{'PORT': True}", "gives `PORT` a value that is no text, but a `bool`"),
        ("{'PORT': None}", "gives `PORT` a value that is no text, but nothing"),
        ("{8: '80'}", "gives a variable the name 8"),
        ("None", "gives nothing"),
    ],
)
def test_other_variables_fail_the_target(space: Space, given: str, fact: str) -> None:
    plug(space, COMMAND % f"def env(self, given, run): return {given}")
    space.replace("Jobfile.toml", 'run = "echo a > {outputs}"', 'type = "echo"')

    result = space.build(code=1)

    told = f"error: target `a` failed: `env` of the job type `echo` {fact} (plugins/mine.py:8)\n"
    assert told in result.err
