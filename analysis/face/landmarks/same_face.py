"""Decide whether a face looks like the one seen before."""

from __future__ import annotations

import cv2
import numpy as np

from analysis.face.arrays import FloatArray, ImageArray

_PATCH_PX = 32
SAME_FACE = 0.5
"""Correlation of the face patch with that of the previous frame, below which the face is detected again. In clips of
people it stays above 0.8 between frames unless the face moves by a fifth of the eye distance; an empty chair gives
about 0."""


def face_patch(grey: ImageArray, points: FloatArray) -> FloatArray:
    """Return the inner face at a small size, with mean 0 and standard deviation 1.

    The mean of the product of two patches is their correlation.

    Parameters
    ----------
    grey : (H, W) uint8 array
        The picture.
    points : (68, 2) float array
        Landmarks, px.
    """
    low, high = np.floor(points[17:].min(axis=0)).astype(int), np.ceil(points[17:].max(axis=0)).astype(int)
    left, top = np.maximum(low, 0)
    cut = grey[top : max(high[1], top + 1), left : max(high[0], left + 1)]
    if cut.size == 0:
        return np.zeros((_PATCH_PX, _PATCH_PX))
    small = cv2.resize(cut, (_PATCH_PX, _PATCH_PX), interpolation=cv2.INTER_AREA).astype(np.float64)
    small -= small.mean()
    deviation = float(np.sqrt((small * small).mean()))
    return small / deviation if deviation > 1e-9 else small
