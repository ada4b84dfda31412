"""What a live measurement says about one camera frame, as values, and their form in shared memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.models.emotions import EMOTIONS
from experiment.feedback.hint_forecast import Change
from experiment.feedback.shared_memory import Slot

Trouble = Literal["no-face", "several-faces", "too-small", "turned", "blurred", "fit", "dark"]
"""Why a frame could not be measured: the ``reason`` of `analysis.face.errors`, or ``dark`` where no face can be seen
because hardly any light reaches the camera."""
TROUBLES: tuple[Trouble, ...] = ("no-face", "several-faces", "too-small", "turned", "blurred", "fit", "dark")

MAX_UNITS = 64
MAX_CHANGES = 384
MAX_SIDE_PX = 640
"""Frames travel and are measured at this size at most; the longer side."""
DISTANCE_SIZE_PX = (300, 240)
"""Height and width of the picture of the coloured face."""


@dataclass(frozen=True, slots=True, eq=False)
class LiveReading:
    """One frame, measured against the target that is aimed at. Nothing in it is smoothed."""

    trouble: Trouble | None
    """Why there is no measurement; then all numbers are 0."""
    similarity: float = 0.0
    """-1..1, as the tables of the analysis have it."""
    intensity: float = 0.0
    """Strength of the trainee's movement over the target's; 1 is as strong."""
    distinct: float = 1.0
    """1 for a face that moves more than faces at rest seem to, less for others, 0 for one that does not move: there the
    similarity is mostly noise."""
    units: FloatArray = field(default_factory=lambda: np.zeros(0))
    """(U,) 0..1."""
    emotions: FloatArray = field(default_factory=lambda: np.zeros(len(EMOTIONS)))
    """(6,) 0..1, in the order of `EMOTIONS`."""
    distance: ImageArray | None = None
    """The fitted face, coloured by its distance to the target; None if nobody asked for it."""
    promises: FloatArray | None = None
    """(C,) by how much each of the scene's changes would raise the similarity; None if nobody asked for it."""


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """A reading with its history. Times are seconds on the clock of the session."""

    reading: LiveReading
    target: str | None
    """What was aimed at."""
    frame: int
    """`CameraFrame.index`."""
    frame_time_s: float
    """When the camera took it."""
    offered_s: float
    """When it was put where the measuring process finds it."""
    started_s: float
    finished_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Goal:
    """A target as it was measured, to draw its bars and to word hints."""

    units: FloatArray
    """(U,) 0..1."""
    emotions: FloatArray
    """(6,) 0..1."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What a measurer knows before the first frame."""

    unit_names: tuple[str, ...]
    changes: tuple[Change, ...]
    """What hints can ask for; nothing that the landmarks cannot see."""
    goals: Mapping[str, Goal]
    """By name of the target."""


class Measurer(Protocol):
    """Turns pictures into readings. Lives in the measuring process; made there by a factory that can be pickled."""

    @property
    def scene(self) -> Scene:
        """What is known before the first frame."""
        ...

    def calibrate(self, neutrals: Sequence[ImageArray]) -> None:
        """Take these pictures for the trainee's face at rest.

        Raises
        ------
        AnalysisError
            If no face can be measured in them.
        """
        ...

    def aim(self, target: str | None, *, want_distance: bool, want_promises: bool) -> None:
        """Measure against this target from now on."""
        ...

    def measure(self, image: ImageArray) -> LiveReading:
        """Measure one RGB picture."""
        ...


class MeasurerFactory(Protocol):
    """Makes a measurer; called in the measuring process."""

    def __call__(self) -> Measurer:
        """Load what is needed; raises `AnalysisError` if that is not there."""
        ...


FRAME_DTYPE = np.dtype(
    [
        ("index", np.int64),
        ("time_s", np.float64),
        ("offered_s", np.float64),
        ("height", np.int64),
        ("width", np.int64),
        ("pixels", np.uint8, (MAX_SIDE_PX * MAX_SIDE_PX * 3,)),
    ]
)
_DISTANCE_SHAPE = (*DISTANCE_SIZE_PX, 3)
MEASUREMENT_DTYPE = np.dtype(
    [
        ("frame", np.int64),
        ("aim", np.int64),
        ("times_s", np.float64, (4,)),
        ("trouble", np.int64),
        ("similarity", np.float64),
        ("intensity", np.float64),
        ("distinct", np.float64),
        ("unit_count", np.int64),
        ("units", np.float64, (MAX_UNITS,)),
        ("emotions", np.float64, (len(EMOTIONS),)),
        ("promise_count", np.int64),
        ("promises", np.float64, (MAX_CHANGES,)),
        ("has_distance", np.int64),
        ("distance", np.uint8, _DISTANCE_SHAPE),
    ]
)


def write_frame(slot: Slot, image: ImageArray, *, index: int, time_s: float, offered_s: float) -> None:
    """Fill a slot of `FRAME_DTYPE`; the picture is (H, W, 3), no side longer than `MAX_SIDE_PX`."""
    height, width = image.shape[:2]
    slot["index"], slot["time_s"], slot["offered_s"] = index, time_s, offered_s
    slot["height"], slot["width"] = height, width
    slot["pixels"][: image.size].reshape(image.shape)[...] = image


def read_image(slot: Slot) -> ImageArray:
    """The (H, W, 3) picture in a slot of `FRAME_DTYPE`; a view that lives as long as the slot is ours."""
    height, width = int(slot["height"]), int(slot["width"])
    image: ImageArray = slot["pixels"][: height * width * 3].reshape(height, width, 3)
    return image


def write_measurement(slot: Slot, measurement: Measurement, *, aim: int) -> None:
    """Fill a slot of `MEASUREMENT_DTYPE`; ``aim`` numbers what was aimed at."""
    reading = measurement.reading
    slot["frame"], slot["aim"] = measurement.frame, aim
    slot["times_s"][:] = (
        measurement.frame_time_s,
        measurement.offered_s,
        measurement.started_s,
        measurement.finished_s,
    )
    slot["trouble"] = -1 if reading.trouble is None else TROUBLES.index(reading.trouble)
    slot["similarity"], slot["intensity"] = reading.similarity, reading.intensity
    slot["distinct"] = reading.distinct
    slot["unit_count"] = len(reading.units)
    slot["units"][: len(reading.units)] = reading.units
    slot["emotions"][:] = reading.emotions
    promised = np.zeros(0) if reading.promises is None else reading.promises
    slot["promise_count"] = -1 if reading.promises is None else len(promised)
    slot["promises"][: len(promised)] = promised
    slot["has_distance"] = reading.distance is not None
    if reading.distance is not None:
        slot["distance"][...] = reading.distance


def read_measurement(slot: Slot, *, target: str | None) -> Measurement:
    """A copy of what is in a slot of `MEASUREMENT_DTYPE`; the caller knows what was aimed at."""
    values: Any = slot
    frame_time_s, offered_s, started_s, finished_s = (float(time_s) for time_s in values["times_s"])
    trouble, promised = int(values["trouble"]), int(values["promise_count"])
    reading = LiveReading(
        trouble=None if trouble < 0 else TROUBLES[trouble],
        similarity=float(values["similarity"]),
        intensity=float(values["intensity"]),
        distinct=float(values["distinct"]),
        units=values["units"][: int(values["unit_count"])].copy(),
        emotions=values["emotions"].copy(),
        distance=values["distance"].copy() if values["has_distance"] else None,
        promises=values["promises"][:promised].copy() if promised >= 0 else None,
    )
    return Measurement(reading, target, int(values["frame"]), frame_time_s, offered_s, started_s, finished_s)
