"""What jobmake says of placeholders that name nothing, or stand where none can."""

# ruff: noqa: E501 - a message stands behind the carets it belongs to

from __future__ import annotations

import os

import pytest

from tests.features import annotated
from tests.features.test_jobfile_errors import check
from tests.support import Space

PARAMS = """
--- params
[params]
lr = 0.1
list = [1, [2]]
model = { depth = 4, "a b" = 5 }
[target.a]
run = "echo {params.rl} {params.model.dpeth} {params.model}"
            ^^^^^^^^^^^ `{params.rl}`: there is no param `rl`
                        ^^^^^^^^^^^^^^^^^^^^ `{params.model.dpeth}`: there is no param `model.dpeth`
hint: did you mean `depth`?
                                             ^^^^^^^^^^^^^^ `{params.model}`: it is a table, which is no text
hint: name a value in it
params = ["model.depht", "nope", "list", "model.'a b'", "'"]
           ^^^^^^^^^^^ there is no param `model.depht`
hint: did you mean `model.depth`?
                          ^^^^ there is no param `nope`
                                                         ^ there is no param `'`
[target.b]
run = "echo {params.list} {params.list[7]} {params.list[0]} {params}"
            ^^^^^^^^^^^^^ `{params.list}`: it is a list in a list, which is no text
                          ^^^^^^^^^^^^^^^^ `{params.list[7]}`: there is no param `list[7]`
                                                            ^^^^^^^^ `{params}`: it needs a name
hint: `{params.NAME}`
[target.c]
run = "echo {params.lr.x} {params.lr:d} {params.lr!r}"
            ^^^^^^^^^^^^^ `{params.lr.x}`: there is no param `lr.x`
                          ^^^^^^^^^^^^^ `{params.lr:d}`: Unknown format code 'd' for object of type 'float'
                                        ^^^^^^^^^^^^^ `{params.lr!r}` asks for `!r`
hint: only `!raw` can stand there
"""

FILES = """
--- roles
[target.a]
run = "cat {inputs.x} {inputs.modle} {inputs[2]} {inputs.model.y} {outputs.z}"
           ^^^^^^^^^^ `{inputs.x}`: the target has no such entry in `inputs`
hint: it has `model`, `data`
                      ^^^^^^^^^^^^^^ `{inputs.modle}`: the target has no such entry in `inputs`
hint: did you mean `model`?
                                     ^^^^^^^^^^^ `{inputs[2]}`: the target has no such entry in `inputs`
hint: it has `model`, `data`
                                                 ^^^^^^^^^^^^^^^^ `{inputs.model.y}`: the target has no such entry in `inputs`
hint: did you mean `model`?
                                                                  ^^^^^^^^^^^ `{outputs.z}`: the target has no such entry in `outputs`
inputs = { model = "m", data = ["d1", "d2"] }
[target.b]
argv = ["cat", "{inputs.0}"]
                ^^^^^^^^^^ `{inputs.0}`: the target has no such entry in `inputs`
inputs = ["f"]
env = { A = "{inputs.x}" }
             ^^^^^^^^^^ `{inputs.x}`: the target has no such entry in `inputs`
--- paths
[target.a]
run = "true"
inputs = ["{inputs}", "{param.x}", "{env.NOT_SET_ANYWHERE}/x"]
           ^^^^^^^^ `{inputs}` cannot stand in a path
hint: it may use `{params.…}`, `{matrix.…}`, `{each.…}`, `{env.…}`
                       ^^^^^^^^^ `{param.x}` is not a placeholder
hint: did you mean `{params.x}`? For the text itself write `{{param.x}}`
                                    ^^^^^^^^^^^^^^^^^^^^^^ `{env.NOT_SET_ANYWHERE}`: the variable `NOT_SET_ANYWHERE` is not set
outputs = ["{matrix.seed}", "{params.list}.csv"]
            ^^^^^^^^^^^^^ `{matrix.seed}`: there is no `matrix` entry `seed`
                             ^^^^^^^^^^^^^ `{params.list}`: a list cannot stand in a path
needs = ["{params.x}"]
          ^^^^^^^^^^ `{params.x}` cannot stand in the name of a target
hint: it may use `{matrix.…}`, `{each.…}`
cwd = "{target}"
       ^^^^^^^^ `{target}` cannot stand in a path
hint: it may use `{params.…}`, `{matrix.…}`, `{each.…}`, `{env.…}`
[params]
list = ["x"]
"""

MATRIX = """
--- matrix
[target.a]
matrix = { seed = [1, 2] }
run = "train {matrix.sed} {matrix}"
             ^^^^^^^^^^^^ `{matrix.sed}`: there is no `matrix` entry `sed`
hint: did you mean `seed`?
                          ^^^^^^^^ `{matrix}`: it needs a name
hint: `{matrix.NAME}`
needs = ["b[seed={matrix.sed}]"]
                 ^^^^^^^^^^^^ `{matrix.sed}`: there is no `matrix` entry `sed`
hint: did you mean `seed`?
"""

NEARLY = """
--- near misses
[target.a]
run = "cat {input} {output.x} > ${outputs.x} || echo ${target} ${HOME} {a,b} {{input}}"
           ^^^^^^^ `{input}` is not a placeholder
hint: did you mean `{inputs}`? For the text itself write `{{input}}`
                   ^^^^^^^^^^ `{output.x}` is not a placeholder
hint: did you mean `{outputs.x}`? For the text itself write `{{output.x}}`
                                ^^^^^^^^^^^^ `${outputs.x}` is neither a placeholder nor a variable of the shell
hint: a placeholder has no dollar sign: `{outputs.x}`
"""

UNSAFE = '''
--- unsafe places
[target.a]
run = """
cat {inputs}
# {inputs}
  ^^^^^^^^ `{inputs}` stands where its value cannot be quoted safely
hint: not in a comment, backquotes, `${…}` or a here-document: use a variable of `env`, or `!raw` if you know the value
echo `cat {inputs}` ${x:-{outputs}}
          ^^^^^^^^ `{inputs}` stands where its value cannot be quoted safely
hint: not in a comment, backquotes, `${…}` or a here-document: use a variable of `env`, or `!raw` if you know the value
                         ^^^^^^^^^ `{outputs}` stands where its value cannot be quoted safely
hint: not in a comment, backquotes, `${…}` or a here-document: use a variable of `env`, or `!raw` if you know the value
cat {inputs} <<END
{inputs} {inputs!raw}
^^^^^^^^ `{inputs}` stands where its value cannot be quoted safely
hint: not in a comment, backquotes, `${…}` or a here-document: use a variable of `env`, or `!raw` if you know the value
END
"""
inputs = ["in.txt"]
outputs = ["out.txt"]
'''


@pytest.mark.case("F08", "F12")
@pytest.mark.parametrize("text", annotated.each(PARAMS + FILES + MATRIX + NEARLY + UNSAFE))
def test_placeholders_are_checked(space: Space, text: str) -> None:
    check(space, text)


def test_braces_that_are_no_placeholders_are_left_alone(space: Space) -> None:
    space.jobfile(
        """[target.a]\nrun = "awk '{print $1}' ${HOME} {a,b} HEAD@{upstream} {} {x.y} {{inputs}}"\n"""
    )

    assert space.run("list").out == "a\n"


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("nope=1", "`-D nope=…`: there is no param `nope`\nhint: declare it in `[params]` first"),
        ("model.depht=1", "`-D model.depht=…`: there is no param `model.depht`\n"
                          "hint: did you mean `model.depth`?"),
        ("lr.x=1", "`-D lr.x=…`: there is no param `lr.x`\nhint: did you mean `lr`?"),
        ("lr", "`-D lr` sets nothing\nhint: write `-D name=value`"),
        ("=1", "`-D =1` sets nothing\nhint: write `-D name=value`"),
        ('"=1', '`"` is not the name of a param'),
        ("lr=\udcff", "`-D lr=\\udcff` is not UTF-8"),
    ],
)  # fmt: skip
def test_a_param_of_the_command_line_must_be_declared(
    space: Space, setting: str, told: str
) -> None:
    space.jobfile('[params]\nlr = 0.1\nmodel = { depth = 4 }\n[target.a]\nrun = "true"\n')

    result = space.run("list", "-D", setting, code=2)

    assert result.err == f"error: {told}\n"


def test_a_path_must_be_utf8(space: Space) -> None:
    jobfile, told = annotated.read("""
[target.a]
run = "true"
outputs = ["{env.NAME}.txt"]
            ^^^^^^^^^^^^^^ the path `'caf\\udce9.txt'` is not UTF-8
""")
    space.jobfile(jobfile)

    assert space.run("list", env={"NAME": os.fsdecode(b"caf\xe9")}, code=2).err == told


def test_a_value_in_arithmetic_must_be_a_number(space: Space) -> None:
    space.jobfile("""
[params]
n = 41
[target.a]
run = "echo $(({params.n} + 1)) > {outputs}"
outputs = ["out.txt"]
""")

    space.build()
    assert space.read("out.txt") == "42\n"

    result = space.build("-D", "n=a[$(touch pwned)]", code=1)
    assert result.err.splitlines()[0] == (
        "error: target `a` failed: `{params.n}`: only a number can stand in arithmetic"
    )
    assert not space.exists("pwned")
