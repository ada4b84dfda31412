"""The movement of a face: its change from rest over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from analysis.courses.indices import FEWEST, LARGEST_GAP_S, SUSTAINED_S
from analysis.face.arrays import FloatArray
from analysis.face.models.model import FaceModel
from analysis.face.similarity.parts import NOISE_FLOOR_MM
from analysis.face.similarity.points import point_mask

NOISE_FACTOR = 3.0
"""Standard deviations of the face at rest above which a change is a movement."""
_ROUNDING_S = 1e-3
_BLINK = "eyeBlink"
"""Lids move by themselves, so they are no part of a movement."""


@dataclass(frozen=True, slots=True, eq=False)
class Movement:
    """The change of a face from rest, at ascending times.

    Two faces are compared in the same coordinates. The length of a row is the strength of the movement.
    """

    time_s: FloatArray
    """(N,) ascending times, s."""
    change: FloatArray
    """(N, D) coordinates."""
    least: float
    """Strength below which a change is not a movement."""

    @property
    def active(self) -> FloatArray:
        """(N, D) the changes that are movements."""
        return np.asarray(self.change[np.linalg.norm(self.change, axis=1) >= self.least])


def movement(
    time_s: FloatArray,
    units: FloatArray,
    *,
    coordinates: FloatArray | None = None,
    baseline_s: float | None = None,
    least: float = NOISE_FLOOR_MM,
) -> Movement:
    """Return the movement of a face.

    Parameters
    ----------
    time_s : (N,) float array
        Times of the used frames from the onset of the target, in any order.
    units : (N, E) float array
        Strengths of the units, as change from the face at rest.
    coordinates : (E, D) float array, optional
        Result of `unit_coordinates`. Default: the units themselves.
    baseline_s : float, optional
        Begin of the baseline, which ends at 0. Its median is subtracted, and its noise raises ``least``.
    least : float
        Least strength of a movement, in the unit of the coordinates.
    """
    order = np.argsort(time_s, kind="stable")
    times, change = time_s[order], units[order]
    if coordinates is not None:
        change = change @ coordinates
    if baseline_s is not None:
        before = change[(times >= baseline_s) & (times < 0.0)]
        if len(before) >= FEWEST:
            rest = np.median(before, axis=0)
            noise = float(np.sqrt(np.median(((before - rest) ** 2).sum(axis=1))))
            change, least = change - rest, max(least, NOISE_FACTOR * noise)
    return Movement(times, change, least)


@lru_cache(maxsize=4)
def unit_coordinates(model: FaceModel) -> FloatArray:
    """Return the (E, D) coordinates of units, whose lengths are mm.

    The length of ``units @ coordinates`` is the root mean square movement of the mobile quarter of the face. Units that
    68 landmarks hardly distinguish move the same vertices, so that they have nearly the same coordinates. The lids are
    left out.
    """
    basis = model.bases[model.finest_basis]
    flat = basis.shapes[:, point_mask(model, "mobile")].reshape(len(basis.names), -1)
    kept = np.array([not name.startswith(_BLINK) for name in basis.names], dtype=np.float64)
    points = flat.shape[1] / 3
    values, vectors = np.linalg.eigh((flat @ flat.T) / points * np.outer(kept, kept))
    some = values > 1e-9 * values.max()
    return np.asarray(vectors[:, some] * np.sqrt(values[some]))


def on_grid(of: Movement, grid_s: FloatArray) -> FloatArray:
    """Return the (G, D) changes at regular times, linear between frames.

    NaN before the first and after the last frame, and in gaps longer than `analysis.courses.indices.LARGEST_GAP_S`.

    Parameters
    ----------
    of : Movement
        The movement, with at least one row.
    grid_s : (G,) float array
        Ascending times, s.
    """
    values = np.stack([np.interp(grid_s, of.time_s, column) for column in of.change.T], axis=1)
    after = np.searchsorted(of.time_s, grid_s, side="left")
    upper = of.time_s[np.minimum(after, len(of.time_s) - 1)]
    lower = of.time_s[np.maximum(after - 1, 0)]
    outside = (grid_s < of.time_s[0]) | (grid_s > of.time_s[-1])
    values[outside | (upper - lower > LARGEST_GAP_S)] = np.nan
    return values


def congruency(of: Movement, target: Movement, *, duration_s: float) -> float | None:
    """Return how far a face moves in the direction of another one, -1 to 1.

    The cosine of the mean changes, each over the times in which that face moves. None if one of them does not move. The
    face has to move for `SUSTAINED_S` in all: frames at the begin of a blink are not an expression.

    Parameters
    ----------
    of : Movement
        The face, after subtraction of its baseline.
    target : Movement
        The other one.
    duration_s : float
        How long the target was shown. Other times of the face are left out.
    """
    during = (of.time_s >= 0.0) & (of.time_s <= duration_s)
    times = of.time_s[during]
    own, other = Movement(times, of.change[during], of.least).active, target.active
    frame_s = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    if len(own) * frame_s < SUSTAINED_S - _ROUNDING_S or not len(other):
        return None
    first, second = own.mean(axis=0), other.mean(axis=0)
    return _cosine(first, second)


def _cosine(first: FloatArray, second: FloatArray) -> float | None:
    length = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float(first @ second) / length if length > 0.0 else None


def shifted(of: Movement, by_s: float) -> Movement:
    """Return a movement that happens later.

    Parameters
    ----------
    of : Movement
        The movement.
    by_s : float
        Added to its times.
    """
    return Movement(of.time_s + by_s, of.change, of.least)


def stacked(rows: Sequence[FloatArray], width: int) -> FloatArray:
    """Return rows as an array, also without a row.

    Parameters
    ----------
    rows : sequence of (E,) float arrays
        The rows.
    width : int
        E.
    """
    return np.array(rows, dtype=np.float64).reshape(len(rows), width)
