"""The 68 landmarks of one face in one picture.

Points are in pixels of the picture, origin at the top left, y down, numbered 0-67 in the iBUG order: jaw 0-16, brows
17-26, nose 27-35, eyes 36-47, mouth 48-67.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from analysis.face.arrays import FloatArray

Box: TypeAlias = tuple[float, float, float, float]
"""left, top, right, bottom, in pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """The landmarks of one face in one picture, and how they were found."""

    points_px: FloatArray
    """(68, 2) x, y in pixels."""
    image_size: tuple[int, int]
    """(width, height) of the picture."""
    face_box: Box | None = None
    """The box given to the predictor; None for points from another source."""
    score: float | None = None
    """Score of dlib's detector; None while tracking, and for points from another source."""
    blur: float | None = None
    """0 sharp ... 1 blurred, see `analysis.face.landmarks.quality.blur`."""
    scatter_px: float | None = None
    """Root mean square difference of the points between jittered boxes; None for a single box."""

    @property
    def eye_distance_px(self) -> float:
        """Distance between the centres of the two eyes."""
        return eye_distance_px(self.points_px)

    def to_json(self) -> dict[str, Any]:
        """Return the landmarks as JSON values, for files that keep them."""
        return {
            "points_px": self.points_px.tolist(),
            "image_size": list(self.image_size),
            "face_box": None if self.face_box is None else list(self.face_box),
            "score": self.score,
            "blur": self.blur,
            "scatter_px": self.scatter_px,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Landmarks:
        """Return landmarks that `to_json` gave.

        Raises
        ------
        KeyError, TypeError, ValueError
            If a value is missing or of another kind.
        """
        width, height = value["image_size"]
        box = None if value["face_box"] is None else (*map(float, value["face_box"]),)
        return cls(
            np.array(value["points_px"], dtype=np.float64).reshape(68, 2),
            (int(width), int(height)),
            face_box=box,  # type: ignore[arg-type]
            score=value["score"],
            blur=value["blur"],
            scatter_px=value["scatter_px"],
        )


@dataclass(frozen=True, slots=True)
class FaceBox:
    """A face found by the detector."""

    box: Box
    score: float

    @property
    def width(self) -> float:
        """Width of the box, px."""
        return self.box[2] - self.box[0]


def eye_distance_px(points_px: FloatArray) -> float:
    """Return the distance between the centres of the two eyes, in pixels.

    Parameters
    ----------
    points_px : (68, 2) float array
        Landmarks, px.
    """
    x, y = (points_px[42:48].sum(axis=0) - points_px[36:42].sum(axis=0)).tolist()
    return math.hypot(x, y) / 6.0
