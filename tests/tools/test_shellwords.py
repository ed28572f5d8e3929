"""Values in the text of a shell command: any value, wherever it stands, arrives unchanged,
and nothing in it is ever carried out."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jobmake.tools.shellwords import (
    ARITHMETIC,
    BARE,
    DOUBLE,
    REFUSED,
    SINGLE,
    ShellContext,
    plain_words,
    plain_words_into,
    quote,
    quoted,
)

VALUE = "@"  # where a value stands in the texts below

# Every text prints one word, which is the value.
PLACES = [
    "@", "'@'", '"@"', "''@''", '""@', '"$(printf %s @)"', "\"$(printf %s '@')\"",
    '"$(printf %s "@")"', '"$(printf %s "$(printf %s @)")"', '"${unset-$(printf %s @)}"',
    '"$(: "(" \')\' ; (printf %s @))"', '"$(: $((1 << (2)))#x; printf %s @)"',
    "$(: # isn't it\n)@", '"$(: \\" \\) ; printf %s @)"', "${unset}@", "\"$(: \\'; printf %s @)\"",
]  # fmt: skip
PRINT = "printf '%s\\0' "

ANY_VALUE = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


def written(text: str, value: str) -> str:
    """The text of a command with the value put in wherever it stands."""
    context = ShellContext()
    pieces = []
    for number, piece in enumerate(text.split(VALUE)):
        if number:
            pieces.append(quoted(value, context.place))
            context.value()
        context.feed(piece)
        pieces.append(piece)
    return "".join(pieces)


def place_in(text: str) -> str:
    """Where a value would stand at the end of a text."""
    context = ShellContext()
    context.feed(text)
    return context.place


def run(command: str, folder: Path | None = None) -> str:
    done = subprocess.run(
        ["/bin/sh", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL, cwd=folder, env={}, timeout=30, check=False,
    )  # fmt: skip
    return done.stdout.decode()


# -- values arrive --------------------------------------------------------------------------


@pytest.mark.case("G01")
@given(ANY_VALUE)
@example("it's")
@example("$(exit 1) `exit 1` ${HOME} \"'\\")
@example("\n; exit 1 #")
@example("-n")
@settings(max_examples=200, deadline=None)
def test_any_value_reaches_the_command_unchanged_wherever_it_stands(value: str) -> None:
    # `$(…)` drops the last ends of lines, so no value has some here
    value += "."

    said = run("; ".join(PRINT + written(text, value) for text in PLACES))

    assert said.split("\0") == [value] * len(PLACES) + [""]


HARMLESS = [
    "echo @; echo '@'; echo \"@\"", "if test @ = @; then echo @; fi", "(echo @) && { echo @; }",
    "case @ in @) echo @;; esac", "for x in @ @; do echo @; done", "f() { echo @; }; f",
    'x=@; echo "$x"', 'echo "\\$(@)"', 'echo "$$(@)"', 'echo "${x:-(}" @', "echo ${x:- #}\necho @",
    "echo a\\\n#'\necho @'", "echo $# ${#x} @#@", "echo >#x\necho @", "echo \"$'\" '$'@",
    'echo "`echo "a"`" @', "echo \"$(# isn't it )\n)\" @", "echo > @ < @ @", "a=$(echo 'x)' @)",
]  # fmt: skip
ATTACKS = [
    "$(echo>pwned)", "`echo>pwned`", ";echo>pwned;", "\necho>pwned\n", "';echo>pwned;'",
    '";echo>pwned;"', "\\';echo>pwned;'", ")\necho>pwned\n(", "}\necho>pwned\n",
]  # fmt: skip


@pytest.mark.case("G01")
@pytest.mark.parametrize("text", HARMLESS)
def test_nothing_in_a_value_is_carried_out(text: str, tmp_path: Path) -> None:
    run("\n".join(f"({written(text, attack)}\n)" for attack in ATTACKS), tmp_path)

    assert not (tmp_path / "pwned").exists()


# -- places ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("echo ", BARE),
        ("echo '", SINGLE),
        ('echo "', DOUBLE),
        ("echo 'a' \"b\" ", BARE),
        ("echo \"it's ", DOUBLE),
        ("echo it\\'s ", BARE),
        ('echo "$(', BARE),
        ('echo "$(echo "', DOUBLE),
        ('echo "$(echo)', DOUBLE),
        ('echo "${x}', DOUBLE),
        ("echo ${x:-$(", BARE),
        ("awk '{print $1}' ", BARE),
        ("echo a#", BARE),
        ("# a comment\n", BARE),
        ("echo `date` ", BARE),
        ("echo $((1 << 2)) ", BARE),
        ("echo $((1 + ", ARITHMETIC),
        ("echo $(( (1 + ", ARITHMETIC),
        ("echo $((1 + $(", BARE),
    ],
)
def test_the_place_of_a_value_follows_from_the_text_before_it(text: str, place: str) -> None:
    assert place_in(text) == place


@pytest.mark.parametrize(
    "text",
    [
        "# ", "echo a; # it is ", "echo $(# ",  # comments
        "`", "echo `echo ", 'echo "`', "echo `echo '",  # backquotes
        "${x:-", '"${x:-', "${x:-'", '${x:-"', "\"${x:-'", "${x#",  # parameters
        # here-documents
        "cat <<END\n", "cat <<'END'\n", "cat <<-END\nx ", "cat <<< ", "cat <<- ", "$( (cat <<END\n",
        "\\", "echo \\", '"\\',  # behind a backslash
        # where shells differ, and what comes after it
        "echo $'", "echo $'x' ", "((", "((1)) ", "\"${x:-it's}\" ", "(true)# isn't it\n",
        '"$(case x in x) ', "`# isn't it`\n", "echo \"${x#'}'}\" ",
    ],
)  # fmt: skip
def test_a_place_that_is_not_understood_is_refused(text: str) -> None:
    assert place_in(text) == REFUSED


def test_in_arithmetic_only_a_number_can_stand() -> None:
    assert run(f"echo $((2 * {quoted('21', ARITHMETIC)}))") == "42\n"
    assert quoted("-0x1F", ARITHMETIC) == "-0x1F"
    for text in ("", "x", "a[$(echo>pwned)]", "1+1", "1;", "$x"):
        with pytest.raises(ValueError, match="only a number can stand in arithmetic"):
            quoted(text, ARITHMETIC)


# -- commands that need no shell ------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("gcc -O2 -o x.o  'a b.c'", ["gcc", "-O2", "-o", "x.o", "a b.c"]),
        (" python train.py --lr=0.1 ''", ["python", "train.py", "--lr=0.1", ""]),
        ("./run a,b:c@d%e+f", ["./run", "a,b:c@d%e+f"]),
    ],
)
def test_a_plain_command_is_split_into_words(command: str, words: list[str]) -> None:
    assert plain_words(command) == words


@pytest.mark.parametrize(
    "command",
    [
        "", " ", "a | b", "a > b", "a; b", "a && b", "a &", "echo $HOME", "echo *", "echo ~",
        'echo "a"', "echo \\a", "echo `a`", "(a)", "{ a; }", "! a", "a # b", "echo {a,b}", "a\nb",
        "X=1 a", "cd x", "exit 3", "if", "'if'", ". x", "printf x", "echo é", "a\tb", "it's",
    ],
)  # fmt: skip
def test_any_other_command_needs_the_shell(command: str) -> None:
    assert plain_words(command) is None


@pytest.mark.parametrize(
    ("command", "words", "file"),
    [
        ("md5sum 'a b' > sums/x", ["md5sum", "a b"], "sums/x"),
        ("sort -u a  >b-1.txt ", ["sort", "-u", "a"], "b-1.txt"),
        ("x 'a > b' > c", ["x", "a > b"], "c"),
        ("x 2 > y", ["x", "2"], "y"),
    ],
)
def test_a_command_whose_output_goes_to_a_file_is_split_too(
    command: str, words: list[str], file: str
) -> None:
    assert plain_words_into(command) == (words, file)


@pytest.mark.parametrize(
    "command",
    [
        "a", "a >", "> a", "a >> b", "a 2> b", "a>b", "a >& b", "a >| b", "a > b > c", "a > b c",
        "a > b; c", "a > 'b c'", "a > $b", "a > ~", "echo a > b", "X=1 a > b", "a < b > c",
        "a | b > c", "a 'b > c'", "a > b &", "a\n> b", "a >\nb",
    ],
)  # fmt: skip
def test_any_other_needs_the_shell_for_more(command: str) -> None:
    assert plain_words_into(command) is None


@given(st.text(st.sampled_from("ab=-./,:%@+_ ''")).map(lambda text: "x" + text))
@settings(max_examples=50, deadline=None)
def test_a_plain_command_means_the_same_to_the_shell(command: str) -> None:
    words = plain_words(command)

    if words is not None:
        assert run(f"{PRINT}{command}").split("\0") == [*words, ""]


def test_a_value_may_stand_beside_a_here_document(tmp_path: Path) -> None:
    before, after = "cat <<END > ", "\nbody\nEND\n"
    for value in ("a b", "a\nb", "$(id)", "it's", '"'):
        path = str(tmp_path / value)

        text = before + quoted(path, place_in(before)) + after

        subprocess.run(["sh", "-c", text], check=True)
        assert Path(path).read_text() == "body\n"


def test_a_word_that_begins_with_an_equals_sign_is_no_path_to_any_shell() -> None:
    assert quoted("=ls", BARE) == "'=ls'"
    assert quoted("a=b", BARE) == "a=b"


@given(st.text() | st.text("az09_@%+=:,./-é'"))
@example("")
def test_a_word_is_quoted_as_the_standard_library_quotes_it(word: str) -> None:
    assert quote(word) == shlex.quote(word)
