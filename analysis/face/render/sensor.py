"""Blur and noise of a camera."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from analysis.face.arrays import ImageArray
from analysis.face.render.scene import Sensor

_TILES = 8
_SHIFT = 97


class SensorNoise:
    """Noise of the frames of one camera; it is drawn once, so that adding it is fast.

    Frame ``k`` gets tile ``k mod 8`` of the noise, shifted by an amount that depends on ``k``. So neighbouring frames
    have independent noise, and the pattern repeats only after hundreds of frames.

    Parameters
    ----------
    sensor : Sensor
        Strength of blur and noise.
    width_px, height_px : int
        Size of the pictures.
    seed : int
        The same seed gives the same noise.
    """

    def __init__(self, sensor: Sensor, width_px: int, height_px: int, *, seed: int) -> None:
        self._sensor = sensor
        self._tiles: list[NDArray[np.int16]] = []
        if sensor.noise > 0:
            rng = np.random.default_rng(seed)
            for _ in range(_TILES):
                luma = rng.normal(0, sensor.noise, (height_px, width_px, 1)).astype(np.float32)
                chroma = rng.normal(0, sensor.noise * 0.5, (height_px, width_px, 3)).astype(np.float32)
                self._tiles.append(np.round(luma + chroma).astype(np.int16))

    def expose(self, picture: ImageArray, index: int = 0) -> ImageArray:
        """Return the picture with blur and noise.

        Parameters
        ----------
        picture : (H, W, 3) uint8 array
            RGB.
        index : int
            Number of the frame.
        """
        return self.add(blurred(picture, self._sensor), index)

    def add(self, picture: ImageArray, index: int) -> ImageArray:
        """Return a picture that is blurred already, with noise.

        Parameters
        ----------
        picture : (H, W, 3) uint8 array
            RGB, result of `blurred`.
        index : int
            Number of the frame.
        """
        if not self._tiles:
            return picture
        tile = self._tiles[index % _TILES]
        rolled = np.roll(tile, (index // _TILES) * _SHIFT % tile.shape[1], axis=1) if index >= _TILES else tile
        return np.asarray(cv2.add(picture, rolled, dtype=cv2.CV_8U), dtype=np.uint8)


def blurred(picture: ImageArray, sensor: Sensor) -> ImageArray:
    """Return a picture with the blur of a camera, without its noise.

    Parameters
    ----------
    picture : (H, W, 3) uint8 array
        RGB.
    sensor : Sensor
        Strength of the blur.
    """
    if sensor.blur_px <= 0:
        return picture
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sensor.blur_px), dtype=np.uint8)
