"""How landmarks respond to expressions, from rendered people of known truth; for `covariance_refit`.

Everybody is calibrated by neutral pictures like a participant, and photographed with expressions of all kinds and the
head turned. Which way a head is turned is known against the neutral pictures; where it is, is told by eyes and nose,
since the fit's guess of the camera is not the camera.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.transform import Rotation

from analysis.evaluation.shots import Shot, Studio
from analysis.face.arrays import FloatArray, IntArray
from analysis.face.errors import FaceError
from analysis.face.fitting.camera import Pose
from analysis.face.fitting.covariance_refit import landmark_precision, landmarks_at_rest, mirrored
from analysis.face.fitting.fit import FitSettings, Identity, calibrate_identity, fit_expression
from analysis.face.fitting.head_pose import by_pose, head_pose, movement_mm
from analysis.face.fitting.landmark_basis import landmark_rows
from analysis.face.landmarks.detector import Landmarks
from analysis.face.measurement import NEUTRAL, DetectedFace
from analysis.face.models.emotions import EMOTIONS, without_side
from analysis.face.models.model import FaceModel
from analysis.face.render.scene import Scene
from analysis.face.synthetic.expressions import habit, pose
from analysis.face.synthetic.people import Person, draw_person

SHOTS, NEUTRALS = 32, 3
FACE_PX = (110.0, 240.0)
TURN_DEG, STILL_DEG = (18.0, 15.0, 6.0), (3.0, 3.0, 2.0)
"""Yaw, pitch and roll of the pictures, and of those that calibrate, at most."""
_UNITS = (2, 6)
"""How many units a blend that is no emotion has; the second is one too many."""
_STRENGTH = (0.2, 1.0)
_ONE_SIDED = 0.15
"""Spread of the logarithm of what one side of a face does more than the other."""
_AT_REST = FitSettings(ridge=1e6)
"""Of a fit that sees no expression."""
_STILL = (27, 48)
"""Nose and eyes: landmarks that hardly move."""
_STEPS = 3
_LITTLE = 1.0
"""Weight of the answer to a unit that was hardly ever shown."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """The landmarks of one picture of a person, and what it truly shows. The model that fits has n landmarks."""

    rest_mm: FloatArray
    """(3, n) of the person, as calibrated."""
    seen_px: FloatArray
    """(n, 2)"""
    pose: Pose
    """The true turn of the head; placed by eyes and nose."""
    expression: FloatArray
    """(E,) units of the generating model."""


def answers(studio: Studio, model: FaceModel, rng: np.random.Generator, *, name: str) -> list[Answer]:
    """Draw somebody, photograph and calibrate them, and see how their landmarks answer; empty if they are not seen."""
    generator = studio.generator.model()
    units = generator.bases["units"].names
    who = draw_person(name, len(generator.identity), rng, face_px=float(rng.uniform(*FACE_PX)))
    neutrals = [
        Shot(who, NEUTRAL, np.zeros(len(units)), _turned(who, STILL_DEG, rng), frame=frame) for frame in range(NEUTRALS)
    ]
    shots = [
        Shot(who, f"shown-{k}", _expression(k, units, rng), _turned(who, TURN_DEG, rng), frame=int(rng.integers(64)))
        for k in range(SHOTS)
    ]
    calibrating, shown = _seen(studio, neutrals), _seen(studio, shots)
    basis = model.finest_basis
    try:
        identity = calibrate_identity([landmarks for _, landmarks in calibrating], model)
        towards = _generator_to_fit(calibrating, identity, model)
    except FaceError:
        return []
    rest_mm, kept = landmarks_at_rest(identity, model, basis), landmark_rows(model, basis).landmarks
    found = []
    for shot, landmarks in shown:
        try:
            fitted = fit_expression(landmarks, model, identity, basis=basis, settings=FitSettings(max_turn_deg=90.0))
        except FaceError:
            continue
        turned = replace(fitted.pose, rotation=shot.scene.pose.rotation @ towards)
        seen_px = landmarks.points_px[kept]
        found.append(Answer(rest_mm, seen_px, _placed(turned, rest_mm, seen_px, kept), shot.expression))
    return found


def movement_products(everyone: Sequence[Sequence[Answer]], kept: IntArray) -> FloatArray:
    """(68, 2, 68, 2) mean products of the movements of landmarks from rest under their true pose, mm^2.

    Parameters
    ----------
    everyone : sequence
        The answers of every generator.
    kept : (n,) int array
        Numbers of the landmarks the model that fits has; what it lacks is zero.
    """
    return _products(
        np.stack([movement_mm(one.pose, one.rest_mm, one.seen_px) for some in everyone for one in some]), kept
    )


def mistake_products(everyone: Sequence[Sequence[Answer]], movements: FloatArray, kept: IntArray) -> FloatArray:
    """(68, 2, 68, 2) mean products of what the answers to the same expression differ by, mm^2.

    The pose is the one that is found knowing the ``movements`` of `movement_products`, as it will be in use, so what
    turning the head does to landmarks and poses that are slightly wrong are among the mistakes. The answer to an
    expression is taken to be linear in the units of the generator, of which one is fitted for each.
    """
    precision = landmark_precision(movements, kept)
    left = []
    for some in everyone:
        shown = np.stack([one.expression for one in some])
        moved = np.stack(
            [
                movement_mm(head_pose(one.pose, one.rest_mm, one.seen_px, precision), one.rest_mm, one.seen_px).ravel()
                for one in some
            ]
        )
        response = np.linalg.solve(shown.T @ shown + _LITTLE * np.eye(shown.shape[1]), shown.T @ moved)
        left.append((moved - shown @ response).reshape(len(some), -1, 2))
    return _products(np.concatenate(left), kept)


def _products(movements: FloatArray, kept: IntArray) -> FloatArray:
    """Of (N, n, 2) movements and their mirror images."""
    all_68 = np.zeros((len(movements), 68, 2))
    all_68[:, kept] = movements
    both = np.concatenate([all_68, mirrored(all_68)])
    return np.asarray(np.einsum("nia,njb->iajb", both, both, optimize=True) / len(both))


def _seen(studio: Studio, shots: Sequence[Shot]) -> list[tuple[Shot, Landmarks]]:
    looks = [(shot, studio.see(shot)) for shot in shots]
    return [(shot, one.landmarks) for shot, one in looks if isinstance(one, DetectedFace)]


def _generator_to_fit(
    calibrating: Sequence[tuple[Shot, Landmarks]], identity: Identity, model: FaceModel
) -> FloatArray:
    """(3, 3) rotation between the axes of the two models, as the neutral pictures tell it."""
    basis = model.finest_basis
    between = [
        shot.scene.pose.rotation.T
        @ fit_expression(landmarks, model, identity, basis=basis, settings=_AT_REST).pose.rotation
        for shot, landmarks in calibrating
    ]
    matrix: FloatArray = Rotation.from_matrix(np.stack(between)).mean().as_matrix()
    return matrix


def _placed(pose: Pose, rest_mm: FloatArray, seen_px: FloatArray, kept: IntArray) -> Pose:
    """The pose moved, not turned, to where eyes and nose are seen."""
    still = (kept >= _STILL[0]) & (kept < _STILL[1])
    points_mm, points_px = rest_mm[:, still], seen_px[still]
    for _ in range(_STEPS):
        shift = by_pose(pose, points_mm)[:, 3:]
        step, *_ = np.linalg.lstsq(shift, movement_mm(pose, points_mm, points_px).ravel())
        pose = replace(pose, translation_mm=pose.translation_mm + step)
    return pose


def _expression(number: int, names: tuple[str, ...], rng: np.random.Generator) -> FloatArray:
    """(E,) by turns: nothing, an emotion in somebody's way, one unit of both sides, a blend of any units."""
    kind = number % 4
    if kind == 0:
        return np.zeros(len(names))
    if kind == 1:
        return pose(habit(EMOTIONS[int(rng.integers(len(EMOTIONS)))], names, rng), rng)
    units = list(dict.fromkeys(map(without_side, names)))
    count = 1 if kind == 2 else int(rng.integers(*_UNITS))
    strengths = {str(unit): rng.uniform(*_STRENGTH) for unit in rng.choice(units, count, replace=False)}
    sides = np.exp(rng.normal(0.0, _ONE_SIDED, len(names)))
    return np.clip([strengths.get(without_side(name), 0.0) for name in names] * sides, 0.0, 1.0)


def _turned(who: Person, most_deg: tuple[float, float, float], rng: np.random.Generator) -> Scene:
    yaw, pitch, roll = rng.uniform(-1.0, 1.0, 3) * most_deg
    return who.turned(yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll)
