"""Photograph a photograph again: turned, smaller, other light, more noise.

A second picture of a real face at rest shows the noise of the detector. The face is the same, so this noise is a lower
bound.
"""

from __future__ import annotations

import cv2
import numpy as np

from analysis.face.arrays import ImageArray

_TURN_DEG = 4.0
_SHRINK = (0.6, 0.95)
_GAMMA = (0.75, 1.3)
_NOISE = 4.0
_QUALITY = (70, 95)


def rephotograph(image: ImageArray, rng: np.random.Generator) -> ImageArray:
    """Return another (H', W', 3) picture of a photographed face.

    Parameters
    ----------
    image : (H, W, 3) uint8 array
        The photograph.
    rng : Generator
        Source of random numbers.
    """
    height, width = image.shape[:2]
    shrink = rng.uniform(*_SHRINK)
    size = (round(width * shrink), round(height * shrink))
    turn = cv2.getRotationMatrix2D((width / 2.0, height / 2.0), rng.uniform(-_TURN_DEG, _TURN_DEG), 1.0)
    turned = cv2.warpAffine(image, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    smaller = cv2.resize(turned, size, interpolation=cv2.INTER_AREA).astype(np.float64)
    lit = 255.0 * (smaller / 255.0) ** rng.uniform(*_GAMMA)
    noisy = np.clip(np.round(lit + rng.normal(0.0, _NOISE, lit.shape)), 0, 255).astype(np.uint8)
    _, data = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(*_QUALITY))])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)
