"""A face model small enough to reason about: the 68 landmarks on an ellipsoid, smooth identities, local movements."""

from __future__ import annotations

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.fitting.camera import Pose, rotation_from_angles
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.model import ExpressionBasis, FaceModel

UNITS = ("jawOpen", "mouthSmileLeft", "mouthSmileRight", "mouthPucker", "browInnerUp", "browDownLeft", "browDownRight",
         "eyeBlinkLeft", "eyeBlinkRight", "noseSneerLeft", "noseSneerRight", "cheekPuff")  # fmt: skip


def arc(count: int, x: tuple[float, float], y: float, bend: float) -> FloatArray:
    across = np.linspace(-1, 1, count)
    return np.column_stack((np.interp(across, (-1, 1), x), y + bend * (1 - across**2)))


def toy_model(seed: int = 0) -> FaceModel:
    """Millimetres, as in `FaceModel`; the last twelve vertices are cheeks, which no landmark sees."""
    rng = np.random.default_rng(seed)
    jaw = np.column_stack((-72 * np.cos(np.linspace(0, np.pi, 17)), 25 - 95 * np.sin(np.linspace(0, np.pi, 17))))
    flat = [jaw, arc(5, (-55, -16), 48, 7), arc(5, (16, 55), 48, 7)]
    flat += [np.column_stack((np.zeros(4), np.linspace(30, -2, 4))), arc(5, (-14, 14), -12, -4)]
    for left, right in ((-47, -19), (19, 47)):
        upper, lower = arc(4, (left, right), 30, 6), arc(4, (left, right), 30, -5)
        flat.append(np.vstack((upper, lower[2:0:-1])))
    outer, lower = arc(7, (-27, 27), -38, 8), arc(7, (-27, 27), -38, -11)
    inner, inner_low = arc(5, (-22, 22), -38, 2), arc(5, (-22, 22), -38, -3)
    flat += [outer, lower[5:0:-1], inner, inner_low[3:0:-1]]
    flat.append(rng.uniform((-60, -30), (60, 10), (12, 2)))
    xy = np.vstack(flat)
    z = 70 * np.sqrt(np.clip(1 - (xy[:, 0] / 85) ** 2 - (xy[:, 1] / 130) ** 2, 0, 1))
    z[27:31] += np.linspace(2, 20, 4)
    z[31:36] += 8
    mean = np.column_stack((xy, z))

    waves = rng.normal(size=(8, 3, 3)) * 0.02
    phases = rng.uniform(0, 6, (8, 1, 3))
    identity = 2.5 * np.sin(np.einsum("vi,kij->kvj", mean, waves) + phases) / np.sqrt(np.arange(1, 9))[:, None, None]
    shapes = np.zeros((len(UNITS), len(mean), 3))
    shapes[0, 4:13, 1], shapes[0, 54:60, 1], shapes[0, 64:68, 1] = -18, -15, -15
    shapes[0, 54, 1] = shapes[0, 64, 1] = -4
    for unit, corner, way in ((1, (53, 54, 55, 64), 1), (2, (49, 48, 59, 60), -1)):
        shapes[unit, list(corner)] = np.array([[3, 2, 0], [8, 5, -3], [3, 2, 0], [7, 4, -3]]) * (way, 1, 1)
    shapes[3, 48:68, 0], shapes[3, 48:68, 2] = -0.4 * mean[48:68, 0], 6
    shapes[4, [20, 21, 22, 23], 1] = (3, 7, 7, 3)
    shapes[5, [22, 23, 24], 1], shapes[6, [21, 20, 19], 1] = (-5, -5, -3), (-5, -5, -3)
    shapes[7, [43, 44], 1], shapes[8, [37, 38], 1] = -9, -9
    shapes[9, [34, 35], 1], shapes[10, [31, 32], 1] = 3, 3
    shapes[11, 68:, 2] = 5
    strengths = np.clip(rng.normal(0.3, 0.4, (len(EMOTIONS), len(UNITS))), 0, 1)
    emotions = np.tensordot(strengths, shapes, axes=1)
    return FaceModel(
        name="toy",
        mean=mean,
        identity=identity,
        bases={"units": ExpressionBasis(UNITS, shapes), "emotions": ExpressionBasis(EMOTIONS, emotions)},
        landmark_vertices=np.arange(68),
        triangles=np.zeros((0, 3), dtype=np.int64),
    )


def toy_pose(
    rng: np.random.Generator, *, yaw_deg: float | None = None, focal_px: float = 704.0, distance_mm: float = 600.0
) -> Pose:
    """A head before a 640x480 webcam, within 20 degrees of frontal."""
    yaw = rng.uniform(-20, 20) if yaw_deg is None else yaw_deg
    rotation = rotation_from_angles(yaw_deg=yaw, pitch_deg=rng.uniform(-8, 8), roll_deg=rng.uniform(-8, 8))
    return Pose(rotation, np.array([*rng.uniform(-40, 40, 2), -distance_mm]), focal_px, (319.5, 239.5))


def perfect_landmarks(
    model: FaceModel, pose: Pose, identity: FloatArray, expression: FloatArray, basis: str = "units"
) -> Landmarks:
    """Return the landmarks that a perfect detector would find."""
    vertices = model.neutral(identity) + model.displacement(expression, basis)
    return Landmarks(pose.project(vertices[model.landmark_vertices]), (640, 480))


def jittered(landmarks: Landmarks, rng: np.random.Generator, sigma_px: float) -> Landmarks:
    return Landmarks(landmarks.points_px + rng.normal(scale=sigma_px, size=(68, 2)), landmarks.image_size)
