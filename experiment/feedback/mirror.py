"""The trainee's mirror image.

Scaled to the display, the newest one and those of the last seconds.
"""

from __future__ import annotations

import threading
from collections import deque

import cv2
import numpy as np

from analysis.face.arrays import ImageArray
from experiment.feedback.training_screen import MIRROR_ASPECT, mirror_height_px
from experiment.ports.camera import CameraFrame
from experiment.ports.clock import Clock

StampedImage = tuple[float, ImageArray]
"""A time and an (H, W, 3) picture."""


def mirror_image(image: ImageArray, display_px: tuple[int, int]) -> ImageArray:
    """Return the middle of a camera picture, scaled to the mirror on the display.

    Scaled in the camera's thread, once a picture: a display without a graphics card takes longer.

    Parameters
    ----------
    image : (H, W, 3) uint8 array
        RGB.
    display_px
        Width and height of the display.

    Returns
    -------
    (h, w, 3) uint8 array
    """
    height, width = image.shape[:2]
    across = min(width, round(height * MIRROR_ASPECT))
    left = (width - across) // 2
    tall = mirror_height_px(display_px)
    size = (round(tall * across / height), tall)
    return np.asarray(cv2.resize(image[:, left : left + across], size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


class MirrorBuffer:
    """Keeps mirror images; the camera's thread adds them, the drawing loop reads them.

    Parameters
    ----------
    display_px
        Width and height of the display.
    kept_s
        How long images are kept.
    clock
        The clock of the session.
    """

    def __init__(self, display_px: tuple[int, int], *, kept_s: float, clock: Clock) -> None:
        self._display_px = display_px
        self._kept_s = kept_s
        self._clock = clock
        self._lock = threading.Lock()
        self._newest: StampedImage | None = None
        self._images: deque[StampedImage] = deque()

    def add(self, frame: CameraFrame) -> None:
        """Add the newest camera frame."""
        image = mirror_image(frame.image, self._display_px)
        with self._lock:
            self._newest = (self._clock.now(), image)
            self._images.append((frame.captured_s, image))
            while self._images[0][0] < frame.captured_s - self._kept_s:
                self._images.popleft()

    @property
    def newest(self) -> StampedImage | None:
        """The newest image and when it was added."""
        with self._lock:
            return self._newest

    def nearest(self, captured_s: float) -> ImageArray | None:
        """Return the kept image whose frame was captured nearest to a time."""
        with self._lock:
            pair = min(self._images, key=lambda pair: abs(pair[0] - captured_s), default=None)
        return None if pair is None else pair[1]
