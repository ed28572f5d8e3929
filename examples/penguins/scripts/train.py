"""Fit one model to the birds it may learn from."""

from __future__ import annotations

import argparse
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import joblib
from birds import measured, read_birds, species
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler


def unfitted(settings: dict[str, Any], seed: int) -> Pipeline:
    """Return the estimator that the settings name, behind a scaler if they ask for one."""
    module, _, name = settings["estimator"].rpartition(".")
    estimator = getattr(import_module(module), name)(**settings["arguments"])
    if "random_state" in estimator.get_params():
        estimator.set_params(random_state=seed)
    return make_pipeline(*([StandardScaler()] if settings["scale"] else []), estimator)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("settings", type=Path, help="a file of models/")
    parser.add_argument("birds", type=Path, help="the birds to learn from")
    parser.add_argument("model", type=Path, help="the joblib file to write")
    parser.add_argument("--seed", type=int, required=True, help="for models that throw dice")
    args = parser.parse_args()

    birds = read_birds(args.birds)
    settings = tomllib.loads(args.settings.read_text(encoding="utf-8"))
    model = unfitted(settings, args.seed).fit(measured(birds), species(birds))
    joblib.dump(model, args.model)
    print(f"{settings['title']}: learned from {len(birds)} birds")


if __name__ == "__main__":
    main()
