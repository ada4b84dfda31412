"""A measurer that reads its numbers out of the picture's colour, and one that misbehaves on request."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analysis.face.arrays import ImageArray
from analysis.face.errors import FaceModelError, NoFaceError
from experiment.feedback.hint_forecast import Hint, possible_hints
from experiment.feedback.messages import FAULTS, LiveReading, LiveTarget, MeasurerInfo
from experiment.ports.camera import CameraFrame
from experiment.protocol.language.texts import program_texts
from experiment.protocol.plan import (
    CameraSettings,
    DisplaySettings,
    Feedback,
    Hold,
    SessionPlan,
    Target,
    Trial,
)

UNITS = ("browInnerUp", "jawOpen", "mouthSmileLeft", "mouthSmileRight", "tongueOut")
TARGET = LiveTarget(intensities=np.array([0.0, 0.0, 0.8, 0.8, 0.0]), emotions=np.array([0.0, 0.0, 0.0, 0.9, 0.0, 0.0]))
_UPWARDS = np.zeros((68, 2))
_UPWARDS[48] = (0.0, -0.1)
INFO = MeasurerInfo(
    UNITS,
    possible_hints(UNITS, hidden=frozenset({"tongueOut"})),
    {"smile": TARGET, "other": TARGET},
    dict.fromkeys(UNITS, _UPWARDS),
)
PLACES = np.zeros((68, 2))
"""All landmarks in the middle of the picture, but the outer corners of the eyes."""
PLACES[[36, 45], 0] = -0.2, 0.2

KILL, HANG = 250, 251
"""Blue values of a picture that end or hang the measuring process."""


class ColourMeasurer:
    """Similarity is the red of the picture in percent; green, if not 0, is the number of a fault plus one.

    Blue, if from 1 to 100, is how distinct the face is in percent; a face is distinct otherwise.
    """

    def __init__(self) -> None:
        self.info = INFO
        self.calibrated = 0.0

    def calibrate(self, neutrals: Sequence[ImageArray]) -> None:
        if not neutrals:
            raise NoFaceError("no face was found in the calibration frames")
        self.calibrated = len(neutrals) / 100.0

    def set_target(self, target: str | None, *, want_distance: bool, want_forecast: bool) -> None:
        self.target, self.want_distance, self.want_forecast = target, want_distance, want_forecast

    def measure(self, image: ImageArray) -> LiveReading:
        red, green, blue = (int(value) for value in image[0, 0])
        if blue == KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        if blue == HANG:
            time.sleep(600)
        if green:
            return LiveReading(FAULTS[green - 1])
        intensities = np.array([0.0, 0.0, red / 100.0, red / 100.0, 0.0])
        distance = np.full((300, 240, 3), red, dtype=np.uint8) if self.want_distance else None
        forecast = np.array([_gain(hint, red / 100.0) for hint in INFO.hints]) if self.want_forecast else None
        distinct = blue / 100.0 if 0 < blue <= 100 else 1.0
        return LiveReading(
            None,
            red / 100.0,
            self.calibrated,
            distinct,
            intensities,
            distance=distance,
            forecast=forecast,
            places=PLACES if self.want_forecast else None,
        )


def _gain(hint: Hint, smile: float) -> float:
    """By how much a hint brings a smile nearer to the one of `TARGET`."""
    if hint.movement != "mouthSmile":
        return 0.0
    made = hint.amount * len(hint.units) / 2.0
    return abs(0.8 - smile) - abs(0.8 - smile - made)


@dataclass(frozen=True)
class ColourMeasurerFactory:
    def __call__(self) -> ColourMeasurer:
        return ColourMeasurer()


@dataclass(frozen=True)
class MissingModelFactory:
    def __call__(self) -> Any:
        raise FaceModelError("the face model is missing; run scripts/setup")


def frame(index: int, time_s: float, *, similarity: int = 50, fault: str | None = None, blue: int = 0) -> CameraFrame:
    green = 0 if fault is None else [str(name) for name in FAULTS].index(fault) + 1
    image = np.empty((48, 64, 3), dtype=np.uint8)
    image[...] = (similarity, green, blue)
    return CameraFrame(index, time_s, "simulated", image)


def plan_of(*trials: Trial, language: str = "en") -> SessionPlan:
    return SessionPlan(
        task="training",
        title="Training",
        participant="01",
        session=None,
        seed=1,
        language=language,
        display=DisplaySettings((1440, 900), 60.0, 50.0, False, "black"),
        camera=CameraSettings((640, 480), 30.0, 5, 5),
        pause_key="escape",
        steps=trials,
        targets=tuple(trial.target for trial in trials),
        protocol_file=Path("training.yaml"),
        protocol_text="",
        protocol_sha256="0" * 64,
        texts=program_texts(language, {}),
    )


EVERYTHING = Feedback(units=True)


def trial_of(
    picture: Path, *, feedback: Feedback | None = EVERYTHING, hold: Hold | None = None, target: str = "smile"
) -> Trial:
    return Trial(
        id="t1",
        block="level-1",
        kind="training",
        index=0,
        target=Target(target, picture, "happiness"),
        fixation_frames=30,
        target_frames=None,
        timeout_frames=3600,
        inter_trial_frames=30,
        feedback=feedback,
        hold=hold,
    )
