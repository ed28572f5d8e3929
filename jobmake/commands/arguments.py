"""The words of a command line: which verb they mean, and what they give to it.

Knows the options that all verbs have, and where their defaults come from; a verb's own options are
told by its module, which is imported when the verb is asked for, not before.

Invariant: argparse has the last word on what is plain, see `plain_words.py`.
"""

from __future__ import annotations

import sys

from jobmake.model.names import VERSION
from jobmake.model.verbs import VERBS

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from typing import Any

EXIT_CODES = """\
exit codes: 0 done, 1 a target failed or --check found something stale, 2 wrong usage or
Jobfile, 3 trouble with the lockfile, local state, the disk or a plugin, 70 a bug in jobmake;
129, 130, 141, 143: ended by SIGHUP, SIGINT, a closed output, SIGTERM.
Plugins of a project may bring more commands: `jobmake plugins` lists them.
Most options can also be set in the environment: --keep-going as JOBMAKE_KEEP_GOING=1."""


def module_of(verb: str) -> str:
    """Return the module of a verb: `what-if` is in `what_if`, `import`, Python's own word, in
    `import_`."""
    from keyword import iskeyword

    name = verb.replace("-", "_")
    return f"jobmake.commands.{name}_" if iskeyword(name) else f"jobmake.commands.{name}"


def module_named(verb: str) -> Any:
    """Return a verb's module, imported now if it was not."""
    name = module_of(verb)
    __import__(name)  # `importlib` takes a quarter of a millisecond itself
    return sys.modules[name]


def is_contributed(words: list[str]) -> bool:
    """Return whether the first word is a verb, but none of jobmake's own."""
    return bool(words) and words[0][:1] != "-" and words[0] not in VERBS


def verb_first(words: list[str]) -> list[str]:
    """Put the verb before the options that all verbs share, where it stands after them.

    A verb may have a short option of its own in place of a shared one (`log -f`): what stands
    before it is the shared one.
    """
    takes_value = {
        "-C", "--directory", "-f", "--jobfile", "-D", "--define", "--profile", "--color",
        "-j", "--jobs", "--size", "--report", "--trace",
    }  # fmt: skip
    position = 0
    while position < len(words) and words[position].startswith("-"):
        if words[position] in ("-h", "--help", "--version", "--"):
            return words
        position += 2 if words[position] in takes_value else 1
    if position >= len(words):
        return words
    verb = words[position]
    shared = [
        f"--jobfile{'=' * (len(word) > 2)}{word[2:]}" if word[:2] == "-f" else word
        for word in words[:position]
    ]
    return [verb, *shared, *words[position + 1 :]]


def parse(words: list[str], environ: Mapping[str, str]) -> argparse.Namespace:
    """Return what a command line gives. Raises UsageError."""
    from jobmake.commands.plain_words import Given, NotPlain, PlainParser

    plain: Any = PlainParser()
    try:
        if words[:1] and words[0] in VERBS:
            add_shared(plain, environ)
            module_named(words[0]).add_arguments(plain, FromEnvironment(environ))
            found: Any = Given({"verb": words[0], **plain.read(words[1:])})
            return found  # type: ignore[no-any-return]
    except NotPlain:
        pass
    return parse_any(words, environ)


def parse_any(words: list[str], environ: Mapping[str, str]) -> argparse.Namespace:
    """The same by argparse, which also prints the help. Raises UsageError."""
    from jobmake.commands.parser import Help, Parser

    shared: Any = shared_options(environ)
    parser = Parser(
        prog="jobmake",
        description="Rebuilds exactly what changed, in parallel, and says why.",
        epilog=EXIT_CODES,
        formatter_class=Help,
    )
    parser.add_argument("--version", action="version", version=f"jobmake {VERSION}")
    verbs = parser.add_subparsers(
        dest="verb", metavar="COMMAND", required=True, parser_class=Parser
    )
    asked = set(words)
    for verb, text in VERBS.items():
        one: argparse.ArgumentParser = verbs.add_parser(
            verb, help=text, description=text, parents=[shared], conflict_handler="resolve"
        )
        if verb in asked:
            module_named(verb).add_arguments(one, FromEnvironment(environ))
    if not words:
        parser.exit(2, parser.format_help())
    try:
        given: argparse.Namespace = parser.parse_args(words)
        return given
    finally:
        sys.stdout.flush()  # `--help` and `--version` print, and end here


def shared_options(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    """Return a parser of the options that all verbs have."""
    import argparse

    shared = argparse.ArgumentParser(add_help=False)
    add_shared(shared, environ)
    return shared


def add_shared(parser: argparse.ArgumentParser, environ: Mapping[str, str]) -> None:
    """Declare the options that all verbs have."""
    default = FromEnvironment(environ)
    add = parser.add_argument_group("options of all commands").add_argument
    add("-C", "--directory", metavar="DIR", default=default("DIRECTORY", "."),
        help="look for the Jobfile from here upwards")  # fmt: skip
    add("-f", "--jobfile", metavar="FILE", default=default("JOBFILE", None),
        help="use this Jobfile; its folder is the project's")  # fmt: skip
    add("-D", "--define", metavar="KEY=VALUE", action="append",
        default=default("DEFINE", []),
        help="set a param, typed as in TOML; can be given again")  # fmt: skip
    add("--profile", metavar="PROFILE", default=default("PROFILE", None),
        help="lay the tables of `[profile.NAME]` over the Jobfile's")  # fmt: skip
    add("-q", "--quiet", action="store_true", default=default("QUIET", False),
        help="say nothing but errors")  # fmt: skip
    add("-v", "--verbose", action="store_true", default=default("VERBOSE", False),
        help="say more: commands, and what is up to date")  # fmt: skip
    add("--color", type=_color, metavar="WHEN", default=default("COLOR", "auto"),
        help="auto, always or never use colours (also NO_COLOR, FORCE_COLOR)")  # fmt: skip
    add("--paranoid", action="store_true", default=default("PARANOID", False),
        help="read every file again, whatever its time stamps say")  # fmt: skip


class FromEnvironment:
    """Looks up an option's default as JOBMAKE_NAME."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ

    def __call__(self, name: str, otherwise: object) -> object:
        """Return what the environment says, in the type of ``otherwise``."""
        text = self.environ.get(f"JOBMAKE_{name}", "")
        if not text:
            return otherwise
        if isinstance(otherwise, list):
            return [line for line in text.split("\n") if line]
        if isinstance(otherwise, bool):
            return text.lower() not in ("0", "false", "no", "off")
        return text


def _color(text: str) -> str:
    # not by `choices`, which do not hold for what comes from the environment
    if text not in ("auto", "always", "never"):
        import argparse

        raise argparse.ArgumentTypeError(f"`{text}` is none of auto, always, never")
    return text


def parsers() -> dict[str, argparse.ArgumentParser]:
    """Return the parser of each verb, with all its options, whatever the environment says."""
    import argparse

    found = {}
    for verb, text in VERBS.items():
        shared = shared_options({})  # one for each: `log -f` takes `-f` away from it
        found[verb] = argparse.ArgumentParser(
            verb, description=text, parents=[shared], conflict_handler="resolve"
        )
        module_named(verb).add_arguments(found[verb], FromEnvironment({}))
    return found


def parser_of(verb: str, text: str, environ: Mapping[str, str]) -> argparse.ArgumentParser:
    """Return a parser with the options of all commands: without a text only of these."""
    from jobmake.commands.parser import Parser

    return Parser(
        prog=f"jobmake {verb}", description=text, parents=[shared_options(environ)],
        conflict_handler="resolve", add_help=bool(text), allow_abbrev=bool(text),
    )  # fmt: skip
