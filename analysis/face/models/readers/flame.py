"""Read FLAME (``.pkl`` or ``.npz``).

The file has ``v_template``, ``shapedirs`` and ``f``, in metres.

``shapedirs`` holds 300 identity components, then 100 statistical expressions, one standard deviation each. FLAME opens
the mouth by a rotation of its jaw joint, not by an expression. If the file has the joint (``J_regressor`` and
``weights``), the shapes ``jawOpen``, ``jawLeft`` and ``jawRight`` are that rotation at full strength, without the small
pose-dependent corrections.

The landmarks are in a separate file: a text file (`analysis.face.models.readers.landmark_file`), or FLAME's
embedding (``.pkl``, ``.npz`` or ``.npy`` with triangles and barycentric weights; the nearest corner is taken). An
embedding of 51 points leaves out the jaw line.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from analysis.face.arrays import FloatArray, IntArray
from analysis.face.errors import FaceModelError
from analysis.face.models.model import ExpressionBasis, FaceModel
from analysis.face.models.readers.derive import completed, one_sided
from analysis.face.models.readers.files import read_arrays
from analysis.face.models.readers.landmark_file import LANDMARKS, check_landmarks, read_landmark_file
from analysis.face.models.readers.plain_pickle import load_plain

MM_PER_M = 1000.0
IDENTITY_SHAPES = 300
"""Columns of ``shapedirs`` before the expressions."""
JAW_JOINT = 2
JAW_TURNS = {"jawOpen": (0.35, 0.0), "jawLeft": (0.0, 0.12), "jawRight": (0.0, -0.12)}
"""Radians about x (down) and y (to the person's left) at full strength: a mouth wide open, a jaw pushed aside."""
IDENTITY_COMPONENTS = 80
EXPRESSION_COMPONENTS = 20
LICENCE = "Max Planck Institute for Intelligent Systems; see the licence of the FLAME release"
_TRIANGLE_KEYS = ("full_lmk_faces_idx", "lmk_face_idx", "lmk_faces_idx", "static_lmk_faces_idx")
_WEIGHT_KEYS = ("full_lmk_bary_coords", "lmk_b_coords", "lmk_bary_coords", "static_lmk_bary_coords")


def read_flame(
    path: Path,
    *,
    landmarks: Path | None,
    name: str = "flame",
    identity_components: int = IDENTITY_COMPONENTS,
    expression_components: int = EXPRESSION_COMPONENTS,
) -> FaceModel:
    """Read FLAME.

    Parameters
    ----------
    path : Path
        For example ``generic_model.pkl``. The pickle is not executed (`analysis.face.models.readers.plain_pickle`).
    landmarks : Path
        A landmark file or FLAME's landmark embedding.
    name : str
        Name of the model.
    identity_components, expression_components : int
        Number of the strongest components to keep.

    Raises
    ------
    FaceModelError
        If the file is damaged, lacks an array, would run code, or no landmark file is given.
    """
    if landmarks is None:
        raise FaceModelError(
            f"{path.name} does not name the vertices of the 68 landmarks; give FLAME's landmark embedding or "
            "a landmark file (--landmarks FILE)"
        )
    arrays = _arrays(path)
    template = _array(arrays, "v_template", path, (None, 3)) * MM_PER_M
    vertices = len(template)
    shapes = _array(arrays, "shapedirs", path, (vertices, 3, None)).transpose(2, 0, 1) * MM_PER_M
    triangles = _array(arrays, "f", path, (None, 3)).astype(np.int64)
    if len(shapes) <= IDENTITY_SHAPES:
        raise FaceModelError(
            f"{path}: shapedirs has {len(shapes)} shapes, expected expressions after the first {IDENTITY_SHAPES}"
        )
    expressions = one_sided(shapes[IDENTITY_SHAPES:][:expression_components])
    jaw = _jaw(arrays, path, template)
    return completed(
        FaceModel(
            name=name,
            mean=template,
            identity=np.ascontiguousarray(shapes[: min(identity_components, IDENTITY_SHAPES)]),
            bases={
                "units": ExpressionBasis(
                    names=(*jaw, *expressions.names),
                    shapes=np.concatenate([*(shape[None] for shape in jaw.values()), expressions.shapes]),
                )
            },
            landmark_vertices=_landmarks(landmarks, triangles, vertices),
            triangles=triangles,
            licence=LICENCE,
            source=f"{path.name} with {landmarks.name}",
        )
    )


def _jaw(arrays: Mapping[str, Any], path: Path, template: FloatArray) -> dict[str, FloatArray]:
    """Return the rotations of the jaw joint as shapes.

    Empty if the file has no joints.
    """
    if "J_regressor" not in arrays or "weights" not in arrays:
        return {}
    joints = _array(arrays, "J_regressor", path, (None, len(template))) @ template
    weights = _array(arrays, "weights", path, (len(template), len(joints)))
    if len(joints) <= JAW_JOINT:
        return {}
    from_joint = template - joints[JAW_JOINT]
    return {
        name: weights[:, JAW_JOINT, None] * (Rotation.from_euler("xy", turn).apply(from_joint) - from_joint)
        for name, turn in JAW_TURNS.items()
    }


def _landmarks(path: Path, triangles: IntArray, vertices: int) -> IntArray:
    if path.suffix not in (".pkl", ".npz", ".npy"):
        return read_landmark_file(path, vertices=vertices)
    embedding = _arrays(path)
    faces_key = next((key for key in _TRIANGLE_KEYS if key in embedding), None)
    weights_key = next((key for key in _WEIGHT_KEYS if key in embedding), None)
    if faces_key is None or weights_key is None:
        raise FaceModelError(
            f"{path} is not a landmark embedding of FLAME: it needs one of {', '.join(_TRIANGLE_KEYS)}"
        )
    faces = np.asarray(embedding[faces_key]).ravel().astype(np.int64)
    weights = np.asarray(embedding[weights_key], dtype=np.float64).reshape(-1, 3)
    if len(faces) != len(weights) or len(faces) not in (51, LANDMARKS):
        raise FaceModelError(
            f"{path}: expected 51 or {LANDMARKS} landmarks, got {len(faces)} and {len(weights)} weights"
        )
    if faces.min() < 0 or faces.max() >= len(triangles):
        raise FaceModelError(
            f"{path}: a landmark lies on a triangle that does not exist; the file belongs to another model"
        )
    nearest = triangles[faces, weights.argmax(axis=1)]
    found = np.full(LANDMARKS, -1, dtype=np.int64)
    found[LANDMARKS - len(nearest) :] = nearest
    return check_landmarks(found, vertices=vertices, source=str(path))


def _arrays(path: Path) -> dict[str, Any]:
    if path.suffix == ".npz":
        return read_arrays(path)
    content = load_plain(path)
    if not isinstance(content, dict):
        raise FaceModelError(f"{path}: expected named arrays, got a {type(content).__name__}")
    return content


def _array(arrays: Mapping[str, Any], key: str, path: Path, shape: tuple[int | None, ...]) -> FloatArray:
    if key not in arrays:
        raise FaceModelError(f"{path} is not a FLAME model: {key} is missing")
    try:
        array = np.asarray(arrays[key], dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise FaceModelError(f"{path}: {key} is not an array of numbers") from error
    fits = array.ndim == len(shape) and all(want in (None, got) for want, got in zip(shape, array.shape, strict=True))
    if not fits:
        raise FaceModelError(f"{path}: {key} has the shape {array.shape}, expected {tuple(n or '?' for n in shape)}")
    return array
