"""Lines that name a program: which is it, is it a shell, and can it be left out?"""

from __future__ import annotations

import pytest

from jobmake.tools.programs import is_needed, program_of, shebang, speaks_posix


@pytest.mark.parametrize(
    ("line", "program"),
    [
        ("/bin/sh -e", "sh"),
        ("bash", "bash"),
        ("/usr/bin/env python3", "python3"),
        ("/usr/bin/env -S A=1 bash -e", "bash"),
        ("busybox sh -e", "sh"),
        ("/usr/bin/env busybox ash", "ash"),
        ("busybox", ""),
        ("env", ""),
    ],
)
def test_the_program_behind_env_and_busybox(line: str, program: str) -> None:
    assert program_of(line.split()) == program


@pytest.mark.parametrize("name", ["sh", "dash", "bash", "zsh", "ksh", "mksh", "busybox sh"])
def test_shells_that_speak_posix(name: str) -> None:
    assert speaks_posix(name.split())


@pytest.mark.parametrize("name", ["fish", "csh", "tcsh", "pwsh", "python3", "busybox awk", ""])
def test_others_do_not(name: str) -> None:
    assert not speaks_posix(name.split())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("#!/bin/sh\nx", ("/bin/sh",)),
        ("#! /usr/bin/perl -w -l\nx", ("/usr/bin/perl", "-w -l")),
        ("#!/bin/sh", ()),  # a comment
        ("#!\nx", ()),
        (" #!/bin/sh\nx", ()),
        ("x\n#!/bin/sh\n", ()),
    ],
)
def test_a_scripts_own_line_is_read_as_the_kernel_reads_it(
    text: str, words: tuple[str, ...]
) -> None:
    assert shebang(text) == words


@pytest.mark.parametrize(
    ("shell", "word", "environment", "needed"),
    [
        ("/bin/sh -e", "cp", {}, False),
        ("bash -euo pipefail", "cp", {}, False),
        ("bash -x", "cp", {}, True),
        ("bash -l -e", "cp", {}, True),
        ("bash -e", "declare", {}, True),
        ("bash -e", "cp", {"BASH_ENV": "/etc/functions"}, True),
        ("bash -e", "cp", {"BASH_FUNC_cp%%": "() { :; }"}, True),
        ("zsh -e", "cp", {}, True),
        ("fish", "cp", {}, True),
    ],
)
def test_a_shell_is_left_out_only_where_it_would_add_nothing(
    shell: str, word: str, environment: dict[str, str], needed: bool
) -> None:
    assert is_needed(shell.split(), word, environment) is needed
