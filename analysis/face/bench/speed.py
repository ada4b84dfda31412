"""Time every stage of a measurement.

Other programs may run on the machine. So every round times every stage, and the result is the median over rounds: a
disturbance affects all stages. Processor time is given next to elapsed time; they differ if other programs used the
processor. The figures are for one core; the command line limits all libraries to one thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.bench.eos_py import EosPy
from analysis.face.errors import AnalysisError
from analysis.face.fitting.covariance_refit import refit
from analysis.face.fitting.emotion_responses import fit_emotions
from analysis.face.fitting.eos import fit_eos
from analysis.face.fitting.fit import calibrate_identity, fit_expression
from analysis.face.fitting.fitted_face import FittedFace, Identity
from analysis.face.images import as_grey
from analysis.face.landmarks.detector import LandmarkDetector
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.landmarks.mirror import detect_with_mirror
from analysis.face.landmarks.tracker import LandmarkTracker
from analysis.face.measurement import BOXES
from analysis.face.models.front import front_of
from analysis.face.models.model import FaceModel
from analysis.face.render.scene import HeadPose, Scene, Sensor
from analysis.face.synthetic.actors import Actor, draw_photographs
from analysis.face.synthetic.people import Person, Photograph
from analysis.progress import Progress, no_progress

FRAMES, ROUNDS = 20, 11
_NEUTRALS = 5
_REPEATS = 5
"""Runs of a short stage in one round."""

STAGES: Mapping[str, str] = {
    "landmark_ms": "68 landmarks of a face at a roughly known position",
    "detect_ms": "detection of the face in a frame of a clip",
    "still_ms": "landmarks of a still picture: thorough detection, three boxes, mirror image",
    "calibrate_ms": "identity from five neutral pictures",
    "fit_ms": "calibrated expression fit of one picture, 43 units",
    "fit_next_ms": "the same, started from the previous frame",
    "refit_ms": "refit of pose and units with the covariance of the detector, for scores",
    "emotion_fit_ms": "six emotions from the refitted units",
    "eos_method_ms": "our port of the eos method: fixed landmarks, six emotions, 5 iterations",
    "eos_fit_ms": "eos-py fit_shape_and_pose with contour landmarks, same face, six emotions, 5 iterations",
    "eos_fixed_fit_ms": "eos-py fit_shape_and_pose with fixed landmarks only",
    "tracked_frame_ms": "a 640x480 frame to coefficients, tracking (detection in every tenth)",
    "detected_frame_ms": "the same with detection in every frame",
}
"""The description of each figure."""


@dataclass(frozen=True, slots=True, eq=False)
class SpeedFigures:
    """Milliseconds of every stage."""

    rounds_ms: Mapping[str, FloatArray]
    """(rounds, 2) elapsed time and processor time of each of `STAGES`; without those of eos-py if it is not
    installed."""

    def median_ms(self, stage: str) -> float:
        """Return the median elapsed time."""
        return float(np.median(self.rounds_ms[stage][:, 0]))

    def processor_ms(self, stage: str) -> float:
        """Return the median processor time."""
        return float(np.median(self.rounds_ms[stage][:, 1]))

    @property
    def speedup_over_eos(self) -> float | None:
        """Processor time of eos-py relative to our calibrated fit; None without eos-py.

        Other programs interrupt the longer of the two more often, so elapsed time would be biased.
        """
        if "eos_fit_ms" not in self.rounds_ms:
            return None
        return self.processor_ms("eos_fit_ms") / self.processor_ms("fit_ms")


def clip(model: FaceModel, *, frames: int = FRAMES) -> tuple[list[ImageArray], list[ImageArray]]:
    """Return 640x480 pictures of one person at rest, and of a clip of one smile."""
    scene = Scene(sensor=Sensor(noise=2.0, blur_px=0.6))
    still = np.zeros(len(model.bases["units"].names))
    smile = np.array(
        [0.9 * ("mouthSmile" in name) + 0.5 * ("cheekSquint" in name) for name in model.bases["units"].names]
    )
    phase = np.linspace(0.0, 2.0 * np.pi, frames, endpoint=False)
    person = Person("mean face", np.zeros(len(model.identity)), scene)
    rest = tuple(
        Photograph(person, "neutral", still, _turned(scene, turn), frame=frame)
        for frame, turn in enumerate(np.linspace(-0.4, 0.4, _NEUTRALS))
    )
    smiling = tuple(
        Photograph(person, "smile", smile * np.sin(angle / 2.0) ** 2, _turned(scene, np.sin(angle)), frame=frame)
        for frame, angle in enumerate(phase)
    )
    [(_, neutrals, takes)] = draw_photographs(model, [Actor(rest, smiling)])
    return neutrals, takes


def measure_speed(model: FaceModel, *, rounds: int = ROUNDS, progress: Progress = no_progress) -> SpeedFigures:
    """Time every stage once a round.

    Parameters
    ----------
    model : FaceModel
        The face model.
    rounds : int
        Number of rounds.
    progress : Progress
        Progress reporting hook.
    """
    cv2.setNumThreads(1)
    neutrals, frames = clip(model)
    stages = _stages(model, neutrals, frames)
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in stages}
    for stage in stages.values():
        stage.run()  # load weights and models, fill caches
    for _ in progress(range(rounds), total=rounds, title="Timing"):
        for name, stage in stages.items():
            taken[name].append(stage.time_ms())
    return SpeedFigures({name: np.array(values) for name, values in taken.items()})


@dataclass(frozen=True, slots=True)
class _Stage:
    run: Callable[[], object]
    repeats: int = 1
    """Runs in one round; the result is their median."""
    frames: int = 1
    """Frames of one run."""

    def time_ms(self) -> tuple[float, float]:
        """Elapsed and processor time of one frame."""
        taken = []
        for _ in range(self.repeats):
            start, worked = time.perf_counter(), time.process_time()
            self.run()
            taken.append((time.perf_counter() - start, time.process_time() - worked))
        passed, busy = 1000.0 * np.median(taken, axis=0) / self.frames
        return float(passed), float(busy)


def _stages(model: FaceModel, neutrals: list[ImageArray], frames: list[ImageArray]) -> dict[str, _Stage]:
    detector = LandmarkDetector()
    at_rest = [detector.detect(image) for image in neutrals]
    detected = [detector.detect(image) for image in frames]
    identity = calibrate_identity(at_rest, model)
    middle = len(frames) // 2  # the smile at its strongest
    before = fit_expression(detected[middle - 1], model, identity)
    grey, face = as_grey(frames[middle]), detected[middle]
    thorough = LandmarkDetector(boxes=BOXES)
    stages = {
        "landmark_ms": _Stage(lambda: detector.landmarks_near(grey, face.points_px), _REPEATS),
        "detect_ms": _Stage(lambda: detector.find_face(grey, thorough=False), _REPEATS),
        "still_ms": _Stage(lambda: detect_with_mirror(thorough, frames[middle])),
        "calibrate_ms": _Stage(lambda: calibrate_identity(at_rest, model)),
        "fit_ms": _Stage(lambda: fit_expression(face, model, identity), _REPEATS),
        "fit_next_ms": _Stage(lambda: fit_expression(face, model, identity, start=before), _REPEATS),
        "refit_ms": _Stage(lambda: refit(before, face, model), _REPEATS),
        "emotion_fit_ms": _Stage(lambda: fit_emotions(before, before, face, model), _REPEATS),
        "eos_method_ms": _Stage(lambda: fit_eos(face.points_px, model), _REPEATS),
        "tracked_frame_ms": _Stage(_Measurer(model, identity, frames, every=10).run, frames=len(frames)),
        "detected_frame_ms": _Stage(_Measurer(model, identity, frames, every=1).run, frames=len(frames)),
    }
    return stages | _eos_stages(model, face)


def _eos_stages(model: FaceModel, face: Landmarks) -> dict[str, _Stage]:
    """Return the stages of eos-py; its contour search is slow on more than the front."""
    try:
        eos = EosPy(front_of(model))
    except AnalysisError:
        return {}
    return {
        "eos_fit_ms": _Stage(lambda: eos.fit(face, contour=True)),
        "eos_fixed_fit_ms": _Stage(lambda: eos.fit(face, contour=False)),
    }


class _Measurer:
    """Measures a clip forwards and backwards in turn, so that the face never jumps."""

    def __init__(self, model: FaceModel, identity: Identity, frames: list[ImageArray], *, every: int) -> None:
        self._model, self._identity = model, identity
        self._tracker = LandmarkTracker(redetect_every=every)
        self._frames = list(frames)
        self._before: FittedFace | None = None

    def run(self) -> None:
        for frame in self._frames:
            landmarks = self._tracker.update(frame)
            self._before = fit_expression(landmarks, self._model, self._identity, start=self._before)
        self._frames.reverse()


def _turned(scene: Scene, sway: float) -> Scene:
    """Turn the head to one side (-1) or the other (1)."""
    pose = HeadPose(yaw_deg=8.0 * sway, roll_deg=3.0 * sway, x_mm=20.0 * sway, y_mm=5.0 * sway, distance_mm=600.0)
    return replace(scene, pose=pose)


def summary(figures: SpeedFigures) -> dict[str, Any]:
    """Return milliseconds, frames per second and the speed relative to eos, for JSON."""
    measured = figures.rounds_ms
    plain: dict[str, Any] = {name: figures.median_ms(name) if name in measured else None for name in STAGES}
    plain["fit_speedup_over_eos"] = figures.speedup_over_eos
    plain["tracking_fps"] = 1000.0 / figures.median_ms("tracked_frame_ms")
    plain["detection_fps"] = 1000.0 / figures.median_ms("detected_frame_ms")
    plain["processor_ms"] = {name: figures.processor_ms(name) for name in STAGES if name in measured}
    return plain
