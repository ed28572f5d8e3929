"""Lines of `show --command` for runs that are more than commands: scripts, files, allowed exit
codes, folders of their own. Each is pasted into a real shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.features.test_runs_and_show import made, paste

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support import Space

WORDS = ("#1", "t")  # the line of the past run, and that of a run now


def pasted(space: Space, word: str, folder: Path, code: int = 0, **variables: str) -> bytes:
    """Build `t`, clean, paste its line; the outputs must be what they were."""
    space.build("t", env=variables)
    before = made(space)
    line = space.run("show", "--command", word, env=variables).out
    space.run("clean")
    assert not made(space)

    ended = paste(line, folder, **variables)

    assert ended.returncode == code, ended.stderr
    assert made(space) == before
    return ended.stdout


@pytest.mark.parametrize("word", WORDS)
def test_scripts_are_written_first(space: Space, tmp_path: Path, word: str) -> None:
    space.jobfile(
        '[params]\nword = "it\'s $HOME `x`"\n'
        '[target.t]\noutputs = ["build/a", "build/b"]\n'
        'run = ["""#!/usr/bin/env python3\n'
        "print('it \\\\\\\\n %s is', file=open('build/a', 'w'))\n\"\"\",\n"
        "\"printf '%s' {params.word} > build/b\"]\n"
    )

    pasted(space, word, tmp_path)


@pytest.mark.parametrize("word", WORDS)
def test_an_interpreter_gets_its_scripts(space: Space, tmp_path: Path, word: str) -> None:
    space.jobfile(
        '[target.t]\ninterpreter = "python3"\noutputs = ["build/a"]\n'
        "run = [\"open('build/a', 'w').write('é')\", \"open('build/a', 'a').write('2')\"]\n"
    )

    pasted(space, word, tmp_path)


@pytest.mark.parametrize("word", WORDS)
def test_files_are_written_first(space: Space, tmp_path: Path, word: str) -> None:
    space.jobfile(
        '[params]\nsteps = 3\n[target.t]\nrun = "cat build/sample/in > {outputs}"\n'
        'outputs = ["build/a"]\n'
        '[target.t.files]\n"build/sample/in" = "it\'s {params.steps} %s\\n\\\\n\\n"\n'
        '"build/empty" = ""\n'
    )

    pasted(space, word, tmp_path)


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize(("codes", "ends"), [("0, 2", 0), ("2", 2), ("0, 2", 2)])
def test_an_allowed_exit_code_goes_on(
    space: Space, tmp_path: Path, word: str, codes: str, ends: int
) -> None:
    last = f"exit {ends}"
    space.jobfile(
        f'[target.t]\nrun = ["echo a > build/a; exit 2", "echo b > build/b; {last}"]\n'
        f'ok_codes = [{codes}]\noutputs = ["build/a", "build/b"]\n'
    )

    pasted(space, word, tmp_path)


@pytest.mark.parametrize(("codes", "ends", "told"), [("0, 2", 3, 3), ("2", 3, 3), ("2", 0, 1)])
def test_another_exit_code_ends_the_line(
    space: Space, tmp_path: Path, codes: str, ends: int, told: int
) -> None:
    space.jobfile(
        f'[target.t]\nrun = ["exit {ends}", "echo b > build/b"]\n'
        f'ok_codes = [{codes}]\noutputs = ["build/b"]\n'
    )
    space.build("t", code=1)

    for word in WORDS:
        assert paste(space.run("show", "--command", word).out, tmp_path).returncode == told
        assert not space.exists("build/b")


@pytest.mark.parametrize("word", WORDS)
def test_captured_output_is_printed(space: Space, tmp_path: Path, word: str) -> None:
    space.jobfile('[target.t]\nrun = "echo value"\ncapture = "stdout"\n')

    assert pasted(space, word, tmp_path) == b"value\n"


@pytest.mark.parametrize("word", WORDS)
def test_another_shell_is_kept(space: Space, tmp_path: Path, word: str) -> None:
    space.jobfile(
        '[target.t]\nshell = "bash -eo pipefail"\noutputs = ["build/a"]\n'
        'run = "[[ -o pipefail ]] && echo ${BASH_VERSINFO[0]} > build/a"\n'
    )

    pasted(space, word, tmp_path)


@pytest.mark.parametrize("word", WORDS)
def test_a_hermetic_run_sees_no_more_than_in_a_build(
    space: Space, tmp_path: Path, word: str
) -> None:
    space.jobfile(
        '[target.t]\nhermetic = true\nenv = { OWN = "it\'s" }\noutputs = ["build/a"]\n'
        "run = \"env | grep -v '^JOBMAKE_[RLFT]\\\\|^PWD\\\\|^_=\\\\|^SHLVL' | sort > {outputs}\"\n"
    )
    space.build()
    before = space.read("build/a")
    line = space.run("show", "--command", word).out

    assert paste(line, tmp_path, LEAKS="yes").returncode == 0
    after = space.read("build/a")
    assert "LEAKS" not in after
    assert "OWN=it's\n" in after
    assert after == before


ISOLATED = """
[target.t]
isolated = true
cwd = "sub"
inputs = ["in.txt", "data/", "src/*.c"]
outputs = ["build/a", "build/folder/", "build/parts/**/*.part", "tops/*"]
run = '''
test ! -e ../not-declared
cat ../in.txt ../data/x ../data/deep/y ../src/a.c > ../build/a
mkdir -p ../build/folder ../build/parts/deep
cat ../written/here > ../build/folder/f
echo 1 > ../build/parts/1.part
echo 2 > "../build/parts/deep/it's 2.part"
echo junk > ../build/parts/junk
echo t > ../tops/1
'''
[target.t.files]
"written/here" = "here"
"""


@pytest.mark.parametrize("word", WORDS)
def test_an_isolated_run_has_a_folder_of_its_own(space: Space, tmp_path: Path, word: str) -> None:
    space.jobfile(ISOLATED)
    for name in ("in.txt", "data/x", "data/deep/y", "src/a.c", "not-declared"):
        space.write(name, name)
    space.path("sub").mkdir()

    pasted(space, word, tmp_path)

    assert not space.exists("build/parts/junk")
    assert space.read("build/folder/f") == "here"
    assert space.read("tops/1") == "t\n"
    assert not list(space.path(".jobmake/runs").rglob("pasted"))


@pytest.mark.parametrize("word", WORDS)
def test_the_folder_for_temporary_files_is_there(space: Space, tmp_path: Path, word: str) -> None:
    space.jobfile(
        '[target.t]\nrun = ["echo a > $JOBMAKE_TMP/x", "cat $JOBMAKE_TMP/x > {outputs}"]\n'
        'outputs = ["build/a"]\n'
    )

    pasted(space, word, tmp_path)


@pytest.mark.parametrize("word", WORDS)
def test_standard_input_is_empty(space: Space, tmp_path: Path, word: str) -> None:
    space.jobfile('[target.t]\nrun = ["cat > build/a", "echo b > build/b"]\n'
                  'outputs = ["build/a", "build/b"]\n')  # fmt: skip

    pasted(space, word, tmp_path)


def test_an_interactive_run_keeps_the_terminal(space: Space) -> None:
    space.jobfile('[target.t]\nrun = "cat"\ninteractive = true\n')

    assert "/dev/null" not in space.run("show", "--command", "t").out
