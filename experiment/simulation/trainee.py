"""A trainee before the live measurement, without a window: does following the hints bring a face nearer to its target?

::

    expression ── drawn ──► camera picture ──► Training (dlib, fit, similarity, hint) ──► hint on the screen ──┐
        └──────────────────────── changed as the hint says, or as the trainee pleases ◄────────────────────────┘

Everything between the picture and the hint is what a session runs; only time is simulated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.models.model import FaceModel
from experiment.clock import VirtualClock
from experiment.feedback.controller import Training
from experiment.feedback.measuring import Measurer, SynchronousMeasuring
from experiment.feedback.training_texts import A_LITTLE
from experiment.ports.camera import CameraFrame
from experiment.ports.clock import Clock
from experiment.ports.display import Flip
from experiment.protocol.plan import SessionPlan, Trial
from experiment.simulation.drawn_pictures import make_renderer
from experiment.simulation.imitation import attempt, habits
from experiment.simulation.person import Person, Skill, draw_person
from experiment.simulation.target_units import goal_of

NOVICE = Skill(strength=0.6, habit=0.6, slip=0.2, stray=0.2, asymmetry=0.2)
"""Somebody who needs training: does some movements twice as strongly as others, and a few that nobody asked for."""
RATE_HZ = 3.0
"""Of the simulated camera: enough to see where a face has come to rest."""
NEUTRAL_FRAMES = 5
LOOK_S = 2.0
"""A trainee does something about what they see so often."""
SECONDS = 20.0
STEP, SMALL_STEP = 0.35, 0.18
"""What is made of a hint, and of one that says "a little", of a movement's full range: people cannot see numbers."""
CLUMSINESS = 0.25
"""Standard deviation of what is made, relative to what was meant."""
JUDGED_S = 2.0
"""First and last similarity are means over so much time."""
_SWAY_DEG = 1.0

Attitude = Literal["follows", "ignores"]
ATTITUDES: tuple[Attitude, Attitude] = ("follows", "ignores")


@dataclass(frozen=True, slots=True)
class Practice:
    """How one trainee got on with one target."""

    seed: int
    target: str
    attitude: Attitude
    first: float
    """Mean similarity, as measured, before anything was done about it."""
    last: float
    changes: int
    """How often the expression was changed."""

    @property
    def gain(self) -> float:
        """Last minus first."""
        return self.last - self.first


class Trainee:
    """A face that can be drawn, and somebody who moves it.

    Parameters
    ----------
    goal
        (E,) strengths of the units of the target; the trainee begins with a novice's attempt at it.
    """

    def __init__(self, person: Person, model: FaceModel, goal: FloatArray, attitude: Attitude) -> None:
        self._person, self._model = person, model
        self._attitude = attitude
        self._units = model.bases["units"].names
        self._renderer = make_renderer(model)
        self._neutral = model.neutral(person.identity)
        # The start is the same whatever the attitude: the two are compared on the same faces.
        rng = np.random.default_rng([person.seed, 7])
        self.expression = attempt(goal, person, habits(person, self._units), self._units, rng)
        self._rng = np.random.default_rng([person.seed, 8])
        self._frames = 0

    def filmed(self, *, at_rest: bool = False) -> ImageArray:
        """The next picture of the camera: a head that sways a little, noise of the chip and all."""
        self._frames += 1
        yaw, pitch, roll = self._rng.normal(0.0, _SWAY_DEG, 3)
        pose = self._person.scene.pose
        turned = replace(
            pose, yaw_deg=pose.yaw_deg + yaw, pitch_deg=pose.pitch_deg + pitch, roll_deg=pose.roll_deg + roll
        )
        scene = replace(self._person.scene, pose=turned)
        shown = np.zeros(len(self._units)) if at_rest else self.expression
        return self._renderer.render(self._neutral + self._model.displacement(shown), scene, frame=self._frames)

    def act(self, hint: tuple[tuple[str, float], ...]) -> None:
        """Change the expression: as the hint says, or, for one who ignores it, some movement by as much."""
        units = dict(hint)
        step = STEP if max(abs(change) for change in units.values()) >= A_LITTLE else SMALL_STEP
        change = np.array([step * np.sign(units.get(name, 0.0)) for name in self._units])
        if self._attitude == "ignores":
            change[:] = 0.0
            change[self._rng.integers(len(self._units))] = step * self._rng.choice((-1.0, 1.0))
        made = change * (1.0 + self._rng.normal(0.0, CLUMSINESS, len(change)))
        self.expression = np.clip(self.expression + made, 0.0, 1.0)

    def close(self) -> None:
        """Give the graphics context back."""
        self._renderer.close()


def practise(
    plan: SessionPlan, trial: Trial, measurer: Measurer, model: FaceModel, *, seed: int, attitude: Attitude
) -> Practice:
    """One trainee at one target, from the neutral calibration on.

    Parameters
    ----------
    measurer
        Knows the targets of the plan; it is calibrated anew.
    seed
        Of the person: face, looks, light and the attempt they begin with.
    """
    clock = VirtualClock(0.0)
    person = replace(draw_person(seed, model), skill=NOVICE)
    trainee = Trainee(person, model, goal_of(trial.target, model), attitude)
    training = Training(plan, SynchronousMeasuring(measurer, clock=clock), clock=clock)
    try:
        training.calibrate([_frame(trainee, clock, number, at_rest=True) for number in range(NEUTRAL_FRAMES)])
        training.begin(trial, clock.now())
        similarities: list[float] = []
        changes, acted_s = 0, clock.now()
        for index in range(round(SECONDS * RATE_HZ)):
            training.offer(_frame(trainee, clock, index))
            screen = training.screen(clock.now())
            clock.sleep_until(clock.now() + 1.0 / RATE_HZ)
            training.flipped(Flip(index, clock.now()))
            similarities += [value for row in training.rows() for value in row.similarity if value is not None]
            if screen.hint and clock.now() - acted_s >= LOOK_S:
                trainee.act(screen.hint)
                changes, acted_s = changes + 1, clock.now()
        training.end()
        similarities += [value for row in training.rows() for value in row.similarity if value is not None]
    finally:
        trainee.close()
    judged = round(JUDGED_S * RATE_HZ)
    return Practice(
        seed,
        trial.target.name,
        attitude,
        float(np.mean(similarities[:judged])),
        float(np.mean(similarities[-judged:])),
        changes,
    )


def _frame(trainee: Trainee, clock: Clock, index: int, *, at_rest: bool = False) -> CameraFrame:
    return CameraFrame(index, clock.now(), "simulated", trainee.filmed(at_rest=at_rest))


def practices(
    plan: SessionPlan, measurer: Measurer, model: FaceModel, *, runs: int, seed: int = 0
) -> Iterator[tuple[Practice, Practice]]:
    """Pairs of one who follows and one who ignores the hints: same person, same target, same beginning.

    Targets take turns, and every pair is another person.
    """
    trials = list({step.target.name: step for step in plan.steps if isinstance(step, Trial)}.values())
    for run in range(runs):
        trial = trials[run % len(trials)]
        follows, ignores = (
            practise(plan, trial, measurer, model, seed=seed + run, attitude=attitude) for attitude in ATTITUDES
        )
        yield follows, ignores
