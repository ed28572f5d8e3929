"""What a plugin contributed raises later: that is told of it, too, and of the target at hand;
all others go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.plugins.support import fault, hint_of, plug, trusted

if TYPE_CHECKING:
    from tests.support import Space

TWO = """
[target.one]
run = "echo 1 > {outputs}"
outputs = ["one.txt"]
%s
[target.two]
run = "echo 2 > {outputs}"
outputs = ["two.txt"]
"""

CHECK = """
class Mine:
    name = "mine"
    def reasons(self, target, fingerprint, record, files):
        %s
    def facts(self, target, files):
        %s
def jobmake_checks():
    return [Mine()]
"""


def project(space: Space, code: str, jobfile: str = "", target: str = "") -> None:
    space.jobfile(f'[project]\nplugins = ["mine.py"]\n{jobfile}{TWO % target}')
    space.write("mine.py", code)


@pytest.mark.parametrize(
    ("reasons", "facts", "line"),
    [("return {}['x']", "return {}", 5), ("yield {}['x']", "return {}", 5),
     ("return []", "return {}['x']", 7)],
)  # fmt: skip
def test_a_check_that_raises_fails_its_target_and_no_other(
    space: Space, reasons: str, facts: str, line: int
) -> None:
    project(space, CHECK % (reasons, facts), target='check = ["content", "mine"]')
    result = space.build("-k", code=1)
    assert result.failed == ["one"]
    assert result.built == ["two"]
    told = f"plugin `mine` raised KeyError: 'x' (mine.py:{line})"
    assert fault(result) == f"target `one` failed: {told}"
    assert "hint: the line is `" in result.err

    status = space.run("status").out
    assert told in status
    assert "up to date: 1 target" in status


@pytest.mark.parametrize(
    ("reasons", "facts", "message"),
    [
        ("pass", "return {}", "its check `mine` gave `None`, which is no reason"),
        ("return ['old']", "return {}", "its check `mine` gave `'old'`, which is no reason"),
        ("return []", "pass", "its check `mine` gave `None`, where names of facts must be"),
    ],
)
def test_a_check_that_gives_what_it_must_not(
    space: Space, reasons: str, facts: str, message: str
) -> None:
    project(space, CHECK % (reasons, facts), target='check = ["content", "mine"]')
    assert fault(space.build(code=1)) == f"target `one` failed: {message}"


def test_what_a_check_says_on_purpose_is_told_as_it_is(space: Space) -> None:
    code = CHECK % ("return []", "raise TargetError('the server is down', 'start it')")
    project(space, "from jobmake import TargetError\n" + code, target='check = ["content", "mine"]')
    result = space.build(code=1)
    assert fault(result) == "target `one` failed: the server is down"
    assert hint_of(result).startswith("start it")


EXECUTOR = """
from jobmake.executors.local import LocalExecutor
class Mine(LocalExecutor):
    def submit(self, work):
        if work.run_id and "one" in work.env["JOBMAKE_TARGET"]:
            raise ConnectionError("no host")
        return super().submit(work)
    def poll(self):
        %s
        return super().poll()
def jobmake_executors(settings):
    return {"mine": Mine}
"""


def test_an_executor_that_does_not_take_a_run_fails_its_target(space: Space) -> None:
    project(space, EXECUTOR % "", 'executor = "mine"\n')
    result = space.build("-k", code=1)
    assert result.built == ["two"]
    told = "plugin `mine` raised ConnectionError: no host (mine.py:6)"
    assert fault(result) == f"target `one` failed: {told}"
    assert space.run("status").out.startswith("stale one: it has no result")


def test_an_executor_that_breaks_ends_the_build(space: Space) -> None:
    project(space, EXECUTOR % "raise OSError('gone')", 'executor = "mine"\n')
    result = space.run("build", "two", "--quiet", code=3)
    assert "error: plugin `mine` raised OSError: gone (mine.py:9)\n" in result.err


CACHE = """
from jobmake.caches.disk import DiskCache
class Mine(DiskCache):
    def find(self, key):
        raise RuntimeError("no network")
def jobmake_caches(settings):
    return {"mine": Mine}
"""


def test_a_cache_that_raises_fails_the_target_that_it_is_asked_for(space: Space) -> None:
    project(space, CACHE, '[cache]\nkind = "mine"\n')
    result = space.build("one", code=1)
    told = "plugin `mine` raised RuntimeError: no network (mine.py:5)"
    assert fault(result) == f"target `one` failed: {told}"


CACHE_THAT_KEEPS_NOTHING = """
from jobmake.caches.disk import DiskCache
class Mine(DiskCache):
    def keep(self, key, trace, root):
        raise RuntimeError("no room")
def jobmake_caches(settings):
    return {"mine": Mine}
"""


def test_a_cache_that_raises_when_it_is_to_keep_fails_nothing(space: Space) -> None:
    project(space, CACHE_THAT_KEEPS_NOTHING, '[cache]\nkind = "mine"\n')
    result = space.build()
    assert sorted(result.built) == ["one", "two"]
    told = "note: nothing is kept in the cache: plugin `mine` raised RuntimeError: no room"
    assert result.err.count(told) == 1
    assert sorted(space.build().fresh) == ["one", "two"]


REPORTER = """
class Mine:
    def __init__(self, reporting):
        self.url = reporting.settings["url"]
    def handle(self, event):
        raise ValueError(self.url)
    def close(self): pass
def jobmake_reporters(settings):
    return {"mine": Mine}
"""


def test_a_reporter_knows_its_settings_and_fails_no_build(space: Space) -> None:
    project(space, REPORTER, '[plugin.mine]\nurl = "there"\n')
    result = space.build("--report", "mine")
    assert result.built == ["one", "two"]
    assert "note: the report `mine` is left out: ValueError('there') (mine.py, line 6)" in (
        result.err
    )


def test_an_executor_of_a_plugin_that_is_not_loaded_is_no_error_of_the_jobfile(
    space: Space,
) -> None:
    project(space, EXECUTOR % "", 'executor = "mine"\n[cache]\nkind = "s3"\n', 'check = "mine"')
    assert space.run("list").out.split() == ["one", "two"]
    result = space.run("status")
    assert "its check `mine` is not known, because `mine.py` is not loaded" in result.out
    assert "the plugin was not loaded" in result.err
    space.run("build", "-n")
    assert fault(space.run("cache", code=3)) == (
        "the cache `s3` is not known, because `mine.py` is not loaded"
    )


COMMAND = """
class Mine:
    name, doc = "greet", "Say hello"
    def add_arguments(self, parser):
        parser.add_argument("who")
        parser.add_argument("--dir")
    def run(self, project, arguments):
        print("hello", arguments.who, *project.targets, project.root.rpartition("/")[2])
        return %s
def jobmake_commands():
    return [Mine()]
"""


def commanding(space: Space, returns: str) -> None:
    trusted(space)
    plug(space, COMMAND % returns)


def test_a_command_is_run_with_the_options_of_all_commands(space: Space) -> None:
    commanding(space, "3 if arguments.dir else None")
    assert space.run("greet", "you").out == "hello you a project\n"
    space.path("below").mkdir()
    assert space.run("-C", "below", "greet", "you", "--dir", "x", code=3).out.startswith("hello")
    assert "Say hello" in space.run("greet", "--help").out


def test_a_command_sees_the_params_that_are_set(space: Space) -> None:
    commanding(space, "project.targets.index('b')")
    space.write("Jobfile.toml", '[params]\nn = "z"\n' + space.read("Jobfile.toml"))
    code = "def jobmake_targets(jobfile):\n    return {jobfile.params['n']: {'needs': ['a']}}\n"
    space.write("plugins/mine.py", COMMAND % "None" + code)
    assert space.run("greet", "you", "-D", "n=b").out == "hello you a b project\n"


def test_words_that_a_command_does_not_take(space: Space) -> None:
    commanding(space, "0")
    result = space.run("greet", "you", "--loud", code=2)
    assert fault(result) == "unrecognized arguments: --loud"
    assert hint_of(result) == "`jobmake greet --help` shows what there is"


@pytest.mark.parametrize(
    ("returns", "message"),
    [
        ("{}['x']", "plugin `mine` raised KeyError: 'x' (plugins/mine.py:9)"),
        ("'done'", "the command `greet` returned a `str`, where an exit code must be"),
    ],
)
def test_a_command_that_is_wrong(space: Space, returns: str, message: str) -> None:
    commanding(space, returns)
    assert fault(space.run("greet", "you", code=3)) == message


def test_a_command_that_there_is_not(space: Space) -> None:
    commanding(space, "0")
    result = space.run("gret", code=2)
    assert fault(result) == "there is no command `gret`"
    assert hint_of(result) == "did you mean `greet`?"
    space.jobfile("[target.a]\nrun = 1\n")
    assert hint_of(space.run("salute", code=2)) == (
        "plugins of the project cannot be asked for it: `run` must be a text or a list of texts,"
        " not an integer"
    )
