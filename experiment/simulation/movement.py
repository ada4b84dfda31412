"""How a face moves from frame to frame: reaction, rise, hold, release, and what it does while nothing is asked of it.

Times are camera frames. Movements follow the minimum-jerk course (Flash & Hogan, J. Neurosci. 1985), which facial
movements on demand resemble: no jump in position, velocity or acceleration.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.models.model import FaceModel
from analysis.face.render.scene import HeadPose
from experiment.simulation.face_schedule import Act
from experiment.simulation.person import Person, Skill

HOLD_FRAMES = 12
IDLE_PICTURES, IDLE_EACH = 16, 3
"""Pictures of the face at rest, each shown so many frames: a slow sway with one blink, played forwards and back."""
CALIBRATION_PICTURES = 10
_BLINK = (0.35, 0.95, 0.75, 0.2)
_UNSTEADY = 0.015
"""Standard deviation of the strength of a movement while it is held."""
_SWAY_DEG, _SWAY_MM = 0.6, 1.2
_NOD_DEG = 2.0
"""How far the head moves along with an expression, standard deviation."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceState:
    """What a face does at one moment: the truth that is measured later."""

    units: FloatArray
    """(E,) strengths of the units of the face model, 0..1."""
    pose: HeadPose


@dataclass(frozen=True, slots=True)
class Timing:
    """When an imitation does what, in camera frames after the target's appearance."""

    reaction: int
    """The face is still at rest for so long."""
    rise: int
    """So many frames from rest to the full expression."""
    key: int
    """The frame at which the key is pressed."""

    @classmethod
    def of(cls, skill: Skill, rate_hz: float, rng: np.random.Generator) -> Timing:
        """Draw the timing of one attempt; every part varies by a tenth."""
        reaction, rise, consider = (
            max(least, round(seconds * rate_hz * float(np.exp(rng.normal(0, 0.1)))))
            for seconds, least in ((skill.latency_s, 4), (skill.rise_s, 6), (skill.consider_s, 10))
        )
        return cls(reaction, rise, reaction + rise + consider)

    def within(self, frames: int) -> Timing:
        """The same in a hurry, if there is less time than that."""
        if self.key <= frames:
            return self
        reaction = max(1, self.reaction * frames // self.key)
        rise = max(1, self.rise * frames // self.key)
        return Timing(reaction, rise, max(reaction + rise, frames))


def minimum_jerk(progress: FloatArray) -> FloatArray:
    """Position, 0..1, after a share of the time of a movement."""
    u = np.clip(progress, 0.0, 1.0)
    course: FloatArray = u**3 * (10 - 15 * u + 6 * u**2)
    return course


def imitation(name: str, apex: FloatArray, timing: Timing, person: Person, rng: np.random.Generator) -> Act[FaceState]:
    """The course of one imitation: at rest, rising, and held from then on, slightly unsteady.

    Parameters
    ----------
    apex : (E,) float array
        Strengths of the units when the expression is complete.
    """
    rest = at_rest(person, len(apex))
    final = _nod(person.scene.pose, rng)
    lead = rng.uniform(0.0, 0.15, len(apex))
    """Parts of a face do not start together: share of the rise each unit starts late."""
    states = [rest]
    for frame in range(1, timing.rise + 1):
        u = frame / timing.rise
        strength = minimum_jerk((u - lead) / (1 - lead))
        states.append(FaceState(apex * strength, _between(rest.pose, final, float(minimum_jerk(np.array(u))))))
    sway, unsteady = _sway(rng, HOLD_FRAMES), _wander(rng, HOLD_FRAMES, len(apex)) * _UNSTEADY
    for frame in range(1, HOLD_FRAMES):
        held = np.clip(apex * (1 + unsteady[frame]), 0.0, 1.0)
        states.append(FaceState(held, _moved(final, sway[frame])))
    order = (*(0,) * timing.reaction, *range(1, len(states)))
    return Act(name, tuple(states), order, loop_from=timing.reaction + timing.rise - 1)


def change(name: str, before: FaceState, apex: FloatArray, frames: int, rng: np.random.Generator) -> Act[FaceState]:
    """From one held expression to another, which is held from then on."""
    course = minimum_jerk(np.arange(1, frames + 1) / frames)
    states = [FaceState(before.units + (apex - before.units) * u, before.pose) for u in course]
    sway, unsteady = _sway(rng, HOLD_FRAMES // 2), _wander(rng, HOLD_FRAMES // 2, len(apex)) * _UNSTEADY
    states += [
        FaceState(np.clip(apex * (1 + unsteady[frame]), 0.0, 1.0), _moved(before.pose, sway[frame]))
        for frame in range(1, HOLD_FRAMES // 2)
    ]
    return Act(name, tuple(states), tuple(range(len(states))), loop_from=frames - 1)


def release(act: Act[FaceState], person: Person, rate_hz: float) -> Act[FaceState]:
    """From a held imitation back to rest, and at rest from then on: the way it came, but quicker."""
    frames = max(3, round(person.skill.release_s * rate_hz))
    way_back = np.linspace(act.order[act.loop_from], 0, frames + 1)[1:]
    order = tuple(round(number) for number in way_back)
    return Act(f"{act.name}-end", act.states, order, loop_from=frames - 1, drawn_as=act.roll)


def idle(person: Person, model: FaceModel) -> Act[FaceState]:
    """A face that waits: small movements of the head and a blink."""
    rng = np.random.default_rng([person.seed, 1])
    units = model.bases["units"]
    rest = at_rest(person, len(units.names))
    sway = _sway(rng, IDLE_PICTURES)
    states = [replace(rest, pose=_moved(rest.pose, sway[frame])) for frame in range(IDLE_PICTURES)]
    lids = np.array([name.startswith("eyeBlink") for name in units.names], dtype=np.float64)
    order = [number for number in range(IDLE_PICTURES) for _ in range(IDLE_EACH)]
    blink_at = int(rng.integers(IDLE_PICTURES // 3, IDLE_PICTURES - 4))
    for step, closed in enumerate(_BLINK):
        order[blink_at * IDLE_EACH + step] = len(states)
        states.append(replace(states[blink_at], units=lids * closed))
    return Act("rest", tuple(states), tuple(order), loop_from=0)


def calibration(person: Person, model: FaceModel) -> Act[FaceState]:
    """A face kept neutral on request: eyes open, hardly any movement, but no unit quite at zero."""
    rng = np.random.default_rng([person.seed, 2])
    count = len(model.bases["units"].names)
    rest = at_rest(person, count)
    sway = _sway(rng, CALIBRATION_PICTURES)
    tone = np.where(rng.random(count) < 0.2, rng.exponential(0.01, count), 0.0)
    states = [
        FaceState(tone * np.exp(rng.normal(0, 0.3, count)), _moved(rest.pose, sway[frame]))
        for frame in range(CALIBRATION_PICTURES)
    ]
    return Act("neutral", tuple(states), tuple(range(len(states))), loop_from=0)


def at_rest(person: Person, units: int) -> FaceState:
    """The face of a person who does nothing."""
    return FaceState(np.zeros(units), person.scene.pose)


def _nod(pose: HeadPose, rng: np.random.Generator) -> HeadPose:
    return _moved(pose, rng.normal(0, 1, 6) * (_NOD_DEG, _NOD_DEG, _NOD_DEG / 2, 3.0, 3.0, 4.0))


def _moved(pose: HeadPose, by: FloatArray) -> HeadPose:
    yaw, pitch, roll, x, y, z = (float(value) for value in by)
    return HeadPose(
        pose.yaw_deg + yaw,
        pose.pitch_deg + pitch,
        pose.roll_deg + roll,
        pose.x_mm + x,
        pose.y_mm + y,
        pose.distance_mm + z,
    )


def _between(a: HeadPose, b: HeadPose, share: float) -> HeadPose:
    low, high = (
        np.array([pose.yaw_deg, pose.pitch_deg, pose.roll_deg, pose.x_mm, pose.y_mm, pose.distance_mm])
        for pose in (a, b)
    )
    return _moved(a, (high - low) * share)


def _sway(rng: np.random.Generator, frames: int) -> FloatArray:
    """(frames, 6) slow wandering of yaw, pitch, roll (degrees), x, y, z (mm); starts at zero."""
    return _wander(rng, frames, 6) * (_SWAY_DEG, _SWAY_DEG, _SWAY_DEG / 2, _SWAY_MM, _SWAY_MM, _SWAY_MM)


def _wander(rng: np.random.Generator, frames: int, count: int) -> FloatArray:
    """(frames, count) smooth courses that start at zero, with a spread of about 1: three slow waves each."""
    periods, phases = rng.uniform(25, 90, (3, count)), rng.uniform(0, 2 * np.pi, (3, count))
    at = np.arange(frames)[:, None, None]
    waves = np.sin(2 * np.pi * at / periods + phases) - np.sin(phases)
    course: FloatArray = waves.sum(axis=1) / np.sqrt(3)
    return course
