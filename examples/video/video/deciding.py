"""What numbers say of frames: where slides change, where somebody stands."""

from __future__ import annotations

import numpy as np

from video import thresholds
from video.colours import Numbers


def correlation(one: Numbers, other: Numbers) -> float:
    """Return how alike two histograms are: 1 is alike, 0 and below is not."""
    a, b = one - one.mean(), other - other.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size else 1.0


def share_that_moved(one: Numbers, other: Numbers) -> float:
    """Return which part of two pictures differs, if one is brighter or darker as a whole."""
    difference = one - other
    difference -= np.median(difference, axis=(0, 1))
    return float((np.linalg.norm(difference, axis=2) > thresholds.MOVED).mean())


def is_change(alike: float, moved: float, least: float) -> bool:
    """Say whether a slide follows another."""
    return alike < thresholds.SAME and moved >= least


def middle_of(picture: Numbers, empty: Numbers) -> tuple[float, float] | None:
    """Return where somebody stands who is not in the empty picture, from 0 to 1."""
    distance = picture - empty
    distance -= np.median(distance, axis=(0, 1))
    weights = np.linalg.norm(distance, axis=2)
    weights = np.where(weights > thresholds.MOVED, weights, 0)
    if not weights.any():
        return None
    height, width = weights.shape
    x = (weights.sum(axis=0) @ (np.arange(width) + 0.5)) / weights.sum() / width
    y = (weights.sum(axis=1) @ (np.arange(height) + 0.5)) / weights.sum() / height
    return round(float(x), 4), round(float(y), 4)
