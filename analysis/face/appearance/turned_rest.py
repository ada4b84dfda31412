"""The appearance at rest of a person whose head is turned.

The appearance of a face at rest changes when the head turns. Neutral pictures with deliberate turns show how, for this
person. A picture is then compared with the neutral pictures whose turn is nearest to its own. Neutral pictures that all
face one direction have the same weight for every picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.face.appearance.part_statistics import Seen
from analysis.face.arrays import BoolArray, FloatArray

FACING_DEG = 7.0
"""Neutral pictures that are turned farther from the median of all are deliberate turns: people who hold still stay
within 4 degrees, and the rotation is measured with an error of 2."""
_FEWEST = 3
"""Neutral pictures that face one direction; with fewer, none counts as turned deliberately."""
_REACH_DEG = 4.0
"""Standard deviation of the weight of a neutral picture; 3 to 8 degrees give similar scores
(`docs/notes/similarity-tried.md`)."""
_NEAR = 0.5
"""Weight, relative to the largest, of a neutral picture that counts as near."""


def facing(turns_deg: Sequence[tuple[float, float]]) -> BoolArray:
    """Return which neutral pictures are not turned deliberately.

    Parameters
    ----------
    turns_deg : sequence of (yaw, pitch)
        Rotations of the head.

    Returns
    -------
    (N,) bool array
    """
    turns = np.array(turns_deg, dtype=np.float64).reshape(-1, 2)
    if not len(turns):
        return np.zeros(0, dtype=np.bool_)
    away = turns - np.median(turns, axis=0)
    near: BoolArray = np.hypot(away[:, 0], away[:, 1]) <= FACING_DEG
    return near if near.sum() >= _FEWEST else np.ones(len(turns), dtype=np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class TurnedRest:
    """Neutral pictures of one person, some with deliberate turns of the head."""

    neutrals: tuple[Seen, ...]
    turns_deg: tuple[tuple[float, float], ...]
    """(yaw, pitch) of each."""

    def at(self, turn_deg: tuple[float, float]) -> FloatArray:
        """Return the appearance at rest in a rotation of the head.

        Its shape is (rows, columns, directions).
        """
        edges = np.stack([one.edges for one in self.neutrals])
        return np.asarray(np.tensordot(self._weights(turn_deg), edges, axes=1))

    def turn_at(self, turn_deg: tuple[float, float]) -> tuple[float, float]:
        """Return the rotation of the appearance that `at` returns."""
        yaw, pitch = (self._weights(turn_deg) @ np.array(self.turns_deg)).tolist()
        return yaw, pitch

    def near(self, turn_deg: tuple[float, float]) -> list[Seen]:
        """Return the neutral pictures that count most in a rotation of the head."""
        weights = self._weights(turn_deg)
        return [one for one, weight in zip(self.neutrals, weights, strict=True) if weight >= _NEAR * weights.max()]

    def _weights(self, turn_deg: tuple[float, float]) -> FloatArray:
        away = np.array(self.turns_deg) - turn_deg
        squared = (away**2).sum(axis=1)
        weights: FloatArray = np.exp((squared.min() - squared) / (2.0 * _REACH_DEG**2))
        weights /= weights.sum()
        return weights
