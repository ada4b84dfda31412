"""A mimic in the mirror: people who imitate a face move the side that faces the target's.

Any change of a face is the sum of a symmetric part, the same on both sides, and an antisymmetric part, which changes
its sign in a mirror. Comparing the latter by its absolute value makes a wink with the left eye as good an imitation of
a wink with the right eye as one with the right eye, and leaves symmetric expressions alone. Which side moved is not
lost: asymmetry is reported beside every score.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.face.appearance.population import SIDES
from analysis.face.arrays import FloatArray

_NOTHING = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class TwoSided:
    """A change of a face, taken apart."""

    even: FloatArray
    """(N,) symmetric part."""
    odd: FloatArray
    """(N,) antisymmetric part, for one of the two sides."""

    @staticmethod
    def of(change: FloatArray, mirrored: FloatArray, *, average: FloatArray | float = 0.0) -> TwoSided:
        """Take a change apart, given the same change in the mirror and a symmetric average to compare it with."""
        return TwoSided(np.ravel((change + mirrored) / 2.0 - average), np.ravel((change - mirrored) / 2.0))

    def weighted(self, weights: FloatArray) -> TwoSided:
        """Every number multiplied by the root of its (N,) weight."""
        root = np.sqrt(np.ravel(weights))
        return TwoSided(self.even * root, self.odd * root)


def cosine_either_way(a: TwoSided, b: TwoSided) -> float:
    """``(e_a e_b + s |o_a o_b|) / sqrt((e_a^2 + s o_a^2) (e_b^2 + s o_b^2))``: -1 to 1.

    ``s`` is `SIDES`, how much the antisymmetric parts ``o`` count.

    The correlation about zero of two changes or of one and the other's mirror image, whichever is larger; 0 where one
    of them is no change.
    """
    norm = float(np.sqrt(_power(a) * _power(b)))
    if norm <= _NOTHING:
        return 0.0
    return (float(a.even @ b.even) + SIDES * abs(float(a.odd @ b.odd))) / norm


def _power(one: TwoSided) -> float:
    return float(one.even @ one.even) + SIDES * float(one.odd @ one.odd)
