"""What the expressions of one person have in common.

A person who lifts the chin for every expression, or whose neutral picture was lit from another side, changes in the
same way in all pictures. The score of a single picture cannot separate this common change from the expression. The
pictures of one person together can (metrics whose names end with ``-pooled``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.face.appearance.population import population
from analysis.face.arrays import FloatArray

_OWN_EXPRESSIONS = 0.5
"""Expressions beyond the first one whose mean is as well known as the average of the population."""
_NOTHING = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class CommonChange:
    """Means over the expressions of one person, every change scaled to one size."""

    units: FloatArray
    """(E,) strengths of the units."""
    appearance: FloatArray | None
    """(rows, columns, directions) change of appearance; None if only landmarks are known."""
    expressions: int
    """Number of different expressions; takes of one expression count as one."""

    @property
    def share(self) -> float:
        """Weight of these means; the average of the population has the rest.

        It is ``(n - 1) / (n - 1 + 0.5)`` for n expressions, the empirical Bayes estimate of a mean: 0 for one
        expression, which cannot be separated from what is common, 0.67 for two, 0.91 for six.
        """
        return (self.expressions - 1) / (self.expressions - 1 + _OWN_EXPRESSIONS)


def scaled_units(strengths: FloatArray) -> FloatArray:
    """Return strengths of units scaled to length 1; zero if no unit is active.

    Parameters
    ----------
    strengths : (E,) float array
        Coefficients.
    """
    length = float(np.linalg.norm(strengths))
    return strengths / length if length > _NOTHING else np.zeros_like(strengths)


def scaled_appearance(change: FloatArray) -> FloatArray:
    """Return a change of appearance scaled to one size relative to the noise.

    Zero if nothing changed.

    Parameters
    ----------
    change : (rows, columns, directions) float array
        Change from the person at rest.
    """
    size = population().size(change)
    return change / size if size > _NOTHING else np.zeros_like(change)


def common_change(
    labels: Sequence[str], units: Sequence[FloatArray], appearances: Sequence[FloatArray | None]
) -> CommonChange | None:
    """Return what the pictures of one person have in common; None without pictures.

    Parameters
    ----------
    labels : sequence of str
        The expression of each picture.
    units : sequence of (E,) float arrays
        Strengths of the units.
    appearances : sequence of (rows, columns, directions) float arrays
        Changes of appearance.
    """
    names = list(dict.fromkeys(labels))
    if not names:
        return None
    known = [one for one in appearances if one is not None]

    def mean(values: Sequence[FloatArray]) -> FloatArray:
        takes = ([one for one, label in zip(values, labels, strict=True) if label == name] for name in names)
        return np.asarray(np.mean([np.mean(some, axis=0) for some in takes], axis=0))

    return CommonChange(
        units=mean([scaled_units(one) for one in units]),
        appearance=mean([scaled_appearance(one) for one in known]) if len(known) == len(labels) else None,
        expressions=len(names),
    )
