"""Movements of a drawn face as functions of time, with their true indices.

Times are seconds from the onset of the target. A movement leaves rest at `Movement.onset_s`, a real number that is not
tied to a frame. That moment is the true onset: the first at which the drawn strength is above 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.synthetic.drawn_course import (
    BLINK_INTERVAL_S,
    BLINK_STRENGTH,
    CLOSED_S,
    CLOSING_S,
    OPENING_S,
    minimum_jerk,
)

Form = Literal["minimum-jerk", "cosine", "early", "sigmoid", "exponential", "ramp"]
"""Forms of a rise: minimum jerk; half a cosine; minimum jerk that is fastest in its first third; logistic; the step
response of a first-order system, which is fastest at its onset; a straight line. All begin at 0 and end at the apex."""
FALL_S = 0.5
_EARLY = 0.7
_LOGISTIC, _DECAY = 10.0, 4.0
"""Steepness of the logistic rise and of the exponential one, over the whole duration of a rise."""
_SWAY_S = (0.9, 3.0)
"""Shortest and longest period of the head's sway."""
_SWAYS = 3
SWAY_DEG, SWAY_MM = (0.6, 0.6, 0.3), (1.2, 1.2, 1.2)
"""Standard deviation of yaw, pitch and roll, and of the position of a head that is kept still."""


@dataclass(frozen=True, slots=True)
class Movement:
    """One unit that rises, stays, and returns to rest."""

    unit: str
    """Without a side; both sides move."""
    strength: float
    """At the apex, 0 to 1."""
    onset_s: float
    """When it leaves rest."""
    rise_s: float
    hold_s: float
    form: Form = "minimum-jerk"

    def at(self, time_s: float) -> float:
        """Return the strength at a time."""
        since = time_s - self.onset_s
        if since <= self.rise_s:
            return self.strength * rise_share(self.form, since / self.rise_s)
        return self.strength * (1.0 - minimum_jerk((since - self.rise_s - self.hold_s) / FALL_S))

    def reaches_s(self, share: float) -> float:
        """Return when the rise reaches a share of the apex."""
        steps = np.linspace(0.0, 1.0, 2001)
        reached = np.array([rise_share(self.form, step) for step in steps.tolist()]) >= share
        return self.onset_s + self.rise_s * float(steps[int(np.argmax(reached))])


def rise_share(form: Form, progress: float) -> float:
    """Return the share of the apex after a share of the rise.

    Parameters
    ----------
    form : str
        One of `Form`.
    progress : float
        Share of the time; values outside 0..1 give the ends.
    """
    progress = min(1.0, max(0.0, progress))
    if form == "cosine":
        return float((1.0 - np.cos(np.pi * progress)) / 2.0)
    if form == "sigmoid":
        low, high = _logistic(0.0), _logistic(1.0)
        return (_logistic(progress) - low) / (high - low)
    if form == "exponential":
        return float(np.expm1(-_DECAY * progress) / np.expm1(-_DECAY))
    if form == "ramp":
        return progress
    return minimum_jerk(progress**_EARLY if form == "early" else progress)


def _logistic(progress: float) -> float:
    return float(1.0 / (1.0 + np.exp(-_LOGISTIC * (progress - 0.5))))


def closure(blinks_s: tuple[float, ...], time_s: float) -> float:
    """Return the strength of `eyeBlink` at a time.

    Parameters
    ----------
    blinks_s : tuple of float
        When each blink begins.
    time_s : float
        The time.
    """
    closed = 0.0
    for begins_s in blinks_s:
        since = time_s - begins_s
        opening = minimum_jerk((since - CLOSING_S - CLOSED_S) / OPENING_S)
        closed = max(closed, minimum_jerk(since / CLOSING_S) - opening)
    return BLINK_STRENGTH * closed


def draw_blinks(begin_s: float, end_s: float, rng: np.random.Generator) -> tuple[float, ...]:
    """Draw when blinks begin, at the rate of people at rest.

    Parameters
    ----------
    begin_s, end_s : float
        The film.
    rng : Generator
        Source of random numbers.
    """
    time_s, blinks = begin_s - rng.uniform(0.0, BLINK_INTERVAL_S[1]), []
    while time_s < end_s:
        blinks.append(time_s)
        time_s += rng.uniform(*BLINK_INTERVAL_S)
    return tuple(blinks)


@dataclass(frozen=True, slots=True)
class Sway:
    """Slow movements of a head that is kept still."""

    seed: int
    factor: float = 1.0

    def at(self, time_s: float) -> FloatArray:
        """Return changes of yaw, pitch, roll (deg), x, y and distance (mm) at a time."""
        rng = np.random.default_rng(self.seed)
        periods, phases = rng.uniform(*_SWAY_S, (_SWAYS, 6)), rng.uniform(0, 2 * np.pi, (_SWAYS, 6))
        waves = np.sin(2 * np.pi * time_s / periods + phases).sum(axis=0) * np.sqrt(2.0 / _SWAYS)
        change: FloatArray = self.factor * waves * (*SWAY_DEG, *SWAY_MM)
        return change
