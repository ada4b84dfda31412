"""Movements of a watching person that have nothing to do with the target.

Blinks, gaze shifts, slow movements of the head, small movements of the face, and murmuring.
They occur in all trials at any time, also before the target appears. docs/simulation.md has the sources of the values.

References
----------
.. [1] Doughty, Optom. Vis. Sci. 78 (2001): 8-21 blinks a minute in primary gaze, in silence.
.. [2] Bentivoglio et al., Mov. Disord. 12 (1997): 17 blinks a minute at rest.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.face.arrays import FloatArray, IntArray
from analysis.face.render.scene import HeadPose
from experiment.simulation.person import SimulatedPerson

POSES = 24
"""Positions of the head of one person, on a closed path; few, so that pictures can be used again."""
SHORTEST_BLINK_S, LONGEST_BLINK_S = 0.1, 0.4
_BLINKS_PER_MIN = (14.0, 0.35, 6.0, 26.0)
"""Median and log-sd over people, smallest and largest rate."""
_BLINK_S = (0.20, 0.15)
"""Median and log-sd over people of the duration of a blink; the same log-sd over the blinks of a person."""
_SHAPE = 2.0
"""Of the gamma distribution of the intervals between events: two events seldom follow each other at once."""
_CLOSURES = (0.0, 0.3, 0.65, 0.95)
"""Strengths of `eyeBlink` in a blink; few, so that pictures can be used again."""
_CLOSING = 0.35
"""Share of a blink until the lid is down: closing is faster than opening."""
_POSE_S = (0.7, 1.4)
"""Shortest and longest time between two steps of the head."""
_POSE_DEG, _POSE_MM = 0.5, 1.0
_GAZES_DEG = ((0.0, 0.0), (-2.5, 0.5), (2.5, 0.5), (0.0, -2.5))
"""Directions of the eyes: middle of the target, its two eyes, its mouth."""
_GAZE_S = (0.8, 2.5)
_SMALL_PER_MIN = (0.5, 2.0)
"""Range over people of the rate of small movements of the face."""
_SMALL_STRENGTH, _SMALL_S = (0.08, 0.25), (0.5, 1.5)
_SMALL = ("mouthPress", "mouthSmile", "browInnerUp", "mouthPucker", "browDown", "mouthShrugLower", "mouthStretch")
_MURMURERS = 0.2
"""Share of people who murmur now and then."""
_MURMURS_PER_MIN, _MURMUR_S, _SYLLABLES_HZ = (1.0, 3.0), (0.6, 1.5), (3.0, 5.0)
_JAW, _LIPS = 0.14, 0.12

_PARTS = ("blinks", "gaze", "head", "small", "murmur")
"""Each has random numbers of its own, so that a change of one does not change the others."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What a person does while watching."""

    blinks_per_min: float
    blink_s: float
    """Median duration of a blink."""
    small_per_min: float
    murmurs_per_min: float
    """0 for a person who does not murmur."""

    @classmethod
    def of(cls, seed: int) -> Habits:
        """Return the habits of the person with a seed."""
        rng = np.random.default_rng([seed, 10])
        median, spread, least, most = _BLINKS_PER_MIN
        blinks = float(np.clip(median * np.exp(rng.normal(0.0, spread)), least, most))
        blink_s = float(_BLINK_S[0] * np.exp(rng.normal(0.0, _BLINK_S[1])))
        small = rng.uniform(*_SMALL_PER_MIN)
        murmurs = rng.random() < _MURMURERS
        rate = rng.uniform(*_MURMURS_PER_MIN)
        return cls(blinks, blink_s, small, rate if murmurs else 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class UnrelatedMovement:
    """The unrelated movements in the camera frames of one trial."""

    lids: FloatArray
    """(T,) strength of the blink of both eyes."""
    units: FloatArray
    """(T, E) strengths of all other movements."""
    poses: IntArray
    """(T,) index into `head_positions`."""
    gaze: IntArray
    """(T,) index into `gaze_directions`."""


def head_positions(person: SimulatedPerson) -> tuple[HeadPose, ...]:
    """Return the head positions of a watching person, a closed path from rest."""
    rng = np.random.default_rng([person.seed, 11])
    turns = np.arange(POSES) * 2 * np.pi / POSES
    waves = np.zeros((POSES, 6))
    for harmonic in (1, 2):
        size, phase = rng.normal(0.0, 1.0 / harmonic, 6), rng.uniform(0.0, 2 * np.pi, 6)
        waves += size * (np.sin(harmonic * turns[:, None] + phase) - np.sin(phase))
    waves *= (_POSE_DEG, _POSE_DEG, _POSE_DEG / 2, _POSE_MM, _POSE_MM, _POSE_MM)
    rest = np.array(astuple(person.scene.pose))
    return tuple(HeadPose(*(rest + by).tolist()) for by in np.round(waves, 3))


def gaze_directions() -> tuple[tuple[float, float], ...]:
    """Return the rotations of the eyes, degrees to the right of the picture and up."""
    return _GAZES_DEG


def unrelated_movement(
    person: SimulatedPerson, units: tuple[str, ...], frames: int, *, rate_hz: float, trial: int
) -> UnrelatedMovement:
    """Return the unrelated movements of a person in one trial.

    Parameters
    ----------
    person : SimulatedPerson
        The person.
    units : tuple of str
        (E,) names of the units of the face model.
    frames : int
        Number of camera frames, T.
    rate_hz : float
        Frame rate of the camera.
    trial : int
        Number that identifies the trial; the same number and person give the same movements.
    """
    habits = Habits.of(person.seed)
    rng = {part: np.random.default_rng([person.seed, 12, trial, number]) for number, part in enumerate(_PARTS)}
    moved = _small_movements(habits, units, frames, rate_hz, rng["small"])
    moved = np.maximum(moved, _murmurs(habits, units, frames, rate_hz, rng["murmur"]))
    return UnrelatedMovement(
        lids=_lids(habits, frames, rate_hz, rng["blinks"]),
        units=moved,
        poses=_steps(frames, rate_hz, _POSE_S, rng["head"]),
        gaze=_gaze(frames, rate_hz, rng["gaze"]),
    )


def _times(per_min: float, frames: int, rate_hz: float, rng: np.random.Generator) -> list[int]:
    """Return the frames at which random events of a rate begin."""
    if per_min <= 0:
        return []
    starts: list[int] = []
    interval_s = 60.0 / per_min
    at_s = rng.uniform(0.0, rng.gamma(_SHAPE + 1, interval_s / _SHAPE))
    while at_s * rate_hz < frames:
        starts.append(int(at_s * rate_hz))
        at_s += rng.gamma(_SHAPE, interval_s / _SHAPE)
    return starts


def _lids(habits: Habits, frames: int, rate_hz: float, rng: np.random.Generator) -> FloatArray:
    lids = np.zeros(frames)
    for start in _times(habits.blinks_per_min, frames, rate_hz, rng):
        seconds = habits.blink_s * np.exp(rng.normal(0.0, _BLINK_S[1]))
        count = round(float(np.clip(seconds, SHORTEST_BLINK_S, LONGEST_BLINK_S)) * rate_hz)
        at = (np.arange(count) + 0.5) / count
        closed = np.where(at < _CLOSING, at / _CLOSING, (1.0 - at) / (1.0 - _CLOSING))
        levels = np.array(_CLOSURES)
        nearest = np.abs(np.minimum(1.25 * closed, 0.95)[:, None] - levels).argmin(axis=1)
        shape = levels[np.maximum(nearest, 1)]
        room = min(count, frames - start)
        lids[start : start + room] = np.maximum(lids[start : start + room], shape[:room])
    return lids


def _steps(frames: int, rate_hz: float, pause_s: tuple[float, float], rng: np.random.Generator) -> IntArray:
    """Return a walk along the closed path of the head, which turns back now and then."""
    steps: NDArray[np.int64] = np.zeros(frames, dtype=np.int64)
    at, position, direction = 0.0, 0, 1
    while True:
        at += rng.uniform(*pause_s) * rate_hz
        if at >= frames:
            return steps
        direction = -direction if rng.random() < 0.2 else direction
        position = (position + direction) % POSES
        steps[int(at) :] = position


def _gaze(frames: int, rate_hz: float, rng: np.random.Generator) -> IntArray:
    gaze: NDArray[np.int64] = np.zeros(frames, dtype=np.int64)
    at = 0.0
    while True:
        at += rng.uniform(*_GAZE_S) * rate_hz
        if at >= frames:
            return gaze
        gaze[int(at) :] = rng.integers(len(_GAZES_DEG))


def _small_movements(
    habits: Habits, units: tuple[str, ...], frames: int, rate_hz: float, rng: np.random.Generator
) -> FloatArray:
    moved = np.zeros((frames, len(units)))
    for start in _times(habits.small_per_min, frames, rate_hz, rng):
        name = _SMALL[int(rng.integers(len(_SMALL)))]
        count = round(rng.uniform(*_SMALL_S) * rate_hz)
        shape = rng.uniform(*_SMALL_STRENGTH) * np.sin(np.pi * (np.arange(count) + 1) / (count + 1)) ** 2
        own = np.array([unit in (name, f"{name}Left", f"{name}Right") for unit in units])
        room = min(count, frames - start)
        moved[start : start + room] = np.maximum(moved[start : start + room], np.outer(shape, own)[:room])
    return moved


def _murmurs(
    habits: Habits, units: tuple[str, ...], frames: int, rate_hz: float, rng: np.random.Generator
) -> FloatArray:
    moved = np.zeros((frames, len(units)))
    for start in _times(habits.murmurs_per_min, frames, rate_hz, rng):
        count, speed = round(rng.uniform(*_MURMUR_S) * rate_hz), rng.uniform(*_SYLLABLES_HZ)
        at = np.arange(count) / rate_hz
        opened = np.sin(np.pi * speed * at) ** 2
        rounded = np.sin(np.pi * speed * at / 2 + rng.uniform(0.0, np.pi)) ** 2
        room = min(count, frames - start)
        for name, course in (("jawOpen", _JAW * opened), ("mouthFunnel", _LIPS * rounded)):
            if name in units:
                moved[start : start + room, units.index(name)] += course[:room]
    return moved
