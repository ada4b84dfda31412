"""How long each stage takes, all of them side by side.

The machine of a laboratory does other things, too, and so may this one. So every round times every stage once more, and
what is reported is the median over rounds: a disturbance hits all stages or none. Beside the time that passed is the
time the processor worked; where the two differ, the machine was busy with something else. Figures are for one core; the
command line sees to it that nothing takes more.
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
from analysis.face.fitting.eos import fit_eos
from analysis.face.fitting.fit import FittedFace, Identity, calibrate_identity, fit_expression
from analysis.face.images import as_grey
from analysis.face.landmarks.detector import LandmarkDetector, Landmarks
from analysis.face.landmarks.mirror import detect_with_mirror
from analysis.face.landmarks.tracker import LandmarkTracker
from analysis.face.measurement import BOXES
from analysis.face.models.front import front_of
from analysis.face.models.model import FaceModel
from analysis.face.render.scene import HeadPose, Scene, Sensor
from analysis.face.synthetic.actors import Actor, Take, photograph
from analysis.progress import Progress, no_progress

FRAMES, ROUNDS = 20, 11
_NEUTRALS = 5
_REPEATS = 5
"""Times a stage of less than a few milliseconds runs in one round."""

STAGES: Mapping[str, str] = {
    "landmark_ms": "68 landmarks of a face whose place is roughly known",
    "detect_ms": "search of a frame of a clip for the face",
    "still_ms": "landmarks of a still picture: thorough search, three boxes, mirror image",
    "calibrate_ms": "identity from five neutral pictures",
    "fit_ms": "calibrated expression fit of one picture, 43 units",
    "fit_next_ms": "the same, starting from the frame before",
    "refit_ms": "pose and units once more, knowing how the detector errs, for scores",
    "emotion_fit_ms": "calibrated expression fit of one picture, six emotions",
    "eos_method_ms": "the eos method as it is built in: fixed landmarks, six emotions, 5 iterations",
    "eos_fit_ms": "eos-py fit_shape_and_pose with contour landmarks, same face, six emotions, 5 iterations",
    "eos_fixed_fit_ms": "eos-py fit_shape_and_pose with fixed landmarks alone",
    "tracked_frame_ms": "a 640x480 frame to coefficients, tracking (detection in every tenth)",
    "detected_frame_ms": "the same with detection in every frame",
}
"""What each figure is."""


@dataclass(frozen=True, slots=True, eq=False)
class SpeedFigures:
    """Milliseconds of every stage."""

    rounds_ms: Mapping[str, FloatArray]
    """(rounds, 2) of each of `STAGES`: time that passed, and time the processor worked; those of eos-py are missing
    where it is not installed."""

    def median_ms(self, stage: str) -> float:
        """Time that passed, the median over rounds."""
        return float(np.median(self.rounds_ms[stage][:, 0]))

    def processor_ms(self, stage: str) -> float:
        """Time the processor worked, the median over rounds."""
        return float(np.median(self.rounds_ms[stage][:, 1]))

    @property
    def speedup_over_eos(self) -> float | None:
        """How many calibrated fits the processor could have done in place of one of eos; None without eos-py.

        By the time the processor worked: a neighbour interrupts the longer of the two more often.
        """
        if "eos_fit_ms" not in self.rounds_ms:
            return None
        return self.processor_ms("eos_fit_ms") / self.processor_ms("fit_ms")


def clip(model: FaceModel, *, frames: int = FRAMES) -> tuple[list[ImageArray], list[ImageArray]]:
    """Pictures of one person, 640x480: some at rest, and a clip in which the head sways and a smile comes and goes."""
    scene = Scene(sensor=Sensor(noise=2.0, blur_px=0.6))
    still = np.zeros(len(model.bases["units"].names))
    smile = np.array(
        [0.9 * ("mouthSmile" in name) + 0.5 * ("cheekSquint" in name) for name in model.bases["units"].names]
    )
    phase = np.linspace(0.0, 2.0 * np.pi, frames, endpoint=False)
    rest = [Take("neutral", still, _swaying(scene, turn)) for turn in np.linspace(-0.4, 0.4, _NEUTRALS)]
    acted = [Take("smile", smile * np.sin(angle / 2.0) ** 2, _swaying(scene, np.sin(angle))) for angle in phase]
    actor = Actor(np.zeros(len(model.identity)), tuple(rest), tuple(acted))
    [(_, neutrals, takes)] = photograph(model, [actor])
    return neutrals, takes


def measure_speed(model: FaceModel, *, rounds: int = ROUNDS, progress: Progress = no_progress) -> SpeedFigures:
    """Time every stage, ``rounds`` times in turn."""
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
    """Runs in one round; the median of them counts."""
    frames: int = 1
    """What one run works through."""

    def time_ms(self) -> tuple[float, float]:
        """Time that passed, and time the processor worked."""
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
    seen = [detector.detect(image) for image in frames]
    identity = calibrate_identity(at_rest, model)
    middle = len(frames) // 2  # the smile at its strongest
    before = fit_expression(seen[middle - 1], model, identity)
    grey, face = as_grey(frames[middle]), seen[middle]
    careful = LandmarkDetector(boxes=BOXES)
    stages = {
        "landmark_ms": _Stage(lambda: detector.landmarks_near(grey, face.points_px), _REPEATS),
        "detect_ms": _Stage(lambda: detector.find_face(grey, thorough=False), _REPEATS),
        "still_ms": _Stage(lambda: detect_with_mirror(careful, frames[middle])),
        "calibrate_ms": _Stage(lambda: calibrate_identity(at_rest, model)),
        "fit_ms": _Stage(lambda: fit_expression(face, model, identity), _REPEATS),
        "fit_next_ms": _Stage(lambda: fit_expression(face, model, identity, start=before), _REPEATS),
        "refit_ms": _Stage(lambda: refit(before, face, model), _REPEATS),
        "emotion_fit_ms": _Stage(lambda: fit_expression(face, model, identity, basis="emotions"), _REPEATS),
        "eos_method_ms": _Stage(lambda: fit_eos(face.points_px, model), _REPEATS),
        "tracked_frame_ms": _Stage(_Measurer(model, identity, frames, every=10).run, frames=len(frames)),
        "detected_frame_ms": _Stage(_Measurer(model, identity, frames, every=1).run, frames=len(frames)),
    }
    return stages | _eos_stages(model, face)


def _eos_stages(model: FaceModel, face: Landmarks) -> dict[str, _Stage]:
    """eos is given the front of the face alone, as in its own model: its outline search over a whole head is slow."""
    try:
        eos = EosPy(front_of(model))
    except AnalysisError:
        return {}
    return {
        "eos_fit_ms": _Stage(lambda: eos.fit(face, contour=True)),
        "eos_fixed_fit_ms": _Stage(lambda: eos.fit(face, contour=False)),
    }


class _Measurer:
    """A clip from frames to coefficients, over and over, forwards and backwards: no frame is a jump."""

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


def _swaying(scene: Scene, sway: float) -> Scene:
    """The head turned to one side (-1) or the other (1)."""
    pose = HeadPose(yaw_deg=8.0 * sway, roll_deg=3.0 * sway, x_mm=20.0 * sway, y_mm=5.0 * sway, distance_mm=600.0)
    return replace(scene, pose=pose)


def summary(figures: SpeedFigures) -> dict[str, Any]:
    """The figures as they are printed: milliseconds, frames per second, and how much faster than eos."""
    measured = figures.rounds_ms
    plain: dict[str, Any] = {name: figures.median_ms(name) if name in measured else None for name in STAGES}
    plain["fit_speedup_over_eos"] = figures.speedup_over_eos
    plain["tracking_fps"] = 1000.0 / figures.median_ms("tracked_frame_ms")
    plain["detection_fps"] = 1000.0 / figures.median_ms("detected_frame_ms")
    plain["processor_ms"] = {name: figures.processor_ms(name) for name in STAGES if name in measured}
    return plain
