"""Test one model on the birds it has not seen."""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path

import joblib
from birds import SPECIES, measured, read_birds, species
from scores import Mistake, write_score
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("settings", type=Path, help="the model's file of models/")
    parser.add_argument("model", type=Path, help="the fitted model")
    parser.add_argument("birds", type=Path, help="the birds put aside")
    parser.add_argument("score", type=Path, help="the JSON file to write")
    args = parser.parse_args()

    settings = tomllib.loads(args.settings.read_text(encoding="utf-8"))
    birds = read_birds(args.birds)
    actual = species(birds)
    guessed = joblib.load(args.model).predict(measured(birds))
    mistakes = [
        Mistake(bird=int(bird["bird"]), species=bird["species"], taken_for=str(guess))
        for bird, guess in zip(birds, guessed, strict=True)
        if bird["species"] != guess
    ]
    write_score(
        args.score,
        {
            "title": settings["title"],
            "how": settings["how"],
            "birds": len(birds),
            "accuracy": round(float(accuracy_score(actual, guessed)), 4),
            "macro_f1": round(float(f1_score(actual, guessed, average="macro")), 4),
            "species": list(SPECIES),
            "confusion": confusion_matrix(actual, guessed, labels=SPECIES).tolist(),
            "mistakes": mistakes,
        },
    )
    print(f"{settings['title']}: {len(mistakes)} mistakes in {len(birds)} birds")


if __name__ == "__main__":
    main()
