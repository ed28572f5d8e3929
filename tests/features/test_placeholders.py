"""Placeholders: what stands for what in a command, and that values arrive unchanged.

A value may hold anything: it reaches the command as one word, byte for byte, and nothing
in it is carried out or looked at again.
"""

from __future__ import annotations

import json

import pytest

from tests.support import Space

NASTY = [
    "two words", " edges ", "it's", 'say "hi"', "new\nline", "tab\there", "$(touch PWNED)",
    "`touch PWNED`", "; touch PWNED", "&& touch PWNED", "| touch PWNED", "> PWNED", "*", "?",
    "[a-z]", "-rf", "--help", "~", "# no comment", "$HOME", "${HOME}", "back\\slash", "\\", "!",
    "%s%n", "=", "{inputs}", "{params.v0}", "{{target}}", "äöü 日本 🐧", "'\"'\"'", "$'x'", "\r",
]  # fmt: skip
EMPTY = ""  # a value may be empty, a file's name may not


def literal(value: object) -> str:
    """A value as TOML has it; of these JSON has the same."""
    return json.dumps(value, ensure_ascii=False)


def params(values: list[str]) -> str:
    lines = [f"v{number} = {literal(value)}" for number, value in enumerate(values)]
    return "\n".join(["[params]", *lines, ""])


# -- values ----------------------------------------------------------------------------------


def test_values_arrive_unchanged_bare_and_in_quotes(space: Space) -> None:
    values = [*NASTY, EMPTY]
    run = "\n".join(
        f"""printf '%s\\0' {{params.v{n}}} "{{params.v{n}}}" '{{params.v{n}}}' >> {{outputs}}
            printf '%s\\0' "$(printf '%s.' {{params.v{n}}})" x{{params.v{n}}}y >> {{outputs}}"""
        for n in range(len(values))
    )
    space.jobfile(f"{params(values)}[target.a]\nrun = {literal(run)}\noutputs = ['a.txt']\n")

    space.build()

    expected = [w for one in values for w in (one, one, one, one + ".", f"x{one}y")]
    assert space.path("a.txt").read_bytes().decode().split("\0") == [*expected, ""]
    assert not space.exists("PWNED")


def test_values_arrive_unchanged_without_a_shell_and_in_variables(space: Space) -> None:
    values = [*NASTY, EMPTY]
    words = ["printf", "%s\\0", *(f"{{params.v{n}}}" for n in range(len(values))), "<{params.v0}>"]
    env = {f"VALUE_{n}": f"{{params.v{n}}}" for n in range(len(values))}
    table = ", ".join(f"{name} = {literal(text)}" for name, text in env.items())
    space.jobfile(f"""{params(values)}
        [target.argv]
        argv = {literal(words)}
        [target.env]
        argv = {literal(["printenv", "-0", *env])}
        env = {{ {table} }}
    """)

    assert space.build("argv").out.split("\0") == [*values, "<two words>", ""]
    assert space.build("env").out.split("\0") == [*values, ""]
    assert not space.exists("PWNED")


@pytest.mark.case("A33")
def test_names_of_files_and_instances_may_hold_what_a_value_may(space: Space) -> None:
    for number, name in enumerate(NASTY):
        space.write(f"in/{name}", f"{number}\n")
    space.jobfile(f"""
        [target.copy]
        run = "cp {{inputs}} {{outputs}}"
        inputs = ["in/{{matrix.name}}"]
        outputs = ["out/{{matrix.name}}"]
        matrix = {{ name = {literal(NASTY)} }}

        [target.gather]
        argv = ["cat", "{{inputs}}"]
        inputs = ["@copy"]

        [target.globbed]
        run = "printf '%s\\\\0' {{inputs}} > {{outputs}}"
        inputs = ["in/*"]
        outputs = ["names"]
    """)

    result = space.build("-j2")

    assert len(result.built) == len(NASTY) + 2
    assert [space.read(f"out/{name}") for name in NASTY] == [f"{n}\n" for n in range(len(NASTY))]
    assert result.out.split() == [str(number) for number in range(len(NASTY))]
    names = space.path("names").read_bytes().decode().split("\0")
    assert names == [*sorted(f"in/{name}" for name in NASTY), ""]
    assert not space.exists("PWNED")

    assert space.build().built == []  # the lockfile holds them all
    space.write("in/two words", "edited\n")
    assert sorted(space.build("-j1").built) == ['copy[name="two words"]', "gather", "globbed"]


@pytest.mark.case("A33")
def test_a_file_whose_name_begins_with_a_dash_is_no_option(space: Space) -> None:
    space.write("-n", "text\n")
    space.jobfile("target.a = { run = 'cat {inputs} | tee {outputs}', inputs = ['-n'],"
                  " outputs = ['-a'] }")  # fmt: skip

    assert space.build().out == "text\n"
    assert space.read("-a") == "text\n"


def test_several_values_are_several_words_and_in_quotes_one(space: Space) -> None:
    space.write("a b", "")
    space.write("c", "")
    space.jobfile("""
        params.list = ["x y", 2, 3.0]
        [target.a]
        run = \"\"\"printf '%s|' {inputs} "{inputs}" {params.list} '{params.list}'\"\"\"
        inputs = ["a b", "c"]
        [target.b]
        argv = ["printf", "%s|", "{inputs}", "<{inputs}>", "{params.list}", "{params.list[0]}"]
        inputs = ["a b", "c"]
    """)

    result = space.build("-j1")

    assert result.out == "a b|c|a b c|x y|2|3.0|x y 2 3.0|a b|c|<a b c>|x y|2|3.0|x y|"


def test_raw_leaves_a_value_to_the_shell(space: Space) -> None:
    space.jobfile("""
        params.flags = "a 'b c' $((1 + 1))"
        [target.a]
        run = "printf '%s|' {params.flags} {params.flags!raw}"
    """)
    assert space.build().out == "a 'b c' $((1 + 1))|a|b c|2|"


def test_format_specs_are_those_of_python(space: Space) -> None:
    space.jobfile("""
        params = { frame = 7, rate = 0.12345, name = "abc" }
        [target.a]
        run = "printf '%s|' {params.frame:04d} {params.rate:.2e} {params.name:>5} {matrix.n:02d}"
        matrix.n = [3]
    """)
    assert space.build().out == "0007|1.23e-01|  abc|03|"


def test_a_format_spec_that_does_not_fit_is_an_error_of_the_jobfile(space: Space) -> None:
    space.jobfile('params.x = "text"\ntarget.a.run = "echo {params.x:04d}"')

    assert space.build(code=2).err == (
        "error: `{params.x:04d}`: Unknown format code 'd' for object of type 'str'\n"
        "  --> Jobfile.toml:2\n"
        '2 | target.a.run = "echo {params.x:04d}"\n'
        "  |                      ^^^^^^^^^^^^^^\n"
    )


# -- what is no placeholder ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("printf 'x y\\n' | awk '{print $2}'", "y\n"),
        ("HOME=/h; echo ${HOME} ${HOME%h} ${#HOME}", "/h / 2\n"),
        ("target=t; echo ${target}", "t\n"),
        ("echo {a,b} {} {x} {1..3} '{ inputs }'", "{a,b} {} {x} {1..3} { inputs }\n"),
        ("echo HEAD@{upstream} stash@{0}", "HEAD@{upstream} stash@{0}\n"),
        ("echo {{inputs}} {{params.x}} {{target}}", "{inputs} {params.x} {target}\n"),
        ("{ echo {target}; }", "a\n"),
        ('echo \'{"name": "{target}"}\' {{other}}', '{"name": "a"} {{other}}\n'),
    ],
)
def test_other_braces_stay_as_they_are(space: Space, text: str, becomes: str) -> None:
    space.jobfile(f"target.a.run = {literal(text)}")
    assert space.build().out == becomes


def test_one_edit_away_from_a_placeholder_is_an_error(space: Space) -> None:
    space.jobfile('target.a.run = "cat {input.x}"')
    assert space.build(code=2).err == (
        "error: `{input.x}` is not a placeholder\n"
        "  --> Jobfile.toml:1\n"
        '1 | target.a.run = "cat {input.x}"\n'
        "  |                     ^^^^^^^^^\n"
        "hint: did you mean `{inputs.x}`? For the text itself write `{{input.x}}`\n"
    )


@pytest.mark.parametrize(
    "command",
    ["true # {target}", "echo `echo {target}`", "echo ${X-{target}}", "cat <<E\n{target}"],
)
def test_a_value_where_it_cannot_be_quoted_is_an_error(space: Space, command: str) -> None:
    space.jobfile(f"target.a.run = {literal(command)}")
    message = "error: `{target}` stands where its value cannot be quoted safely\n"
    assert space.build(code=2).err.startswith(message)


# -- what is not the project's ---------------------------------------------------------------


def test_where_the_project_lies_and_where_a_run_works_do_not_count(space: Space) -> None:
    space.jobfile("""
        [target.a]
        run = "echo {root} > {run_dir}/scratch && cp {run_dir}/scratch {outputs}"
        outputs = ["a.txt"]
    """)
    space.build()
    assert space.read("a.txt") == f"{space.root}\n"

    moved = Space(space.root.rename(space.root.with_name("moved")))

    assert moved.build().built == []


@pytest.mark.case("A34")
def test_a_command_may_be_as_long_as_the_system_takes(space: Space) -> None:
    longest = 131_071
    word = "x" * (longest - len(": "))
    space.jobfile(f"params.x = '{word}'\ntarget.a.run = ': {{params.x}}'")
    assert space.build().built == ["a"]

    space.replace("Jobfile.toml", word, word + "x")
    result = space.build(code=1)

    assert result.failed == ["a"]
    assert "failed: the command has 131,072 bytes, and the system takes 131,071\n" in result.err
    assert "hint: let it read the names of its files from a file" in result.err


@pytest.mark.case("A34")
def test_a_command_of_too_many_words_says_so(space: Space) -> None:
    words = ["x" * 100] * 40_000
    space.jobfile(f"params.x = {literal(words)}\ntarget.a.argv = ['true', '{{params.x}}']")

    result = space.build(code=1)

    assert "`a` failed: the command has 4,000,013 bytes, and the system takes 1," in result.err
