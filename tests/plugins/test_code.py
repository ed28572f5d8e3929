"""The code of job types that are the project's own counts for their targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support import Space

TYPE = """
from jobmake import CommandType
from texts import GREETING

def unused():
    return 1

class Echo(CommandType):
    name = "echo"
    extra = 0
    def argv(self, given, run):
        return ["sh", "-c", text()]

def text():
    return f"echo {GREETING} > a.txt"

def jobmake_job_types():
    return [Echo()]
"""
JOBFILE = '[project]\nplugins = ["%s"]\n[target.a]\ntype = "echo"\noutputs = ["a.txt"]\n'


@pytest.mark.parametrize("name", ["plugins/mine.py", "plugins/mine"])
def test_an_edit_of_a_job_type_makes_its_targets_stale(space: Space, name: str) -> None:
    file = name if name.endswith(".py") else f"{name}/__init__.py"
    space.jobfile(JOBFILE % name + '[target.b]\nrun = "true"\n')
    space.write(file, TYPE)
    space.write("texts.py", "GREETING = 'hello'\nOTHER = 1\n")
    assert space.build().built == ["a", "b"]
    assert space.read("a.txt") == "hello\n"
    assert space.build().built == []

    space.replace(file, "return 1", "return 2")
    space.write("texts.py", "GREETING = 'hello'\nOTHER = 2\n")
    assert space.build().built == []

    space.write("texts.py", "GREETING = 'good day'\n")
    result = space.build()
    assert result.built == ["a"]
    assert result.reason("a") == "code `texts.py` changed: `GREETING`"
    assert space.read("a.txt") == "good day\n"

    space.replace(file, "echo {GREETING}", "echo so {GREETING}")
    assert space.build().reason("a") == f"code `{file}` changed: `text`"


def test_a_target_of_a_type_that_is_not_loaded_can_be_listed_and_not_judged(space: Space) -> None:
    space.jobfile(JOBFILE % "mine.py")
    space.write("mine.py", TYPE)
    space.write("texts.py", "GREETING = 'hello'\n")
    assert space.run("list").out.split() == ["a"]
    space.run("graph")
    told = "its job type `echo` is not known, because `mine.py` is not loaded"
    for words in ("status", "why a", "build -n"):
        result = space.run(*words.split())
        assert told in result.out + result.err
    assert space.build().built == ["a"]


def test_a_job_type_that_raises_fails_its_target(space: Space) -> None:
    space.jobfile(JOBFILE % "mine.py" + '[target.b]\nrun = "true"\n')
    space.write("mine.py", TYPE.replace('return f"echo', 'return {}["x"] or f"echo'))
    space.write("texts.py", "GREETING = 'hello'\n")
    result = space.build("-k", code=1)
    assert result.failed == ["a"]
    assert result.built == ["b"]
    assert "plugin `mine` raised KeyError: 'x' (mine.py:15)" in result.err


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        ("argv(self, given, run)", "argv(self)", 1),
        ("extra = 0", "def refuses(self, x): return {}", 3),
    ],
)
def test_a_method_that_takes_other_arguments_is_told_as_the_plugins(
    space: Space, right: str, wrong: str, code: int
) -> None:
    space.jobfile(JOBFILE % "mine.py")
    space.write("texts.py", "GREETING = 'hello'\n")
    space.write("mine.py", TYPE.replace(right, wrong))
    err = space.run("build", "-q", code=code).err
    assert "plugin `mine`: its `Echo` was used as its contract says, and that failed:" in err
    assert "TypeError: Echo." in err


REGISTRY = """
from jobmake import CommandType

KINDS = []

def kind(cls):
    KINDS.append(cls)
    return cls

@kind
class Echo(CommandType):
    name = "echo"
    def argv(self, given, run):
        return ["sh", "-c", "echo one > a.txt"]

def make():
    return [one() for one in KINDS]
"""
HOOK = "def jobmake_job_types():\n    return "


@pytest.mark.parametrize("folder", ["plugins/pk", "my-plugins/p.k"])
@pytest.mark.parametrize(
    "plugin",
    [
        f"from . import reg\n{HOOK}reg.make()\n",
        f"from .reg import *\n{HOOK}make()\n",
        f"from . import reg\n{HOOK}vars(reg)['make']()\n",
        f"from .sub import kinds\n{HOOK}kinds()\n",
        f"import sys\nfrom . import reg\n{HOOK}sys.modules[__name__ + '.reg'].make()\n",
    ],
)
def test_a_job_type_counts_that_a_module_of_its_plugin_registers(
    space: Space, folder: str, plugin: str
) -> None:
    space.jobfile(JOBFILE % folder)
    space.write(f"{folder}/__init__.py", plugin)
    space.write(f"{folder}/reg.py", REGISTRY)
    space.write(
        f"{folder}/sub/__init__.py",
        "from .. import reg\ndef kinds():\n    return [getattr(reg, 'ma' + 'ke')()[0]]\n",
    )
    assert space.build().built == ["a"]
    assert space.build().built == []

    space.replace(f"{folder}/reg.py", "echo one", "echo two")
    result = space.build()
    assert result.built == ["a"]
    assert space.read("a.txt") == "two\n"


@pytest.mark.parametrize(
    "made",
    [
        "Made = type('Made', (Echo,), {})\nKINDS[:] = [Made]\n",
        "KINDS[:] = [type('Made', (Echo,), {})]\n",
        "globals()['Made'] = type('Made', (Echo,), {})\nKINDS[:] = [Made]\n",
        "def made():\n    class Made(Echo): pass\n    return Made\nKINDS[:] = [made()]\n",
    ],
)
def test_the_class_of_a_job_type_counts_however_it_was_made(space: Space, made: str) -> None:
    """The text of its plugin does not lead to it: the hook asks what another one has made."""
    space.jobfile(JOBFILE % 'held.py", "mine.py')
    space.write("mine.py", f"import builtins\n{HOOK}[builtins.echo()]\n")
    hook = "def jobmake_checks():\n    return []\n"
    begin = f"import builtins\n{hook}{REGISTRY}\n"
    space.write("held.py", f"{begin}{made}\nbuiltins.echo = KINDS[0]\n")
    assert space.build().built == ["a"]
    assert space.build().built == []
    space.replace("held.py", "echo one", "echo two")
    assert space.build().built == ["a"]
    assert space.read("a.txt") == "two\n"
