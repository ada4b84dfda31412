"""Composites: named measures that are weighted sums of units.

`CONTRAST`, zygomatic minus corrugator activity, is what studies of facial muscles report as one number for pleasant and
unpleasant reactions: the lip corner puller rises in response to happiness and the brow lowerer to anger [1]_. With the
sign of the target it is congruent minus incongruent activity.

References
----------
.. [1] Dimberg (1982), Facial reactions to facial expressions, Psychophysiology 19(6), 643-647.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analysis.face.arrays import FloatArray

CONTRAST = "contrast"
CONGRUENT = "congruent_contrast"
"""The contrast, with the sign that the contrast of the target has."""
DEFAULT: Mapping[str, Mapping[str, float]] = {CONTRAST: {"mouthSmile": 1.0, "browDown": -1.0}}
"""Composites that always exist; a protocol can define one of these names otherwise."""
NO_DIRECTION = "no-direction"
"""Why there is no `CONGRUENT`: the target is neither pleasant nor unpleasant, or was not measured."""
LEAST_CONTRAST = 0.1
"""A target with a smaller contrast is neither pleasant nor unpleasant."""


def with_default(composites: Mapping[str, Mapping[str, float]]) -> dict[str, Mapping[str, float]]:
    """Return the composites of a protocol and those of `DEFAULT`."""
    return {**DEFAULT, **composites}


def composite_values(
    measures: Mapping[str, FloatArray], composites: Mapping[str, Mapping[str, float]]
) -> dict[str, FloatArray]:
    """Return the (N,) values of composites by name.

    A composite of units that the face model does not have is left out.

    Parameters
    ----------
    measures : mapping of str to (N,) float array
        Units, and the means of both sides, by name.
    composites : mapping of str to (mapping of str to float)
        Weights of units, by name of the composite; those of `DEFAULT` are added.
    """
    return {
        name: np.sum([weight * measures[unit] for unit, weight in weights.items()], axis=0)
        for name, weights in with_default(composites).items()
        if all(unit in measures for unit in weights)
    }


def congruent_contrast(contrast: FloatArray, target: FloatArray) -> FloatArray | None:
    """Return congruent minus incongruent activity.

    The contrast of a face with the sign of the target's.

    None for a target that is neither pleasant nor unpleasant, or was not measured.

    Parameters
    ----------
    contrast : (N,) float array
        `CONTRAST` of the face.
    target : (T,) float array
        `CONTRAST` of the target while it moves.
    """
    if not len(target) or abs(float(target.mean())) < LEAST_CONTRAST:
        return None
    return np.asarray(np.sign(target.mean()) * contrast)
