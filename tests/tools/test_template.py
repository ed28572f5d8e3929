"""Placeholders in texts: what is one, what is left alone, what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobmake.tools.template import Placeholder, TemplateError, fill, parse, placeholders

ROOTS = ("inputs", "outputs", "params", "target")


def parts(text: str) -> list[str | tuple[str, tuple[str | int, ...]]]:
    """The parts of a text, placeholders as their root and steps."""
    return [
        part if isinstance(part, str) else (part.root, part.steps) for part in parse(text, ROOTS)
    ]


def errors(text: str) -> list[tuple[str, str | None]]:
    """What is wrong with a text, and the hints."""
    found: list[TemplateError] = []
    parse(text, ROOTS, found)
    return [(error.message, error.hint) for error in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cp {inputs} {outputs}", ["cp ", ("inputs", ()), " ", ("outputs", ())]),
        ("{params.model.depth}", [("params", ("model", "depth"))]),
        ("{inputs[0]}{params.a-b[12].c_d}", [("inputs", (0,)), ("params", ("a-b", 12, "c_d"))]),
        ("{params.2}", [("params", ("2",))]),
        ("", []),
    ],
)
def test_a_group_that_begins_with_a_root_is_a_placeholder(text: str, expected: object) -> None:
    assert parts(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "awk '{print $1}'", "${HOME} ${x:-y}", "{a,b} {1..3}", "HEAD@{upstream}", "{}", "{x.y:z}",
        "{inputs", "inputs}", "{inputs.}", "{inputs,outputs}", "{inputs:{x}}", "{{name}}", "{ x }",
        "${target}", "${inputs}", "{äöü}", "{0}", '{"inputs": 1}', "\\{a}", "{inputs\n}",
    ],
)  # fmt: skip
def test_every_other_group_stays_as_it_is(text: str) -> None:
    assert parts(text) == [text]


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("{{inputs}}", "{inputs}"),
        ("{{params.a.b:04d}}", "{params.a.b:04d}"),
        ("${{target}}", "${target}"),
        ("{{input}}", "{input}"),  # as the hint for `{input}` says
        ("a{{inputs}}b{{outputs}}", "a{inputs}b{outputs}"),
        ("{{{inputs}}}", "{{inputs}}"),
    ],
)
def test_doubled_braces_are_the_text_itself(text: str, literal: str) -> None:
    assert parts(text) == [literal]


def test_a_brace_on_one_side_is_a_neighbour() -> None:
    assert parts("{{inputs}") == ["{", ("inputs", ())]
    assert parts("{inputs}}") == [("inputs", ()), "}"]
    assert parts("$ {inputs}") == ["$ ", ("inputs", ())]


def test_a_placeholder_knows_how_it_is_to_be_written_and_where_it_stood() -> None:
    raw, formatted = placeholders(parse("echo {params.flags!raw} {params.n:04d}", ROOTS))

    assert raw == Placeholder("params", ("flags",), True, "", "{params.flags!raw}")
    assert (formatted.spec, formatted.text, formatted.at) == ("04d", "{params.n:04d}", 24)
    assert formatted.format(7) == "0007"


def test_a_format_that_does_not_fit_the_value_is_an_error() -> None:
    (placeholder,) = placeholders(parse("{params.n:04d}", ROOTS))

    with pytest.raises(TemplateError) as caught:
        placeholder.format("seven")
    assert (caught.value.message, caught.value.text) == (
        "`{params.n:04d}`: Unknown format code 'd' for object of type 'str'",
        "{params.n:04d}",
    )


def test_one_edit_away_from_a_root_is_an_error() -> None:
    assert errors("{input} {param.x:3} {taget} {inputz}") == [
        ("`{input}` is not a placeholder",
         "did you mean `{inputs}`? For the text itself write `{{input}}`"),
        ("`{param.x:3}` is not a placeholder",
         "did you mean `{params.x:3}`? For the text itself write `{{param.x:3}}`"),
        ("`{taget}` is not a placeholder",
         "did you mean `{target}`? For the text itself write `{{taget}}`"),
        ("`{inputz}` is not a placeholder",
         "did you mean `{inputs}`? For the text itself write `{{inputz}}`"),
    ]  # fmt: skip
    assert errors("{in} {targets_} ${input} {{input}}") == []


def test_a_shell_variable_with_parts_is_an_error() -> None:
    assert errors("${params.x} ${inputs[0]}") == [
        ("`${params.x}` is neither a placeholder nor a variable of the shell",
         "a placeholder has no dollar sign: `{params.x}`"),
        ("`${inputs[0]}` is neither a placeholder nor a variable of the shell",
         "a placeholder has no dollar sign: `{inputs[0]}`"),
    ]  # fmt: skip


def test_only_raw_can_stand_behind_an_exclamation_mark() -> None:
    assert errors("{inputs!r}") == [
        ("`{inputs!r}` asks for `!r`", "only `!raw` can stand there"),
    ]


def test_without_a_list_for_errors_the_first_is_raised() -> None:
    with pytest.raises(TemplateError, match=r"^`{input}` is not a placeholder"):
        parse("{input} {output}", ROOTS)


TEXT_WITHOUT_BRACES = st.text(st.characters(exclude_characters="{}$"))


@given(st.lists(TEXT_WITHOUT_BRACES, min_size=2), st.text())
@settings(deadline=None)
def test_a_value_is_put_in_once_and_never_looked_at_again(texts: list[str], value: str) -> None:
    template = parse("{inputs}".join(texts), ROOTS)

    assert fill(template, lambda _: value + "{outputs}") == (value + "{outputs}").join(texts)


@given(st.text(st.sampled_from("{}$.:!x[0] ")))
@settings(deadline=None)
def test_a_text_that_names_no_root_is_never_changed(text: str) -> None:
    assert fill(parse(text, ROOTS), lambda _: "value") == text


@pytest.mark.case("F08")
def test_a_text_does_not_grow_without_end() -> None:
    template = parse("{params.x} " * 20, ("params",))

    with pytest.raises(TemplateError) as raised:
        fill(template, lambda part: "y" * 1_000_000)

    assert raised.value.message == ("`{params.x}` makes the text longer than 16 million characters")
