"""Put the results of many simulations into one table, a line for each."""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("results", type=Path, nargs="+")
    options = parser.parse_args()

    with options.out.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["people", "r0", "vaccinated", "repeat", "days", "most_ill", "fell_ill"])
        for path in options.results:
            result = json.loads(path.read_text())
            days = result["ill_by_day"]
            table.writerow(
                [result[name] for name in ("people", "r0", "vaccinated", "repeat")]
                + [len(days) - 1, max(days), result["fell_ill"]]
            )


if __name__ == "__main__":
    main()
