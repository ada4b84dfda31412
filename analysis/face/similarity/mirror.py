"""Compare changes of two faces independently of left and right.

People who imitate a face often move the side opposite to the target's, as in a mirror. Any change of a face is the sum
of a symmetric part, the same on both sides, and an antisymmetric part, which changes its sign in a mirror. Here the
antisymmetric parts are compared by the absolute value of their product: a wink with the left eye is then as good an
imitation of a right wink as a right wink is, and symmetric expressions are not affected. Asymmetry is reported with
every score.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.face.appearance.population import ANTISYMMETRIC_WEIGHT
from analysis.face.arrays import FloatArray

_NOTHING = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class MirrorParts:
    """The symmetric and the antisymmetric part of a change of a face."""

    even: FloatArray
    """(N,) symmetric part."""
    odd: FloatArray
    """(N,) antisymmetric part, for one of the two sides."""

    @staticmethod
    def split(change: FloatArray, mirrored: FloatArray, *, average: FloatArray | float = 0.0) -> MirrorParts:
        """Split a change into its two parts.

        Parameters
        ----------
        change, mirrored : (N,) float arrays
            The change, and the same change in a mirror.
        average : (N,) float array or float
            Symmetric average to compare the change with.
        """
        return MirrorParts(np.ravel((change + mirrored) / 2.0 - average), np.ravel((change - mirrored) / 2.0))

    def weighted(self, weights: FloatArray) -> MirrorParts:
        """Return the parts multiplied by the root of weights.

        Parameters
        ----------
        weights : (N,) float array
            Non-negative.
        """
        root = np.sqrt(np.ravel(weights))
        return MirrorParts(self.even * root, self.odd * root)


def mirror_invariant_cosine(a: MirrorParts, b: MirrorParts) -> float:
    """Return a cosine that gives one-sided and mirrored movements credit, -1 to 1.

    It is ``(e_a e_b + s |o_a o_b|) / sqrt((e_a^2 + s o_a^2) (e_b^2 + s o_b^2))``.

    ``s`` is `ANTISYMMETRIC_WEIGHT`, the weight of the antisymmetric parts ``o``. The result is the correlation about
    zero of one change and the other or its mirror image, whichever is larger; 0 if one of them is zero.
    """
    norm = float(np.sqrt(_power(a) * _power(b)))
    if norm <= _NOTHING:
        return 0.0
    return (float(a.even @ b.even) + ANTISYMMETRIC_WEIGHT * abs(float(a.odd @ b.odd))) / norm


def _power(parts: MirrorParts) -> float:
    return float(parts.even @ parts.even) + ANTISYMMETRIC_WEIGHT * float(parts.odd @ parts.odd)
