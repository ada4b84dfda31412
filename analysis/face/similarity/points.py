"""The published score: Pearson's correlation of the 3D points of two fitted faces.

It is "the correlation coefficient between the 3D points of the participant's and the target's model" [1]_. The paper
does not name the points and axes, so both are options here and part of the metric's name. The score compares faces, not
expressions: two different people at rest correlate above 0.98, and so do two expressions of one person. A threshold
has a meaning only with mask and axes.

References
----------
.. [1] Prima, Ito, Tomizawa & Imabuchi, Facial Mimicry Training Based on 3D Morphable Face Models, ACHI 2020,
   section III.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, get_args

import numpy as np

from analysis.face.arrays import BoolArray, FloatArray
from analysis.face.models.model import REGIONS, FaceModel
from analysis.face.similarity.correlation import Centred

Axes = Literal["xyz", "mean", "x", "y", "z"]
AXES: tuple[str, ...] = get_args(Axes)
"""``xyz``: all coordinates in one list; ``mean``: the mean of the three correlations; or one axis alone."""
MASKS = ("all", "mobile", *REGIONS)
"""``all`` vertices; the ``mobile`` quarter that expressions move most; or one region of the face."""

_MOBILE_SHARE = 0.25


def point_correlation(
    a_mm: FloatArray, b_mm: FloatArray, *, mask: BoolArray | None = None, axes: Axes = "xyz"
) -> float:
    """Return the correlation of the points of two faces of the same model.

    Parameters
    ----------
    a_mm, b_mm : (V, 3) float arrays
        Vertices in model axes (no pose), mm.
    mask : (V,) bool array, optional
        The vertices to use; by default all.
    axes : {"xyz", "mean", "x", "y", "z"}
        See `AXES`.
    """
    return centred_correlation(*(centred_points(points, mask=mask, axes=axes) for points in (a_mm, b_mm)))


def centred_points(points_mm: FloatArray, *, mask: BoolArray | None, axes: Axes) -> tuple[Centred, ...]:
    """Return the lists of coordinates that `point_correlation` compares.

    Parameters
    ----------
    points_mm : (V, 3) float array
        Vertices of a face in model axes, mm.
    mask : (V,) bool array, optional
        The vertices to use; by default all.
    axes : {"xyz", "mean", "x", "y", "z"}
        See `AXES`.
    """
    points = points_mm if mask is None or mask.all() else points_mm[mask]
    if axes == "xyz":
        return (Centred.of((points - points.mean(axis=0)).ravel()),)
    return tuple(Centred.of(points[:, k]) for k in (range(3) if axes == "mean" else ("xyz".index(axes),)))


def centred_correlation(a: Sequence[Centred], b: Sequence[Centred]) -> float:
    """Return the mean correlation of the lists of two faces."""
    found = [one.pearson(other) for one, other in zip(a, b, strict=True)]
    return float(np.mean(found)) if len(found) > 1 else found[0]


@lru_cache(maxsize=16)
def point_mask(model: FaceModel, name: str) -> BoolArray:
    """Return the (V,) vertices of one of `MASKS`; computed once."""
    if name == "all":
        return np.ones(len(model.mean), dtype=bool)
    if name == "mobile":
        motion = usual_motion_mm(model)
        return np.asarray(motion >= np.quantile(motion, 1.0 - _MOBILE_SHARE))
    return np.asarray(model.regions[name] > 0.5)


def usual_motion_mm(model: FaceModel) -> FloatArray:
    """Return the (V,) RMS movement of each vertex over the finest basis, mm."""
    basis = model.bases[model.finest_basis]
    motion: FloatArray = np.sqrt((basis.shapes**2).sum(axis=2).mean(axis=0))
    return motion
