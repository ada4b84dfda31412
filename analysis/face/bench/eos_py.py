"""The eos library (``eos-py``), to compare speed and numbers.

It can use any of our models: identity components become its principal components, expression shapes its blendshapes.
Its ``fit_shape_and_pose`` is called in two ways: with contour landmarks, as in its documentation and example program
(every iteration matches the jaw line with vertices on the outline), and with fixed landmarks only.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analysis.face.arrays import FloatArray, IntArray
from analysis.face.errors import AnalysisError
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.models.model import FaceModel

_CONTOUR = {"right": range(1, 9), "left": range(10, 18)}
"""Landmarks, counted from 1, that eos matches with the outline: the jaw line without the chin, as in its own table."""


@dataclass(frozen=True, slots=True, eq=False)
class EosResult:
    """The result of eos."""

    vertices_mm: FloatArray
    """(V, 3)"""
    identity: FloatArray
    """(K,) standard deviations."""
    expression: FloatArray
    """(E,)"""


class EosPy:
    """One face model in eos.

    Parameters
    ----------
    model : FaceModel
        The face model.
    basis : str
        Name of the expression basis.

    Raises
    ------
    AnalysisError
        If eos-py is not installed.
    """

    def __init__(self, model: FaceModel, *, basis: str = "emotions") -> None:
        try:
            import eos
        except ImportError:
            raise AnalysisError("eos-py is not installed; install it (scripts/setup does) to compare with it") from None
        self._eos: Any = eos
        flat = model.identity.reshape(len(model.identity), -1).T
        lengths = np.linalg.norm(flat, axis=0)
        shape = eos.morphablemodel.PcaModel(
            model.mean.reshape(-1).astype(np.float32),
            (flat / lengths).astype(np.float32),
            (lengths**2).astype(np.float32),
            model.triangles.tolist(),
        )
        chosen = model.bases[basis]
        blendshapes = [
            eos.morphablemodel.Blendshape(name, offsets.reshape(-1).astype(np.float32))
            for name, offsets in zip(chosen.names, chosen.shapes, strict=True)
        ]
        self._model = eos.morphablemodel.MorphableModel(shape, blendshapes, color_model=eos.morphablemodel.PcaModel())
        with tempfile.TemporaryDirectory() as folder:
            self._all, self._inner, *self._outline = _tables(eos, model, Path(folder))

    def fit(self, landmarks: Landmarks, *, contour: bool, iterations: int = 5) -> EosResult:
        """Fit one face.

        Parameters
        ----------
        landmarks : Landmarks
            Detected landmarks.
        contour : bool
            Whether the jaw line is matched with the outline; otherwise landmarks are fixed.
        iterations : int
            Number of iterations.
        """
        eos = self._eos
        named = [eos.core.Landmark(str(number), point) for number, point in enumerate(landmarks.points_px, start=1)]
        tables = (self._inner, *landmarks.image_size, *self._outline) if contour else (self._all, *landmarks.image_size)
        mesh, _, identity, expression = eos.fitting.fit_shape_and_pose(
            self._model, named, *tables, num_iterations=iterations
        )
        vertices = np.array(mesh.vertices, dtype=np.float64)[:, :3]
        return EosResult(vertices, np.array(identity, dtype=np.float64), np.array(expression, dtype=np.float64))


def _tables(eos: Any, model: FaceModel, folder: Path) -> tuple[Any, Any, Any, Any, Any]:
    """Return landmark tables, edges and outline as eos reads them."""
    vertex = {number: int(at) for number, at in enumerate(model.landmark_vertices, start=1) if at >= 0}
    inner = {number: at for number, at in vertex.items() if not any(number in side for side in _CONTOUR.values())}
    mappers = []
    for name, mapped in (("all", vertex), ("inner", inner)):
        lines = ["[landmark_mappings]", *(f"{number} = {at}" for number, at in mapped.items()), "[contour_landmarks]"]
        lines += [f"{side} = {list(numbers)}" for side, numbers in _CONTOUR.items()]
        (folder / name).write_text("\n".join(lines))
        mappers.append(eos.core.LandmarkMapper(str(folder / name)))
    contours = {f"{side}_contour": [vertex[n] for n in numbers if n in vertex] for side, numbers in _CONTOUR.items()}
    (folder / "outline").write_text(json.dumps({"model_contour": contours}))
    return (
        *mappers,
        _edges(eos, model.triangles),
        eos.fitting.ContourLandmarks.load(str(folder / "inner")),
        eos.fitting.ModelContour.load(str(folder / "outline")),
    )


def _edges(eos: Any, triangles: IntArray) -> Any:
    """Return edges with their one or two triangles; eos counts from 1, 0 means none."""
    adjacent: dict[tuple[int, int], list[int]] = {}
    for number, (a, b, c) in enumerate(triangles.tolist(), start=1):
        for edge in ((a, b), (b, c), (c, a)):
            adjacent.setdefault((min(edge), max(edge)), []).append(number)
    faces = [[0, *found][-2:] for found in adjacent.values()]
    vertices = [[a + 1, b + 1] for a, b in adjacent]
    return eos.morphablemodel.EdgeTopology(faces, vertices)
