"""Colours of distances, from dark blue over teal to yellow.

Readable with red-green colour blindness.
"""

from __future__ import annotations

import numpy as np

from analysis.face.arrays import FloatArray, ImageArray

FAR_MM = 6.0
"""Distances from here on have the last colour."""

_ANCHORS = np.array([[38, 52, 104], [33, 102, 132], [54, 150, 130], [134, 190, 98], [214, 212, 84], [253, 231, 150]])


def distance_colours(distance_mm: FloatArray) -> ImageArray:
    """Return the RGB colours of distances.

    Lightness grows with distance, so that they also read in grey.

    Parameters
    ----------
    distance_mm : (...) float array
        From 0 on.

    Returns
    -------
    (..., 3) uint8 array
    """
    place = np.clip(np.asarray(distance_mm) / FAR_MM, 0.0, 1.0) * (len(_ANCHORS) - 1)
    channels = [np.interp(place, np.arange(len(_ANCHORS)), _ANCHORS[:, channel]) for channel in range(3)]
    return np.round(np.stack(channels, axis=-1)).astype(np.uint8)


def colour_scale(width_px: int = 200, height_px: int = 12) -> ImageArray:
    """Return an (H, W, 3) picture of all colours side by side, near at the left."""
    row = distance_colours(np.linspace(0.0, FAR_MM, width_px))
    return np.repeat(row[None, :, :], height_px, axis=0)
