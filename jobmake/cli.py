"""The door: arguments to a verb, a verb's answer to an exit code.

The only place that prints an error, and the only one that catches all of them.
Imports a verb's module when that verb is asked for, not before.
"""

from __future__ import annotations

import gc
import os
import sys

from jobmake.model.names import VERSION
from jobmake.model.verbs import VERBS

TYPE_CHECKING = False  # every start pays for what is imported here, and `typing` takes 5 ms
if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from typing import Any, NoReturn

    from jobmake.commands.context import Context
    from jobmake.model.errors import JobmakeError

BUG = 70  # exit code of a bug in jobmake

EXIT_CODES = """\
exit codes: 0 done, 1 a target failed or --check found something stale, 2 wrong usage or
Jobfile, 3 trouble with the lockfile, local state, the disk or a plugin, 70 a bug in jobmake;
129, 130, 141, 143: ended by SIGHUP, SIGINT, a closed output, SIGTERM.
Plugins of a project may bring more commands: `jobmake plugins` lists them.
Most options can also be set in the environment: --keep-going as JOBMAKE_KEEP_GOING=1."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code. A signal that ended it is raised again."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    # a Jobfile of 10,000 targets makes a million values and hardly a circle among them
    gc.set_threshold(1_000_000, 20, 20)
    _open_missing_streams()
    _let_all_be_written()
    try:
        if words[:1] == ["build"] and _has_nothing_to_do(words):
            return 0
        code = _run(words)
    except BrokenPipeError:
        _die_by(13)
    except KeyboardInterrupt:
        _die_by(2)
    return code


def _has_nothing_to_do(words: list[str]) -> bool:
    """Say that all is up to date, if it can be told at a glance."""
    if "--timings" in words:
        from jobmake.commands.timed import answered

        return answered(words, os.environ)
    from jobmake.unchanged.answer import answer

    return answer(words, os.environ)


def module_of(verb: str) -> str:
    """Return the module of a verb: `what-if` is in `what_if`, `import`, Python's own word, in
    `import_`."""
    from keyword import iskeyword

    name = verb.replace("-", "_")
    return f"jobmake.commands.{name}_" if iskeyword(name) else f"jobmake.commands.{name}"


def _run(words: list[str]) -> int:
    from jobmake.commands.context import Context
    from jobmake.model.errors import Ended, JobmakeError

    environ = dict(os.environ)
    if words[:1] == ["complete-words"]:  # a shell asks, at every stroke of a key
        from jobmake.commands import complete_words

        return complete_words.run(words[1:], environ)
    given: argparse.Namespace | None = None
    try:
        words = _verb_first(words)
        if words and words[0][:1] != "-" and words[0] not in VERBS:
            given = _parser_of(words[0], "", environ).parse_known_args(words)[0]
            return _run_contributed(words, Context(given, environ, _parsers))
        given = _parse(words, environ)
        code = _module(given.verb).run(Context(given, environ, _parsers, tuple(words)))
        sys.stdout.flush()
        return int(code)
    except Ended as end:
        _die_by(end.signum)
    except JobmakeError as error:
        _print(error, given, environ)
        return error.exit_code
    except (BrokenPipeError, KeyboardInterrupt, SystemExit):
        raise
    except Exception as error:
        return _unforeseen(error, words, given, environ)


def _unforeseen(
    error: Exception,
    words: list[str],
    given: argparse.Namespace | None,
    environ: Mapping[str, str],
) -> int:
    """Tell of an exception that nobody meant for the user: of a plugin, of the system, a bug."""
    from jobmake.model.errors import UsageError, state_error

    blame = _blamed(error)
    if blame is not None:
        _print(blame, given, environ)
        return blame.exit_code
    if isinstance(error, FileNotFoundError) and error.filename is None:
        gone = UsageError("the folder you are in is not there any more", "`cd` to one that is")
        _print(gone, given, environ)
        return gone.exit_code
    if isinstance(error, OSError):
        if error.filename is None:
            _drop_output()  # of all that has no name, only it is not looked after elsewhere
        _print(state_error(error, "use" if error.filename else "write the output"), given, environ)
        return 3
    return _report_bug(words, error)


def _blamed(error: Exception) -> JobmakeError | None:
    """Return the error as a plugin's, None where no plugin was loaded or is to blame."""
    blame = sys.modules.get("jobmake.plugins.blame")
    try:
        return None if blame is None else blame.blamed(error)
    except Exception:
        return None


def _parse(words: list[str], environ: Mapping[str, str]) -> argparse.Namespace:
    from jobmake.commands.plain_words import Given, NotPlain, PlainParser

    plain: Any = PlainParser()
    try:
        if words[:1] and words[0] in VERBS:
            _add_shared(plain, environ)
            _module(words[0]).add_arguments(plain, _FromEnvironment(environ))
            found: Any = Given({"verb": words[0], **plain.read(words[1:])})
            return found  # type: ignore[no-any-return]
    except NotPlain:
        pass
    return _parse_any(words, environ)


def _module(verb: str) -> Any:
    from importlib import import_module

    return import_module(module_of(verb))


def _parse_any(words: list[str], environ: Mapping[str, str]) -> argparse.Namespace:
    Parser = _parser_class()
    shared: Any = _shared_options(environ)
    parser = Parser(
        prog="jobmake",
        description="Rebuilds exactly what changed, in parallel, and says why.",
        epilog=EXIT_CODES,
        formatter_class=_help_format(),
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
            _module(verb).add_arguments(one, _FromEnvironment(environ))
    try:
        return parser.parse_args(words)
    finally:
        sys.stdout.flush()  # `--help` and `--version` print, and end here


def _parser_class() -> type[argparse.ArgumentParser]:
    import argparse

    from jobmake.model.errors import UsageError

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> NoReturn:
            raise UsageError(message, f"`{self.prog} --help` shows what there is")

    return Parser


def _run_contributed(words: list[str], context: Context) -> int:
    """Run a command that is not jobmake's own."""
    from jobmake.commands import contributed

    try:
        return contributed.run(
            words, context, lambda verb, text: _parser_of(verb, text, context.environ)
        )
    finally:
        sys.stdout.flush()


def _parser_of(verb: str, text: str, environ: Mapping[str, str]) -> argparse.ArgumentParser:
    """Return a parser with the options of all commands: without a text only of these."""
    return _parser_class()(
        prog=f"jobmake {verb}", description=text, parents=[_shared_options(environ)],
        conflict_handler="resolve", add_help=bool(text), allow_abbrev=bool(text),
    )  # fmt: skip


def _help_format() -> type[argparse.HelpFormatter]:
    import argparse

    class Format(argparse.RawDescriptionHelpFormatter):
        def format_help(self) -> str:
            self._action_max_length += 2  # argparse forgets how far it sets the verbs in
            return super().format_help()

    return Format


def _parsers() -> dict[str, argparse.ArgumentParser]:
    """Return the parser of each verb, with all its options, whatever the environment says."""
    import argparse

    found = {}
    for verb, text in VERBS.items():
        shared = _shared_options({})  # one for each: `log -f` takes `-f` away from it
        found[verb] = argparse.ArgumentParser(
            verb, description=text, parents=[shared], conflict_handler="resolve"
        )
        _module(verb).add_arguments(found[verb], _FromEnvironment({}))
    return found


def _verb_first(words: list[str]) -> list[str]:
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


def _shared_options(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    import argparse

    shared = argparse.ArgumentParser(add_help=False)
    _add_shared(shared, environ)
    return shared


def _add_shared(parser: argparse.ArgumentParser, environ: Mapping[str, str]) -> None:
    """Declare the options that all verbs have."""
    default = _FromEnvironment(environ)
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


class _FromEnvironment:
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


def _print(error: object, given: argparse.Namespace | None, environ: Mapping[str, str]) -> None:
    from jobmake.model.errors import JobmakeError, PluginError
    from jobmake.reporters.errors import render
    from jobmake.reporters.style import Style, wants_color

    assert isinstance(error, JobmakeError)
    choice = given.color if given is not None else "auto"
    style = Style(color=wants_color(choice, sys.stderr.isatty(), environ))
    sys.stdout.flush()
    if isinstance(error, PluginError) and error.__cause__:
        from jobmake.plugins.blame import lines_of

        if given is not None and given.verbose:
            print(lines_of(error.__cause__), file=sys.stderr)
        else:
            more = "`-v` shows the lines that led there"
            error.hint = f"{error.hint}; {more}" if error.hint else more
    print(render(error, style), file=sys.stderr, flush=True)


def _report_bug(words: list[str], error: Exception) -> int:
    import traceback

    traceback.print_exception(error)
    print(
        f"error: this is a bug in jobmake {VERSION}, met in `jobmake {' '.join(words)}`\n"
        "hint: please report it with the lines above; what was built before it is recorded",
        file=sys.stderr,
    )
    return BUG


def _open_missing_streams() -> None:
    """Started without 0, 1 or 2, take these numbers, lest a file of ours gets one of them."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115


def _let_all_be_written() -> None:
    """Write what an encoding has not as `\\u00e9`, which is JSON too, instead of failing."""
    import codecs
    from io import TextIOWrapper

    def escaped(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeEncodeError)
        units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
        pairs = zip(units[::2], units[1::2], strict=True)
        return "".join(f"\\u{high:02x}{low:02x}" for high, low in pairs), error.end

    codecs.register_error("jobmake", escaped)
    if isinstance(sys.stdout, TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="jobmake")


def _drop_output() -> None:
    """Let what is still in the buffers go nowhere: its reader is gone, or its disk full."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
    except (OSError, ValueError):
        pass


def _die_by(signum: int) -> NoReturn:
    """End as the signal would have ended us, so that the caller sees it."""
    import signal

    _drop_output()
    signal.signal(signum, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signum])
    os.kill(os.getpid(), signum)
    os._exit(128 + signum)  # the signal is blocked for good


if __name__ == "__main__":
    sys.exit(main())
