"""When a rise counts as a movement: learned limits of each unit; gain of peaks.

A course exceeds its limit if it is above ::

    max(k s, l) + sum_j c_j r_j(t)                                                                          (1)

with the noise ``s`` of the baseline, the factor ``k``, and the least rise ``l`` of the unit. ``r_j`` are the rises of
units of which a part ``c_j`` may be measured as this unit, because 68 landmarks do not separate them: crosstalk.
Without the last term, raised inner brows would often be reported as outer ones, too. Both are found if both move.

``l`` and ``c`` were learned from films of drawn people by ``scripts/evaluate courses --learn``; see
``docs/results/courses.md``. Values of measures are not changed by them.

Fitted peaks are too small. The share of the true peak that is measured was learned from the same people. It is given
for units in which people of both face models agree about it, and corrects a peak under a name of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from analysis.face.arrays import FloatArray

NOISE_FACTOR = 3.0
"""``k`` of equation 1."""
LEAST_RISE = 0.05
"""``l`` of measures without a learned one: a face at rest can have a noise of exactly 0."""
LEARNED = Path(__file__).with_name("detection.json")


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one measure."""

    least_rise: float = LEAST_RISE
    """``l`` of equation 1."""
    crosstalk: Mapping[str, float] = field(default_factory=dict)
    """``c`` of equation 1 by unit."""
    gain: float | None = None
    """Share of the true peak that is measured; None if people of different face models disagree."""

    def threshold(self, noise: float) -> float:
        """Return the limit while no other unit moves."""
        return max(NOISE_FACTOR * noise, self.least_rise)


def limits_of(measure: str) -> Limits:
    """Return the limits of a measure; a side has those of its unit, without the gain.

    Parameters
    ----------
    measure : str
        Name of a unit, an emotion or a composite.
    """
    unit = without_side(measure)
    found = learned_limits().get(unit, Limits())
    return found if measure == unit else replace(found, gain=None)


@lru_cache(maxsize=1)
def learned_limits() -> dict[str, Limits]:
    """Return the learned limits by unit."""
    units = json.loads(LEARNED.read_text("utf-8"))["units"]
    return {name: Limits(one["least_rise"], one["crosstalk"], one.get("gain")) for name, one in units.items()}


def expected_crosstalk(
    limits: Limits, measures: Mapping[str, FloatArray], time_s: FloatArray, *, baseline_s: float
) -> FloatArray:
    """Return the last term of equation 1.

    Parameters
    ----------
    limits : Limits
        Those of the measure.
    measures : mapping of str to (N,) float array
        All measures; those that are absent add nothing.
    time_s : (N,) float array
        Times from the onset of the target.
    baseline_s : float
        Begin of the baseline; it ends at 0.
    """
    expected = np.zeros(len(time_s))
    before = (time_s >= baseline_s) & (time_s < 0.0)
    if before.any():
        for name, share in limits.crosstalk.items():
            if name in measures:
                expected += share * np.maximum(measures[name] - np.median(measures[name][before]), 0.0)
    return expected


def without_side(measure: str) -> str:
    """Return the name of a unit without its side."""
    return measure.removesuffix("Left").removesuffix("Right")
