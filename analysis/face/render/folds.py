"""Folds of the skin: furrows and bulges that follow the units.

`analysis.face.render.creases` has the narrow ones, wrinkles; `analysis.face.render.broad_folds` the broad ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.landmarks.mirror import MIRROR_ORDER


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """One furrow or bulge of the skin."""

    units: Mapping[str, float]
    """Height at full strength of each unit, relative to `height_mm`."""
    points_mm: FloatArray
    """(N, 2) a line; one point for a round bulge."""
    width_mm: float
    """Standard deviation of the profile across the line."""
    height_mm: float
    """Negative for a furrow."""
    at_rest: bool = False
    """Whether deep wrinkles show it at rest."""

    def moved_by(self, strengths: Mapping[str, float]) -> float:
        """Return the height that units make, relative to `height_mm`."""
        return sum(share * strengths.get(unit, 0.0) for unit, share in self.units.items())


def on_both_sides(folds_of_side: Callable[[FloatArray, str], Iterable[Fold]], points_mm: FloatArray) -> Iterator[Fold]:
    """Yield the folds of the left side of a face, and of the right side mirrored.

    Parameters
    ----------
    folds_of_side : callable
        Returns the folds of the side whose landmarks have positive x, from (68, 2) landmarks and the name of the side.
    points_mm : (68, 2) float array
        Landmarks of the face from the front.
    """
    mirrored = points_mm[MIRROR_ORDER] * (-1.0, 1.0)
    for side, points, sign in (("Left", points_mm, 1.0), ("Right", mirrored, -1.0)):
        for fold in folds_of_side(points, side):
            yield replace(fold, points_mm=fold.points_mm * (sign, 1.0))


def personal_fold(fold: Fold, rng: np.random.Generator, *, spread: float = 1.0) -> Fold:
    """Return the fold of one person: moved, wider or narrower, deeper or flatter.

    Parameters
    ----------
    fold : Fold
        The fold of the average person.
    rng : Generator
        Source of random numbers.
    spread : float
        Size of the differences between people.
    """
    away = spread * (2.0 if len(fold.points_mm) == 1 else 0.9)
    moved = fold.points_mm + rng.normal(0.0, away, 2) + rng.normal(0.0, 0.3 * away, fold.points_mm.shape)
    wider, deeper = np.exp(spread * rng.normal(0.0, (0.15, 0.45))).tolist()
    return replace(fold, points_mm=moved, width_mm=fold.width_mm * wider, height_mm=fold.height_mm * deeper)


def line(
    origin: FloatArray,
    offsets: Sequence[tuple[float, float]],
    units: Mapping[str, float],
    width_mm: float,
    height_mm: float,
    *,
    rest: bool = False,
) -> Fold:
    """Return a fold along a line.

    Parameters
    ----------
    origin : (2,) float array
        A landmark.
    offsets : sequence
        Distance of each point of the line from it, mm to the right and up.
    units, width_mm, height_mm, rest
        Fields of `Fold`.
    """
    return Fold(units, origin + np.array(offsets, dtype=np.float64), width_mm, height_mm, rest)


def bulge(
    origin: FloatArray, offset: tuple[float, float], units: Mapping[str, float], width_mm: float, height_mm: float
) -> Fold:
    """Return a round bulge, or a hollow.

    Parameters
    ----------
    origin : (2,) float array
        A landmark.
    offset : (float, float)
        Distance of the middle from it, mm to the right and up.
    units, width_mm, height_mm
        Fields of `Fold`.
    """
    return Fold(units, np.atleast_2d(origin + np.array(offset)), width_mm, height_mm)


def path(*points: tuple[FloatArray, float, float]) -> FloatArray:
    """Return (N, 2) points, each given by a landmark and the distance from it."""
    return np.array([origin + np.array([right, up]) for origin, right, up in points])


def both(unit: str, share: float) -> dict[str, float]:
    """Return the same share for the left and the right unit."""
    return {f"{unit}{side}": share for side in ("Left", "Right")}
