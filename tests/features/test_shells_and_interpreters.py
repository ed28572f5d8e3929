"""What a text of `run` is given to: a shell of one's own, an interpreter, the program in its
first line; and how values are put into it."""

from __future__ import annotations

import shutil

import pytest

from tests.amounts import needs_program
from tests.support import Space

pytestmark = [pytest.mark.timeout(120), pytest.mark.usefixtures("no_cache")]

ODD = 'it\'s $HOME; "two"  `id` \\n'

needs_bash = pytest.mark.usefixtures("bash")
needs_perl = pytest.mark.usefixtures("perl")


@pytest.fixture
def bash() -> None:
    needs_program("bash")


@pytest.fixture
def perl() -> None:
    needs_program("perl")


@pytest.fixture
def space(tmp_path) -> Space:
    return Space(tmp_path / "project")


def scripts(space: Space) -> list[str]:
    """The scripts in the folder of the newest run."""
    newest = max((space.root / ".jobmake/runs").iterdir(), key=lambda one: int(one.name))
    return sorted(one.name for one in newest.glob("script-*"))


# -- shells ---------------------------------------------------------------------------


@needs_bash
def test_a_shell_of_ones_own_stops_at_a_failing_pipe(space: Space) -> None:
    space.jobfile(
        '[project]\nshell = "bash -eo pipefail"\n[target.a]\nrun = "false | cat; echo on > a"'
    )
    result = space.build(code=1)
    assert "exit code 1" in result.err
    assert not space.exists("a")


@needs_bash
def test_a_target_has_its_own_shell(space: Space) -> None:
    space.jobfile(
        """
[target.mine]
shell = "bash"
run = "echo ${BASH_VERSION:-none} > {outputs}; x=(1 2 3); echo ${#x[@]} >> {outputs}"
outputs = ["mine"]
[target.plain]
run = "echo ${BASH_VERSION:-none} > {outputs}"
outputs = ["plain"]
"""
    )
    space.build()
    assert space.read("mine").splitlines()[1] == "3"


@needs_bash
def test_a_lone_shell_stops_at_the_first_line_that_fails(space: Space) -> None:
    space.jobfile('[target.a]\nshell = "bash"\nrun = "false\\ntouch a"')
    space.build(code=1)
    assert not space.exists("a")


@needs_bash
def test_values_are_quoted_for_shells_of_that_kind(space: Space) -> None:
    space.jobfile(
        f"""
[params]
odd = {ODD!r}
[target.a]
shell = "/usr/bin/env bash -e"
run = "printf '%s|' {{params.odd}} \\"{{params.odd}}\\" > {{outputs}}"
outputs = ["a"]
""".replace(repr(ODD), "'''" + ODD + "'''")
    )
    space.build()
    assert space.read("a") == f"{ODD}|{ODD}|"


def test_the_shell_of_another_language_gets_only_harmless_values(space: Space) -> None:
    space.write("fish", '#!/bin/sh\nshift\necho "$@" > told\n')
    space.path("fish").chmod(0o755)
    space.jobfile(
        """
[params]
name = "model-1.5"
odd = "two words"
[target.a]
shell = "./fish -q"
run = "train {params.name}"
[target.b]
shell = "./fish -q"
run = "train {params.odd}"
"""
    )
    space.build("a")
    assert space.read("told") == "-c train model-1.5\n"
    result = space.build("b", code=1)
    assert "`{params.odd}`: its value cannot be put safely into the text of such a shell" in (
        result.err
    )
    assert "hint: pass it by a variable of `env`" in result.err


def test_a_shell_that_is_not_there_is_named(space: Space) -> None:
    space.jobfile('[target.a]\nshell = "no-such-shell -e"\nrun = "echo x | cat"')
    assert "the shell `no-such-shell` is not found" in space.build(code=1).err


@needs_bash
def test_a_plain_text_is_started_directly_only_where_it_means_the_same(space: Space) -> None:
    space.jobfile(
        """
[target.direct]
shell = "bash -eu"
run = "sh -c 'ps -o comm= -p $PPID > direct; :'"
[target.traced]
shell = "bash -x"
run = "echo told"
[target.words]
shell = "bash"
run = "declare x=1"
"""
    )
    space.build()
    assert space.read("direct") != "bash\n"
    assert "+ echo told" in space.run("log", "traced").out


@pytest.mark.case("A15")
def test_another_shell_is_another_action(space: Space) -> None:
    space.jobfile('[target.a]\nrun = "echo x > {outputs}"\noutputs = ["a"]')
    space.build()
    space.replace("Jobfile.toml", "[target.a]", '[target.a]\nshell = "sh -eu"')
    assert space.build().built == ["a"]
    assert space.build().fresh == ["a"]
    space.replace("Jobfile.toml", 'shell = "sh -eu"', 'shell = "/bin/sh"')
    assert space.build().built == ["a"]  # and that is the usual one again
    space.replace("Jobfile.toml", 'shell = "/bin/sh"\n', "")
    assert space.build().fresh == ["a"]


# -- interpreters ---------------------------------------------------------------------


def test_texts_are_scripts_for_the_interpreter(space: Space) -> None:
    space.jobfile(
        """
[params]
rate = 0.5
name = "büro (1)"
[target.a]
interpreter = "python3 -I"
run = ["open('{outputs}', 'w').write('{params.name} %s\\\\n' % ({params.rate} * 2))",
       "import sys; print('{{params.name}}', file=open('{outputs}', 'a'))"]
outputs = ["a.txt"]
"""
    )
    space.build()
    assert space.read("a.txt") == "büro (1) 1.0\n{params.name}\n"
    assert scripts(space) == ["script-1", "script-2"]


@pytest.mark.parametrize("value", ["it's", 'a"b', "a\\\\b", "a\\nb", "a\\tb", "$HOME", "`id`"])
def test_a_value_that_could_mean_something_is_refused(space: Space, value: str) -> None:
    text = value.replace('"', '\\"')
    space.jobfile(
        f"""
[params]
odd = "{text}"
[target.a]
interpreter = "python3"
run = "print('{{params.odd}}')"
[target.by-env]
interpreter = "python3"
run = "import os; open('told', 'w').write(os.environ['ODD'])"
env = {{ ODD = "{{params.odd}}" }}
"""
    )
    result = space.build("a", code=1)
    assert "`{params.odd}`: its value cannot be put safely into a script" in result.err
    assert "hint: pass it by a variable of `env`, or write `!raw`" in result.err
    space.build("by-env")
    assert space.read("told")


def test_raw_is_put_in_as_it_is(space: Space) -> None:
    space.jobfile(
        """
[params]
code = "print('it works', file=open('told', 'w'))"
[target.a]
interpreter = "python3"
run = "{params.code!raw}"
"""
    )
    space.build()
    assert space.read("told") == "it works\n"


@needs_bash
def test_a_shell_as_interpreter_gets_quoted_values(space: Space) -> None:
    space.jobfile(
        f"""
[params]
odd = '''{ODD}'''
[target.a]
interpreter = "bash -e"
run = "printf %s {{params.odd}} > {{outputs}}"
outputs = ["a"]
"""
    )
    space.build()
    assert space.read("a") == ODD


def test_a_script_may_be_longer_than_an_argument(space: Space) -> None:
    filler = "# " + "x" * 300_000 + "\n"
    space.jobfile(
        f"[target.a]\ninterpreter = 'python3'\nrun = '''\n{filler}open('a', 'w')\n'''\n"
        "outputs = ['a']"
    )
    assert space.build().built == ["a"]


def test_an_interpreter_that_is_not_there_is_named(space: Space) -> None:
    space.jobfile('[target.a]\ninterpreter = "no-such-thing"\nrun = "1"')
    assert "the interpreter `no-such-thing` is not found" in space.build(code=1).err


# -- a line of its own ----------------------------------------------------------------


def test_a_text_with_a_first_line_of_its_own_is_run_by_that(space: Space) -> None:
    space.jobfile(
        """
[params]
n = 3
[target.a]
run = '''
#!/usr/bin/env python3
with open("{outputs}", "w") as file:
    for number in range({params.n}):
        print(number, file=file)
'''
outputs = ["a"]
"""
    )
    space.build()
    assert space.read("a") == "0\n1\n2\n"
    assert space.build().fresh == ["a"]


@needs_perl
def test_the_first_line_wins_over_the_interpreter_and_keeps_its_argument(space: Space) -> None:
    perl = shutil.which("perl")
    space.jobfile(
        f"""
[target.a]
interpreter = "python3"
run = ['''
#!{perl} -w -l
open(F, ">", "{{outputs}}"); print F "perl"; close F
''', "open('{{outputs}}', 'a').write('python')"]
outputs = ["a"]
"""
    )
    space.build()
    assert space.read("a") == "perl\npython"


def test_the_texts_of_one_run_may_be_scripts_and_commands(space: Space) -> None:
    space.jobfile(
        """
[target.a]
run = ["echo one > {outputs}", '''
#!/bin/sh
set -e
echo "$0" | grep -q script-1
echo {target} >> {outputs}
''', "echo three >> {outputs}"]
outputs = ["a"]
"""
    )
    space.build()
    assert space.read("a") == "one\na\nthree\n"


def test_a_script_that_fails_ends_the_run(space: Space) -> None:
    space.jobfile(
        """
[target.a]
run = ['''
#!/usr/bin/env python3
raise SystemExit(7)
''', "touch on"]
"""
    )
    assert "exit code 7 in command 1 of 2" in space.build(code=1).err
    assert not space.exists("on")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("#!/no/such/program", "there is no interpreter `/no/such/program`, which a script names"),
        ("#!python3", "there is no interpreter `python3`, which a script names"),
        ("#!/usr/bin/env no-such-thing", "the interpreter `no-such-thing` is not found"),
    ],
)
def test_a_line_that_names_nothing_is_told_before_anything_goes(
    space: Space, line: str, said: str
) -> None:
    space.jobfile('[target.a]\nrun = "echo x > {outputs}"\noutputs = ["a"]')
    space.build()
    space.jobfile(f"[target.a]\nrun = '''\n{line}\nx\n'''\noutputs = [\"a\"]")
    assert said in space.build(code=1).err
    assert space.read("a") == "x\n"


def test_what_is_refused_in_a_shell_is_none_of_pythons_business(space: Space) -> None:
    space.jobfile(
        """
[params]
n = 2
[target.a]
run = '''
#!/usr/bin/env python3
# n is {params.n}
open("{outputs}", "w").write(f"{ {params.n} + 1}" + "`{params.n}`")
'''
outputs = ["a"]
"""
    )
    space.build()
    assert space.read("a") == "3`2`"


def test_what_is_refused_in_a_shell_is_refused_in_its_scripts(space: Space) -> None:
    space.jobfile("[params]\nn = 2\n[target.a]\nrun = '''\n#!/bin/sh\n# n is {params.n}\ntrue\n'''")
    assert "stands where its value cannot be quoted safely" in space.build(code=2).err


def test_no_value_stands_in_the_line_that_names_the_interpreter(space: Space) -> None:
    space.jobfile(
        "[params]\np = 'python3'\n[target.a]\nrun = '''\n#!/usr/bin/env {params.p}\n1\n'''"
    )
    result = space.build(code=2)
    assert "not in the line that names the interpreter" in result.err


def test_words_of_argv_are_no_shell_text(space: Space) -> None:
    space.jobfile(
        "[params]\nn = 2\n"
        '[target.a]\nargv = ["sh", "-c", "printf %s \\"$1\\" > a", "-", "a # {params.n}"]'
    )
    space.build()
    assert space.read("a") == "a # 2"
