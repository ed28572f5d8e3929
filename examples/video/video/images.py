"""Pictures as arrays of height x width x 3, and parts of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
Polygon = tuple[tuple[float, float], ...]  # four corners, clockwise from the top left, from 0 to 1


def load(path: Path) -> Pixels:
    """Return the picture that a file holds."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def resize(pixels: Pixels, width: int) -> Pixels:
    """Return a picture in another width."""
    height = round(pixels.shape[0] * width / pixels.shape[1])
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BOX))


def rectify(pixels: Pixels, polygon: Polygon, width: int, height: int) -> Pixels:
    """Return what lies inside four corners as a rectangle, seen from the front."""
    scale = np.array([pixels.shape[1], pixels.shape[0]])
    corners = [(0, 0), (width, 0), (width, height), (0, height)]
    equations, values = [], []
    for (x, y), (u, v) in zip(corners, np.array(polygon) * scale, strict=True):
        equations += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    data = tuple(np.linalg.solve(np.array(equations, float), np.array(values, float)))
    how = Image.Transform.PERSPECTIVE, data, Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(pixels).transform((width, height), *how))


def in_frame(place: tuple[float, float], polygon: Polygon) -> tuple[float, float]:
    """Return where a place of an upright rectangle is in the frame that it was taken from."""
    (left, top), _, (right, bottom), _ = polygon
    x, y = place
    return round(left + x * (right - left), 4), round(top + y * (bottom - top), 4)


def stretch(pixels: Pixels, low: float, high: float) -> Pixels:
    """Return a picture with more contrast: percentiles become black and white."""
    grey = pixels.mean(axis=2)
    black, white = np.percentile(grey, [low, high])
    return np.clip((pixels - black) * (255 / max(white - black, 1)), 0, 255).astype(np.uint8)


def mirrored(pixels: Pixels) -> Pixels:
    """Return a picture the other way round. No job needs it."""
    return pixels[:, ::-1]
