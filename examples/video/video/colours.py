"""Colours as people see them: CIE L*a*b*, and how often each occurs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from video.images import Pixels

Numbers = NDArray[np.float64]
_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_WHITE = np.array([0.9505, 1.0, 1.089])
_RANGES = ((0, 100), (-80, 80), (-80, 80))


def lab(pixels: Pixels) -> Numbers:
    """Return L*, a* and b* of each pixel."""
    part = pixels / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    xyz = linear @ _TO_XYZ.T / _WHITE
    root = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = root[..., 0], root[..., 1], root[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def histogram(colours: Numbers, bins: int) -> Numbers:
    """Return how often each L*, each a* and each b* occurs, in one row; each sums up to 1."""
    rows = [
        np.histogram(colours[..., channel].clip(*limits), bins, limits)[0]
        for channel, limits in enumerate(_RANGES)
    ]
    return np.concatenate(rows) / colours[..., 0].size
