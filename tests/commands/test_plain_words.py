"""What is read of a command line without argparse, and what is left to it."""

from __future__ import annotations

from typing import Any

import pytest

from jobmake.commands import arguments
from jobmake.commands.plain_words import NotPlain, PlainParser
from jobmake.model.errors import UsageError
from jobmake.model.verbs import VERBS

PLAIN = """
build
build a b
build -k a b
build a b -k --force
build -j 4 -j5 --jobs=6
build -D x=1 -Dy=2 --define=z=3 a
build -f Jobfile.toml -C .. --profile fast --color never -q -v
build --tag t --tag u --report junit=x.xml --report json
build --shuffle 7 --no-cache --cache-folder c --output live --trace t.json
status
status --check --json a
why a
list
log a -f
log --jobfile other a
clean --dry-run
""".strip().splitlines()

NOT_PLAIN = """
build --help
build -kq
build a -k b
build --dry
build -- a
build -j 0
build -j four
build --jobs
build --jobs -k
build --jobs=
build --force=1
build --color sometimes
build --none
build -D=x=1
why
""".strip().splitlines()


def plainly(words: list[str], environ: dict[str, str]) -> dict[str, Any]:
    parser: Any = PlainParser()
    arguments.add_shared(parser, environ)
    arguments.module_named(words[0]).add_arguments(parser, arguments.FromEnvironment(environ))
    return {"verb": words[0], **parser.read(words[1:])}


@pytest.mark.parametrize("line", PLAIN)
@pytest.mark.parametrize(
    "environ",
    [{}, {"JOBMAKE_JOBS": "3", "JOBMAKE_DEFINE": "a=1\nb=2", "JOBMAKE_KEEP_GOING": "1"}],
    ids=["no variables", "variables"],
)
def test_plain_words_are_read_as_argparse_reads_them(line, environ):
    words = line.split()
    assert plainly(words, environ) == vars(arguments.parse_any(words, environ))


@pytest.mark.parametrize("line", NOT_PLAIN)
def test_what_is_not_plain_is_left_to_argparse(line):
    with pytest.raises(NotPlain):
        plainly(line.split(), {})


def test_what_argparse_refuses_is_never_plain():
    def refused(parse: Any, line: str) -> str:
        with pytest.raises(UsageError) as error:
            parse(line.split(), {})
        return str(error.value)

    for line in ("build --none", "build -j 0", "build a -k b", "build --color sometimes", "why"):
        assert refused(arguments.parse, line) == refused(arguments.parse_any, line) != ""


def test_a_wrong_value_in_the_environment_is_told_by_argparse():
    with pytest.raises(UsageError, match="`0` is not a number of runs"):
        arguments.parse(["build"], {"JOBMAKE_JOBS": "0"})


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_each_verb_without_more_is_read_alike_or_left(verb):
    try:
        found = plainly([verb], {})
    except NotPlain:
        return
    assert found == vars(arguments.parse_any([verb], {}))
