"""Movements of a simulated face: reaction, rise, hold, release, rest.

Times are camera frames. Movements follow the minimum-jerk course [1]_: position, velocity and acceleration are
continuous, as in facial movements on demand.

References
----------
.. [1] Flash & Hogan, J. Neurosci. (1985).
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.models.model import FaceModel
from analysis.face.render.scene import HeadPose
from experiment.simulation.face_schedule import FaceSequence, FaceState
from experiment.simulation.person import SimulatedPerson, Skill

HOLD_FRAMES = 12
IDLE_PICTURES, IDLE_EACH = 16, 3
"""Pictures of the face at rest, and frames of each: a slow sway with one blink, played forwards and back."""
CALIBRATION_PICTURES = 10
_BLINK = (0.35, 0.95, 0.75, 0.2)
_UNSTEADY = 0.015
"""Standard deviation of the strength of a held movement."""
_SWAY_DEG, _SWAY_MM = 0.6, 1.2
_NOD_DEG = 2.0
"""Standard deviation of the head movement that goes with an expression."""


@dataclass(frozen=True, slots=True)
class Timing:
    """The course of one imitation, in camera frames after the target's onset."""

    reaction: int
    """Frames at rest."""
    rise: int
    """Frames from rest to the full expression."""
    key: int
    """The frame of the key press."""

    @classmethod
    def draw(cls, skill: Skill, rate_hz: float, rng: np.random.Generator) -> Timing:
        """Draw the timing of one imitation; every part varies by a tenth.

        Parameters
        ----------
        skill : Skill
            Mean times of the person.
        rate_hz : float
            Frame rate of the camera.
        rng : Generator
            Source of random numbers.
        """
        reaction, rise, consider = (
            max(least, round(seconds * rate_hz * float(np.exp(rng.normal(0, 0.1)))))
            for seconds, least in ((skill.latency_s, 4), (skill.rise_s, 6), (skill.consider_s, 10))
        )
        return cls(reaction, rise, reaction + rise + consider)

    def within(self, frames: int) -> Timing:
        """Return the timing, shortened if the key press is later than a number of frames."""
        if self.key <= frames:
            return self
        reaction = max(1, self.reaction * frames // self.key)
        rise = max(1, self.rise * frames // self.key)
        return Timing(reaction, rise, max(reaction + rise, frames))


def minimum_jerk(progress: FloatArray) -> FloatArray:
    """Return the position, 0..1, after a proportion of the time of a movement.

    Parameters
    ----------
    progress : float array
        Proportions of the time.
    """
    u = np.clip(progress, 0.0, 1.0)
    course: FloatArray = u**3 * (10 - 15 * u + 6 * u**2)
    return course


def imitation_sequence(
    name: str, apex: FloatArray, timing: Timing, *, person: SimulatedPerson, rng: np.random.Generator
) -> FaceSequence:
    """Return one imitation: at rest, rising, then held and slightly unsteady.

    Parameters
    ----------
    name : str
        Name of the sequence.
    apex : (E,) float array
        Units of the full expression.
    timing : Timing
        Frames of reaction and rise.
    person : SimulatedPerson
        The person who imitates.
    rng : Generator
        Source of random numbers.
    """
    rest = rest_state(person, len(apex))
    final = _moved(rest.pose, rng.normal(0, 1, 6) * (_NOD_DEG, _NOD_DEG, _NOD_DEG / 2, 3.0, 3.0, 4.0))
    lead = rng.uniform(0.0, 0.15, len(apex))
    """Delay of each unit as a proportion of the rise: parts of a face do not start together."""
    states = [rest]
    for frame in range(1, timing.rise + 1):
        u = frame / timing.rise
        strength = minimum_jerk((u - lead) / (1 - lead))
        states.append(FaceState(apex * strength, _between(rest.pose, final, float(minimum_jerk(np.array(u))))))
    states += _held(apex, final, HOLD_FRAMES, rng)
    order = (*(0,) * timing.reaction, *range(1, len(states)))
    return FaceSequence(name, tuple(states), order, loop_from=timing.reaction + timing.rise - 1)


def change_sequence(
    name: str, before: FaceState, apex: FloatArray, *, frames: int, rng: np.random.Generator
) -> FaceSequence:
    """Return the movement from one held expression to another, which is then held.

    Parameters
    ----------
    name : str
        Name of the sequence.
    before : FaceState
        The held expression.
    apex : (E,) float array
        Units of the new expression.
    frames : int
        Duration of the movement.
    rng : Generator
        Source of random numbers.
    """
    course = minimum_jerk(np.arange(1, frames + 1) / frames)
    states = [FaceState(before.units + (apex - before.units) * u, before.pose) for u in course]
    states += _held(apex, before.pose, HOLD_FRAMES // 2, rng)
    return FaceSequence(name, tuple(states), tuple(range(len(states))), loop_from=frames - 1)


def release_sequence(sequence: FaceSequence, person: SimulatedPerson, rate_hz: float) -> FaceSequence:
    """Return the movement back to rest, with the pictures of the imitation.

    Parameters
    ----------
    sequence : FaceSequence
        The imitation.
    person : SimulatedPerson
        The person who imitates.
    rate_hz : float
        Frame rate of the camera.
    """
    frames = max(3, round(person.skill.release_s * rate_hz))
    way_back = np.linspace(sequence.order[sequence.loop_from], 0, frames + 1)[1:]
    order = tuple(round(number) for number in way_back)
    return FaceSequence(
        f"{sequence.name}-end", sequence.states, order, loop_from=frames - 1, shared_pictures=sequence.pictures_name
    )


def idle_sequence(person: SimulatedPerson, model: FaceModel) -> FaceSequence:
    """Return a waiting face: small movements of the head and a blink."""
    rng = np.random.default_rng([person.seed, 1])
    units = model.bases["units"]
    rest = rest_state(person, len(units.names))
    states = [replace(rest, pose=_moved(rest.pose, by)) for by in _sway(rng, IDLE_PICTURES)]
    lids = np.array([name.startswith("eyeBlink") for name in units.names], dtype=np.float64)
    order = [number for number in range(IDLE_PICTURES) for _ in range(IDLE_EACH)]
    blink_at = int(rng.integers(IDLE_PICTURES // 3, IDLE_PICTURES - 4))
    for step, closed in enumerate(_BLINK):
        order[blink_at * IDLE_EACH + step] = len(states)
        states.append(replace(states[blink_at], units=lids * closed))
    return FaceSequence("rest", tuple(states), tuple(order), loop_from=0)


def neutral_sequence(person: SimulatedPerson, model: FaceModel) -> FaceSequence:
    """Return a face that is kept neutral: nearly still, with units near zero."""
    rng = np.random.default_rng([person.seed, 2])
    count = len(model.bases["units"].names)
    rest = rest_state(person, count)
    sway = _sway(rng, CALIBRATION_PICTURES)
    tone = np.where(rng.random(count) < 0.2, rng.exponential(0.01, count), 0.0)
    states = [FaceState(tone * np.exp(rng.normal(0, 0.3, count)), _moved(rest.pose, by)) for by in sway]
    return FaceSequence("neutral", tuple(states), tuple(range(len(states))), loop_from=0)


def rest_state(person: SimulatedPerson, units: int) -> FaceState:
    """Return the face of a person at rest; `units` is the number of units."""
    return FaceState(np.zeros(units), person.scene.pose)


def _held(apex: FloatArray, pose: HeadPose, frames: int, rng: np.random.Generator) -> list[FaceState]:
    """Return a held expression after its first frame, slightly unsteady."""
    sway, unsteady = _sway(rng, frames), _wander(rng, frames, len(apex)) * _UNSTEADY
    return [
        FaceState(np.clip(apex * (1 + factor), 0.0, 1.0), _moved(pose, by))
        for factor, by in zip(unsteady[1:], sway[1:], strict=True)
    ]


def _moved(pose: HeadPose, by: FloatArray) -> HeadPose:
    return HeadPose(*(np.array(astuple(pose)) + by).tolist())


def _between(a: HeadPose, b: HeadPose, share: float) -> HeadPose:
    return _moved(a, (np.array(astuple(b)) - np.array(astuple(a))) * share)


def _sway(rng: np.random.Generator, frames: int) -> FloatArray:
    """Return (frames, 6) slow changes of yaw, pitch, roll (deg) and x, y, z (mm)."""
    return _wander(rng, frames, 6) * (_SWAY_DEG, _SWAY_DEG, _SWAY_DEG / 2, _SWAY_MM, _SWAY_MM, _SWAY_MM)


def _wander(rng: np.random.Generator, frames: int, count: int) -> FloatArray:
    """Return (frames, count) smooth courses from zero with a spread of about 1."""
    periods, phases = rng.uniform(25, 90, (3, count)), rng.uniform(0, 2 * np.pi, (3, count))
    at = np.arange(frames)[:, None, None]
    waves = np.sin(2 * np.pi * at / periods + phases) - np.sin(phases)
    course: FloatArray = waves.sum(axis=1) / np.sqrt(3)
    return course
