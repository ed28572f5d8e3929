"""The table of birds: how it is read and written, and which columns count."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

SPECIES = ("Adelie", "Chinstrap", "Gentoo")
MEASUREMENTS = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")

Bird = dict[str, str]


def read_birds(path: Path) -> list[Bird]:
    """Return the rows of a CSV file, each a dict by column."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_birds(path: Path, birds: Sequence[Bird], columns: Sequence[str]) -> None:
    """Write these columns of the birds as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(birds)


def measured(birds: Sequence[Bird]) -> NDArray[np.float64]:
    """Return the measurements that the table holds: a row for each bird."""
    names = [name for name in MEASUREMENTS if name in birds[0]]
    return np.array([[float(bird[name]) for name in names] for bird in birds])


def species(birds: Sequence[Bird]) -> NDArray[np.str_]:
    """Return what each bird is."""
    return np.array([bird["species"] for bird in birds])
