"""Which script or module a command runs."""

from __future__ import annotations

import pytest

from jobmake.code.command import Runs, python_code_of


@pytest.mark.parametrize(
    ("command", "runs"),
    [
        ("python train.py", Runs(script="train.py")),
        ("python ./scripts/train.py {inputs} -o {outputs}", Runs(script="scripts/train.py")),
        ("python3.11 -u -X dev -Werror -W ignore train.py", Runs(script="train.py")),
        ("/usr/bin/python3 -bO train.py", Runs(script="train.py")),
        ("python -m pkg.mod --rate {params.rate}", Runs(module="pkg.mod")),
        ("python -mpkg", Runs(module="pkg")),
    ],
)
def test_plain_commands(command: str, runs: Runs) -> None:
    assert python_code_of(command.split()) == runs


@pytest.mark.parametrize(
    "command",
    [
        "",
        "python",
        "python -c print(1)",
        "python -",
        "python --version",
        "python {inputs}",
        "python $HOME/train.py",
        "python scripts/*.py",
        "python -m {params.module}",
        "python -m",
        "pythonic train.py",
        "bash train.py",
        "time python train.py",
    ],
)
def test_all_else_has_no_answer(command: str) -> None:
    assert python_code_of(command.split()) is None
