"""The box that the landmark predictor starts from, and the contrast inside it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.landmarks.landmarks import Box

_BOX_PER_SPREAD = 2.83
_BOX_DROP = -0.10
"""Width and drop of dlib's box in units of the landmarks' spread: the mean over 204 photographs."""
_FAINT_BOX = (25.0, 19.0, 34.0)
"""Contrast (standard deviation of the grey values) of the face box below which it is raised, below which it is raised
fully, and what it is raised to. The predictor compares grey values, so it fails in dim pictures. Usual faces are left
as they are: 68 photographs have 25.4 to 56, drawn faces 27.6 to 46."""
_FAINT_SKIN = (24.0, 19.0, 36.0)
"""The same for the middle of the box, which shows the face alone. Dark skin before a bright wall has little contrast
there and much in the box: 39 photographs have 16 to 33 (a quarter below 25), drawn faces 30, dark ones 16."""
INNER = (0.2, 0.15, 0.8, 0.95)
"""Left, top, right and bottom of the middle of the box, in its widths."""
JITTER = ((0.0, 0.0, 1.0), (0.03, 0.02, 1.02), (-0.03, -0.02, 0.98), (0.02, -0.03, 0.97), (-0.02, 0.03, 1.03),
           (0.04, 0.0, 1.0), (-0.04, 0.0, 1.0), (0.0, 0.04, 1.04), (0.0, -0.04, 0.96))  # fmt: skip
"""Shift to the right and down, in box widths, and magnification of each box; after 1, 3, 5, ... they are balanced."""


@dataclass(frozen=True, slots=True, eq=False)
class TurnedBoxes:
    """B square boxes, turned in the picture plane."""

    middle: FloatArray
    """(B, 2) px."""
    width: FloatArray
    """(B,) px."""
    angle_rad: FloatArray
    """(B,) clockwise in the picture."""

    @staticmethod
    def upright(box: Box) -> TurnedBoxes:
        """Return one box that is not turned."""
        left, top, right, bottom = box
        middle = np.array([[(left + right) / 2.0, (top + bottom) / 2.0]])
        return TurnedBoxes(middle, np.array([right - left]), np.zeros(1))

    @staticmethod
    def of(points_px: FloatArray) -> TurnedBoxes:
        """Return the boxes of landmarks, each as `jittered_box` without jitter.

        Parameters
        ----------
        points_px : (B, 68, 2) float array
            Landmarks, px.
        """
        middle = points_px.mean(axis=1)
        away = points_px - middle[:, None]
        spread = np.sqrt((away * away).sum(axis=(1, 2)) / points_px.shape[1])
        across = points_px[:, 42:48].mean(axis=1) - points_px[:, 36:42].mean(axis=1)
        angle = np.array([math.atan2(down, right) for right, down in across.tolist()])
        down = np.array([(-math.sin(one), math.cos(one)) for one in angle.tolist()])
        return TurnedBoxes(middle + (_BOX_DROP * spread)[:, None] * down, _BOX_PER_SPREAD * spread, angle)

    def repeated(self, count: int) -> TurnedBoxes:
        """Return each box several times, the same ones side by side."""
        return TurnedBoxes(*(np.repeat(one, count, axis=0) for one in (self.middle, self.width, self.angle_rad)))

    def jittered(self, count: int) -> TurnedBoxes:
        """Return each box jittered by the first rows of `JITTER`, side by side."""
        all_boxes = self.repeated(count)
        right, down, magnify = np.tile(np.array(JITTER[:count]), (len(self.width), 1)).T
        sine, cosine = np.sin(all_boxes.angle_rad), np.cos(all_boxes.angle_rad)
        shift = np.stack((cosine * right - sine * down, sine * right + cosine * down), axis=1)
        middle = all_boxes.middle + all_boxes.width[:, None] * shift
        return TurnedBoxes(middle, all_boxes.width * magnify, all_boxes.angle_rad)


def box_of(points_px: FloatArray) -> Box:
    """Return the box dlib's detector would give this face, without its steps.

    Parameters
    ----------
    points_px : (68, 2) float array
        Landmarks, px.
    """
    middle = points_px.mean(axis=0)
    spread = float(np.sqrt(((points_px - middle) ** 2).sum(axis=1).mean()))
    angle = roll_rad(points_px)
    half = _BOX_PER_SPREAD * spread / 2.0
    x = middle[0] - np.sin(angle) * _BOX_DROP * spread
    y = middle[1] + np.cos(angle) * _BOX_DROP * spread
    return (x - half, y - half, x + half, y + half)


def roll_rad(points_px: FloatArray) -> float:
    """Return the angle of the line between the eyes, clockwise in the picture.

    Parameters
    ----------
    points_px : (68, 2) float array
        Landmarks, px.
    """
    across = points_px[42:48].mean(axis=0) - points_px[36:42].mean(axis=0)
    return float(np.arctan2(across[1], across[0]))


def jittered_box(points_px: FloatArray, jitter: tuple[float, float, float]) -> tuple[Box, float]:
    """Return the jittered box of approximate landmarks, and its rotation, rad.

    Parameters
    ----------
    points_px : (68, 2) float array
        Landmarks, px.
    jitter : (float, float, float)
        One of `JITTER`.
    """
    right, down, magnify = jitter
    left, top, end, bottom = box_of(points_px)
    centre = np.array([(left + end) / 2.0, (top + bottom) / 2.0])
    width = end - left
    angle = roll_rad(points_px)
    sine, cosine = np.sin(angle), np.cos(angle)
    centre += width * np.array([cosine * right - sine * down, sine * right + cosine * down])
    half = width * magnify / 2.0
    return (centre[0] - half, centre[1] - half, centre[0] + half, centre[1] + half), angle


def contrast_gain(of_box: float, of_skin: float) -> float:
    """Return the factor that a faint face is raised by; without a step at the limit.

    Parameters
    ----------
    of_box, of_skin : float
        Standard deviation of the grey values in the box, and in the middle of it (`INNER`).
    """
    return max(_gain(of_box, *_FAINT_BOX), _gain(of_skin, *_FAINT_SKIN))


def _gain(contrast: float, faint: float, faintest: float, usual: float) -> float:
    if contrast >= faint:
        return 1.0
    share = min((faint - contrast) / (faint - faintest), 1.0)
    return (faint + share * (usual - faint)) / max(contrast, 1.0)
