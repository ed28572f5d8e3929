"""Draw who falls ill as a map for each place: R0 to the right, vaccinated people upwards."""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from statistics import fmean

from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

Shares = dict[tuple[float, float], float]  # of the people that fell ill, by R0 and vaccinated


def read_shares(path: Path) -> dict[int, Shares]:
    """Return the means over all repeats, by the number of people."""
    lists: dict[int, dict[tuple[float, float], list[float]]] = defaultdict(
        lambda: defaultdict(list)
    )
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            people = int(row["people"])
            place = float(row["r0"]), float(row["vaccinated"])
            lists[people][place].append(100 * int(row["fell_ill"]) / people)
    return {
        people: {place: fmean(shares) for place, shares in found.items()}
        for people, found in sorted(lists.items())
    }


def borders(values: list[float]) -> list[float]:
    """Return where the cells around sorted values begin and end."""
    if len(values) == 1:
        return [values[0] - 0.5, values[0] + 0.5]
    between = [(a + b) / 2 for a, b in pairwise(values)]
    return [2 * values[0] - between[0], *between, 2 * values[-1] - between[-1]]


def draw(axes: Axes, people: int, shares: Shares) -> QuadMesh:
    r0s = sorted({r0 for r0, _ in shares})
    vaccinated = sorted({share for _, share in shares})
    cells = [[shares.get((r0, share), float("nan")) for r0 in r0s] for share in vaccinated]
    percents = [100 * share for share in vaccinated]
    mesh = axes.pcolormesh(borders(r0s), borders(percents), cells, cmap="magma_r", vmin=0, vmax=100)
    for row, percent in zip(cells, percents, strict=True):
        for share, r0 in zip(row, r0s, strict=True):
            ink, halo = ("white", "#0008") if share > 35 else ("black", "#fffb")
            axes.text(
                r0, percent, f"{share:.0f}", ha="center", va="center", size=9, color=ink,
                path_effects=[withStroke(linewidth=2, foreground=halo)], zorder=3,
            )  # fmt: skip
    left, right = axes.get_xlim()
    bottom, top = axes.get_ylim()
    steps = [left + (right - left) * i / 200 for i in range(201)]
    line = [(r0, 100 * (1 - 1 / r0)) for r0 in steps if r0 >= 1]
    axes.plot(*zip(*line, strict=True), color="#0a84c1", lw=2, label="enough are immune: 1 − 1/R₀")
    axes.set(xlim=(left, right), ylim=(bottom, top), xticks=r0s, yticks=percents)
    axes.set_title(f"{people:,} people")
    axes.set_xlabel("R₀ (people that one infects where nobody is immune)")
    return mesh


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()

    places = read_shares(options.table)
    figure = Figure(figsize=(11, 5.2), layout="constrained")
    panels = figure.subplots(1, len(places), sharey=True, squeeze=False)[0]
    for axes, (people, shares) in zip(panels, places.items(), strict=True):
        mesh = draw(axes, people, shares)
    panels[0].set_ylabel("vaccinated before it begins (% of all)")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", frameon=False)
    figure.suptitle("How many fall ill", size=14, weight="bold")
    figure.colorbar(mesh, ax=panels, label="fell ill (% of all, mean of the repeats)")
    figure.savefig(options.out, dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    main()
