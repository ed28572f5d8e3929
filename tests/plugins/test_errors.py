"""A plugin that is wrong: the error names it, its file and the line, and what was expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobmake.model.errors import PluginError
from jobmake.project import Project, Settings
from tests.plugins.support import fault, hint_of, install, plug, trusted

if TYPE_CHECKING:
    from tests.support import Space

pytestmark = pytest.mark.case("F11")

HOOKS = ["job_types", "checks", "executors", "caches", "reporters", "commands", "targets"]


def told(space: Space, code: str) -> tuple[str, str]:
    """What is told of a plugin with this code: the error and its hint."""
    plug(space, code)
    with pytest.raises(PluginError) as error:
        Project.open(Settings(str(space.root), loading=True))
    return error.value.message, error.value.hint or ""


@pytest.mark.case("F11")
def test_one_that_raises_when_it_is_loaded(space: Space) -> None:
    error, hint = told(space, "x = 1\n\ny = {}['key']\n")
    assert error == "plugin `mine` cannot be loaded: KeyError: 'key' (plugins/mine.py:3)"
    assert hint == "the line is `y = {}['key']`"


def test_one_that_is_no_python(space: Space) -> None:
    error, _ = told(space, "x = 1\ndef f(:\n")
    assert "plugin `mine` cannot be loaded: SyntaxError: " in error
    assert error.endswith("(plugins/mine.py:2)")


@pytest.mark.case("F11")
def test_one_that_ends_the_process(space: Space) -> None:
    error, _ = told(space, "import sys\nsys.exit(7)\n")
    assert error == "plugin `mine` cannot be loaded: SystemExit: 7 (plugins/mine.py:2)"


def test_one_that_needs_what_is_not_installed(space: Space) -> None:
    error, hint = told(space, "import no_such_library\n")
    assert error == (
        "plugin `mine` cannot be loaded: ModuleNotFoundError: No module named 'no_such_library'"
        " (plugins/mine.py:1)"
    )
    assert hint.startswith("install it for the Python in `")


def test_one_without_any_hook(space: Space) -> None:
    error, _ = told(space, "x = 1\n")
    assert error == "plugin `mine` has no hooks (plugins/mine.py)"


def test_a_hook_that_there_is_not(space: Space) -> None:
    error, hint = told(space, "\ndef jobmake_check():\n    return []\n")
    assert error == "plugin `mine`: there is no hook `jobmake_check` (plugins/mine.py:2)"
    assert hint == "did you mean `jobmake_checks`?"


def test_an_argument_that_is_not_given(space: Space) -> None:
    error, hint = told(space, "def jobmake_caches(folder):\n    return {}\n")
    assert error == (
        "plugin `mine`: `jobmake_caches` has an argument `folder`, which is not given"
        " (plugins/mine.py:1)"
    )
    assert hint == "it may take `settings`"


@pytest.mark.case("F11")
@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_that_raises(space: Space, hook: str) -> None:
    argument = "jobfile" if hook == "targets" else ""
    error, hint = told(
        space, f"def jobmake_{hook}({argument}):\n    raise ValueError('no\\nway')\n"
    )
    assert error == (
        f"plugin `mine`: `jobmake_{hook}` raised ValueError: no way (plugins/mine.py:2)"
    )
    assert "the line is `raise ValueError" in hint


def test_what_a_hook_calls_is_told_by_the_deepest_line_of_the_plugin(space: Space) -> None:
    code = (
        "import json\ndef read():\n    return json.loads('{')\ndef jobmake_checks():\n    read()\n"
    )
    error, _ = told(space, code)
    assert "JSONDecodeError" in error
    assert error.endswith("(plugins/mine.py:3)")


@pytest.mark.case("F11")
@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_that_forgets_to_return(space: Space, hook: str) -> None:
    error, _ = told(space, f"def jobmake_{hook}():\n    pass\n")
    assert error.startswith(f"plugin `mine`: `jobmake_{hook}` returned nothing, where ")
    assert error.endswith("(plugins/mine.py:1)")


RETURNED = {
    "checks(): return [Thing]": "returned the class `Thing`: an instance must be, `Thing()`",
    "checks(): return [Thing()]": (
        "returned a `Thing` with no `name`, as each check must have"
    ),
    "checks(): return [Named()]": "returned the check `it` without a method `reasons`",
    "job_types(): return [Named()]": "returned the job type `it` without a text `version`",
    "commands(): return [Build()]": "returned the command `build`, which jobmake has itself",
    "commands(): return [Spaced()]": "returned a command called `a b`, which cannot be typed",
    "checks(): return [Checks(), Checks()]": "returned two checks called `it`",
    "checks(): return 3": "returned a `int`, where a list of checks must be",
    "caches(): return {'x': 1}": (
        "returned a `int` as `x`, where what makes a cache must be: a function, or a class"
    ),
    "executors(): return [1]": (
        "returned a `list`, where names with makers of executors must be"
    ),
}  # fmt: skip

THINGS = """
class Thing: pass
class Named: name = "it"
class Checks:
    name = "it"
    def reasons(self, target, fingerprint, record, files): return ()
class Build:
    name, doc = "build", ""
    def add_arguments(self, parser): pass
    def run(self, project, arguments): pass
class Spaced(Build): name = "a b"
"""


@pytest.mark.case("F11")
@pytest.mark.parametrize("code", RETURNED)
def test_a_hook_that_returns_what_it_must_not(space: Space, code: str) -> None:
    hook = "jobmake_" + code.partition("(")[0]
    error, _ = told(space, f"{THINGS}def jobmake_{code}\n")
    line = THINGS.count("\n") + 1
    assert error == f"plugin `mine`: `{hook}` {RETURNED[code]} (plugins/mine.py:{line})"


def test_a_name_that_jobmake_has_itself(space: Space) -> None:
    code = "class Disk:\n    pass\ndef jobmake_caches():\n    return {'disk': Disk}\n"
    error, _ = told(space, code)
    assert error == "the plugin `mine` has a cache `disk`, which jobmake has itself"


def test_two_plugins_with_one_name(space: Space) -> None:
    space.jobfile('[project]\nplugins = ["a.py", "b.py"]\n')
    for name in ("a.py", "b.py"):
        space.write(name, "def jobmake_caches():\n    return {'s3': dict}\n")
    with pytest.raises(PluginError, match="the plugins `a` and `b` both have a cache `s3`"):
        Project.open(Settings(str(space.root), loading=True))


def test_codecs_of_a_file_would_never_be_found(space: Space) -> None:
    error, _ = told(space, "def jobmake_codecs():\n    return []\n")
    assert error == (
        "plugin `mine`: `jobmake_codecs` has no meaning in a file of the project"
        " (plugins/mine.py:1)"
    )


def test_verbose_shows_the_lines_that_led_there(space: Space) -> None:
    trusted(space)
    plug(space, "def f():\n    return {}['x']\nf()\n")
    result = space.run("list", code=3)
    assert hint_of(result) == "the line is `return {}['x']`; `-v` shows the lines that led there"

    result = space.run("list", "-v", code=3)
    assert 'plugins/mine.py", line 3, in <module>\n    f()\n' in result.err
    assert "importlib" not in result.err


def test_an_installed_one_is_told_by_its_file(space: Space) -> None:
    env = install(space, "broken", "raise ValueError('x')\n")
    space.jobfile('[project]\nplugins = ["broken"]\n')
    result = space.run("list", env=env, code=3)
    where = space.root.parent / "site" / "broken_module.py"
    assert fault(result) == f"plugin `broken` cannot be loaded: ValueError: x ({where}:1)"


# -- errors of the Jobfile -------------------------------------------------------------


def wrong(space: Space, jobfile: str, **given: str) -> str:
    space.jobfile(jobfile)
    return space.run("list", code=2, **given).err


def test_a_file_that_is_not_there(space: Space) -> None:
    space.write("plugins/mine.py", "")
    assert wrong(space, '[project]\nplugins = ["plugins/mime.py"]\n') == (
        "error: the plugin `plugins/mime.py` does not exist\n"
        "  --> Jobfile.toml:2\n"
        '2 | plugins = ["plugins/mime.py"]\n'
        "  |            ^^^^^^^^^^^^^^^^^\n"
        "hint: did you mean `plugins/mine.py`?\n"
    )


def test_a_name_that_nobody_has(space: Space) -> None:
    env = install(space, "notify_all", "")
    space.jobfile('[project]\nplugins = ["notify-al"]\n')
    result = space.run("list", env=env, code=2)
    assert "error: there is no plugin `notify-al`\n  --> Jobfile.toml:2\n" in result.err
    assert hint_of(result) == "did you mean `notify_all`?"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("../x.py", "the plugin `../x.py` lies outside the project's folder"),
        ("empty/", "the plugin `empty/` is a folder without an `__init__.py`"),
        ("a/data.txt", "the plugin `a/data.txt` is no Python file"),
    ],
)
def test_a_path_that_is_no_plugin(space: Space, name: str, message: str) -> None:
    space.write("empty/x", "")
    space.write("a/data.txt", "")
    assert f"error: {message}\n  --> Jobfile.toml:2\n" in wrong(
        space, f'[project]\nplugins = ["{name}"]\n'
    )


def test_two_files_that_would_be_called_the_same(space: Space) -> None:
    space.write("a/x.py", "")
    space.write("b/x.py", "")
    text = wrong(space, '[project]\nplugins = ["a/x.py", "b/x.py"]\n')
    assert "error: `a/x.py` and `b/x.py` are two plugins called `x`\n" in text


def test_settings_of_a_plugin_that_is_not_used(space: Space) -> None:
    text = wrong(space, "[plugin.notify]\nurl = 'x'\n")
    assert "error: `[plugin.notify]` is of no plugin that is used\n  --> Jobfile.toml:1\n" in text


def test_an_executor_or_cache_that_there_is_not(space: Space) -> None:
    text = wrong(space, '[project]\nexecutor = "locl"\n[cache]\nkind = "s3"\n')
    assert "error: there is no executor `locl`\n  --> Jobfile.toml:2\n" in text
    assert "hint: did you mean `local`?" in text
    assert "error: there is no cache `s3`\n  --> Jobfile.toml:4\n" in text
    assert "hint: there is `disk`; a plugin may bring others" in text
