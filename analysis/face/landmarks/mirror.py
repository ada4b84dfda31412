"""Average the landmarks of a picture and of its mirror image.

This cancels the left-right bias of the predictor.

The predictor does not treat left and right alike: on a symmetric face its two halves differ by up to a hundredth of the
eye distance. Averaging with the mirror image removes that bias and halves the jitter of an expression.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.face.arrays import FloatArray, ImageArray, IntArray
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


def _mirror_order() -> IntArray:
    order = np.arange(68)
    for one, other in _PAIRS:
        order[one], order[other] = other, one
    return order


MIRROR_ORDER = _mirror_order()
"""(68,) the landmark on the other side of the face, itself on the midline."""


def mirror_landmarks(points_px: FloatArray, width_px: int) -> FloatArray:
    """Return the (68, 2) landmarks of the mirror image of a picture.

    Parameters
    ----------
    points_px : (68, 2) float array
        Landmarks of the picture, px.
    width_px : int
        Width of the picture.
    """
    mirrored: FloatArray = points_px[MIRROR_ORDER] * (-1.0, 1.0) + (width_px - 1.0, 0.0)
    return mirrored


def detect_with_mirror(detector: LandmarkDetector, image: ImageArray) -> Landmarks:
    """Detect a face; its landmarks are the mean over the picture and its mirror image.

    Parameters
    ----------
    detector : LandmarkDetector
        Detector of the face.
    image : (H, W, 3) or (H, W) uint8 array
        The picture.

    Raises
    ------
    FaceError, ImageError
        As `LandmarkDetector.detect`.
    """
    found = detector.detect(image)
    flipped = np.ascontiguousarray(as_grey(image)[:, ::-1])
    width_px = flipped.shape[1]
    mirrored = detector.landmarks_near(flipped, mirror_landmarks(found.points_px, width_px), score=found.score)
    points = (found.points_px + mirror_landmarks(mirrored.points_px, width_px)) / 2.0
    return replace(found, points_px=points)
