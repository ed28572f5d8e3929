"""Every call that a build makes on the project's files fails once, and fails from there on, with
the errors of full, broken and write-protected disks and of a process that may open no more: the
build ends with exit code 1 or 3 (2 where the Jobfile cannot be read) and says where, or goes on
without what it did not need. The next build is right.
"""

from __future__ import annotations

import errno
from collections.abc import Callable

import pytest

from tests import oracles
from tests.amounts import NIGHTLY, amount
from tests.faults.faulty import Faulty
from tests.faults.sweeping import Sweep, after_an_edit, at, chosen
from tests.support import Result, Space

LASTING = [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.EACCES, errno.EROFS]
# a call that was interrupted is made again for ever: it has to end once
ONCE = [*LASTING, errno.EINTR]
ERRORS = [*((number, False) for number in ONCE), *((number, True) for number in LASTING)]
# for a change: some errors for calls that change something, the others for all; at night each for
# all, one after the other
SWEEPS = (
    [(True, [error]) for error in ERRORS]
    if NIGHTLY
    else [(reads, ERRORS[reads::2]) for reads in (False, True)]
)


@pytest.mark.case("C04")
@pytest.mark.parametrize(("reads", "errors"), SWEEPS)
def test_a_call_that_fails_is_told_and_the_next_build_is_right(
    reads: bool,
    errors: list[tuple[int, bool]],
    faulty: Faulty,
    record_property: Callable[[str, object], None],
) -> None:
    sweep = Sweep(faulty, after_an_edit, reads=reads)
    for turn, (error, lasts) in enumerate(errors):
        first = turn * len(sweep.calls) // len(errors)
        for call in chosen(sweep.calls, amount(1, len(sweep.calls)), first):
            with at(call, f"{errno.errorcode[error]}{' from there on' if lasts else ''}"):
                told = sweep.run(call, error, lasts=lasts)
                oracles.told_well(told, {0, 1, 2, 3})
                assert told.code == 0 or names_a_place(told, sweep.space), told.err
                sweep.check(told)
    record_property("figures", sweep.figures)


def names_a_place(told: Result, space: Space) -> bool:
    """Say whether an error names a path of the project, or a target."""
    errors = [line for line in told.err.splitlines() if line.startswith("error: ")]
    places = (str(space.root), "target `", "Jobfile", ".jobmake")
    return any(place in error for error in errors for place in places)
