"""Responses of detected landmarks to expressions, for `covariance_refit`.

Everyone is calibrated with neutral pictures like a participant. Then they are photographed with varied expressions and
the head turned. The rotation of the head relative to the neutral pictures is known. Its position comes from the
landmarks of eyes and nose, since the camera that a fit assumes is not the true one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.transform import Rotation

from analysis.evaluation.photographs import PhotographStore
from analysis.face.arrays import FloatArray, IntArray
from analysis.face.errors import FaceError
from analysis.face.fitting.camera import Pose
from analysis.face.fitting.covariance_refit import landmark_precision, mirrored_movement
from analysis.face.fitting.fit import calibrate_identity, fit_expression
from analysis.face.fitting.fitted_face import FitSettings, Identity
from analysis.face.fitting.head_pose import frontal_by_pose, head_pose, movement_mm
from analysis.face.fitting.landmark_basis import landmark_rows
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.measurement import NEUTRAL, DetectedFace
from analysis.face.models.model import FaceModel
from analysis.face.synthetic.expressions import varied_expression
from analysis.face.synthetic.people import Photograph, draw_person

EXPRESSIONS, NEUTRALS = 32, 3
"""Number of photographs of each person."""
FACE_PX = (110.0, 240.0)
TURN_DEG, STILL_DEG = (18.0, 15.0, 6.0), (3.0, 3.0, 2.0)
"""Largest yaw, pitch and roll of expressions, and of neutral pictures."""
_AT_REST = FitSettings(ridge=1e6)
"""Fits no expression."""
_STILL = (27, 48)
"""Nose and eyes: landmarks that hardly move."""
_STEPS = 3
_RIDGE = 1.0
"""Ridge of the response to a unit that is hardly ever shown."""


@dataclass(frozen=True, slots=True, eq=False)
class LandmarkResponse:
    """The n landmarks of one picture, and its true expression."""

    rest_mm: FloatArray
    """(3, n) landmarks of the calibrated person at rest."""
    detected_px: FloatArray
    """(n, 2) detected landmarks."""
    pose: Pose
    """The true rotation of the head, at the position of eyes and nose."""
    expression: FloatArray
    """(E,) true units of the generating model."""


def landmark_responses(
    store: PhotographStore, model: FaceModel, rng: np.random.Generator, *, name: str
) -> list[LandmarkResponse]:
    """Draw and calibrate one person, and return the landmarks of every expression.

    Parameters
    ----------
    store : PhotographStore
        Draws the photographs and detects faces.
    model : FaceModel
        The model that is fitted.
    rng : Generator
        Source of random numbers.
    name : str
        Name of the person.

    Returns
    -------
    list of LandmarkResponse
        Empty if the person cannot be calibrated.
    """
    generator = store.generator.model()
    units = generator.bases["units"].names
    person = draw_person(name, len(generator.identity), rng, face_px=rng.uniform(*FACE_PX))
    still = np.zeros(len(units))
    neutrals = [
        Photograph(person, NEUTRAL, still, person.turned_at_random(STILL_DEG, rng), frame=frame)
        for frame in range(NEUTRALS)
    ]
    shown = [
        Photograph(
            person,
            f"shown-{k}",
            varied_expression(k, units, rng),
            person.turned_at_random(TURN_DEG, rng),
            frame=int(rng.integers(64)),
        )
        for k in range(EXPRESSIONS)
    ]
    calibrating, detected = _detected(store, neutrals), _detected(store, shown)
    basis = model.finest_basis
    try:
        identity = calibrate_identity([landmarks for _, landmarks in calibrating], model)
        to_fitted = _axes_rotation(calibrating, identity, model)
    except FaceError:
        return []
    rows = landmark_rows(model, basis)
    rest_mm, kept = rows.at_rest(identity), rows.landmarks
    found = []
    for photograph, landmarks in detected:
        try:
            fitted = fit_expression(landmarks, model, identity, basis=basis, settings=FitSettings(max_turn_deg=90.0))
        except FaceError:
            continue
        turned = replace(fitted.pose, rotation=photograph.scene.pose.rotation @ to_fitted)
        detected_px = landmarks.points_px[kept]
        pose = _positioned(turned, rest_mm, detected_px, kept)
        found.append(LandmarkResponse(rest_mm, detected_px, pose, photograph.expression))
    return found


def movement_products(generators: Sequence[Sequence[LandmarkResponse]], kept: IntArray) -> FloatArray:
    """Return (68, 2, 68, 2) mean products of landmark movements from rest, mm^2.

    Parameters
    ----------
    generators : sequence
        The responses of all people of each generating model.
    kept : (n,) int array
        Numbers of the landmarks of the fitted model; the rows of all others are zero.
    """
    movements = [movement_mm(one.pose, one.rest_mm, one.detected_px) for responses in generators for one in responses]
    return _products(np.stack(movements), kept)


def error_products(
    generators: Sequence[Sequence[LandmarkResponse]], movements: FloatArray, kept: IntArray
) -> FloatArray:
    """Return (68, 2, 68, 2) mean products of the detector's errors, mm^2.

    An error is the difference between responses to the same expression. The response is taken to be linear in the units
    of each generating model. The pose is fitted with the known `movements`, as in use, so the errors include those of
    slightly wrong poses.

    Parameters
    ----------
    generators : sequence
        The responses of all people of each generating model.
    movements : (68, 2, 68, 2) float array
        Result of `movement_products`.
    kept : (n,) int array
        Numbers of the landmarks of the fitted model.
    """
    precision = landmark_precision(movements, kept)
    errors = []
    for responses in generators:
        shown = np.stack([one.expression for one in responses])
        moved = np.stack([_fitted_movement(one, precision).ravel() for one in responses])
        response = np.linalg.solve(shown.T @ shown + _RIDGE * np.eye(shown.shape[1]), shown.T @ moved)
        errors.append((moved - shown @ response).reshape(len(responses), -1, 2))
    return _products(np.concatenate(errors), kept)


def _fitted_movement(one: LandmarkResponse, precision: FloatArray) -> FloatArray:
    pose = head_pose(one.pose, one.rest_mm, one.detected_px, precision=precision)
    return movement_mm(pose, one.rest_mm, one.detected_px)


def _products(movements: FloatArray, kept: IntArray) -> FloatArray:
    """Mean products of (N, n, 2) movements and their mirror images."""
    all_68 = np.zeros((len(movements), 68, 2))
    all_68[:, kept] = movements
    both = np.concatenate([all_68, mirrored_movement(all_68)])
    return np.asarray(np.einsum("nia,njb->iajb", both, both, optimize=True) / len(both))


def _detected(store: PhotographStore, photographs: Sequence[Photograph]) -> list[tuple[Photograph, Landmarks]]:
    detections = [(one, store.detect(one)) for one in photographs]
    return [(one, found.landmarks) for one, found in detections if isinstance(found, DetectedFace)]


def _axes_rotation(
    calibrating: Sequence[tuple[Photograph, Landmarks]], identity: Identity, model: FaceModel
) -> FloatArray:
    """(3, 3) rotation between the axes of the two models, from the neutral pictures."""
    basis = model.finest_basis
    rotations = [
        photograph.scene.pose.rotation.T
        @ fit_expression(landmarks, model, identity, basis=basis, settings=_AT_REST).pose.rotation
        for photograph, landmarks in calibrating
    ]
    matrix: FloatArray = Rotation.from_matrix(np.stack(rotations)).mean().as_matrix()
    return matrix


def _positioned(pose: Pose, rest_mm: FloatArray, detected_px: FloatArray, kept: IntArray) -> Pose:
    """Return the pose translated to the position of eyes and nose."""
    still = (kept >= _STILL[0]) & (kept < _STILL[1])
    points_mm, points_px = rest_mm[:, still], detected_px[still]
    for _ in range(_STEPS):
        shift = frontal_by_pose(pose, points_mm)[:, 3:]
        step, *_ = np.linalg.lstsq(shift, movement_mm(pose, points_mm, points_px).ravel())
        pose = replace(pose, translation_mm=pose.translation_mm + step)
    return pose
