"""Read the Basel Face Model 2017 and 2019, in statismo's HDF5 layout.

======================================  =========================================================================
``shape/model/mean``                    (3 V,) mean face, x y z of each vertex in turn, millimetres
``shape/model/pcaBasis``                (3 V, K) components, in columns of length 1
``shape/model/pcaVariance``             (K,) their variances
``shape/representer/cells``             (3, T) triangles
``expression/model/...``                the same of expressions, as offsets from the neutral face
``metadata/landmarks/json``             named points: ``[{"id": name, "coordinates": [x, y, z]}, ...]``, optional
======================================  =========================================================================

The files carry no map of the 68 landmarks, and vertex numbers differ between the face, the original mask and the full
head, so a landmark file has to be given; its right-hand sides may be names of ``metadata/landmarks/json``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from scipy.spatial import cKDTree

from analysis.face.arrays import FloatArray
from analysis.face.errors import FaceModelError
from analysis.face.models.model import ExpressionBasis, FaceModel
from analysis.face.models.readers.derive import completed, one_sided
from analysis.face.models.readers.landmark_file import read_landmark_file

IDENTITY_COMPONENTS = 80
EXPRESSION_COMPONENTS = 20
"""Number of components kept; 68 landmarks do not show weaker ones, and they cost memory."""
LICENCE = "University of Basel, for registered users, non-commercial"


def read_basel(
    path: Path,
    *,
    landmarks: Path | None,
    name: str = "basel",
    identity_components: int = IDENTITY_COMPONENTS,
    expression_components: int = EXPRESSION_COMPONENTS,
) -> FaceModel:
    """Read a Basel Face Model.

    The mean of the expression model becomes a shape of its own (``expressionMean``), so that zero coefficients are the
    neutral face.

    Parameters
    ----------
    path : Path
        For example ``model2019_face12.h5``.
    landmarks : Path
        File with the vertices of the 68 landmarks (`analysis.face.models.readers.landmark_file`).
    name : str
        Name of the model.
    identity_components, expression_components : int
        Number of the strongest components to keep.

    Raises
    ------
    FaceModelError
        If the file is damaged, has another layout, or no landmark file is given.
    """
    if landmarks is None:
        raise FaceModelError(
            f"{path.name} does not name the vertices of the 68 landmarks; give a landmark file "
            '(--landmarks FILE with lines such as "31 = 8156  # nose tip")'
        )
    try:
        with h5py.File(path, "r") as file:
            mean, identity = _pca(file, "shape", identity_components)
            moved, expression = _pca(file, "expression", expression_components)
            cells = np.asarray(_dataset(file, "shape/representer/cells"), dtype=np.int64)
            named = _named_points(file, mean)
    except OSError as error:
        raise FaceModelError(f"{path} cannot be read as an HDF5 file: {error}") from error
    except (RuntimeError, TypeError, ValueError, LookupError) as error:
        raise FaceModelError(f"{path} is damaged or has another layout: {error}") from error
    if len(moved) != len(mean):
        raise FaceModelError(f"{path}: expressions have {len(moved)} vertices, the shape has {len(mean)}")
    basis = one_sided(expression)
    with_mean = ExpressionBasis(("expressionMean", *basis.names), np.concatenate([moved[None], basis.shapes]))
    return completed(
        FaceModel(
            name=name,
            mean=mean,
            identity=identity,
            bases={"units": with_mean},
            landmark_vertices=read_landmark_file(landmarks, vertices=len(mean), names=named),
            triangles=cells.T if cells.shape[0] == 3 else cells,
            licence=LICENCE,
            source=f"{path.name} with {landmarks.name}",
        )
    )


def _pca(file: Any, part: str, components: int) -> tuple[FloatArray, FloatArray]:
    """Return the (V, 3) mean and (K, V, 3) components of one standard deviation."""
    mean = np.asarray(_dataset(file, f"{part}/model/mean"), dtype=np.float64).ravel()
    variance = np.asarray(_dataset(file, f"{part}/model/pcaVariance"), dtype=np.float64).ravel()[:components]
    basis = np.asarray(_dataset(file, f"{part}/model/pcaBasis")[:, :components], dtype=np.float64)
    if mean.size % 3 or basis.shape != (mean.size, len(variance)) or (variance < 0).any():
        raise FaceModelError(f"{file.filename}: mean, pcaBasis and pcaVariance of {part} do not fit together")
    lengths = np.linalg.norm(basis, axis=0)
    deviations = np.sqrt(variance)
    # statismo has written both columns of length 1 and columns scaled by their deviation
    scale = deviations if np.allclose(lengths, 1, atol=0.05) else np.where(lengths > 0, deviations / lengths, 0)
    return mean.reshape(-1, 3), (basis * scale).T.reshape(len(variance), -1, 3)


def _dataset(file: Any, name: str) -> Any:
    found = file.get(name)
    if not isinstance(found, h5py.Dataset):
        raise FaceModelError(f"{file.filename} is not a Basel Face Model of 2017 or 2019: {name} is missing")
    return found


def _named_points(file: Any, mean: FloatArray) -> dict[str, int]:
    """Return the nearest vertex of every named point of the file."""
    if "metadata/landmarks/json" not in file:
        return {}
    text = np.asarray(file["metadata/landmarks/json"]).ravel()[0]
    entries = json.loads(text.decode("utf-8") if isinstance(text, bytes) else str(text))
    tree = cKDTree(mean)
    return {str(entry["id"]): int(tree.query(entry["coordinates"])[1]) for entry in entries}
