"""Messages between a session and its measuring process, as values.

`experiment.feedback.shared_memory` has the form of frames and measurements in shared memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

import cv2
import numpy as np

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.models.emotions import EMOTIONS
from experiment.feedback.hint_forecast import Hint

Fault = Literal["no-face", "several-faces", "too-small", "cut", "overexposed", "turned", "blurred", "fit", "dark"]
"""Why a frame cannot be measured: the ``reason`` of `analysis.face.errors`; ``dark`` if there is too little light."""
FAULTS: tuple[Fault, ...] = get_args(Fault)

MAX_SIDE_PX = 640
"""Longer side of a measured frame, at most."""
DISTANCE_SIZE_PX = (300, 240)
"""Height and width of the picture of the coloured face."""


@dataclass(frozen=True, slots=True, eq=False)
class LiveReading:
    """One frame, measured against the present target. Nothing is smoothed."""

    fault: Fault | None
    """Why the frame is not measured; then all numbers are 0."""
    similarity: float = 0.0
    """-1..1, as in the tables of the analysis."""
    intensity_ratio: float = 0.0
    """Strength of the trainee's movement over the target's; 1 means equal."""
    distinct: float = 1.0
    """0..1: 1 for a face that clearly moves. The similarity of a face at rest is mostly noise."""
    intensities: FloatArray = field(default_factory=lambda: np.zeros(0))
    """(U,) 0..1, strengths of the units."""
    emotions: FloatArray = field(default_factory=lambda: np.zeros(len(EMOTIONS)))
    """(6,) 0..1, in the order of `EMOTIONS`."""
    distance: ImageArray | None = None
    """The fitted face, coloured by its distance to the target; None if not requested."""
    forecast: FloatArray | None = None
    """(H,) gain in similarity of each hint of `MeasurerInfo.hints`; None if not requested."""
    places: FloatArray | None = None
    """(68, 2) landmarks, `hint_arrows.Places`; None if no forecast was requested."""


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """A reading with its history. Times are seconds on the clock of the session."""

    reading: LiveReading
    target: str | None
    """Name of the target it was measured against."""
    frame: int
    """`CameraFrame.index`."""
    captured_s: float
    """When the camera captured the frame."""
    offered_s: float
    """When the frame was put into shared memory."""
    started_s: float
    finished_s: float


@dataclass(frozen=True, slots=True, eq=False)
class LiveTarget:
    """A measured target face."""

    intensities: FloatArray
    """(U,) 0..1, strengths of the units."""
    emotions: FloatArray
    """(6,) 0..1."""


@dataclass(frozen=True, slots=True, eq=False)
class MeasurerInfo:
    """What a measurer reports before its first frame."""

    unit_names: tuple[str, ...]
    hints: tuple[Hint, ...]
    """All hints that can be given; none for units that the landmarks cannot show."""
    targets: Mapping[str, LiveTarget]
    """By name."""
    motions: Mapping[str, FloatArray] = field(default_factory=dict)
    """How each unit moves the landmarks, (68, 2) each (`hint_arrows.landmark_motions`)."""


@dataclass(frozen=True, slots=True, eq=False)
class Calibrate:
    """Command: take these pictures as the trainee's neutral face."""

    neutrals: tuple[ImageArray, ...]


@dataclass(frozen=True, slots=True)
class SetTarget:
    """Command: measure against this target from now on."""

    number: int
    """Counts the commands; measurements carry it back."""
    target: str | None
    want_distance: bool = False
    want_forecast: bool = False


@dataclass(frozen=True, slots=True)
class Calibrated:
    """Answer to `Calibrate`."""

    fault: str
    """Why the calibration failed; empty if it did not."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Answer of a process that cannot measure."""

    fault: str


def shrink_image(image: ImageArray) -> ImageArray:
    """Return the picture with its longer side at most `MAX_SIDE_PX`.

    Parameters
    ----------
    image : (H, W, 3) uint8 array
        RGB.

    Returns
    -------
    (h, w, 3) uint8 array
        The same array if it is small enough.
    """
    height, width = image.shape[:2]
    longest = max(height, width)
    if longest <= MAX_SIDE_PX:
        return image
    size = (round(width * MAX_SIDE_PX / longest), round(height * MAX_SIDE_PX / longest))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
