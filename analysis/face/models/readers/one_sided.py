"""Statistical expressions as shapes whose coefficients run from 0 to 1, as every fit of this project expects.

A principal component may be walked in both directions, so each becomes two shapes, ``expression01+`` and
``expression01-``, at `FULL_STRENGTH` standard deviations. They have no FACS meaning: intensities of such a model
say how far, not what.
"""

from __future__ import annotations

from analysis.face.arrays import FloatArray
from analysis.face.models.model import ExpressionBasis

FULL_STRENGTH = 3.0
"""Standard deviations at coefficient 1; 99.7 % of the faces the components come from stay within."""


def one_sided(components: FloatArray) -> ExpressionBasis:
    """Turn (E, V, 3) components, one standard deviation each in mm, into 2 E shapes."""
    names = tuple(f"expression{k + 1:02d}{sign}" for k in range(len(components)) for sign in "+-")
    shapes: FloatArray = FULL_STRENGTH * components.repeat(2, axis=0)
    shapes[1::2] *= -1
    return ExpressionBasis(names, shapes)
