"""Probes by themselves: the one that takes too long, and what it had started."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from jobmake.executors.probes import Probes
from jobmake.model.errors import TargetError
from jobmake.model.target import Scope, Target
from tests.support import ends

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(90)

TARGET = Target("a", "a", "shell", {}, Scope({}, {}))


def test_a_probe_that_takes_too_long_is_ended_with_all_it_started(tmp_path: Path) -> None:
    probes = Probes(str(tmp_path), os.environ, longest_wait=0.5)
    text = "trap '' TERM INT; setsid sleep 1000 & echo $! > one; sleep 1000"
    with pytest.raises(TargetError, match=r"took longer than 0\.5 seconds"):
        probes(TARGET, text)
    ends(int((tmp_path / "one").read_text()))
    assert probes(TARGET, "echo still here") == '"still here"'
    probes.close()


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    probes = Probes(str(tmp_path), os.environ)
    assert probes(TARGET, "printf 'a\\377b\\n\\n'") == '"a\\\\xffb"'
    probes.close()
