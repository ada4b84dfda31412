"""Load the targets that move, and keep as many of them as fit in memory."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from analysis.face.clips import read_clip, read_sound
from analysis.face.errors import ImageError
from experiment.errors import DisplayError
from experiment.protocol.plan import Motion, Target
from experiment.screens.moving_picture import MovingPicture

Samples = NDArray[np.float32]
SOUND_RATE_HZ = 48_000
"""Samples per second of all sounds that are played."""
MOST_BYTES = 1 << 30
"""Memory for the frames of all moving targets that are kept; the least recently used one is removed first."""


def load_motion(motion: Motion, *, height_px: int, background: str) -> MovingPicture:
    """Read the frames of a target that moves.

    Parameters
    ----------
    motion
        The film, or the rendered course.
    height_px
        Height of the target on the display, px; higher frames are reduced to it.
    background
        Colour of the screen, behind transparent pixels.

    Raises
    ------
    DisplayError
        If the file cannot be read.
    """
    try:
        clip = read_clip(motion.file, height_px=height_px, background=background)
    except ImageError as error:
        raise DisplayError(str(error)) from error
    return MovingPicture(clip.frames, clip.times_s, clip.duration_s)


class MovingTargets:
    """Moving pictures of targets, loaded at their first use.

    Parameters
    ----------
    display_height_px
        Height of the display, px.
    background
        Colour of the screen.
    most_bytes
        Memory for the frames that are kept.
    """

    def __init__(self, display_height_px: int, background: str, *, most_bytes: int = MOST_BYTES) -> None:
        self._display_height_px = display_height_px
        self._background = background
        self._most_bytes = most_bytes
        self._kept: OrderedDict[tuple[Motion, float], MovingPicture] = OrderedDict()
        self._sounds: dict[Motion, Samples] = {}

    @property
    def free_bytes(self) -> int:
        """Memory that is left, bytes."""
        return self._most_bytes - sum(one.size_bytes for one in self._kept.values())

    def has(self, target: Target) -> bool:
        """Return whether a target can be shown without reading a file."""
        return target.motion is None or (target.motion, target.height) in self._kept

    def sound_of(self, target: Target) -> Samples | None:
        """Return the sound of a target that was loaded; None if it has none."""
        return None if target.motion is None else self._sounds.get(target.motion)

    def of(self, target: Target) -> MovingPicture | None:
        """Return the moving picture of a target; None if the target does not move.

        Raises
        ------
        DisplayError
            If its file cannot be read.
        """
        if target.motion is None:
            return None
        key = target.motion, target.height
        if key not in self._kept:
            height_px = round(target.height * self._display_height_px)
            picture = load_motion(target.motion, height_px=height_px, background=self._background)
            while self._kept and picture.size_bytes > self.free_bytes:
                self._kept.popitem(last=False)
            self._kept[key] = picture
            if target.motion.sound and target.motion not in self._sounds:
                self._sounds[target.motion] = _load_sound(target.motion)
        self._kept.move_to_end(key)
        return self._kept[key]


def _load_sound(motion: Motion) -> Samples:
    try:
        return read_sound(motion.file, rate_hz=SOUND_RATE_HZ)
    except ImageError as error:
        raise DisplayError(str(error)) from error
