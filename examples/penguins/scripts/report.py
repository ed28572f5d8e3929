"""Put scores and pictures into one page that needs no other file."""

from __future__ import annotations

import argparse
from html import escape
from pathlib import Path
from string import Template

from birds import read_birds
from scores import Score, best_first


def table_row(score: Score, top: Score) -> str:
    """Return a model's row of the table; all that are as good as the best are marked."""
    best = score["accuracy"] == top["accuracy"]
    mistakes = len(score["mistakes"])
    return (
        f"<tr{' class=best' if best else ''}>"
        f"<th scope=row>{escape(score['title'])}{' <mark>best</mark>' if best else ''}"
        f"<small>{escape(score['how'])}</small></th>"
        f"<td>{score['accuracy']:.1%}</td>"
        f"<td>{score['macro_f1']:.3f}</td>"
        f'<td><div class=bar style="--mistakes: {mistakes}">{mistakes}</div></td>'
        "</tr>"
    )


def bare_svg(path: Path) -> str:
    """Return a picture as it may stand in a page: without the head of a file."""
    text = path.read_text(encoding="utf-8")
    return text[text.index("<svg") :]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("template", type=Path, help="the page with `$names` to fill in")
    parser.add_argument("page", type=Path, help="the HTML file to write")
    parser.add_argument("--birds", type=Path, required=True, help="all birds")
    parser.add_argument("--scores", type=Path, nargs="+", required=True)
    parser.add_argument("--plots", type=Path, nargs=2, required=True, metavar="SVG")
    args = parser.parse_args()

    scores = best_first(args.scores)
    best, birds = scores[0], len(read_birds(args.birds))
    page = Template(args.template.read_text(encoding="utf-8")).substitute(
        models=len(scores),
        train=birds - best["birds"],
        test=best["birds"],
        best=escape(best["title"]),
        accuracy=f"{best['accuracy']:.1%}",
        most=max(1, *(len(score["mistakes"]) for score in scores)),
        rows="\n".join(table_row(score, best) for score in scores),
        birds_plot=bare_svg(args.plots[0]),
        confusion_plot=bare_svg(args.plots[1]),
    )
    args.page.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
