"""The door: arguments to a verb, a verb's answer to an exit code.

The only place that prints an error, and the only one that catches all of them. A build with
nothing to do is answered from here, so this file holds what every start needs, and what failures
need; how words are read is in `commands/arguments.py`.
"""

from __future__ import annotations

import gc
import os
import sys

from jobmake.model.names import VERSION

TYPE_CHECKING = False  # every start pays for what is imported here, and `typing` takes 5 ms
if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from typing import NoReturn

    from jobmake.commands.context import Context
    from jobmake.model.errors import JobmakeError
    from jobmake.unchanged.answer import Edited

BUG = 70  # exit code of a bug in jobmake


def program() -> NoReturn:
    """Run the command line of this process, and end it."""
    _end(main())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code. A signal that ended it is raised again."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    # a Jobfile of 10,000 targets makes a million values and hardly a circle among them
    gc.set_threshold(1_000_000, 20, 20)
    _open_missing_streams()
    _let_all_be_written()
    try:
        found = _at_a_glance(words) if words[:1] == ["build"] else False
        code = 0 if found is True else _run(words, found or None)
    except BrokenPipeError:
        _die_by(13)
    except KeyboardInterrupt:
        _die_by(2)
    return code


def _at_a_glance(words: list[str]) -> bool | Edited:
    """Say that all is up to date, if it can be told at a glance. Return whether it was, or what
    alone is not as it was."""
    if "--timings" in words:
        from jobmake.commands.timed import answered

        return answered(words, os.environ)
    from jobmake.unchanged.answer import answer

    return answer(words, os.environ)


def _run(words: list[str], found: Edited | None) -> int:
    from jobmake.commands import arguments
    from jobmake.commands.context import Context
    from jobmake.model.errors import Ended, JobmakeError

    environ = dict(os.environ)
    if words[:1] == ["complete-words"]:  # a shell asks, at every stroke of a key
        from jobmake.commands import complete_words

        return complete_words.run(words[1:], environ)
    given: argparse.Namespace | None = None
    try:
        words = arguments.verb_first(words)
        if arguments.is_contributed(words):
            given = arguments.parser_of(words[0], "", environ).parse_known_args(words)[0]
            return _run_contributed(words, Context(given, environ, arguments.parsers))
        given = arguments.parse(words, environ)
        context = Context(given, environ, arguments.parsers, tuple(words), found)
        code = arguments.module_named(given.verb).run(context)
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


def _run_contributed(words: list[str], context: Context) -> int:
    """Run a command that is not jobmake's own."""
    from jobmake.commands import arguments, contributed

    try:
        return contributed.run(
            words, context, lambda verb, text: arguments.parser_of(verb, text, context.environ)
        )
    finally:
        sys.stdout.flush()


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


def _end(code: int) -> NoReturn:
    """End this process. Taking the interpreter apart, module by module, takes as long as half of
    the answer that all is up to date: where nobody waits for that, the system does it at once."""
    import atexit

    if not (
        atexit._ncallbacks()  # somebody is to be called at the end
        or "threading" in sys.modules  # other threads may have to come to an end
        or "jobmake.plugins.loading" in sys.modules  # what others have open is written then
        or sys.gettrace() or sys.getprofile()  # somebody counts our lines or calls
        or sys.flags.dev_mode  # somebody looks for what was not closed
    ):  # fmt: skip
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except (OSError, ValueError):
            pass  # Python says what it always says
        else:
            os._exit(code)
    sys.exit(code)


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
    program()
