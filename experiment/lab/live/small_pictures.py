"""Small JPEG pictures, made without Python's lock so that drawing goes on."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH_PX = 320
QUALITY = 70


def small_jpeg(image: NDArray[np.uint8]) -> bytes:
    """Return a picture as a JPEG of at most `WIDTH_PX` pixels width.

    Parameters
    ----------
    image
        (H, W, 3) RGB or (H, W, 4) RGBA; transparent pixels become black.
    """
    height, width = image.shape[:2]
    factor = min(1.0, WIDTH_PX / width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if factor < 1 else image
    if small.shape[2] == 4:
        small = (small[:, :, :3] * (small[:, :, 3:] / 255.0)).astype(np.uint8)
    done, jpeg = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    assert done
    return jpeg.tobytes()
