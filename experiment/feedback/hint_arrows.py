"""Arrows on the trainee's own face: where to move what, for a hint.

An arrow is at the landmark of the named part of the face that the hinted movement displaces most, on each side that
moves. Its direction is that of the movement in the face model, turned with the head's roll; its length only says "a
little" or more.

Coordinates are `Places`: fractions of the height of the camera's picture, origin at its centre, x to the right, y down.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.fitting.landmark_basis import landmark_rows
from analysis.face.landmarks.mirror import MIRROR_ORDER
from analysis.face.models.model import FaceModel
from experiment.feedback.hint_forecast import Hint
from experiment.feedback.training_texts import A_LITTLE

Places: TypeAlias = FloatArray
"""(68, 2) places of landmarks."""

_EYES = (36, 45)
"""The outer corners of the eyes."""
_UPPER_LIDS, _LOWER_LIDS = (37, 38, 43, 44), (40, 41, 46, 47)
_PARTS = {
    "brow": range(17, 27),
    "eye": range(36, 48),
    "cheek": _LOWER_LIDS,
    "nose": range(27, 36),
    "jaw": range(48, 68),
    "mouth": range(48, 68),
}
"""Landmarks of a part of the face, by the beginning of the names of its units. Cheeks have none: their arrow is at the
lower lid; that of the jaw is at the lips, which move with it."""
_APART = 0.15
"""Distances of eye corners between two mirrored landmarks from which on each of them has an arrow."""
_SIDEWAYS = 0.4
"""Share of the vertical part of a motion that its horizontal part must have to count."""
_LONG, _SHORT = 0.34, 0.22
"""Length of an arrow, and of one that says "a little", in distances of the outer corners of the eyes."""
_SHAFT, _HEAD, _HEAD_LONG = 0.028, 0.075, 0.12
"""Half width of the shaft and the head, and length of the head, in the same unit."""
_FILL, _EDGE = (255, 213, 79), (24, 24, 24)
_SUBPIXEL_BITS = 4


@dataclass(frozen=True, slots=True)
class Arrow:
    """An arrow, in the coordinates of `Places`."""

    start: tuple[float, float]
    end: tuple[float, float]
    unit: float
    """Distance of the outer corners of the eyes: scales its width."""


def landmark_motions(model: FaceModel) -> FloatArray:
    """Return how each unit at full strength displaces the landmarks, from the front.

    Returns
    -------
    (U, 68, 2) float array
        In distances of the outer corners of the eyes, x to the right of the picture, y down; 0 for landmarks that the
        model lacks.
    """
    rows = landmark_rows(model, "units")
    places = np.zeros((68, 2))
    places[rows.landmarks] = rows.mean[:2].T
    between = float(np.linalg.norm(places[_EYES[1]] - places[_EYES[0]]))
    motions = np.zeros((len(rows.names), 68, 2))
    motions[:, rows.landmarks] = rows.shapes[:2].transpose(2, 1, 0) * (1.0, -1.0) / between
    return motions


def places_of(points_px: FloatArray, image_size: tuple[int, int]) -> Places:
    """Return landmarks as `Places`.

    Parameters
    ----------
    points_px : (68, 2) float array
        In pixels of the picture.
    image_size
        Width and height of the picture.
    """
    width, height = image_size
    return np.asarray((points_px - (width / 2.0, height / 2.0)) / height)


def hint_arrows(hint: Hint, motions: Mapping[str, FloatArray], places: Places) -> tuple[Arrow, ...]:
    """Return the arrows of a hint: one, or one on each side of the face.

    Parameters
    ----------
    hint
        What is asked for.
    motions : mapping of (68, 2) float arrays
        `landmark_motions` by the name of the unit.
    places : (68, 2) float array
        The landmarks of the trainee.
    """
    across = places[_EYES[1]] - places[_EYES[0]]
    unit = float(np.linalg.norm(across))
    if unit <= 0:
        return ()
    cos, sin = across / unit
    roll = np.array([[cos, -sin], [sin, cos]])
    length = unit * (_SHORT if abs(hint.amount) < A_LITTLE else _LONG)
    arrows = []
    for name in hint.units:
        motion = _of_part(motions[name], name) * (1.0 if hint.amount > 0 else -1.0)
        for landmark in _most_moved(motion, places, unit, is_paired=len(hint.units) > 1 or bool(hint.side)):
            way = roll @ motion[landmark]
            step = length * way / np.linalg.norm(way)
            inwards = float((roll.T @ (places[MIRROR_ORDER[landmark]] - places[landmark]))[0])
            ends = _ends_at(landmark, motion[landmark], inwards=inwards)
            start = places[landmark] - step if ends else places[landmark]
            arrows.append(Arrow(_pair(start), _pair(start + step), unit))
    return tuple(arrows)


def _ends_at(landmark: int, way: FloatArray, *, inwards: float) -> bool:
    """Return whether an arrow ends at its landmark instead of starting there.

    Arrows towards the middle of the face would meet there, and those of closing lids would cover the eye. ``inwards``
    has the sign of x towards the middle of the face.
    """
    x, y = float(way[0]), float(way[1])
    is_closing = (landmark in _UPPER_LIDS and y > 0) or (landmark in _LOWER_LIDS and y < 0)
    return is_closing or (x * inwards > 0 and abs(x) > _SIDEWAYS * abs(y))


def _of_part(motion: FloatArray, unit: str) -> FloatArray:
    """Return the motion of the landmarks of the unit's part of the face, 0 for others."""
    part = next((landmarks for name, landmarks in _PARTS.items() if unit.startswith(name)), range(68))
    own = np.zeros_like(motion)
    own[list(part)] = motion[list(part)]
    return own


def _pair(place: FloatArray) -> tuple[float, float]:
    return float(place[0]), float(place[1])


def _most_moved(motion: FloatArray, places: Places, unit: float, *, is_paired: bool) -> tuple[int, ...]:
    """Return the landmark that moves most, and its mirrored one if that moves as well.

    A unit of one side has one arrow. A movement to one side has one too.
    """
    sizes = np.linalg.norm(motion, axis=1)
    first = int(np.argmax(sizes))
    if sizes[first] <= 0:
        return ()
    other = int(MIRROR_ORDER[first])
    is_apart = float(np.linalg.norm(places[first] - places[other])) >= _APART * unit
    is_sideways = motion[first, 0] * motion[other, 0] > 0 and abs(motion[first, 0]) > abs(motion[first, 1])
    if is_paired or not is_apart or is_sideways or sizes[other] < 0.5 * sizes[first]:
        return (first,)
    return (first, other)


def draw_arrows(image: ImageArray, arrows: tuple[Arrow, ...]) -> ImageArray:
    """Return a copy of a picture with arrows, yellow with a dark edge.

    Parameters
    ----------
    image : (H, W, 3) uint8 array
        The camera's picture, or its middle at full height.
    arrows
        What to draw.
    """
    if not arrows:
        return image
    drawn = image.copy()
    height, width = image.shape[:2]
    shapes = [np.round((_outline(one) * height + (width / 2.0, height / 2.0)) * 2**_SUBPIXEL_BITS) for one in arrows]
    polygons = [shape.astype(np.int32) for shape in shapes]
    edge = max(2, round(height / 120))
    cv2.polylines(drawn, polygons, True, _EDGE, edge, cv2.LINE_AA, _SUBPIXEL_BITS)  # noqa: FBT003 (OpenCV's own call)
    for polygon in polygons:
        cv2.fillPoly(drawn, [polygon], _FILL, cv2.LINE_AA, _SUBPIXEL_BITS)
    return drawn


def _outline(arrow: Arrow) -> FloatArray:
    """Return the (7, 2) corners of an arrow."""
    start, end = np.array(arrow.start), np.array(arrow.end)
    way = (end - start) / max(float(np.linalg.norm(end - start)), 1e-9)
    aside = np.array([-way[1], way[0]])
    neck = end - way * _HEAD_LONG * arrow.unit
    shaft, head = aside * _SHAFT * arrow.unit, aside * _HEAD * arrow.unit
    return np.array([start + shaft, neck + shaft, neck + head, end, neck - head, neck - shaft, start - shaft])
