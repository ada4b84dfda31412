"""Cut a face out of a picture, for showing it."""

from __future__ import annotations

from typing import TypeAlias

from PIL import Image

from analysis.face.arrays import FloatArray, ImageArray

CutBox: TypeAlias = tuple[float, float, float, float]
"""Left, upper, right and lower edge, pixels."""
_ROOM = 2.1
"""Height of what is shown, in heights of the 68 landmarks."""
_FOREHEAD = 0.12
"""Landmarks end at the brows, but the face goes on above them: shift upwards, in heights of what is shown."""


def face_box(points_px: FloatArray, image_px: tuple[int, int], *, aspect: float) -> CutBox:
    """Return the box around a face, inside the picture.

    It is moved, and if it does not fit, made smaller: nothing beyond the edges of the picture is shown.

    Parameters
    ----------
    points_px : (68, 2) float array
        Landmarks.
    image_px : (int, int)
        Width and height of the picture.
    aspect : float
        Width of the box divided by its height.
    """
    height = float(points_px[:, 1].max() - points_px[:, 1].min()) * _ROOM
    height = min(height, image_px[1], image_px[0] / aspect)
    width = height * aspect
    x, y = points_px.mean(axis=0).tolist()
    return _box(_inside(x, width, image_px[0]), _inside(y - _FOREHEAD * height, height, image_px[1]), width, height)


def middle_box(image_px: tuple[int, int], *, aspect: float) -> CutBox:
    """Return the largest box in the middle of a picture without a found face.

    Parameters
    ----------
    image_px : (int, int)
        Width and height of the picture.
    aspect : float
        Width of the box divided by its height.
    """
    width, height = image_px
    high = min(height, width / aspect)
    return _box(width / 2, height / 2, high * aspect, high)


def cut_out(image: ImageArray, box: CutBox, size_px: tuple[int, int]) -> Image.Image:
    """Return the content of a box, scaled.

    Parameters
    ----------
    image : (H, W, 3) uint8 array
        The picture.
    box : tuple of float
        What to cut out.
    size_px : (int, int)
        Width and height of the result.
    """
    picture = Image.fromarray(image)
    if box[3] - box[1] > 2 * size_px[1]:  # strong reduction needs averaging against aliasing
        left, upper, right, lower = (round(edge) for edge in box)
        return picture.crop((left, upper, right, lower)).resize(size_px, Image.Resampling.LANCZOS)
    return picture.transform(size_px, Image.Transform.EXTENT, box, resample=Image.Resampling.BICUBIC)


def _box(x: float, y: float, width: float, height: float) -> CutBox:
    return (x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def _inside(middle: float, size: float, available: int) -> float:
    """Return the middle moved so that the box stays inside the picture, if it fits."""
    return min(max(middle, size / 2), available - size / 2) if size <= available else available / 2
