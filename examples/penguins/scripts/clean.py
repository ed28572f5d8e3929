"""Keep the birds that were measured, with a number for each and only the columns in use."""

from __future__ import annotations

import argparse
from pathlib import Path

from birds import MEASUREMENTS, SPECIES, read_birds, write_birds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("raw", type=Path, help="the data as published; missing values are `NA`")
    parser.add_argument("clean", type=Path, help="the CSV file to write")
    args = parser.parse_args()

    birds = read_birds(args.raw)
    for number, bird in enumerate(birds, start=1):
        bird["bird"] = str(number)
        if bird["species"] not in SPECIES:
            parser.error(f"{args.raw}: bird {number} is of no known species: {bird['species']}")
    kept = [bird for bird in birds if all(bird[name] != "NA" for name in MEASUREMENTS)]
    write_birds(args.clean, kept, ["bird", "species", *MEASUREMENTS])
    print(f"kept {len(kept)} of {len(birds)} birds")


if __name__ == "__main__":
    main()
