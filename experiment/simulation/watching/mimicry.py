"""Spontaneous mimicry of faces that are only watched.

A reaction to a target is the movement of the target, delayed, smoothed and weakened. The traits of a person are drawn
from the person's seed alone, so they do not depend on the number of participants. docs/simulation.md has the sources of
the values, and says which are assumptions.

References
----------
.. [1] Sato & Yoshikawa, Cognition 104 (2007): visible actions, mean latency below 900 ms.
.. [2] Dimberg & Thunberg, Scand. J. Psychol. 39 (1998): muscle activity from 300-400 ms on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.face.arrays import FloatArray
from experiment.errors import SessionError

LARGEST_GAIN = 3.0
"""Largest value of ``--mimicry``."""
_LATENCY_S, _LATENCY_LIMITS_S = (0.65, 0.18), (0.35, 1.2)
"""Median and log-sd over people of the latency of the visible movement; shortest and longest in a trial."""
_STRENGTH, _STRENGTH_LIMITS = (0.32, 0.40), (0.08, 0.8)
"""Median and log-sd over people of the strength relative to the target; weakest and strongest person."""
_FREQUENCY = (5.0, 2.5)
"""Parameters of the beta distribution over people of the share of trials with a reaction; mean 0.67."""
_LATENCY_SPREAD, _STRENGTH_SPREAD = 0.15, 0.30
"""Log-sd over the trials of one person."""
_SMOOTHING_S = (0.10, 0.20)
"""Range over people of the time constant of each of the two low-pass filters."""
_SUSTAINED = (0.4, 0.8)
"""Range over people of the share that remains while the target stays."""
_ADAPTATION_S = 2.5
_UNIT_SPREAD = 0.15
"""Log-sd over units of the strength in one trial."""


@dataclass(frozen=True, slots=True)
class MimicryTraits:
    """How often, how fast and how strongly a person mimics."""

    frequency: float
    """Share of trials with a reaction."""
    strength: float
    """Median strength of a reaction relative to the target."""
    latency_s: float
    """Median time from a movement of the target to the first movement of the person."""
    smoothing_s: float
    """Time constant of each of the two low-pass filters in a row."""
    sustained: float
    """Share of a reaction that remains while the target does not change."""

    @classmethod
    def of(cls, seed: int) -> MimicryTraits:
        """Return the traits of the person with a seed."""
        rng = np.random.default_rng([seed, 9])
        frequency = float(rng.beta(*_FREQUENCY))
        strength = _log_normal(_STRENGTH, rng, _STRENGTH_LIMITS)
        latency_s = _log_normal(_LATENCY_S, rng, _LATENCY_LIMITS_S)
        return cls(frequency, strength, latency_s, rng.uniform(*_SMOOTHING_S), rng.uniform(*_SUSTAINED))


@dataclass(frozen=True, slots=True, eq=False)
class Reaction:
    """The reaction of one person in one trial; it does not depend on the target."""

    reacts: bool
    """Whether the person mimics in this trial."""
    latency_s: float
    factors: FloatArray
    """(E,) strength of each unit relative to the target."""
    traits: MimicryTraits

    @classmethod
    def draw(cls, traits: MimicryTraits, units: int, rng: np.random.Generator, *, gain: float) -> Reaction:
        """Draw the reaction in a trial; the draws do not depend on the gain.

        Parameters
        ----------
        traits : MimicryTraits
            The person.
        units : int
            Number of units of the face model.
        rng : Generator
            Source of random numbers.
        gain : float
            Factor of all strengths; 0 for a person who does not mimic.
        """
        reacts = bool(rng.random() < traits.frequency)
        latency_s = _log_normal((traits.latency_s, _LATENCY_SPREAD), rng, _LATENCY_LIMITS_S)
        strength = _log_normal((traits.strength, _STRENGTH_SPREAD), rng, (0.0, 1.0))
        factors = gain * strength * np.exp(rng.normal(0.0, _UNIT_SPREAD, units))
        return cls(reacts and gain > 0, latency_s, factors, traits)

    def course(self, target: FloatArray, rate_hz: float) -> FloatArray:
        """Return the (T, E) units of the reaction in every camera frame.

        Parameters
        ----------
        target : (T, E) float array
            Units of the target in every camera frame, from a frame without a target on.
        rate_hz : float
            Frame rate of the camera.
        """
        if not self.reacts:
            return np.zeros_like(target)
        delay = round(self.latency_s * rate_hz)
        delayed = np.zeros_like(target)
        delayed[delay:] = target[: max(len(target) - delay, 0)]
        adapted = delayed - (1.0 - self.traits.sustained) * low_pass(delayed, _ADAPTATION_S * rate_hz)
        smooth = low_pass(low_pass(np.maximum(adapted, 0.0), self._smoothing(rate_hz)), self._smoothing(rate_hz))
        course: FloatArray = np.clip(self.factors * smooth, 0.0, 1.0)
        return course

    def _smoothing(self, rate_hz: float) -> float:
        return self.traits.smoothing_s * rate_hz


def low_pass(values: FloatArray, frames: float) -> FloatArray:
    """Return the output of a first-order low-pass filter, which starts at zero.

    Parameters
    ----------
    values : (T, E) float array
        Values in every frame.
    frames : float
        Time constant, in frames.
    """
    share = 1.0 - np.exp(-1.0 / frames)
    out = np.zeros_like(values)
    state = np.zeros(values.shape[1])
    for frame, value in enumerate(values):
        state = state + share * (value - state)
        out[frame] = state
    return out


def check_gain(gain: float) -> float:
    """Return the value of ``--mimicry`` if it is allowed.

    Raises
    ------
    SessionError
        If it is negative, too large or not a number.
    """
    if not 0.0 <= gain <= LARGEST_GAIN:
        raise SessionError(
            f"--mimicry {gain:g} is not between 0 and {LARGEST_GAIN:g}; 0 is a person who does not mimic, 1 the "
            "usual strength"
        )
    return gain


def _log_normal(centre: tuple[float, float], rng: np.random.Generator, limits: tuple[float, float]) -> float:
    """Return a number with this median and log-sd, within limits."""
    median, spread = centre
    return float(np.clip(median * np.exp(rng.normal(0.0, spread)), *limits))
