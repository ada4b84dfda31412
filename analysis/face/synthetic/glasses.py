"""Draw the frame of a pair of glasses into a picture of a drawn face."""

from __future__ import annotations

import cv2
import numpy as np

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.fitting.landmark_basis import LEFT_EYE, RIGHT_EYE
from analysis.face.render.scene import Scene

_RIM_MM = (25.0, 19.0)
"""Half width and half height of a lens."""
_AHEAD_MM, _LOW_MM = 14.0, 3.0
"""Distance of the lenses in front of the eyes' corners, and below."""
_WIRE_MM = 3.0
_COLOUR = (38, 32, 30)
_SUBPIXEL = 4
_TEMPLE_MM = (18.0, 70.0)
"""How far the temples go to the side, and back."""


def draw_glasses(image: ImageArray, landmarks_mm: FloatArray, scene: Scene) -> ImageArray:
    """Return the picture with dark, full-rimmed glasses.

    The lenses are clear. Nothing hides the frame, so the face must be turned by less than 30 degrees.

    Parameters
    ----------
    image : (H, W, 3) uint8 array
        RGB.
    landmarks_mm : (68, 3) float array
        The landmarks of the drawn face, in model space.
    scene : Scene
        The scene of the picture.
    """
    drawn = image.copy()
    circle = np.linspace(0.0, 2.0 * np.pi, 49)
    rim = np.stack([_RIM_MM[0] * np.cos(circle), _RIM_MM[1] * np.sin(circle), np.zeros(49)], axis=1)
    ahead = np.array([0.0, -_LOW_MM, _AHEAD_MM])
    centres = [landmarks_mm[eye].mean(axis=0) + ahead for eye in (RIGHT_EYE, LEFT_EYE)]
    out, back = _TEMPLE_MM
    lines = [centre + rim for centre in centres]
    middle = (centres[0] + centres[1]) / 2.0
    bridge = np.linspace(-1.0, 1.0, 9)[:, None] * (np.abs(centres[1] - centres[0])[0] / 2.0 - _RIM_MM[0], 0.0, 0.0)
    lines.append(middle + bridge + (0.0, 4.0, 1.0))
    for side, centre in zip((-1.0, 1.0), centres, strict=True):
        hinge = centre + np.array([side * _RIM_MM[0], 4.0, 0.0])
        lines.append(hinge + np.array([(0.0, 0.0, 0.0), (side * out, 2.0, -back)]))
    width_px = max(1, round(_WIRE_MM * scene.optics.focal_px / scene.pose.distance_mm))
    for line in lines:
        points = np.round(scene.optics.project(line, scene.pose) * 2**_SUBPIXEL).astype(np.int32)
        cv2.polylines(
            drawn, [points], isClosed=False, color=_COLOUR, thickness=width_px, lineType=cv2.LINE_AA, shift=_SUBPIXEL
        )
    return drawn
