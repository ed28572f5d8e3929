"""One epidemic in one place, day by day: who is not immune may fall ill, who is ill gets well.

The draws depend on the arguments only, so the same arguments give the same epidemic.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from pathlib import Path


def binomial(chance: random.Random, count: int, share: float) -> int:
    """Return how many of ``count`` are hit, each with probability ``share``; by leaps from one
    that is hit to the next, so it takes no longer than there are hits."""
    if share <= 0:
        return 0
    if share >= 1:
        return count
    hits, place = 0, 0
    while True:
        place += 1 + int(math.log(1 - chance.random()) / math.log1p(-share))
        if place > count:
            return hits
        hits += 1


def epidemic(options: argparse.Namespace) -> list[int]:
    """Return how many are ill on each day, until nobody is."""
    chance = random.Random(repr(sorted(vars(options).items())))
    vaccinated = round(options.vaccinated * options.people)
    ill = min(options.first, options.people - vaccinated)
    healthy = options.people - vaccinated - ill
    days = [ill]
    while ill:
        infected_by_one = options.r0 / options.sick_days / options.people
        fell_ill = binomial(chance, healthy, 1 - math.exp(-infected_by_one * ill))
        got_well = binomial(chance, ill, 1 / options.sick_days)
        healthy -= fell_ill
        ill += fell_ill - got_well
        days.append(ill)
    return [*days, options.people - vaccinated - healthy]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--people", type=int, required=True)
    parser.add_argument("--r0", type=float, required=True)
    parser.add_argument("--vaccinated", type=float, required=True)
    parser.add_argument("--sick-days", type=float, required=True)
    parser.add_argument("--first", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--repeat", type=int, required=True)
    options = parser.parse_args()
    out = options.out
    del options.out  # the draws are not to depend on where the result goes

    *days, fell_ill = epidemic(options)
    result = {
        "people": options.people,
        "r0": options.r0,
        "vaccinated": options.vaccinated,
        "repeat": options.repeat,
        "fell_ill": fell_ill,
        "ill_by_day": days,
    }
    out.write_text(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
