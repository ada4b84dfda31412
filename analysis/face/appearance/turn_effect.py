"""The change of appearance of a turned face as it would be facing the camera.

When the head turns, the change ``x`` of appearance from rest gets an average effect of the turn ``mu(turn)``, the same
for all people and expressions, and an error that differs from person to person and from expression to expression::

    x_turned = x + mu(turn) + error,   x ~ (m, S),   error ~ (0, Q(turn))                              (1)
    x_facing = m + S (S + Q(turn))^-1 (x_turned - mu(turn) - m)                                        (2)

Equation 2 is the best linear prediction [1]_: what the turn alters most, and expressions least, counts least. The
covariance ``S`` is that of many different expressions. ``Q`` grows with the square of the turn, so a face that faces
the camera keeps its change. Neutral pictures with the same turn remove the average and half of ``Q``.

All covariances are a diagonal and a few common factors. Symmetric and antisymmetric parts (`gradients`) are
independent, because the mirror images of all people were learned from too. The numbers are in
``data/learned/turns.npz``; ``python -m analysis.evaluation.learn`` makes that file.

References
----------
.. [1] Robinson, That BLUP is a good thing: the estimation of random effects, Statistical Science 6 (1991), 15-32, eq.
   1.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from analysis.face.appearance.gradients import SHAPE, mirrored_descriptor
from analysis.face.appearance.population import population
from analysis.face.arrays import FloatArray
from analysis.face.fitting.learned_arrays import FOLDER, read_learned

FILE = FOLDER / "turns.npz"
HALF = SHAPE[0] * (SHAPE[1] // 2) * SHAPE[2]
"""Numbers of the symmetric part, and of the antisymmetric part."""
FACTORS = 20
"""Common factors of each covariance; 40 and 80 give the same scores (`docs/notes/similarity-tried.md`)."""
TURN_DEG = 15.0
"""The turn that ``Q`` is given for."""
_FURTHEST_DEG = 20.0
"""Larger turns are treated as this one; they were not learned from."""
_BY_REST = 0.5
"""Share of ``Q`` that neutral pictures with the same turn remove."""
_NOTHING = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class TurnEffect:
    """Average and covariances of the effect of head rotation.

    In units of the noise (`Population.weights`).
    """

    mean: FloatArray
    """(HALF,) ``m``, the symmetric mean change by an expression."""
    effect: FloatArray
    """(5, HALF) ``mu``: symmetric by yaw^2, pitch, pitch^2; antisymmetric by yaw, yaw pitch. Unit: 15 degrees."""
    variances: FloatArray
    """(2, 4, HALF) of the symmetric and the antisymmetric part: diagonals of ``S``, and of ``Q`` at 15 degrees to the
    side, chin up, and chin down."""
    factors: FloatArray
    """(2, 4, FACTORS, HALF) common factors, ``covariance = diag(variances) + factors' factors``."""

    def save(self, file: Path) -> None:
        """Write the arrays to an ``.npz`` file, in half precision."""
        np.savez_compressed(file, **{name: getattr(self, name).astype(np.float16) for name in _SHAPES})

    def facing(
        self, change: FloatArray, turn_deg: tuple[float, float], rest_turn_deg: tuple[float, float] = (0.0, 0.0)
    ) -> FloatArray:
        """Return the change as it would be facing the camera, equation 2.

        Parameters
        ----------
        change : (rows, columns, directions) float array
            Change of a descriptor from rest, in the turned picture.
        turn_deg : (yaw, pitch)
            Rotation of the head from the neutral pictures.
        rest_turn_deg : (yaw, pitch)
            Rotation of the neutral pictures that the change is relative to.
        """
        if turn_deg == (0.0, 0.0) and rest_turn_deg == (0.0, 0.0):
            return change
        parts = split_halves(change) - self._average(turn_deg) + self._average(rest_turn_deg)
        parts[0] -= self.mean
        turn = np.array(turn_deg)
        squares = (1.0 - _BY_REST) * _squares(turn) + _BY_REST * _squares(turn - np.array(rest_turn_deg))
        kinds = [0, *(np.flatnonzero(squares) + 1).tolist()]
        amounts = np.sqrt(np.concatenate([np.ones(1), squares[squares > 0]]))
        found = np.stack([self._predicted(parts[k], k, kinds, amounts) for k in range(2)])
        found[0] += self.mean
        return join_halves(found, change)

    def _average(self, turn_deg: tuple[float, float]) -> FloatArray:
        """Return ``mu`` of a turn, (2, HALF)."""
        symmetric, antisymmetric = turn_terms(np.array([turn_deg]))
        return np.concatenate([symmetric @ self.effect[:3], antisymmetric @ self.effect[3:]])

    def _predicted(self, turned: FloatArray, part: int, kinds: list[int], amounts: FloatArray) -> FloatArray:
        """Return ``S (S + Q)^-1 turned``, with the inverse of Woodbury.

        The sum is a diagonal and a few factors.
        """
        variances, factors = self.variances[part], self.factors[part]
        diagonal = amounts**2 @ variances[kinds]
        all_factors = (amounts[:, None, None] * factors[kinds]).reshape(-1, HALF)
        scaled = all_factors / diagonal
        few = np.eye(len(all_factors)) + scaled @ all_factors.T
        solved = turned / diagonal - np.linalg.solve(few, scaled @ turned) @ scaled
        return np.asarray(variances[0] * solved + (factors[0] @ solved) @ factors[0])


_SHAPES = {
    "mean": (HALF,),
    "effect": (5, HALF),
    "variances": (2, 4, HALF),
    "factors": (2, 4, FACTORS, HALF),
}


@lru_cache(maxsize=1)
def turn_effect() -> TurnEffect:
    """Return the effect in `FILE`; read once.

    Raises
    ------
    AnalysisError
        If the file is missing or damaged.
    """
    return TurnEffect(**read_learned(FILE, _SHAPES))


def turn_terms(turns_deg: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the terms of ``mu``: (N, 3) symmetric and (N, 2) antisymmetric.

    Parameters
    ----------
    turns_deg : (N, 2) float array
        Yaw and pitch of heads.
    """
    yaw, pitch = _limited(turns_deg).T
    return np.stack([yaw * yaw, pitch, pitch * pitch], axis=1), np.stack([yaw, yaw * pitch], axis=1)


def split_halves(change: FloatArray) -> FloatArray:
    """Return the (2, HALF) symmetric and antisymmetric part of a change.

    In units of the noise.

    Parameters
    ----------
    change : (rows, columns, directions) float array
        Change of a descriptor.
    """
    other = mirrored_descriptor(change)
    root = np.sqrt(population().weights)
    half = SHAPE[1] // 2
    return np.stack([((change + sign * other) / 2.0 * root)[:, :half].ravel() for sign in (1.0, -1.0)])


def join_halves(parts: FloatArray, change: FloatArray) -> FloatArray:
    """Return the change with these parts.

    Places without weight keep their values.

    Parameters
    ----------
    parts : (2, HALF) float array
        Symmetric and antisymmetric part, as of `split_halves`.
    change : (rows, columns, directions) float array
        The change that was split.
    """
    rows, columns, directions = SHAPE
    even, odd = (one.reshape(rows, columns // 2, directions) for one in parts)
    empty = np.zeros_like(even)
    right = mirrored_descriptor(np.concatenate([even - odd, empty], axis=1))
    whole = np.concatenate([even + odd, empty], axis=1) + right
    root = np.sqrt(population().weights)
    return np.where(root > _NOTHING, whole / np.maximum(root, _NOTHING), change)


def _limited(turn_deg: FloatArray) -> FloatArray:
    """Return turns in units of 15 degrees, at most the furthest."""
    return np.asarray(np.clip(turn_deg, -_FURTHEST_DEG, _FURTHEST_DEG) / TURN_DEG)


def _squares(turn_deg: FloatArray) -> FloatArray:
    """Return the (3,) square turns to the side, chin up and chin down."""
    yaw, pitch = _limited(turn_deg).tolist()
    return np.array([yaw, max(pitch, 0.0), min(pitch, 0.0)]) ** 2
