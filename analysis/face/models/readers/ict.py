"""Read ICT-FaceKit's light model.

A folder of OBJ files of one topology, in the layout of its authors.

``generic_neutral_mesh.obj`` is the mean face, ``identityNNN.obj`` the mean plus one standard deviation of an identity
mode, ``NAME_L.obj`` and similar the mean with one expression at full strength, ``vertex_indices.json`` names the
vertices of the 68 landmarks. Centimetres, y up, z towards the viewer; the first 9409 vertices are the face; neck,
mouth, eyeballs and teeth follow and are not used. The identity modes are not orthogonal.

Expressions get ARKit's names (``mouthSmile_L`` becomes ``mouthSmileLeft``); where ARKit has one for both sides
(``browInnerUp``, ``cheekPuff``) the two sides stay apart. Gaze and pupils are left out: they do not move the face.
If all units exist, the six emotions are composed of them as for the model that ships.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from analysis.face.arrays import FloatArray, IntArray
from analysis.face.errors import FaceModelError
from analysis.face.models.model import ExpressionBasis, FaceModel
from analysis.face.models.readers.derive import completed, compose_emotions, triangles_of_quads
from analysis.face.models.readers.files import read_arrays, read_text
from analysis.face.models.readers.landmark_file import LANDMARKS, check_landmarks, read_landmark_file

FACE_VERTICES = 9409
MM_PER_CM = 10.0
NEUTRAL_FILE = "generic_neutral_mesh.obj"
INDEX_FILE = "vertex_indices.json"
LICENCE = "MIT (USC Institute for Creative Technologies)"
_NPZ_ARRAYS = ("neutral", "identity", "expression", "expression_names", "quads", "landmark_vertices")
_NO_MOVEMENT = re.compile(r"eyeLook|PupilDilate")


def read_ict(path: Path, *, name: str = "ict", landmarks: Path | None = None) -> FaceModel:
    """Read ICT-FaceKit.

    Parameters
    ----------
    path : Path
        The folder of OBJ files; shapes without a file are left out of the model. Or an ``.npz`` with the same
        numbers as offsets: ``neutral``, ``identity``, ``expression``, ``expression_names``, ``quads``,
        ``landmark_vertices``.
    name : str
        Name of the model.
    landmarks : Path, optional
        Another landmark map than the one that comes with the model.

    Raises
    ------
    FaceModelError
        If a required file is missing, or one is damaged or belongs to another mesh.
    """
    parts = _of_npz(path) if path.suffix == ".npz" else _of_folder(path)
    vertices = len(parts.mean)
    indices = parts.landmarks if landmarks is None else read_landmark_file(landmarks, vertices=vertices)
    kept = [row for row, unit in enumerate(parts.names) if not _NO_MOVEMENT.match(unit)]
    if not kept:
        raise FaceModelError(f"{path} has no expression that moves the face; expected files such as mouthSmile_L.obj")
    units = ExpressionBasis(tuple(arkit_name(parts.names[row]) for row in kept), parts.expression[kept] * MM_PER_CM)
    return completed(
        FaceModel(
            name=name,
            mean=parts.mean * MM_PER_CM,
            identity=parts.identity * MM_PER_CM,
            bases=_with_emotions(units),
            landmark_vertices=check_landmarks(indices, vertices=vertices, source=str(path)),
            triangles=parts.triangles,
            licence=LICENCE,
            source=f"ICT-FaceKit, {len(parts.identity)} identities and {len(kept)} expressions found in {path.name}",
        )
    )


def _with_emotions(units: ExpressionBasis) -> dict[str, ExpressionBasis]:
    """Return both bases, or the units alone if a unit of an emotion is missing."""
    try:
        return {"units": units, "emotions": compose_emotions(units)}
    except FaceModelError:
        return {"units": units}


def arkit_name(ict: str) -> str:
    """Return ARKit's name, such as ``mouthSmileLeft`` for ``mouthSmile_L``.

    Sides are the person's own.
    """
    return re.sub("_R$", "Right", re.sub("_L$", "Left", ict))


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """The numbers of the model in centimetres, shapes as offsets from the mean."""

    mean: FloatArray
    identity: FloatArray
    expression: FloatArray
    names: tuple[str, ...]
    triangles: IntArray
    landmarks: IntArray


def _of_folder(folder: Path) -> _Parts:
    if not folder.is_dir():
        raise FaceModelError(f"{folder} is not a folder; expected the one with {NEUTRAL_FILE}")
    all_names, landmarks = _index(folder / INDEX_FILE)
    whole = _obj_vertices(folder / NEUTRAL_FILE)
    triangles = _obj_triangles(folder / NEUTRAL_FILE)
    mean = whole[:FACE_VERTICES]

    def offset(file: Path) -> FloatArray:
        vertices = _obj_vertices(file)
        if len(vertices) != len(whole):
            raise FaceModelError(
                f"{file} has {len(vertices)} vertices, {NEUTRAL_FILE} {len(whole)}; it belongs to another mesh"
            )
        difference: FloatArray = vertices[:FACE_VERTICES] - mean
        return difference

    identities = [offset(file) for file in sorted(folder.glob("identity[0-9]*.obj"))]
    names = tuple(unit for unit in all_names if (folder / f"{unit}.obj").exists())
    shapes = [offset(folder / f"{unit}.obj") for unit in names]
    return _Parts(
        mean=mean,
        identity=np.array(identities).reshape(-1, len(mean), 3),
        expression=np.array(shapes).reshape(-1, len(mean), 3),
        names=names,
        triangles=triangles[(triangles < len(mean)).all(axis=1)],
        landmarks=landmarks,
    )


def _index(path: Path) -> tuple[list[str], IntArray]:
    """Return the names of the expressions and the vertices of the landmarks."""
    try:
        content = json.loads(read_text(path))
    except ValueError as error:
        raise FaceModelError(f"{path} is damaged: {error}") from error
    names = content.get("expressions") if isinstance(content, dict) else None
    landmarks = content.get("idx_to_landmark_verts") if isinstance(content, dict) else None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise FaceModelError(f'{path}: expected a list of names under "expressions"')
    whole_numbers = isinstance(landmarks, list) and all(type(vertex) is int for vertex in landmarks)
    if not whole_numbers or len(landmarks or []) != LANDMARKS:
        raise FaceModelError(f'{path}: expected {LANDMARKS} vertex numbers under "idx_to_landmark_verts"')
    return names, np.array(landmarks, dtype=np.int64)


def _obj_vertices(path: Path) -> FloatArray:
    rows = [line.split()[1:4] for line in read_text(path, encoding="latin-1").splitlines() if line.startswith("v ")]
    try:
        vertices = np.array(rows, dtype=np.float64)
    except ValueError as error:
        raise FaceModelError(f"{path} is damaged: a line of a vertex is not three numbers") from error
    if vertices.ndim != 2 or vertices.shape[1] != 3:
        raise FaceModelError(f"{path} is not an OBJ file with vertices")
    return vertices


def _obj_triangles(path: Path) -> IntArray:
    """Return the (T, 3) 0-based vertices of triangles.

    Polygons are split around their first corner.
    """
    triangles = []
    try:
        for line in read_text(path, encoding="latin-1").splitlines():
            if line.startswith("f "):
                first, *others = (int(corner.split("/")[0]) - 1 for corner in line.split()[1:])
                triangles += [(first, second, third) for second, third in pairwise(others)]
    except ValueError as error:
        raise FaceModelError(f"{path} is damaged: a line of a face has no vertex numbers") from error
    return np.array(triangles, dtype=np.int64).reshape(-1, 3)


def _of_npz(path: Path) -> _Parts:
    arrays = read_arrays(path, required=_NPZ_ARRAYS)
    try:
        return _Parts(
            mean=arrays["neutral"].astype(np.float64),
            identity=arrays["identity"].astype(np.float64),
            expression=arrays["expression"].astype(np.float64),
            names=tuple(str(name) for name in arrays["expression_names"]),
            triangles=triangles_of_quads(arrays["quads"].astype(np.int64)),
            landmarks=arrays["landmark_vertices"].astype(np.int64),
        )
    except (ValueError, IndexError, TypeError) as error:
        raise FaceModelError(f"{path}: its arrays are not what their names say: {error}") from error
