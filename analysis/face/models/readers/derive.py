"""What a model file does not say and its geometry tells: triangles of quads, the other side of the face, region masks.

Everything here works on the mean face in the frame of `analysis.face.models.model` (millimetres, y up, z to the
viewer).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
from scipy.spatial import cKDTree
from scipy.special import expit

from analysis.face.arrays import FloatArray, IntArray
from analysis.face.errors import FaceModelError
from analysis.face.models.model import REGIONS, FaceModel

EYE_DISTANCE_MM = (45.0, 130.0)
"""Between the outer eye corners of any adult; a model outside is in another unit."""
HEAD_MM = 1000.0
"""No vertex of a head with neck and shoulders is farther from its eyes."""
REGION_POINTS: Mapping[str, tuple[int, ...]] = {
    "brows": tuple(range(17, 27)),
    "eyes": tuple(range(36, 48)),
    "nose": tuple(range(27, 36)),
    "mouth": tuple(range(48, 68)),
}
"""0-based landmarks each region gathers around; cheeks and jaw have none of their own and are placed between others."""
REGION_WIDTH = 0.15
"""How softly two regions share the vertices between them, in distances between the outer eye corners."""


def triangles_of_quads(quads: IntArray) -> IntArray:
    """(2 Q, 3) triangles of (Q, 4) quads, wound the same way round."""
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])


def mirror_of(mean: FloatArray, *, tolerance_mm: float = 5.0) -> IntArray | None:
    """(V,) vertex on the other side of the plane x = 0, or None for a mesh that is not symmetric.

    The nearest vertex to each mirrored one; accepted if half of the mesh lies within a fifth of the tolerance, all of
    it within the tolerance, and going there and back returns to the same vertex nearly everywhere.
    """
    distances, partner = map(np.asarray, cKDTree(mean).query(mean * (-1.0, 1.0, 1.0)))
    there_and_back = np.mean(partner[partner] == np.arange(len(mean)))
    if np.median(distances) > tolerance_mm / 5 or distances.max() > tolerance_mm or there_and_back < 0.9:
        return None
    return np.asarray(partner, dtype=np.int64)


def region_masks(mean: FloatArray, landmarks: IntArray) -> dict[str, FloatArray]:
    """Soft masks of the six regions from where the landmarks lie; they add up to 1 on the face, 0 behind the ears.

    A vertex belongs to the region whose points are nearest, seen from the front. Cheek points lie between the eye's
    outer corner and the mouth's; jaw points lie below the mouth, as far as the mouth is below the nose, or where the
    model has jaw landmarks.

    Raises
    ------
    FaceModelError
        If the model lacks the landmarks of a region.
    """
    points = {name: mean[[v for v in landmarks[list(rows)] if v >= 0]] for name, rows in REGION_POINTS.items()}
    for name, found in points.items():
        if len(found) == 0:
            raise FaceModelError(f"the model has no landmarks of the {name}, its regions cannot be told apart")
    eyes, mouth = mean[landmarks[[36, 45]]], mean[landmarks[[48, 54]]]
    width = float(np.linalg.norm(eyes[1] - eyes[0]))
    outward = (eyes - eyes[::-1]) / width
    points["cheeks"] = np.concatenate([(1 - t) * (eyes + 0.1 * width * outward) + t * mouth for t in (0.35, 0.6)])
    jaw = mean[[v for v in landmarks[:17] if v >= 0]]
    below = points["mouth"].mean(axis=0) - points["nose"][-1]
    under = mouth + 1.3 * below
    points["jaw"] = np.concatenate([jaw, under, under.mean(axis=0, keepdims=True)])
    # 2D trees: seen from the front, depth says nothing about the region
    nearest = np.stack([cKDTree(points[name][:, :2]).query(mean[:, :2])[0] for name in REGIONS])
    closeness = np.exp(-(((nearest - nearest.min(axis=0)) / (REGION_WIDTH * width)) ** 2) * 4)
    on_face = np.exp(-((np.maximum(nearest.min(axis=0) - 0.35 * width, 0.0) / (0.15 * width)) ** 2))
    in_front = expit((mean[:, 2] - eyes[:, 2].mean() + 0.6 * width) / (0.05 * width))
    weights = closeness / closeness.sum(axis=0) * on_face * in_front
    return dict(zip(REGIONS, weights, strict=True))


def checked(model: FaceModel) -> FaceModel:
    """Return the model if its parts fit together and it is a face in millimetres; else raise FaceModelError."""
    vertices = len(model.mean)
    parts: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
        "mean": (model.mean.shape, (vertices, 3)),
        "identity": (model.identity.shape, (len(model.identity), vertices, 3)),
        "triangles": (model.triangles.shape, (len(model.triangles), 3)),
        "landmark_vertices": (model.landmark_vertices.shape, (68,)),
    }
    for name, basis in model.bases.items():
        parts[f"{name} expressions"] = (basis.shapes.shape, (len(basis.names), vertices, 3))
    for part, (got, expected) in parts.items():
        if got != expected:
            raise FaceModelError(f"{model.name}: {part} has the shape {got}, expected {expected}")
    arrays = [model.mean, model.identity, *(basis.shapes for basis in model.bases.values())]
    if not all(np.isfinite(array).all() for array in arrays):
        raise FaceModelError(f"{model.name}: the file has values that are no numbers; get it again from its source")
    if not model.bases:
        raise FaceModelError(f"{model.name}: the file has no expressions; a face without them cannot imitate anything")
    if model.triangles.size and not 0 <= model.triangles.min() <= model.triangles.max() < vertices:
        raise FaceModelError(f"{model.name}: a triangle names a vertex that does not exist")
    right, left = model.mean[model.landmark_vertices[[36, 45]]]
    width = float(np.linalg.norm(left - right))
    low, high = EYE_DISTANCE_MM
    if not low <= width <= high:
        raise FaceModelError(
            f"{model.name}: the outer corners of the eyes are {width:.3g} mm apart, expected {low:.0f} to {high:.0f}; "
            "the landmark map or the unit of the file is not what it should be"
        )
    if np.abs(model.mean - right).max() > HEAD_MM:
        raise FaceModelError(f"{model.name}: a vertex is over {HEAD_MM:.0f} mm from the eyes; the file is damaged")
    if left[0] < right[0]:
        raise FaceModelError(f"{model.name}: the left eye is on the right; the landmark map has its sides swapped")
    return model


def completed(model: FaceModel) -> FaceModel:
    """Check a freshly read model and add what it does not say: region masks and the mirror map."""
    checked(model)
    return dataclasses.replace(
        model,
        regions=model.regions or region_masks(model.mean, model.landmark_vertices),
        mirror=model.mirror if model.mirror is not None else mirror_of(model.mean),
    )
