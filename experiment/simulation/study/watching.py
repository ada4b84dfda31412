"""Simulated people who watch: against their targets, and measured against true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle

import numpy as np
from joblib import Parallel, delayed

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.errors import FaceError
from analysis.face.landmarks.detector import LandmarkDetector
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.synthetic.expressions import prototype
from analysis.terminal import progress
from experiment.simulation.drawing.states import camera_renderer, state_drawer
from experiment.simulation.face_schedule import FaceState, SequenceFrame
from experiment.simulation.keyframes import RATE_HZ
from experiment.simulation.person import SimulatedPerson, draw_simulated_person
from experiment.simulation.simulated_camera import noise_number, sensor_noise
from experiment.simulation.watching.viewer import Viewer, ViewingFace

MOVEMENTS = {"happiness": "mouthSmile", "anger": "browDown"}
"""The movement of each target that is looked for in the face that watches it."""
BEFORE_S, SHOWN_S, AFTER_S = 2.0, 4.0, 1.0
BASELINE_S, FROM_S = 1.0, 0.5
"""The face is averaged over the last part before the onset, and from a time after the onset on."""
SHUFFLES = 2000
_CORNERS, _EYES = (48, 54), (36, 45)


@dataclass(frozen=True, slots=True)
class Congruence:
    """Whether faces move like their targets, over people and trials."""

    mean: float
    """Mean change of the target's own movement minus that of the other target's movement."""
    p: float
    """Share of random assignments of targets to the trials of each person with a mean at least as large."""


def congruence(people: Sequence[SimulatedPerson], model: FaceModel, *, trials: int, gain: float) -> Congruence:
    """Compare the true movements of people with the targets they watch.

    Parameters
    ----------
    people : sequence of SimulatedPerson
        The people.
    model : FaceModel
        The face model.
    trials : int
        Trials of each person; the two targets of `MOVEMENTS` take turns.
    gain : float
        Strength of mimicry; 0 for none.
    """
    names = model.bases["units"].names
    smiles, frowns = (
        np.array([name.startswith(movement) for name in names], dtype=np.float64) / 2 for movement in MOVEMENTS.values()
    )
    shown = list(zip(range(trials), cycle(MOVEMENTS), strict=False))
    changes = np.array(
        [
            [_change(watch(person, model, emotion, trial, gain=gain)) @ (smiles - frowns) for trial, emotion in shown]
            for person in people
        ]
    )
    sign = np.where(np.arange(trials) % 2 == 0, 1.0, -1.0)
    mean = float((changes * sign).mean())
    rng = np.random.default_rng(0)
    shuffled = [(changes * rng.permuted(np.tile(sign, (len(people), 1)), axis=1)).mean() for _ in range(SHUFFLES)]
    return Congruence(mean, float(np.mean(np.array(shuffled) >= mean)))


def watch(person: SimulatedPerson, model: FaceModel, emotion: str, trial: int, *, gain: float) -> ViewingFace:
    """Return the face of a person who watches a picture of an emotion.

    Parameters
    ----------
    person : SimulatedPerson
        The person.
    model : FaceModel
        The face model.
    emotion : str
        The emotion of the picture.
    trial : int
        Number of the trial.
    gain : float
        Strength of mimicry.
    """
    names = model.bases["units"].names
    shown, after = round(SHOWN_S * RATE_HZ), round(AFTER_S * RATE_HZ)
    target = np.vstack([np.tile(0.9 * prototype(emotion, names), (shown, 1)), np.zeros((after, len(names)))])
    viewer = Viewer(person, names, RATE_HZ, gain)
    return viewer.watch(f"viewing-{trial}", trial, target, before=round(BEFORE_S * RATE_HZ))


def _change(face: ViewingFace) -> FloatArray:
    """Return (E,) mean units while the target is shown minus those of the baseline."""
    before = np.array([face.before.states[number].units for number in face.before.order])
    during = np.array([face.during.states[number].units for number in face.during.order])
    shown = during[round(FROM_S * RATE_HZ) : round(SHOWN_S * RATE_HZ)]
    change: FloatArray = shown.mean(axis=0) - before[-round(BASELINE_S * RATE_HZ) :].mean(axis=0)
    return change


@dataclass(frozen=True, slots=True, eq=False)
class FilmedSmile:
    """Frames of one person who watches a smile and smiles back."""

    seed: int
    true: FloatArray
    """(N,) mean strength of `mouthSmile` of both sides in each frame with a face."""
    measured: FloatArray
    """(N,) distance of the lip corners relative to that of the eyes, minus its median before the onset."""
    missed: int
    """Number of frames in which no face was detected."""

    @property
    def correlation(self) -> float:
        """Pearson's r of measured and true movement."""
        return float(np.corrcoef(self.true, self.measured)[0, 1])


def film_smiles(seeds: Sequence[int], *, every: int, jobs: int = 1) -> list[FilmedSmile]:
    """Draw the film of people who watch a smile, and measure their lip corners.

    Parameters
    ----------
    seeds : sequence of int
        Seeds of the people.
    every : int
        Only every n-th camera frame is drawn.
    jobs : int
        Number of processes.
    """
    work = Parallel(n_jobs=jobs, return_as="generator")(delayed(_film)(seed, every) for seed in seeds)
    return list(progress(work, total=len(seeds), title="filming people"))


def _film(seed: int, every: int) -> FilmedSmile:
    model = load_model()
    person = draw_simulated_person(seed, model)
    faces = (watch(person, model, "happiness", trial, gain=1.0) for trial in range(1000))
    face = next(face for face in faces if face.reaction.reacts)
    smile = np.array([name.startswith("mouthSmile") for name in model.bases["units"].names]) / 2
    draw, noise, detector = state_drawer(person, camera_renderer(model.name)), sensor_noise(person), LandmarkDetector()
    true, measured, is_before = [], [], []
    moments = [SequenceFrame(part, frame) for part in (face.before, face.during) for frame in range(len(part.order))]
    for moment in moments[::every]:
        width = _lip_width(noise.expose(draw(moment.state), noise_number(moment)), detector)
        if width is not None:
            true.append(_strength(moment.state, smile))
            measured.append(width)
            is_before.append(moment.sequence is face.before)
    rest = np.median(np.array(measured)[np.array(is_before)])
    missed = len(moments[::every]) - len(true)
    return FilmedSmile(seed, np.array(true), np.array(measured) - rest, missed)


def _strength(state: FaceState, weights: FloatArray) -> float:
    return float(state.units @ weights)


def _lip_width(picture: ImageArray, detector: LandmarkDetector) -> float | None:
    """Return lip width relative to the width of the eyes; None without a face."""
    try:
        points = detector.detect(picture).points_px
    except FaceError:
        return None
    lips, eyes = (np.linalg.norm(points[a] - points[b]) for a, b in (_CORNERS, _EYES))
    return float(lips / eyes)
