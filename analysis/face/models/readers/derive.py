"""Derive what a model file leaves out, and check what it contains.

All functions work on the mean face in the frame of `analysis.face.models.model` (millimetres, y up, z to the viewer).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.special import expit

from analysis.face.arrays import FloatArray, IntArray
from analysis.face.errors import FaceModelError
from analysis.face.models.emotions import EMOTIONS, recipe
from analysis.face.models.model import REGIONS, ExpressionBasis, FaceModel

EYE_DISTANCE_MM = (45.0, 130.0)
"""Between the outer eye corners of any adult; a model outside is in another unit."""
HEAD_MM = 1000.0
"""No vertex of a head with neck and shoulders is farther from its eyes."""
FULL_STRENGTH = 3.0
"""Standard deviations at coefficient 1; 99.7 % of the faces the components come from stay within."""
REGION_POINTS: Mapping[str, tuple[int, ...]] = {
    "brows": tuple(range(17, 27)),
    "eyes": tuple(range(36, 48)),
    "nose": tuple(range(27, 36)),
    "mouth": tuple(range(48, 68)),
}
"""0-based landmarks of each region; cheeks and jaw have none of their own and are placed between others."""
REGION_WIDTH = 0.15
"""How softly two regions share the vertices between them, in distances between the outer eye corners."""


def triangles_of_quads(quads: IntArray) -> IntArray:
    """Return the (2 Q, 3) triangles of (Q, 4) quads, with the same winding.

    Parameters
    ----------
    quads : (Q, 4) int array
        Vertices of each quad, in order around it.
    """
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])


def one_sided(components: FloatArray) -> ExpressionBasis:
    """Turn statistical components into shapes whose coefficients run from 0 to 1.

    A principal component has two directions, so each becomes two shapes, ``expression01+`` and ``expression01-``, at
    `FULL_STRENGTH` standard deviations. They have no FACS meaning: an intensity says how far, not what.

    Parameters
    ----------
    components : (E, V, 3) float array
        One standard deviation each, mm.
    """
    names = tuple(f"expression{k + 1:02d}{sign}" for k in range(len(components)) for sign in "+-")
    shapes: FloatArray = FULL_STRENGTH * components.repeat(2, axis=0)
    shapes[1::2] *= -1
    return ExpressionBasis(names, shapes)


def compose_emotions(units: ExpressionBasis) -> ExpressionBasis:
    """Return the basis of the six emotions, composed of units.

    Raises
    ------
    FaceModelError
        If the basis lacks a unit of an emotion.
    """
    blends = [recipe(emotion, units.names) for emotion in EMOTIONS]
    strengths = [np.array([blend.get(name, 0.0) for name in units.names]) for blend in blends]
    return ExpressionBasis(EMOTIONS, np.stack([np.tensordot(one, units.shapes, axes=1) for one in strengths]))


def mirror_of(mean: FloatArray, *, tolerance_mm: float = 5.0) -> IntArray | None:
    """Return the (V,) mirror vertices across the plane x = 0.

    None for an asymmetric mesh.

    The partner is the vertex nearest to each mirrored one. The mesh counts as symmetric if half of it lies within a
    fifth of the tolerance, all of it within the tolerance, and mirroring twice returns to the same vertex for 90 %.

    Parameters
    ----------
    mean : (V, 3) float array
        Mean face, mm.
    tolerance_mm : float
        Largest distance between a mirrored vertex and its partner.
    """
    distances, partner = map(np.asarray, cKDTree(mean).query(mean * (-1.0, 1.0, 1.0)))
    returning = np.mean(partner[partner] == np.arange(len(mean)))
    if np.median(distances) > tolerance_mm / 5 or distances.max() > tolerance_mm or returning < 0.9:
        return None
    return np.asarray(partner, dtype=np.int64)


def regions_of_landmarks(mean: FloatArray, landmarks: IntArray) -> dict[str, FloatArray]:
    """Return soft masks of the six regions.

    They add up to 1 on the face and 0 behind the ears.

    A vertex belongs to the region whose points are nearest in the front view. Cheek points lie between the outer corner
    of the eye and the corner of the mouth. Jaw points lie below the mouth, as far as the mouth is below the nose, and
    at the jaw landmarks of the model.

    Parameters
    ----------
    mean : (V, 3) float array
        Mean face, mm.
    landmarks : (68,) int array
        Vertex of each landmark, -1 for none.

    Returns
    -------
    dict
        (V,) weights 0..1 by region.

    Raises
    ------
    FaceModelError
        If the model lacks the landmarks of a region.
    """
    points = {name: mean[[v for v in landmarks[list(rows)] if v >= 0]] for name, rows in REGION_POINTS.items()}
    for name, found in points.items():
        if len(found) == 0:
            raise FaceModelError(f"the model has no landmarks of the {name}; its regions need some of each region")
    eyes, mouth = mean[landmarks[[36, 45]]], mean[landmarks[[48, 54]]]
    width = float(np.linalg.norm(eyes[1] - eyes[0]))
    outward = (eyes - eyes[::-1]) / width
    points["cheeks"] = np.concatenate([(1 - t) * (eyes + 0.1 * width * outward) + t * mouth for t in (0.35, 0.6)])
    jaw = mean[[v for v in landmarks[:17] if v >= 0]]
    below = points["mouth"].mean(axis=0) - points["nose"][-1]
    under = mouth + 1.3 * below
    points["jaw"] = np.concatenate([jaw, under, under.mean(axis=0, keepdims=True)])
    # 2D trees: in the front view, depth says nothing about the region
    nearest = np.stack([cKDTree(points[name][:, :2]).query(mean[:, :2])[0] for name in REGIONS])
    closeness = np.exp(-(((nearest - nearest.min(axis=0)) / (REGION_WIDTH * width)) ** 2) * 4)
    on_face = np.exp(-((np.maximum(nearest.min(axis=0) - 0.35 * width, 0.0) / (0.15 * width)) ** 2))
    in_front = expit((mean[:, 2] - eyes[:, 2].mean() + 0.6 * width) / (0.05 * width))
    weights = closeness / closeness.sum(axis=0) * on_face * in_front
    return dict(zip(REGIONS, weights, strict=True))


def require_consistent(model: FaceModel) -> FaceModel:
    """Return the model if the shapes of its arrays and its vertex numbers agree.

    Raises
    ------
    FaceModelError
        If an array has another shape than the mean face asks for, or names a vertex that does not exist.
    """
    vertices = len(model.mean)
    expected: dict[str, tuple[NDArray[Any] | None, tuple[int, ...]]] = {
        "mean": (model.mean, (vertices, 3)),
        "identity": (model.identity, (len(model.identity), vertices, 3)),
        "triangles": (model.triangles, (len(model.triangles), 3)),
        "landmark_vertices": (model.landmark_vertices, (68,)),
        "mirror": (model.mirror, (vertices,)),
        "colours": (model.colours, (vertices, 3)),
        "materials": (model.materials, (vertices,)),
    }
    expected |= {
        f"basis_{name}_shapes": (basis.shapes, (len(basis.names), vertices, 3)) for name, basis in model.bases.items()
    }
    expected |= {f"region_{name}": (weights, (vertices,)) for name, weights in model.regions.items()}
    for name, (array, shape) in expected.items():
        if array is not None and array.shape != shape:
            raise FaceModelError(f"{model.name}: {name} has the shape {array.shape}, expected {shape}")
    if not model.bases:
        raise FaceModelError(f"{model.name}: the file has no expression basis; a face model needs units or emotions")
    for name, indices, lowest in (
        ("triangles", model.triangles, 0),
        ("landmark_vertices", model.landmark_vertices, -1),
    ):
        if indices.size and not lowest <= indices.min() <= indices.max() < vertices:
            raise FaceModelError(f"{model.name}: {name} names a vertex outside {lowest}..{vertices - 1}")
    return model


def require_head(model: FaceModel) -> FaceModel:
    """Return the model if its arrays agree and it is a head in millimetres.

    Raises
    ------
    FaceModelError
        If parts do not agree, values are not finite, or the unit, size or sides are wrong.
    """
    require_consistent(model)
    arrays = [model.mean, model.identity, *(basis.shapes for basis in model.bases.values())]
    if not all(np.isfinite(array).all() for array in arrays):
        raise FaceModelError(f"{model.name}: the file has values that are not numbers; get it again from its source")
    right, left = model.mean[model.landmark_vertices[[36, 45]]]
    width = float(np.linalg.norm(left - right))
    low, high = EYE_DISTANCE_MM
    if not low <= width <= high:
        raise FaceModelError(
            f"{model.name}: the outer corners of the eyes are {width:.3g} mm apart, expected {low:.0f} to {high:.0f}; "
            "check the landmark map and the unit of the file"
        )
    if np.abs(model.mean - right).max() > HEAD_MM:
        raise FaceModelError(f"{model.name}: a vertex is over {HEAD_MM:.0f} mm from the eyes; the file is damaged")
    if left[0] < right[0]:
        raise FaceModelError(f"{model.name}: the left eye is on the right; the landmark map has its sides swapped")
    return model


def completed(model: FaceModel) -> FaceModel:
    """Return a model, checked, with region masks and mirror map added if missing.

    Raises
    ------
    FaceModelError
        If `require_head` refuses the model, or its regions cannot be derived.
    """
    require_head(model)
    return dataclasses.replace(
        model,
        regions=model.regions or regions_of_landmarks(model.mean, model.landmark_vertices),
        mirror=model.mirror if model.mirror is not None else mirror_of(model.mean),
    )
