"""Decide whether a face can be measured: size, blur, other faces in the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.errors import (
    FaceBlurredError,
    FaceCutError,
    FaceOverexposedError,
    FaceTooSmallError,
    NoFaceError,
    SeveralFacesError,
)
from analysis.face.landmarks.landmarks import FaceBox, eye_distance_px

COMFORTABLE_EYE_DISTANCE_PX = 40.0
"""Smaller faces are measured with less accuracy; reports warn about them."""


_WHITE = 250
"""Grey value from which on a pixel counts as white."""
_EXPOSURE_ROWS = 64
"""At least so many rows of a face are looked at for its exposure."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of what can be measured."""

    min_eye_distance_px: float = 24.0
    """In photographs made smaller, landmarks move by 1.1 % of the eye distance at 40 px, 2 % at 26 px, 3.6 % at 16 px.
    At this limit the loss exceeds the detector's uncertainty at any size."""
    max_outside: float = 0.03
    """Distance of a landmark beyond the border of the picture, in eye distances. In 34 photographs cropped from three
    sides, landmarks stayed within 1.2 % of the eye distance up to a border through the outermost landmark; a border
    0.05 further in moved them by up to 12 %, and moved the landmarks nearest to it at least 0.033 outside."""
    max_white: float = 0.08
    """Share of white pixels in the face. 27 photographs and drawings were made up to twice as bright, with clipping: up
    to this share the similarity lost 0.02 on average, at 20 % 0.05, above 40 % 0.14 and more. Usual ones have none."""
    max_blur: float = 0.66
    """Limit of `blur`. Sharp faces have 0.36-0.42, sharp but tiny ones up to 0.52; at 0.66 landmarks are off by 3 %."""
    rival_size: float = 0.5
    """A second face this large, relative to the largest, makes the picture ambiguous; smaller ones are bystanders."""
    rival_score: float = 0.25
    """Detector score of a second face; boxes with a lower score are mostly patterns in the background."""


def require_one_face(faces: Sequence[FaceBox], limits: Limits) -> FaceBox:
    """Return the largest face.

    Raises
    ------
    NoFaceError, SeveralFacesError
        If the list is empty, or has a second face of similar size.
    """
    if not faces:
        raise NoFaceError("no face was found; the face must be upright, lit from the front and wholly in the picture")
    largest = max(faces, key=lambda face: face.width)
    rivals = [
        face
        for face in faces
        if face is not largest and face.width >= limits.rival_size * largest.width and face.score >= limits.rival_score
    ]
    if rivals:
        raise SeveralFacesError(
            f"{len(rivals) + 1} faces were found; only the person to be measured may be in the picture"
        )
    return largest


def require_size(points_px: FloatArray, limits: Limits) -> None:
    """Raise FaceTooSmallError if the eyes are too close together.

    Parameters
    ----------
    points_px : (68, 2) float array
        Landmarks, px.
    limits : Limits
        Limits of what can be measured.
    """
    distance = eye_distance_px(points_px)
    if distance < limits.min_eye_distance_px:
        raise FaceTooSmallError(
            f"the eyes are {distance:.0f} px apart and must be {limits.min_eye_distance_px:.0f}; "
            "come nearer or use a larger picture"
        )


def require_inside(points_px: FloatArray, image_size: tuple[int, int], limits: Limits) -> None:
    """Raise FaceCutError if the border of the picture cuts the face.

    The predictor continues a picture beyond its border by repeating the outermost pixels. It then places the missing
    brows or the missing chin outside, and displaces the other landmarks of the face too.

    Parameters
    ----------
    points_px : (68, 2) float array
        Landmarks, px.
    image_size : (int, int)
        Width and height of the picture, px.
    limits : Limits
        Limits of what can be measured.
    """
    left, top = points_px.min(axis=0)
    right, bottom = np.subtract(image_size, 1) - points_px.max(axis=0)
    nearest = {"upper": top, "lower": bottom, "left": left, "right": right}
    side = min(nearest, key=lambda name: nearest[name])
    if nearest[side] < -limits.max_outside * eye_distance_px(points_px):
        raise FaceCutError(
            f"the {side} border of the picture cuts the face; brows, chin and both cheeks must be inside, so move the "
            "camera or the person, or use a picture that is not cropped"
        )


def require_exposed(grey: ImageArray, points_px: FloatArray, limits: Limits) -> None:
    """Raise FaceOverexposedError if too much of a face is white.

    A dim picture is measured with its contrast restored (`analysis.face.landmarks.detector`); what a camera clipped
    cannot be restored.

    Parameters
    ----------
    grey : (H, W) uint8 array
        The picture.
    points_px : (68, 2) float array
        Landmarks, px.
    limits : Limits
        Limits of what can be measured.
    """
    share = white_share(grey, points_px)
    if share > limits.max_white:
        raise FaceOverexposedError(
            f"{share:.0%} of the face is white (at most {limits.max_white:.0%}): the picture is overexposed; dim the "
            "light or shorten the exposure of the camera"
        )


def white_share(grey: ImageArray, points_px: FloatArray) -> float:
    """Return the share of white pixels inside the outline of the landmarks.

    Parameters
    ----------
    grey : (H, W) uint8 array
        The picture.
    points_px : (68, 2) float array
        Landmarks, px.
    """
    low = np.maximum(np.floor(points_px.min(axis=0)).astype(int), 0)
    high = np.ceil(points_px.max(axis=0)).astype(int) + 1
    step = max(1, int((high[1] - low[1]) / _EXPOSURE_ROWS))
    patch = grey[low[1] : high[1] : step, low[0] : high[0] : step]
    if patch.size == 0:
        return 0.0
    inside = np.zeros(patch.shape, dtype=np.uint8)
    outline = cv2.convexHull(((points_px - low) / step).round().astype(np.int32))
    cv2.fillConvexPoly(inside, outline, (1.0,))
    face = patch[inside > 0]
    return float((face >= _WHITE).mean()) if face.size else 0.0


def require_sharp(grey: ImageArray, points_px: FloatArray, limits: Limits) -> float:
    """Return the blur of a face that is sharp enough.

    Parameters
    ----------
    grey : (H, W) uint8 array
        The picture.
    points_px : (68, 2) float array
        Landmarks, px.
    limits : Limits
        Limits of what can be measured.

    Raises
    ------
    FaceBlurredError
        If the face is blurred.
    """
    blurred = blur(grey, points_px)
    if blurred > limits.max_blur:
        raise FaceBlurredError(
            f"the face is blurred ({blurred:.2f}, at most {limits.max_blur:.2f}); hold still and focus the camera"
        )
    return blurred


def blur(grey: ImageArray, points_px: FloatArray) -> float:
    """Return the blur of a face: 0 sharp ... 1 completely blurred.

    Blur the picture once more: a sharp picture loses most of the differences between neighbouring pixels, a blurred one
    few of them [1]_. The measure does not depend on contrast or lighting. The face is first scaled to 64 pixels
    between the brows and the lower lip, so that blur is relative to the face.

    Parameters
    ----------
    grey : (H, W) uint8 array
        The picture.
    points_px : (68, 2) float array
        Landmarks, px.

    References
    ----------
    .. [1] Crété-Roffet, Dolmiere, Ladret & Nicolas, The blur effect: perception and estimation with a new no-reference
       perceptual blur metric, SPIE Electronic Imaging (2007).
    """
    low, high = points_px[17:].min(axis=0), points_px[17:].max(axis=0)
    left, top = np.maximum(np.floor(low).astype(int), 0)
    right, bottom = np.ceil(high).astype(int) + 1
    patch = grey[top:bottom, left:right]
    if min(patch.shape) < 8:
        return 1.0
    size = (max(8, round(64 * patch.shape[1] / patch.shape[0])), 64)
    interpolation = cv2.INTER_AREA if patch.shape[0] > 64 else cv2.INTER_LINEAR
    face = cv2.resize(patch, size, interpolation=interpolation).astype(np.float32)
    worst = 0.0
    for kernel, axis in (((9, 1), 1), ((1, 9), 0)):
        sharp = np.abs(np.diff(face, axis=axis))
        soft = np.abs(np.diff(cv2.blur(face, kernel), axis=axis))
        total = float(sharp.sum())
        if total < 1e-6:
            return 1.0
        worst = max(worst, 1.0 - float(np.maximum(sharp - soft, 0.0).sum()) / total)
    return worst
