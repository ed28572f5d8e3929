"""The build that is swept: each of its calls is once the one that is killed, or fails.

    sweep = Sweep(faulty, AFTER_AN_EDIT)
    for call in chosen(sweep.calls, 8):
        result = sweep.run(call)
        sweep.check(call, result)

Knows the project and what must hold whatever happened to a build of it. Each sweep begins with a
first build, after an edit, or where outputs are in the cache only: that makes calls of every kind.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests import oracles
from tests.faults.faulty import KILL, Call, Faulty
from tests.support import Result, Space

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

JOBFILE = """
[target.one]
run = "cat {inputs} > {outputs}"
inputs = ["in"]
outputs = ["out/one"]

[target.two]
run = "mkdir -p two/deep; cat {inputs} > two/deep/a; echo b > two/b"
inputs = ["out/one"]
outputs = ["two/"]
isolated = true
publish = { "shown/two" = { path = "two/", copy = true } }

[target.three]
run = "cat out/one two/deep/a > {outputs}; cat {inputs}"
inputs = ["out/one", "two/b"]
outputs = ["three"]
capture = "stdout"
publish = { "shown/three" = "three" }
"""
GONE = """
[target.gone]
run = "cat {inputs} > {outputs}"
inputs = ["in"]
outputs = ["out/gone"]
"""
EXPECTED = {
    "out/one": "new\n",
    "two/deep/a": "new\n",
    "two/b": "b\n",
    "shown/two/deep/a": "new\n",
    "shown/two/b": "b\n",
    "three": "new\nnew\n",
    "shown/three": "new\nnew\n",
}
BUILD = ("build", "-v", "-j1")


def first_build(space: Space) -> None:
    """Nothing was ever built."""
    space.jobfile(JOBFILE)
    space.write("in", "new\n")


def after_an_edit(space: Space) -> None:
    """All was built, then an input changed, and a target left the Jobfile."""
    space.jobfile(JOBFILE + GONE)
    space.write("in", "old\n")
    space.build()
    first_build(space)


def from_the_cache(space: Space) -> None:
    """All was built, and the outputs are gone, and the lockfile with them."""
    first_build(space)
    space.build()
    for name in ("out", "two", "shown"):
        shutil.rmtree(space.path(name))
    for name in ("three", "Jobfile.lock"):
        space.path(name).unlink()


BEGINNINGS = [first_build, after_an_edit, from_the_cache]


class Sweep:
    """One beginning, and the same build of it again and again."""

    def __init__(
        self, faulty: Faulty, beginning: Callable[[Space], None], *, reads: bool = False
    ) -> None:
        self._faulty, self._reads = faulty, reads
        self.space = faulty.space
        self._template = self.space.root.with_name("template")
        beginning(self.space)
        self._old = self._lockfile()
        self.space.root.rename(self._template)
        self.begin()
        self.calls = faulty.calls(*BUILD, reads=reads)
        self._new = self._lockfile()
        self.done = 0

    def begin(self) -> None:
        """Make the project as it was at the beginning."""
        shutil.rmtree(self.space.root, ignore_errors=True)
        shutil.copytree(self._template, self.space.root, symlinks=True)

    def run(self, call: Call, error: int = KILL, *, lasts: bool = False) -> Result:
        """Build anew from the beginning, with a call that fails."""
        self.begin()
        return self._faulty.run(*BUILD, at=call.number, error=error, lasts=lasts, reads=self._reads)

    def check(self, told: Result) -> None:
        """Check what must hold whatever happened: nobody is left, the lockfile is whole (after a
        kill it is the old or the new one), and the next build makes all good, and does nothing
        again that was told as done."""
        oracles.no_orphans(self._faulty.marker)
        # a build that was not killed records what it had done
        among = {self._old, self._new} if told.code == -9 else None
        assert oracles.is_whole(self.space.path("Jobfile.lock"), among=among)
        healed = oracles.heals(self.space, EXPECTED)
        again = set(told.built + told.restored) & set(healed.built + healed.restored)
        assert not again, f"finished work was lost: {again}"
        assert self._lockfile() == self._new
        if told.code == 0 and "warning: " not in told.err:
            assert not healed.built + healed.restored, "it said that all was done"
        self.done += 1

    @property
    def figures(self) -> dict[str, int]:
        """What was swept, for a table; a bad one ends the test."""
        return {"points": self.done, "bad": 0}

    def _lockfile(self) -> bytes:
        path = Path(self.space.path("Jobfile.lock"))
        return path.read_bytes() if path.exists() else b""


def chosen(calls: Sequence[Call], number: int, first: int = 0) -> Sequence[Call]:
    """Return so many of the calls, evenly spread; another ``first`` gives others."""
    step = max(1, len(calls) // number)
    return calls[first % step :: step]


@contextmanager
def at(call: Call, how: str = "SIGKILL") -> Iterator[None]:
    """Say with each failure what happened at which call."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"{how} at call {call}")
        raise
