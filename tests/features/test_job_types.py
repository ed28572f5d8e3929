"""Job types of plugins: `type = "NAME"` with a table `with`, checked at its line, filled in at
the run, and counted."""

from __future__ import annotations

import os
import textwrap

import pytest

from tests.support import DEADLINE, Space

PLUGIN = '''
from __future__ import annotations

from pathlib import Path
from typing import Any

from jobmake import CommandType, Fault, PythonType, ThisRun


class Docker(CommandType):
    """A command in a container."""

    name = "docker"
    reads = ("dockerfile",)

    class With:
        image: str
        options: list[str] = []
        tries: int = 1
        dockerfile: Path | None = None
        password: str = ""

    def argv(self, given: With, run: ThisRun) -> list[Any]:
        image = [given.dockerfile] if given.dockerfile else [given.image]
        return ["docker", "run", *given.options, "--tries", given.tries, *image, *run.inputs]

    def check(self, given: With, keys: Any) -> Any:
        if given.image.endswith(":"):
            yield Fault(("with", "image"), "has no tag", "write `NAME:TAG`")
        if len(keys.get("outputs", ())) > 1:
            yield Fault(("outputs", 1), "is too much: a container makes one file")

    def env(self, given: With, run: ThisRun) -> dict[str, str]:
        return {"DOCKER_OUT": str(run.output), "DOCKER_PASSWORD": given.password}


class Scale(PythonType):
    """Numbers times a factor."""

    name = "scale"

    class With:
        factor: float
        unit: str = "m"

    def run(self, given: With, run: ThisRun) -> None:
        print("times", repr(given.factor), "with", run.cpus)
        numbers = [float(line) for line in run.input.read_text().split()]
        run.output.write_text("".join(f"{one * given.factor} {given.unit}\\n" for one in numbers))


def jobmake_job_types() -> list[Any]:
    return [Docker(), Scale()]
'''
# stands for the real one: says what it was asked
DOCKER = """\
#!/bin/sh
for one in "$@"; do echo "$one"; done > "$DOCKER_OUT"
"""
PROJECT = '[project]\nplugins = ["plugins/types.py"]\n'


@pytest.fixture
def typed(space: Space, monkeypatch: pytest.MonkeyPatch) -> Space:
    """A project that has two job types, and a `docker` on its PATH."""
    space.write("plugins/types.py", PLUGIN)
    space.write("bin/docker", DOCKER).chmod(0o755)
    monkeypatch.setenv("PATH", f"{space.path('bin')}{os.pathsep}{os.environ['PATH']}")
    space.write("in.txt", "1 2")
    return space


def target(text: str) -> str:
    return PROJECT + textwrap.dedent(text)


IMAGE = """
    [target.image]
    type = "docker"
    with = { image = "alpine:3", options = ["-v", "x y"] }
    inputs = ["in.txt"]
    outputs = ["out.txt"]
"""


# -- running --------------------------------------------------------------------------------


def test_a_type_makes_a_command_of_its_settings(typed: Space) -> None:
    typed.jobfile(target(IMAGE))

    result = typed.build()

    assert "  docker run -v 'x y' --tries 1 alpine:3 in.txt\n" in result.err
    assert typed.read("out.txt").split("\n") == [
        "run", "-v", "x y", "--tries", "1", "alpine:3", "in.txt", "",
    ]  # fmt: skip
    assert typed.build().fresh == ["image"]


def test_values_keep_their_types_where_they_fit(typed: Space) -> None:
    """A whole text that is one placeholder gives the param itself, or its text where a text is
    asked for; a list of flags, or of files, becomes as many entries."""
    typed.jobfile(
        target("""
            [params]
            tries = 3
            flags = ["-a", "-b"]
            [target.image]
            type = "docker"
            inputs = ["in.txt"]
            outputs = ["out-{matrix.tag}.txt"]
            matrix = { tag = [1, 2] }
            [target.image.with]
            image = "{matrix.tag}"
            tries = "{params.tries}"
            options = [
                "{params.flags}", "{inputs}", "{params.tries:03d}", "{{target}}", "-{env.LEVEL}",
            ]
        """)
    )

    typed.build("image[tag=2]", env={"LEVEL": "9"})

    assert typed.read("out-2.txt").split() == (
        ["run", "-a", "-b", "in.txt", "003", "{target}", "-9", "--tries", "3", "2", "in.txt"]
    )


def test_python_runs_in_a_process_of_its_own(typed: Space) -> None:
    typed.jobfile(
        target("""
            [params]
            factor = 2
            [target.scaled]
            type = "scale"
            with.factor = "{params.factor}"
            inputs = ["in.txt"]
            outputs = ["out.txt"]
        """)
    )

    assert "times 2.0 with 1\n" in typed.build().out

    assert typed.read("out.txt") == "2.0 m\n4.0 m\n"


def test_an_exception_is_told_in_a_line_and_traced_in_the_log(typed: Space) -> None:
    typed.write("in.txt", "one")
    typed.jobfile(
        target("""
            [target.scaled]
            type = "scale"
            with = { factor = 2.5 }
            inputs = ["in.txt"]
            outputs = ["out.txt"]
        """)
    )

    process = typed.start("build")
    err = process.communicate(timeout=DEADLINE)[1].decode()

    line = 1 + PLUGIN.partition("        numbers =")[0].count("\n")
    said = "raised `ValueError: could not convert string to float: 'one'`"
    assert process.returncode == 1
    assert f"error: target `scaled` failed: {said} at plugins/types.py:{line}\n" in err
    log = typed.run("log", "scaled").out
    assert "Traceback (most recent call last):" in log
    assert "jobmake/worker" not in log


def test_a_type_in_a_package_of_the_project_may_import_its_neighbours(typed: Space) -> None:
    typed.write("tools/words/counting.py", "def count(text):\n    return len(text.split())\n")
    typed.write(
        "tools/words/__init__.py",
        """
from jobmake import PythonType
from .counting import count

class Count(PythonType):
    name = "count"
    def run(self, given, run):
        run.output.write_text(f"{count(run.input.read_text())}\\n")

def jobmake_job_types():
    return [Count()]
""",
    )
    typed.jobfile("""
[project]
plugins = ["tools/words"]
[target.counted]
type = "count"
inputs = ["in.txt"]
outputs = ["out.txt"]
""")

    typed.build()

    assert typed.read("out.txt") == "2\n"


def test_settings_can_be_of_every_type_that_params_can_be_of(typed: Space) -> None:
    typed.write(
        "plugins/types.py",
        """
import datetime
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Literal

from jobmake import PythonType, TargetError

class Mode(Enum):
    fast = "fast"
    slow = "slow"

@dataclass
class Point:
    x: int
    y: int = 0

class Rich(PythonType):
    name = "rich"
    reads = ("queries",)

    @dataclass(frozen=True)
    class With:
        mode: Mode = Mode.fast
        points: list[Point] = field(default_factory=list)
        when: datetime.date | None = None
        parameters: dict[str, Any] = field(default_factory=dict)
        queries: list[Path] = field(default_factory=list)

    def run(self, given, run):
        for name in ("mode", "points", "when", "parameters", "queries"):
            print(name, getattr(given, name))
        print("params", run.params, "own", run.params["rate"])
        print("sources", *run.sources["queries"], "in", Path.cwd() == Path(run.cwd))
        run.output.write_text("done")
        if given.mode is Mode.slow:
            raise TargetError("it is too slow", "take `fast`")

def jobmake_job_types():
    return [Rich()]
""",
    )
    typed.write("a.sql", "")
    typed.write("sub/b.sql", "")
    typed.write("sub/Jobfile.toml", """
[target.rich]
type = "rich"
each = { file = "*.sql" }
isolated = true
outputs = ["{each.file.stem}.txt"]
[target.rich.with]
queries = ["../a.sql", "{each.file}"]
points = [{ x = 1, y = 2 }, { x = "{params.model.depth}" }]
when = 2026-11-21
parameters = { model = "{params.model}", file = ["{each.file.name}", "{params.rate}"] }
""")  # fmt: skip
    typed.jobfile(
        PROJECT + "include = ['sub/Jobfile.toml']\n[params]\nrate = 0.5\nmodel.depth = 4\n"
    )

    assert typed.build().out.splitlines() == [
        "mode Mode.fast",
        "points [Point(x=1, y=2), Point(x=4, y=0)]",
        "when 2026-11-21",
        "parameters {'model': {'depth': 4}, 'file': ['b.sql', 0.5]}",
        "queries [PosixPath('../a.sql'), PosixPath('b.sql')]",
        "params {'model.depth': 4, 'rate': 0.5} own 0.5",
        "sources ../a.sql b.sql in True",
    ]
    typed.replace("sub/Jobfile.toml", "when =", 'mode = "slow"\nwhen =')
    failed = typed.build(code=1).err
    assert "failed: it is too slow\n" in failed
    assert "hint: take `fast`\n" in failed


KEEPING = """
from pathlib import Path
from typing import Any

from jobmake import PythonType

class Keeping(PythonType):
    name = "keeping"
    uncounted = ("tries",)

    class With:
        files: dict[str, Any]
        tries: int = 1

    def run(self, given, run):
        print(given.files)
        run.progress("counting")
        print(Path(run.folder, "progress").read_text())
        Path(run.staying).mkdir(parents=True, exist_ok=True)
        with Path(run.staying, "runs").open("a") as file:
            file.write("x")
        run.output.write_text(Path(run.staying, "runs").read_text())

def jobmake_job_types():
    return [Keeping()]
"""
KEEPS = (
    PROJECT
    + """
[target.kept]
type = "keeping"
inputs = { one = "in.txt", some = "*.txt" }
outputs = ["kept"]
[target.kept.with.files]
one = "{inputs.one}"
some = "{inputs.some}"
all = "{inputs}"
out = "{outputs}"
text = "{inputs.one}!"
"""
)


def test_a_placeholder_is_a_path_where_it_names_one_file_and_else_a_list(typed: Space) -> None:
    typed.write("plugins/types.py", KEEPING)
    typed.jobfile(KEEPS)

    assert typed.build().out.splitlines()[0] == (
        "{'one': 'in.txt', 'some': ['in.txt'], 'all': ['in.txt', 'in.txt'], 'out': 'kept',"
        " 'text': 'in.txt!'}"
    )


def test_a_run_tells_how_far_it_is_and_leaves_something_for_the_next(typed: Space) -> None:
    typed.write("plugins/types.py", KEEPING)
    typed.jobfile(KEEPS)

    assert typed.build().out.splitlines()[1] == "counting"
    typed.build("-B")

    assert typed.read("kept") == "xx"
    typed.replace(
        "Jobfile.toml", "[target.kept.with.files]", "with.tries = 2\n[target.kept.with.files]"
    )
    assert typed.build().fresh == ["kept"]  # that setting makes no difference


# -- what counts ----------------------------------------------------------------------------


def test_a_setting_that_changes_is_told_with_both_values(typed: Space) -> None:
    typed.jobfile(target(IMAGE))
    typed.build()
    typed.replace("Jobfile.toml", "alpine:3", "debian:12")

    assert typed.run("why", "image").out.splitlines()[1] == (
        '  setting `image` changed "alpine:3" -> "debian:12"'
    )
    assert typed.build().reason("image") == 'setting `image` changed "alpine:3" -> "debian:12"'


def test_a_param_in_a_setting_counts(typed: Space) -> None:
    typed.jobfile(target("[params]\nlevel = 1\nother = 1\n") + textwrap.dedent(IMAGE))
    typed.replace("Jobfile.toml", '"x y"', '"{params.level}"')
    typed.build()

    assert typed.build("-D", "other=2").fresh == ["image"]
    assert typed.build("-D", "level=2").reason("image") == "param `level` changed 1 -> 2"


def test_a_default_counts_like_a_setting(typed: Space) -> None:
    typed.jobfile(target(IMAGE))
    typed.build()
    typed.replace("Jobfile.toml", 'image = "alpine:3"', 'image = "alpine:3", tries = 1')
    assert typed.build().fresh == ["image"]

    typed.replace("Jobfile.toml", "tries = 1", "tries = 2")
    assert typed.build().reason("image") == "setting `tries` changed 1 -> 2"


def test_a_file_that_a_setting_names_is_a_source(typed: Space) -> None:
    typed.write("Dockerfile", "FROM scratch")
    typed.jobfile(target(IMAGE))
    typed.replace("Jobfile.toml", 'options = ["-v", "x y"]', 'dockerfile = "Dockerfile"')
    typed.replace("Jobfile.toml", "outputs", 'env = { SEEN = "{sources.dockerfile}" }\noutputs')
    assert "docker run --tries 1 Dockerfile in.txt" in typed.build().err

    typed.write("Dockerfile", "FROM alpine")

    assert typed.build().reason("image") == "source `Dockerfile` changed"


def test_a_file_that_a_setting_names_can_be_made_by_a_target(typed: Space) -> None:
    typed.jobfile(
        target("""
            [target.file]
            run = "echo FROM x > {outputs}"
            outputs = ["made/Dockerfile"]
            [target.image]
            type = "docker"
            with = { image = "x", dockerfile = "@file" }
            outputs = ["out.txt"]
            sources = { dockerfile = "in.txt" }
        """)
    )

    assert typed.build().built == ["file", "image"]
    assert typed.read("out.txt").split() == ["run", "--tries", "1", "made/Dockerfile"]


def test_secrets_are_shown_nowhere(typed: Space) -> None:
    """Neither one that stands in the Jobfile, nor one that comes from the environment."""
    typed.jobfile(
        target("""
            [target.image]
            type = "docker"
            with = { image = "x", password = "geheim", options = ["{env.API_TOKEN}"] }
            outputs = ["out.txt"]
            cache = false
            [target.scaled]
            type = "scale"
            with = { factor = 1, unit = "{env.API_TOKEN}" }
            inputs = ["in.txt"]
            outputs = ["scaled.txt"]
            cache = false
        """)
    )

    result = typed.build(env={"API_TOKEN": "hush"})

    assert "  docker run '***' --tries 1 x\n" in result.err
    typed.replace("Jobfile.toml", "geheim", "neu")
    why = typed.run("why", "image", env={"API_TOKEN": "hush"}).out
    assert "setting `password` changed *** -> ***" in why
    for name in ("out.txt", "scaled.txt", "Jobfile.toml"):
        typed.path(name).unlink()
    kept = {str(path): path.read_bytes() for path in typed.root.rglob("*") if path.is_file()}
    assert not [name for name, data in kept.items() if b"hush" in data or b"geheim" in data]


# -- errors ---------------------------------------------------------------------------------

WRONG = """
[target.a]
type = "docker"
with = { imgae = "x", options = ["x", 3], tries = "three" }
[target.b]
type = "docker"
with = { image = "alpine:" }
outputs = ["x", "y"]
[target.c]
type = "dokcer"
[target.d]
type = "shell"
[target.e]
type = "quark"
with = { image = "{params.none}" }
[target.g]
type = "scale"
with = { factor = "{matrix.name}" }
matrix = { name = ["x", "y"] }
capture = "stdout"
"""
TOLD = """\
error: `with.image` is missing
  --> Jobfile.toml:6
6 | with = { imgae = "x", options = ["x", 3], tries = "three" }
  |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
hint: give it a text

error: `with.imgae` is no setting of this type
  --> Jobfile.toml:6
6 | with = { imgae = "x", options = ["x", 3], tries = "three" }
  |          ^^^^^
hint: did you mean `image`?

error: `with.options[1]` must be a text, not 3
  --> Jobfile.toml:6
6 | with = { imgae = "x", options = ["x", 3], tries = "three" }
  |                                       ^
hint: put it in quotes

error: `with.tries` must be an integer, not "three"
  --> Jobfile.toml:6
6 | with = { imgae = "x", options = ["x", 3], tries = "three" }
  |                                                   ^^^^^^^

error: `with.image` has no tag
  --> Jobfile.toml:9
9 | with = { image = "alpine:" }
  |                  ^^^^^^^^^
hint: write `NAME:TAG`

error: `outputs[1]` is too much: a container makes one file
  --> Jobfile.toml:10
10 | outputs = ["x", "y"]
   |                 ^^^

error: there is no job type `dokcer`
  --> Jobfile.toml:12
12 | type = "dokcer"
   |        ^^^^^^^^
hint: did you mean `docker`?

error: the job type `shell` has a key of its own
  --> Jobfile.toml:14
14 | type = "shell"
   |        ^^^^^^^
hint: write its commands as `run` or `argv`

error: there is no job type `quark`
  --> Jobfile.toml:16
16 | type = "quark"
   |        ^^^^^^^
hint: the plugin that has it is named in `[project] plugins`

error: `with.factor` must be a number, not "x"
  --> Jobfile.toml:20
20 | with = { factor = "{matrix.name}" }
   |                   ^^^^^^^^^^^^^^^

error: `capture` is not for the `scale` job of target `g`
  --> Jobfile.toml:22
22 | capture = "stdout"
   | ^^^^^^^
hint: what it makes are its outputs
"""


def test_what_is_wrong_is_told_at_its_place(typed: Space) -> None:
    typed.jobfile(PROJECT + WRONG)

    assert typed.build(code=2).err == TOLD


def test_settings_are_for_a_type(typed: Space) -> None:
    typed.jobfile('[target.f]\nrun = "true"\nwith = { image = "x" }\n')

    said = typed.build(code=2).err

    assert said.startswith("error: target `f` has `with`, but no `type` that it is for\n")


def test_what_only_a_run_can_tell_is_told_by_the_target(typed: Space) -> None:
    typed.jobfile(
        target("""
            [target.image]
            type = "docker"
            with = { image = "x", tries = "{env.TRIES}" }
            outputs = ["out.txt"]
        """)
    )

    assert typed.build(env={"TRIES": "2"}).built == ["image"]
    result = typed.build(env={"TRIES": "many"}, code=1)
    assert 'error: target `image` failed: `with.tries` must be an integer, not "many"' in result.err


def test_a_program_that_is_not_there_is_named(typed: Space) -> None:
    typed.path("bin/docker").unlink()
    typed.jobfile(target(IMAGE))

    result = typed.build(code=1, env={"PATH": "/usr/bin:/bin"})

    assert "error: target `image` failed: the command `docker` is not found" in result.err
