"""Draw how many are ill on each day, a line for each simulation, a colour for each R0."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("results", type=Path, nargs="+")
    options = parser.parse_args()

    results = [json.loads(path.read_text()) for path in options.results]
    r0s = sorted({result["r0"] for result in results})
    colours = mpl.colormaps["viridis"].resampled(len(r0s) + 1)
    figure = Figure(figsize=(8, 4.8), layout="constrained")
    axes = figure.add_subplot()
    seen = set()
    for result in sorted(results, key=lambda result: (result["r0"], result["repeat"])):
        r0 = result["r0"]
        share = [100 * ill / result["people"] for ill in result["ill_by_day"]]
        label = None if r0 in seen else f"{r0:.1f}"
        seen.add(r0)
        axes.plot(share, color=colours(r0s.index(r0)), lw=1.6, label=label)
    longest = max(
        day
        for result in results
        for day, ill in enumerate(result["ill_by_day"])
        if ill > 0.002 * result["people"]
    )
    axes.set(xlim=(0, longest), ylim=(0, None))
    axes.set_xlabel("time (days)")
    axes.set_ylabel("ill at the same time (% of all)")
    axes.set_title(f"Epidemics among {results[0]['people']:,} people, nobody vaccinated")
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(title="R₀", frameon=False, reverse=True)
    figure.savefig(options.out, dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    main()
