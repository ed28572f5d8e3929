"""Split the birds in two, with the same mix of species in both, and keep the chosen features."""

from __future__ import annotations

import argparse
from pathlib import Path

from birds import MEASUREMENTS, read_birds, species, write_birds
from sklearn.model_selection import train_test_split


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("birds", type=Path, help="all birds")
    parser.add_argument("train", type=Path, help="the CSV file to write of those to learn from")
    parser.add_argument("test", type=Path, help="the CSV file to write of those put aside")
    parser.add_argument("--test-size", type=float, required=True, help="the share put aside")
    parser.add_argument("--seed", type=int, required=True, help="makes the split repeatable")
    parser.add_argument("--features", nargs="+", required=True, choices=MEASUREMENTS)
    args = parser.parse_args()

    birds = read_birds(args.birds)
    train, test = train_test_split(
        birds, test_size=args.test_size, random_state=args.seed, stratify=species(birds)
    )
    for path, part in ((args.train, train), (args.test, test)):
        by_number = sorted(part, key=lambda bird: int(bird["bird"]))
        write_birds(path, by_number, ["bird", "species", *args.features])
    print(f"{len(train)} birds to learn from, {len(test)} put aside")


if __name__ == "__main__":
    main()
