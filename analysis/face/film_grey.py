"""The grey values of films, and of pictures that films are compared with.

Videos store luma and colour apart, so the grey picture is in the file: converting it to RGB and back takes longer than
decoding it. Luma is a weighted sum of red, green and blue, and the weights differ between standards [1]_ [2]_.
Landmarks differ by up to 0.5 % of the eye distance between the two, so a picture of the face at rest is converted with
the weights of its film.

References
----------
.. [1] ITU-R BT.601-7 (2011), section 2.5.1.
.. [2] ITU-R BT.709-6 (2015), section 3.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import av
import cv2
import numpy as np

from analysis.face.arrays import ImageArray
from analysis.face.images import as_rgb

Luma: TypeAlias = Literal["bt601", "bt709"]
"""The standard whose weights a grey picture has."""

SESSION_LUMA: Luma = "bt709"
"""That of the films of sessions."""
_WEIGHTS: dict[Luma, tuple[float, float, float]] = {"bt601": (0.299, 0.587, 0.114), "bt709": (0.2126, 0.7152, 0.0722)}
_BT709, _FULL_RANGE = 1, 2
"""Numbers of colour matrix and range in the header of a video."""
_PLANAR = ("yuv420p", "yuv422p", "yuv444p", "nv12", "yuvj420p", "yuvj422p", "yuvj444p")
"""Formats whose first plane is the luma, 8 bits; those with a j have the full range."""
_BLACK, _STEPS = 16, 219
"""Luma of black in the limited range, and steps from there to white."""
_TO_FULL = np.clip(np.rint((np.arange(256) - _BLACK) * (255.0 / _STEPS)), 0, 255).astype(np.uint8)


def luma_of(frame: av.VideoFrame) -> Luma:
    """Return the weights of the luma of a video frame.

    They are those of BT.601 unless the file states BT.709.
    """
    return "bt709" if frame.colorspace == _BT709 else "bt601"


def grey_of_frame(frame: av.VideoFrame) -> ImageArray:
    """Return the (H, W) luma of a decoded video frame, 0 black ... 255 white.

    The same as `grey_of_picture` of the frame in RGB, except for rounding.
    """
    name = frame.format.name
    if name not in _PLANAR:
        return grey_of_picture(np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8), luma_of(frame))
    plane = frame.planes[0]
    content: Any = plane
    rows = np.frombuffer(content, dtype=np.uint8).reshape(-1, plane.line_size)
    luma = rows[: frame.height, : frame.width]
    if name.startswith("yuvj") or frame.color_range == _FULL_RANGE:
        return luma.copy()
    return np.asarray(cv2.LUT(luma, _TO_FULL), dtype=np.uint8)


def grey_of_picture(image: ImageArray, luma: Luma) -> ImageArray:
    """Return the (H, W) luma of an RGB picture; a grey one unchanged.

    Parameters
    ----------
    image : (H, W), (H, W, 3) or (H, W, 4) uint8 array
        A fourth channel is ignored.
    luma : Luma
        Which weights.

    Raises
    ------
    ImageError
        If the array is not a picture.
    """
    if image.ndim == 2:
        return np.ascontiguousarray(image)
    return np.asarray(cv2.transform(as_rgb(image), np.array([_WEIGHTS[luma]])), dtype=np.uint8)
