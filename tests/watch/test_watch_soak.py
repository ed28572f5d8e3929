"""After many random edits a watch has made what a clean build makes. `bench/soak` makes more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.amounts import amount
from tests.watch.soak import Soak
from tests.watch.soaking import soak_a_watch

if TYPE_CHECKING:
    from tests.support import Space


def test_random_edits_under_a_watch(space: Space) -> None:
    soak_a_watch(space, Soak(space.root, seed=5), edits=amount(25, 300))
