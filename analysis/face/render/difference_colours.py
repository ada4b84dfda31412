"""Colours of differences between faces, for light pages.

They go from nearly white (none) to dark purple (large). Lightness falls with the difference, so the colours can be read
in grey and with any colour vision. Eyes, teeth and the inside of the mouth have their own colours.
"""

from __future__ import annotations

import numpy as np

from analysis.face.arrays import BoolArray, FloatArray, ImageArray
from analysis.face.models.model import MATERIALS, FaceModel

ANCHORS = ((240, 235, 226), (252, 211, 148), (244, 150, 86), (214, 82, 74), (150, 36, 96), (74, 12, 92))
"""RGB colours at equal distances, from no difference to the largest."""
_WHITE, _IRIS, _PUPIL = (232, 232, 232), (86, 98, 112), (24, 24, 28)
_TEETH, _MOUTH = (226, 220, 206), (110, 52, 52)
_PUPIL_RADIUS, _IRIS_RADIUS = 0.19, 0.55
"""Distances from the axis of the eye, in radii of the eyeball."""


def difference_colours(distance_mm: FloatArray, *, largest_mm: float) -> ImageArray:
    """Return the RGB colours of distances.

    Parameters
    ----------
    distance_mm : (...) float array
        From 0 on.
    largest_mm : float
        Distances from here on have the last colour.

    Returns
    -------
    (..., 3) uint8 array
    """
    anchors = np.array(ANCHORS, dtype=np.float64)
    place = np.clip(np.asarray(distance_mm) / max(largest_mm, 1e-9), 0.0, 1.0) * (len(anchors) - 1)
    channels = [np.interp(place, np.arange(len(anchors)), anchors[:, channel]) for channel in range(3)]
    return np.round(np.stack(channels, axis=-1)).astype(np.uint8)


def face_colours(model: FaceModel, distance_mm: FloatArray, *, largest_mm: float) -> ImageArray:
    """Return the colour of each vertex.

    The skin shows differences; eyes and mouth have their own colours.

    Parameters
    ----------
    model : FaceModel
        The face model; one without materials is all skin.
    distance_mm : (V,) float array
        The difference at each vertex.
    largest_mm : float
        Differences from here on have the last colour.

    Returns
    -------
    (V, 3) uint8 array
    """
    colours = difference_colours(distance_mm, largest_mm=largest_mm)
    if model.materials is None:
        return colours
    colours[model.materials == MATERIALS.index("teeth")] = _TEETH
    colours[model.materials == MATERIALS.index("mouth")] = _MOUTH
    for eye in eyes(model):
        ball = model.mean[eye]
        outwards = ball - (ball.max(axis=0) + ball.min(axis=0)) / 2
        outwards /= np.maximum(np.linalg.norm(outwards, axis=1, keepdims=True), 1e-9)
        from_axis = np.where(outwards[:, 2] > 0, np.hypot(outwards[:, 0], outwards[:, 1]), 1.0)
        iris = np.where((from_axis < _IRIS_RADIUS)[:, None], _IRIS, _WHITE)
        colours[eye] = np.where((from_axis < _PUPIL_RADIUS)[:, None], _PUPIL, iris)
    return colours


def eyes(model: FaceModel) -> list[BoolArray]:
    """Return the (V,) vertices of the right and left eyeball, if the model has them."""
    if model.materials is None:
        return []
    eyeball = model.materials == MATERIALS.index("eyeball")
    sides = (eyeball & (np.sign(model.mean[:, 0]) == side) for side in (-1, 1))
    return [own for own in sides if own.any()]


def style_gradient() -> str:
    """Return the colours as a gradient for CSS, with no difference at the left."""
    return f"linear-gradient(90deg, {', '.join('#{:02x}{:02x}{:02x}'.format(*colour) for colour in ANCHORS)})"
