"""Values and names with everything in them that means something to a shell: they arrive as they
are, and nothing in them is carried out, shown as a line of jobmake's, or sent to a terminal.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from jobmake.tools.tomltext import value as toml
from tests.jobfile.fuzzing import feed
from tests.support import DEADLINE, Space

if TYPE_CHECKING:
    from pathlib import Path

ECHO = """
import json, os, sys
with open(sys.argv[-1], "w") as file:
    json.dump([sys.argv[1:], os.getcwd(), os.environ["E"]], file)
"""
BAD = "x$(touch PWNED);`touch PWNED`'\";|&<>*?\\ \t-é"  # also the name of a file
WORSE = BAD + "\n"  # may stand in a value


def carried_out(space: Space) -> list[Path]:
    """Return what the value would make if it were carried out."""
    return list(space.root.parent.rglob("PWNED*"))


# -- into commands and paths -------------------------------------------------------------------

EVERYWHERE = f"""
[params]
bad = {toml(WORSE)}
name = {toml(BAD)}
[target.shell]
run = '''
printf %s {{params.bad}} > bare
printf %s '{{params.bad}}' > single
printf %s "{{params.bad}}" > double
printf %s "$(printf %s {{params.bad}}; echo x)" > inner
printf %s "$E" > env
cat {{inputs}} > {{outputs.copy}}
cat {{inputs.named}} > {{outputs.named}}
'''
inputs = {{ named = {toml(BAD)} }}
outputs = {{ copy = "out/{{params.name}}", named = "named {{params.name}}" }}
env = {{ E = "{{params.bad}}" }}
probes = ["printf probed; : {{params.bad}}"]
[target.argv]
argv = [
    {toml(sys.executable)}, "-S", "-c", {toml(ECHO)}, "{{params.bad}}", "a{{params.bad}}",
    "{{inputs}}", "{{outputs}}",
]
cwd = "folder {{params.name}}"
env = {{ E = "{{params.bad}}" }}
inputs = [{toml(BAD)}]
outputs = ["argv.json"]
[target.axis]
matrix = {{ x = [{toml(WORSE)}] }}
run = "printf %s {{matrix.x}} > axis"
outputs = ["axis"]
[target.each]
each = {{ f = "in/*" }}
run = "cat {{each.f}} > {{outputs}}; printf %s {{each.f.stem}} > stem"
outputs = ["each/{{each.f.name}}"]
[target.alone]
run = "cat {{inputs}} > {{outputs}}; pwd > /dev/null"
isolated = true
inputs = [{toml(BAD)}]
outputs = ["alone {{params.name}}"]
"""


def prepare(space: Space) -> None:
    space.jobfile(EVERYWHERE)
    space.write(BAD, "data")
    space.write(f"in/{BAD}", "each data")
    space.path(f"folder {BAD}").mkdir()


@pytest.mark.case("G01")
def test_a_value_arrives_as_it_is_wherever_it_is_put(space: Space) -> None:
    prepare(space)

    result = space.build()

    assert len(result.built) == 5, result.err
    for name in ("bare", "single", "double", "env", "axis"):
        assert space.read(name) == WORSE, name
    assert space.read("inner") == WORSE + "x"
    for name in (f"out/{BAD}", f"named {BAD}", f"alone {BAD}"):
        assert space.read(name) == "data", name
    assert space.read(f"each/{BAD}") == "each data"
    words, folder, variable = json.loads(space.read("argv.json"))
    assert words[:2] == [WORSE, "a" + WORSE]
    assert os.path.normpath(os.path.join(folder, words[2])) == str(space.path(BAD))
    assert (os.path.basename(folder), variable) == (f"folder {BAD}", WORSE)
    assert carried_out(space) == []


@pytest.mark.case("G01")
def test_neither_looking_nor_cleaning_carries_a_value_out(space: Space) -> None:
    prepare(space)
    space.build()
    for words in (["why", "shell"], ["show", "axis"], ["graph", "--dot"], ["log", "shell"],
                  ["whence", f"out/{BAD}"], ["build", "-B"], ["clean"]):  # fmt: skip
        space.run(*words)
    assert carried_out(space) == []
    assert not space.exists(f"out/{BAD}")


@pytest.mark.case("G01")
def test_the_line_that_does_a_run_again_is_safe_to_paste(space: Space) -> None:
    prepare(space)
    space.build("shell")
    line = space.run("show", "shell", "--command").out
    for name in ("bare", f"out/{BAD}"):
        space.path(name).unlink()

    subprocess.run(["sh", "-c", line], cwd=space.root, check=True, timeout=DEADLINE)

    assert (space.read("bare"), space.read(f"out/{BAD}")) == (WORSE, "data")
    assert carried_out(space) == []


# -- into messages ------------------------------------------------------------------------------

FORGED = "x\nbuilt everything in 3 s\n\x1b]52;c;cm0=\x07\x1b[2J\u202e\x9b1m"
WRONG = {
    "a need": f'[target.a]\nrun = "true"\nneeds = [{toml(FORGED)}]\n',
    "an input": f'[target.a]\nrun = "true"\nneeds = ["b"]\ninputs = [{toml(FORGED)}, "o/"]\n',
    "a name": f'[target.{toml(FORGED)}]\nrun = "true"\n',
    "a key": f'[target.a]\nrun = "true"\n{toml(FORGED)} = 1\n',
    "a pool": f'[target.a]\nrun = "true"\npools = [{toml(FORGED)}]\n',
    "a placeholder": f"[target.a]\nrun = {toml('{params.' + 'x' + '}' + FORGED)}\n",
    "a job type": f"[target.a]\ntype = {toml(FORGED)}\n",
    "a duration": f'[target.a]\nrun = "true"\ntimeout = {toml(FORGED)}\n',
    "a default": f'[project]\ndefault = [{toml(FORGED)}]\n[target.a]\nrun = "true"\n',
    "an included file": f"[project]\ninclude = [{toml(FORGED)}]\n",
    "a params file": f"[project]\nparams_files = [{toml(FORGED)}]\n",
    "an axis": f'[target.a]\nrun = "true"\nmatrix = {{ {toml(FORGED)} = [1] }}\n',
    "an output of two": f'[target.a]\nrun = "true"\noutputs = [{toml(FORGED)}, {toml(FORGED)}]\n',
}


@pytest.mark.case("G13")
@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_no_name_in_an_error_forges_a_line_of_it(tmp_path: Path, text: str) -> None:
    told = feed(tmp_path, text.encode())
    assert told.startswith("error: ")
    assert not set(told) & set("\x1b\x07\x9b\u202e\r")
    known = ("error: ", "  --> ", "hint: ", "and ", "")
    for line in told.split("\n"):
        assert line.startswith(known) or line.lstrip(" 0123456789").startswith("|"), line


@pytest.mark.case("G13")
def test_no_name_in_what_a_build_tells_forges_a_line(space: Space) -> None:
    name = toml(FORGED.replace("/", ""))
    space.jobfile(
        f"""
        [target.output]
        run = "true"
        outputs = [{name}]
        [target.cwd]
        run = "true"
        cwd = {name}
        [target.axis]
        matrix = {{ x = [{name}] }}
        run = "false"
        [target.program]
        argv = [{name}]
        """
    )
    results = [space.build("-k", code=1)]
    for words in ("status", "list -a", "runs", "why output", "build -n"):
        results.append(space.run(*words.split(), code=None))
    for result in results:
        for line in (result.out + result.err).split("\n"):
            assert not line.startswith("built everything"), line
            assert not set(line) & set("\x1b\x07\x9b\u202e\r")
