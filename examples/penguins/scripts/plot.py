"""Draw two pictures as SVG: the birds with the best model's mistakes, and its confusion matrix.

The pictures are made to stand inside a page: text and lines have the colour of the text around
them (`currentColor`), so that they can be read on light and on dark ground.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path
from typing import Any

import matplotlib as mpl
from birds import SPECIES, Bird, read_birds
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from scores import Score, best_first

COLOURS = {"Adelie": "#f28c28", "Chinstrap": "#ab6be8", "Gentoo": "#17a098"}
MARKERS = {"Adelie": "o", "Chinstrap": "^", "Gentoo": "s"}
INK = "#010203"  # stands for the colour of the text around the picture

STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # letters stay letters, in the font of the page
    "svg.hashsalt": "penguins",  # the same ids in every run
    "font.size": 11,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


def draw_birds(birds: list[Bird], best: Score) -> Figure:
    """Return bill length against bill depth, with a ring around each mistake."""
    figure = Figure(figsize=(8, 4.6), layout="constrained")
    axes = figure.add_subplot()
    for name in SPECIES:
        x, y = bills([bird for bird in birds if bird["species"] == name])
        axes.scatter(
            x, y, s=30, c=COLOURS[name], marker=MARKERS[name], alpha=0.85, lw=0, label=name
        )
    mistaken = {mistake["bird"] for mistake in best["mistakes"]}
    if mistaken:
        x, y = bills([bird for bird in birds if int(bird["bird"]) in mistaken])
        axes.scatter(x, y, s=130, c="none", edgecolors=INK, lw=1.5, label="mistaken in the test")
    axes.set_xlabel("bill length (mm)")
    axes.set_ylabel("bill depth (mm)")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color=INK, alpha=0.12, lw=0.8)
    axes.set_axisbelow(True)
    figure.legend(loc="outside upper left", ncols=4, frameon=False, handletextpad=0.2)
    return figure


def bills(birds: list[Bird]) -> tuple[list[float], list[float]]:
    """Return the lengths and the depths of the birds' bills."""
    lengths = [float(bird["bill_length_mm"]) for bird in birds]
    return lengths, [float(bird["bill_depth_mm"]) for bird in birds]


def draw_confusion(best: Score) -> Figure:
    """Return the best model's confusion matrix, each row in the colour of its species."""
    figure = Figure(figsize=(4, 4.1), layout="constrained")
    axes = figure.add_subplot()
    for row, (name, counts) in enumerate(zip(best["species"], best["confusion"], strict=True)):
        for column, count in enumerate(counts):
            share = count / max(sum(counts), 1)
            axes.add_patch(
                Rectangle((column, row), 0.95, 0.95, color=COLOURS[name], alpha=0.08 + 0.72 * share)
            )
            axes.text(column + 0.475, row + 0.475, str(count), ha="center", va="center", size=15)
    axes.set(xlim=(0, 3), ylim=(3, 0), xlabel="taken for", ylabel="is")
    axes.set_xticks([0.475, 1.475, 2.475], best["species"])
    axes.set_yticks([0.475, 1.475, 2.475], best["species"], rotation=90, va="center")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure


def save(figure: Figure, path: Path) -> None:
    """Write the figure as SVG without a date, in the colour of the text around it."""
    text = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(text, format="svg", transparent=True, metadata=nothing)
    path.write_text(text.getvalue().replace(INK, "currentColor"), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("birds", type=Path, help="all birds")
    parser.add_argument("scores", type=Path, nargs="+", help="the scores of all models")
    parser.add_argument("--out", type=Path, nargs=2, metavar="SVG", required=True)
    args = parser.parse_args()

    best = best_first(args.scores)[0]
    mpl.rcdefaults()  # whatever a matplotlibrc of the user says
    mpl.rcParams.update(STYLE)
    save(draw_birds(read_birds(args.birds), best), args.out[0])
    save(draw_confusion(best), args.out[1])


if __name__ == "__main__":
    main()
