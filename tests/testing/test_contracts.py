"""The tests of the tests: each thing that is wrong is caught, and told by what is said of it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from tests.documents import ROOT
from tests.testing import wrong

if TYPE_CHECKING:
    from pathlib import Path

WRONG = {name: getattr(wrong, name).caught_by for name in vars(wrong) if name.startswith("Test")}


@pytest.fixture(scope="module")
def caught(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What pytest says of each wrong class, by its name."""
    folder: Path = tmp_path_factory.mktemp("caught")
    words = [f"tests/testing/wrong.py::{name}::{test}" for name, (test, _) in WRONG.items()]
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist",
         f"--junitxml={folder}/told.xml", f"--basetemp={folder}/tmp", *words],
        cwd=ROOT, check=False, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return {
        (case.get("classname") or "").rpartition(".")[2]: "".join(
            f"{one.get('message')}\n{one.text}" for one in case.iter("failure")
        )
        for case in ElementTree.parse(folder / "told.xml").iter("testcase")
    }


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_caught(caught: dict[str, str], name: str) -> None:
    test, word = WRONG[name]
    assert name in caught, f"`{test}` was not run"
    assert caught[name], f"`{test}` does not see it"
    assert word in caught[name]


def test_pytest_is_needed_for_tests_alone() -> None:
    said = "import sys, jobmake, jobmake.testing; print('pytest' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
