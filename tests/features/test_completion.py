"""Completion, as real shells do it: each is started on a terminal of its own, a line is typed
with a tab in it, and what counts is what the command then got as its arguments."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobmake.commands.arguments import parsers
from jobmake.commands.completion import KINDS
from jobmake.model.verbs import VERBS
from tests.amounts import needs_program
from tests.support import DEADLINE, Space

JOBFILE = """
[target.prepare]
run = "touch ran"
tags = ["quick"]
[target.train]
run = "touch ran"
matrix = { seed = [1, 20], text = ["a b", "it's", "x/y$HOME"] }
[target."a.b-c"]
run = "touch ran"
outputs = ["build/table of all.txt"]
"""
ALL = ["prepare", "train", "a.b-c"]
X_Y = 'train[seed=20,text="x/y$HOME"]'
SHELLS = ["bash", "zsh", "fish"]
PROMPT = "READY>"
STARTS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
SETUPS = {
    "bash": "bind 'set bell-style none'; eval \"$(jobmake completion bash)\"",
    "zsh": 'autoload -Uz compinit; compinit -u -D; eval "$(jobmake completion zsh)"',
    "fish": "jobmake completion fish | source",
}


class Shell:
    """A shell on a terminal; its `jobmake` notes its arguments, but for those by which the
    shell itself asks."""

    def __init__(self, name: str, space: Space) -> None:
        self.got = space.root.parent / "got"
        os.mkfifo(self.got)
        self._got = os.open(self.got, os.O_RDWR | os.O_NONBLOCK)
        path = f"{_program(space, self.got)}{os.pathsep}{os.environ['PATH']}"
        environ = {
            "PATH": path, "HOME": str(space.root.parent), "TERM": "xterm", "LC_ALL": "C.UTF-8",
            "PS1": PROMPT, "PROMPT": PROMPT, "PYTHONPATH": os.pathsep.join(sys.path),
        }  # fmt: skip
        words = list(STARTS[name])
        if name == "fish":
            words += ["-C", f"function fish_prompt; echo -n '{PROMPT}'; end"]
        ours, theirs = pty.openpty()
        self._terminal = ours
        self.process = subprocess.Popen(
            words, cwd=space.root, env=environ, stdin=theirs, stdout=theirs, stderr=theirs,
            start_new_session=True,
            preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)),  # noqa: PLW1509 - it
            # becomes the session's terminal
        )  # fmt: skip
        os.close(theirs)
        self._seen = b""
        self._until_prompt()
        self._send(SETUPS[name] + "\n")
        self._until_prompt()

    def arguments(self, typed: str) -> list[str]:
        """Type a line that begins with `jobmake`, and return its arguments."""
        self._send(typed + "\n")
        data = b""
        while not data.endswith(b"\0\0"):
            self._wait(self._got)
            data += _read(self._got)
        self._until_prompt()
        return data[:-2].decode().split("\0")

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._terminal)
        os.close(self._got)

    def _send(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def _until_prompt(self) -> None:
        while PROMPT.encode() not in self._seen:
            self._wait(self._terminal)
        self._seen = self._seen.rpartition(PROMPT.encode())[2]

    def _wait(self, wanted: int) -> None:
        """Wait for a descriptor, reading what the terminal shows meanwhile."""
        while True:
            ready, _, _ = select.select([wanted, self._terminal], [], [], DEADLINE)
            assert ready, f"the shell is silent after {self._seen!r}"
            if self._terminal in ready:
                self._seen += os.read(self._terminal, 65536)
            if wanted in ready:
                return


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except BlockingIOError:
        return b""


def _program(space: Space, got: Path | None = None) -> str:
    """Make a `jobmake` that notes how it was called; return its folder."""
    program = space.root.parent / "bin" / "jobmake"
    program.parent.mkdir(exist_ok=True)
    note = f"*) printf '%s\\0' \"$@\" '' > '{got}' ;;" if got else ""
    program.write_text(
        f"#!/bin/sh\ncase $1 in\n"
        f'complete-words|completion) exec "{sys.executable}" -m jobmake "$@" ;;'
        f"\n{note}\nesac\n"
    )
    program.chmod(0o755)
    return str(program.parent)


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, space: Space) -> Iterator[Shell]:
    needs_program(request.param)
    space.jobfile(JOBFILE)
    space.write("sub folder/other.toml", '[target.elsewhere]\nrun = "true"\n')
    space.write(".jobmake/runs/12/log", "")
    started = Shell(request.param, space)
    yield started
    started.close()
    assert not space.exists("ran")
    assert not space.exists("Jobfile.lock")


def test_what_is_typed_in_a_shell_becomes_what_is_meant(shell: Shell) -> None:
    """One shell does them all, since starting it takes long."""
    for typed, meant in (
        ("jobmake bui\tx", ["build", "x"]),
        ("jobmake build pre\tx", ["build", "prepare", "x"]),
        ("jobmake build --keep\tx", ["build", "--keep-going", "x"]),
        ("jobmake --paranoid build -n pre\tx", ["--paranoid", "build", "-n", "prepare", "x"]),
        ("jobmake build -j 2 pre\tx", ["build", "-j", "2", "prepare", "x"]),
        ("jobmake build a.\tx", ["build", "a.b-c", "x"]),
        # instances: brackets, quotes, blanks, slashes and dollars come out as they are meant
        ("jobmake why 'train[seed=1,text=\"a\tx", ["why", 'train[seed=1,text="a b"]', "x"]),
        ("jobmake why 'train[seed=1,text=\"i\tx", ["why", 'train[seed=1,text="it\'s"]', "x"]),
        ('jobmake log train\\[seed=20,text=\\"x\tx', ["log", X_Y, "x"]),
        ("jobmake why train\\[seed=1,text=\\\"i\tx", ["why", 'train[seed=1,text="it\'s"]', "x"]),
        # options with words of their own
        ("jobmake --color al\tlist", ["--color", "always", "list"]),
        ("jobmake list --color=ne\tx", ["list", "--color=never", "x"]),
        ("jobmake -v completion zs\tx", ["-v", "completion", "zsh", "x"]),
        ("jobmake -C sub\tlist", ["-C", "sub folder/", "list"]),
        ("jobmake -f Job\tlist", ["-f", "Jobfile.toml", "list"]),
        # another project is meant
        ("jobmake -C 'sub folder' -f other.toml build else\tx",
         ["-C", "sub folder", "-f", "other.toml", "build", "elsewhere", "x"]),
        # nothing fits
        ("jobmake build nothing\t x", ["build", "nothing", "x"]),
    ):  # fmt: skip
        got = shell.arguments(typed)
        assert got == meant or (typed.startswith("jobmake -C sub\t") and _folder(got, meant)), typed


def _folder(got: list[str], meant: list[str]) -> bool:
    """A shell may stop at the slash, where one goes on typing: so did we."""
    return "".join(got).replace("/", "") == "".join(meant).replace("/", "")


# -- what bash is given, where several names fit ------------------------------------------------


def replies(space: Space, line: str, breaks: str = " \t\n\"'><=;|&(:") -> list[str]:
    """What the function for bash puts up for choice at the end of a line."""
    script = (
        'eval "$(jobmake completion bash)"; COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDBREAKS=$2;'
        " shift 2;"
        ' COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _jobmake 2> /dev/null;'
        ' printf "%s\\n" "${COMPREPLY[@]}"'
    )
    # as readline splits: at blanks outside of quotes, and around `=`
    words = re.findall(r"""=|(?:[^\s='"\\]|\\.|'[^']*'?|"(?:[^"\\]|\\.)*"?)+""", line)
    if line.endswith((" ", "=")):
        words.append("")
    path = f"{_program(space)}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script, "bash", line, breaks, *words],
        cwd=space.root,
        env=space.environ({"PATH": path, "PYTHONPATH": os.pathsep.join(sys.path)}),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split("\n")[:-1] if done.stdout.strip() else []


def test_all_that_fits_is_put_up_for_choice(space: Space) -> None:
    space.jobfile(JOBFILE)
    assert replies(space, "jobmake ") == list(VERBS)
    assert replies(space, "jobmake build ") == ALL
    assert replies(space, "jobmake build prepare ") == ALL
    assert replies(space, "jobmake why train[seed=1,") == [
        r"1,text=\"a\ b\"\]", r"1,text=\"it\'s\"\]", r"1,text=\"x/y\$HOME\"\]",
    ]  # fmt: skip
    assert replies(space, "jobmake why 'train[seed=20") == [
        'train[seed=20,text="a b"]', "train[seed=20,text=\"it'\\''s\"]",
        'train[seed=20,text="x/y$HOME"]',
    ]  # fmt: skip
    assert replies(space, 'jobmake why "train[seed=20,text=\\"x') == [
        r"train[seed=20,text=\"x/y\$HOME\"]"
    ]
    assert replies(space, "jobmake why train[seed=20,text=x", breaks=" ") == []
    assert replies(space, "jobmake --color=a") == ["auto", "always"]
    assert replies(space, "jobmake --color=a", breaks=" ") == ["--color=auto", "--color=always"]
    assert replies(space, "jobmake build -j ") == []
    assert "--dry-run" in replies(space, "jobmake build --")
    assert "--check" not in replies(space, "jobmake build --")


def test_a_jobfile_in_trouble_gives_what_names_it_can_and_no_words(space: Space) -> None:
    space.jobfile(JOBFILE + '[target.broken]\nneeds = ["nobody"]\n')
    asked = space.run("complete-words", "plain", "targets", "")
    assert (asked.out.split(), asked.err) == ([*ALL, "broken"], "")

    space.jobfile("[target.a\n")
    for words in (["plain", "targets", ""], ["plain", "targets"], ["plain"], []):
        asked = space.run("complete-words", *words)
        assert (asked.out, asked.err) == ("", "")
    space.path("Jobfile.toml").unlink()
    assert space.run("complete-words", "plain", "targets", "").err == ""


def test_runs_profiles_and_tags_have_names_too(space: Space) -> None:
    space.jobfile(JOBFILE + "[profile.ci]\n")
    for number in ("2", "10", "x"):
        space.write(f".jobmake/runs/{number}/log", "")
    for kind, names in (
        ("runs", ["10", "2"]),
        ("targets-and-runs", [*ALL, "10", "2"]),
        ("profiles", ["ci"]),
        ("tags", ["quick"]),
    ):
        assert space.run("complete-words", "plain", kind, "").out.split() == names


# -- the scripts --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHELLS)
def test_a_script_is_right_by_its_shell_and_names_all_there_is(name: str, space: Space) -> None:
    script = space.run("completion", name).out

    if shutil.which(name):
        subprocess.run([name, "-n"], input=script, text=True, check=True)
    for verb, parser in parsers().items():
        assert verb in script
        for action in parser._actions:
            for option in action.option_strings:
                shown = (
                    re.sub("^-+", "-. ", option).replace("-. ", "") if name == "fish" else option
                )
                assert re.search(rf"(?<![\w-]){re.escape(shown)}(?![\w-])", script), option


def test_what_each_argument_may_be_is_known() -> None:
    free = {
        "N", "KEY=VALUE", "NAME[=PATH]", "TEXT", "SIZE", "DURATION", "CHANGE", "SEED", "CMD",
        "SECONDS",
    }  # fmt: skip
    for verb, parser in parsers().items():
        for action in parser._actions:
            if action.nargs != 0 and not action.choices:
                assert action.metavar in {*KINDS, *free}, (verb, action.metavar)


def test_another_shell_is_an_error(space: Space) -> None:
    assert "invalid choice: 'csh'" in space.run("completion", "csh", code=2).err
