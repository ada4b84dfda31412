"""The landmark rows of a face model: the only part of the mesh that a fit uses.

Arrays have the axis (x, y, z) first, then the landmark: a camera works on axes, and the rotation of all shapes at all
landmarks is one matrix product.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from analysis.face.arrays import FloatArray, IntArray
from analysis.face.errors import FaceModelError
from analysis.face.fitting.fitted_face import Identity
from analysis.face.models.model import FaceModel

LEFT_EYE = slice(42, 48)
"""The person's left, at the right of a frontal picture."""
RIGHT_EYE = slice(36, 42)


@dataclass(frozen=True, slots=True, eq=False)
class LandmarkRows:
    """The rows of a model at the n of 68 landmarks that it has."""

    landmarks: IntArray
    """(n,) numbers 0..67 of the landmarks the model has."""
    mean: FloatArray
    """(3, n) mm."""
    identity: FloatArray
    """(3, n, K) mm per standard deviation."""
    shapes: FloatArray
    """(3, n, E) mm at full strength of each expression shape."""
    names: tuple[str, ...]
    """(E,) names of the shapes."""
    basis: str
    """Name of the expression basis."""

    def neutral(self, identity: FloatArray) -> FloatArray:
        """Return the (3, n) landmarks of a neutral face, mm.

        Parameters
        ----------
        identity : (K',) float array
            Coefficients of the first components, standard deviations.
        """
        points: FloatArray = self.mean + self.identity[:, :, : len(identity)] @ identity
        return points

    def at_rest(self, person: Identity) -> FloatArray:
        """Return the (3, n) landmarks of a person at rest, mm.

        Unlike `neutral`, they include the person's differences from the model.
        """
        points: FloatArray = self.neutral(person.coefficients) + person.landmark_offsets_mm[self.landmarks].T
        return points


@lru_cache(maxsize=16)
def landmark_rows(model: FaceModel, basis: str) -> LandmarkRows:
    """Return the landmark rows of a model for one expression basis; computed once.

    Parameters
    ----------
    model : FaceModel
        The face model.
    basis : str
        ``units`` or ``emotions``.

    Raises
    ------
    FaceModelError
        If the model has no such basis, or too few landmarks to fit it.
    """
    if basis not in model.bases:
        available = ", ".join(sorted(model.bases))
        raise FaceModelError(f"the face model {model.name} has no expression basis {basis!r}; it has {available}")
    present = np.flatnonzero(model.landmark_vertices >= 0)
    if len(present) < 20:
        raise FaceModelError(f"the face model {model.name} has {len(present)} of the 68 landmarks; a fit needs 20")
    vertices = model.landmark_vertices[present]
    chosen = model.bases[basis]
    return LandmarkRows(
        landmarks=present,
        mean=np.ascontiguousarray(model.mean[vertices].T, dtype=np.float64),
        identity=np.ascontiguousarray(model.identity[:, vertices].transpose(2, 1, 0), dtype=np.float64),
        shapes=np.ascontiguousarray(chosen.shapes[:, vertices].transpose(2, 1, 0), dtype=np.float64),
        names=chosen.names,
        basis=basis,
    )
