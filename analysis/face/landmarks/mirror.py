"""Landmarks of a picture and of its mirror image, averaged: what the predictor does to one side only cancels out.

The predictor was not trained to treat left and right alike: on a symmetric face its two halves differ by up to a
hundredth of the eye distance. Looking at the mirror image too halves the jitter of an expression and removes that bias.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.images import as_grey
from analysis.face.landmarks.detector import LandmarkDetector
from analysis.face.landmarks.landmarks import Landmarks

_PAIRS = (
    *((i, 16 - i) for i in range(8)),
    *((17 + i, 26 - i) for i in range(5)),
    (31, 35), (32, 34),
    (36, 45), (37, 44), (38, 43), (39, 42), (40, 47), (41, 46),
    (48, 54), (49, 53), (50, 52), (55, 59), (56, 58), (60, 64), (61, 63), (65, 67),
)  # fmt: skip
"""Landmarks that trade places in a mirror; the others lie on the midline."""


def mirror_landmarks(points_px: FloatArray, width_px: int) -> FloatArray:
    """(68, 2) landmarks of the mirror image of a picture `width_px` wide."""
    order = np.arange(68)
    for one, other in _PAIRS:
        order[one], order[other] = other, one
    mirrored: FloatArray = points_px[order] * (-1.0, 1.0) + (width_px - 1.0, 0.0)
    return mirrored


def detect_with_mirror(detector: LandmarkDetector, image: ImageArray) -> Landmarks:
    """Find the face of a picture; its landmarks are the mean over the picture and its mirror image.

    Raises
    ------
    FaceError, ImageError
        As `LandmarkDetector.detect`.
    """
    seen = detector.detect(image)
    flipped = np.ascontiguousarray(as_grey(image)[:, ::-1])
    width_px = flipped.shape[1]
    mirrored = detector.landmarks_near(flipped, mirror_landmarks(seen.points_px, width_px), score=seen.score)
    points = (seen.points_px + mirror_landmarks(mirrored.points_px, width_px)) / 2.0
    return replace(seen, points_px=points)
