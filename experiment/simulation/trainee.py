"""A trainee with live feedback, to test whether following hints helps.

::

    expression ── drawn ──► camera picture ──► Training (dlib, fit, similarity, hint) ──► hint on the screen ──┐
        └────────────────────────────── changed by the hint, or at random ◄────────────────────────────────────┘

From the picture to the hint, the code is that of a session; only time is simulated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.models.model import FaceModel
from analysis.face.similarity.correlation import cosine
from analysis.face.synthetic.people import PersonDrawer
from analysis.face.synthetic.scenes import posed
from experiment.clock import VirtualClock
from experiment.feedback.controller import Training
from experiment.feedback.measuring import Measurer, SynchronousMeasuring
from experiment.feedback.training_texts import A_LITTLE
from experiment.ports.camera import CameraFrame
from experiment.ports.clock import Clock
from experiment.ports.display import Flip
from experiment.protocol.plan import SessionPlan, Trial
from experiment.simulation.drawing.states import camera_renderer
from experiment.simulation.imitation import Imitator, habits
from experiment.simulation.person import SimulatedPerson, Skill, draw_simulated_person
from experiment.simulation.target_units import target_units

NOVICE = Skill(strength=0.6, habit=0.6, slip=0.2, stray=0.2, asymmetry=0.2)
"""A person who needs training: movements of uneven strength, and some that are not in the target."""
RATE_HZ = 3.0
"""Frame rate of the simulated camera, enough for a held expression."""
NEUTRAL_FRAMES = 5
REACTION_S = 2.0
"""Shortest time between two changes of the expression."""
SECONDS = 20.0
"""Duration of a trial."""
STEP, SMALL_STEP = 0.35, 0.18
"""Change for a hint, and for a hint that says "a little", of a movement's full range."""
CLUMSINESS = 0.25
"""Standard deviation of a change relative to the intended one."""
AVERAGED_S = 2.0
"""Time over which the first and the last similarity are averaged."""
_SWAY_DEG = 1.0

Attitude = Literal["follows", "ignores"]
ATTITUDES: tuple[Attitude, Attitude] = ("follows", "ignores")


@dataclass(frozen=True, slots=True)
class PracticeResult:
    """The result of one trainee with one target."""

    seed: int
    target: str
    attitude: Attitude
    first: float
    """Mean measured similarity at the start."""
    last: float
    """Mean measured similarity at the end."""
    changes: int
    """Number of changes of the expression."""
    true_gain: float
    """Last minus first cosine of the true strengths of the face and of the target; no measurement is part of it."""

    @property
    def gain(self) -> float:
        """Last minus first similarity."""
        return self.last - self.first


class Trainee:
    """A face that is changed by hints or at random.

    Parameters
    ----------
    person : SimulatedPerson
        The trainee.
    model : FaceModel
        The face model.
    units : (E,) float array
        Units of the target; the trainee starts with an imitation of it.
    attitude : str
        Whether the trainee ``follows`` or ``ignores`` the hints.
    """

    def __init__(self, person: SimulatedPerson, model: FaceModel, units: FloatArray, *, attitude: Attitude) -> None:
        self._scene = person.scene
        self._attitude = attitude
        self._units = model.bases["units"].names
        self._drawer = PersonDrawer(person, camera_renderer(model.name))
        # Both attitudes start with the same face, so they can be compared.
        start = np.random.default_rng([person.seed, 7])
        self.expression = Imitator(person, self._units, RATE_HZ).apex(units, habits(person, self._units), start)
        self._rng = np.random.default_rng([person.seed, 8])
        self._frames = 0

    def film(self, *, at_rest: bool = False) -> ImageArray:
        """Return the next (H, W, 3) picture of the camera, with a slightly moving head."""
        self._frames += 1
        yaw, pitch, roll = self._rng.normal(0.0, _SWAY_DEG, 3).tolist()
        pose = self._scene.pose
        scene = posed(
            self._scene, yaw_deg=pose.yaw_deg + yaw, pitch_deg=pose.pitch_deg + pitch, roll_deg=pose.roll_deg + roll
        )
        shown = np.zeros(len(self._units)) if at_rest else self.expression
        return self._drawer.draw(shown, scene, frame=self._frames)

    def change(self, hint: tuple[tuple[str, float], ...]) -> None:
        """Change the expression by the hint, or a random unit if it is ignored."""
        units = dict(hint)
        step = STEP if max(abs(change) for change in units.values()) >= A_LITTLE else SMALL_STEP
        change = np.array([step * np.sign(units.get(name, 0.0)) for name in self._units])
        if self._attitude == "ignores":
            change[:] = 0.0
            change[self._rng.integers(len(self._units))] = step * self._rng.choice((-1.0, 1.0))
        change *= 1.0 + self._rng.normal(0.0, CLUMSINESS, len(change))
        self.expression = np.clip(self.expression + change, 0.0, 1.0)


def practise(
    plan: SessionPlan, trial: Trial, measurer: Measurer, *, model: FaceModel, seed: int, attitude: Attitude
) -> PracticeResult:
    """Practise one target from the neutral calibration on.

    Parameters
    ----------
    plan : SessionPlan
        The plan of the session.
    trial : Trial
        The trial to practise.
    measurer : Measurer
        Has the targets of the plan; it is calibrated again.
    model : FaceModel
        The face model.
    seed : int
        Seed of the person: face, appearance, light and first imitation.
    attitude : str
        Whether the trainee ``follows`` or ``ignores`` the hints.
    """
    clock = VirtualClock(0.0)
    person = replace(draw_simulated_person(seed, model), skill=NOVICE)
    units = target_units(trial.target, model)
    trainee = Trainee(person, model, units, attitude=attitude)
    true_first = cosine(trainee.expression, units)
    training = Training(plan, SynchronousMeasuring(measurer, clock=clock), clock=clock)
    training.calibrate([_frame(trainee, clock, number, at_rest=True) for number in range(NEUTRAL_FRAMES)])
    training.begin(trial, clock.now())
    similarities: list[float] = []
    changes, changed_s = 0, clock.now()
    for index in range(round(SECONDS * RATE_HZ)):
        training.offer(_frame(trainee, clock, index))
        screen = training.screen(clock.now())
        clock.sleep_until(clock.now() + 1.0 / RATE_HZ)
        training.flipped(Flip(index, clock.now()))
        similarities += _similarities(training)
        if screen.hint and clock.now() - changed_s >= REACTION_S:
            trainee.change(screen.hint)
            changes, changed_s = changes + 1, clock.now()
    training.end()
    similarities += _similarities(training)
    count = round(AVERAGED_S * RATE_HZ)
    first, last = float(np.mean(similarities[:count])), float(np.mean(similarities[-count:]))
    true_gain = cosine(trainee.expression, units) - true_first
    return PracticeResult(seed, trial.target.name, attitude, first, last, changes, true_gain)


def _similarities(training: Training) -> list[float]:
    return [value for row in training.rows() for value in row.similarity if value is not None]


def _frame(trainee: Trainee, clock: Clock, index: int, *, at_rest: bool = False) -> CameraFrame:
    return CameraFrame(index, clock.now(), "simulated", trainee.film(at_rest=at_rest))


def practice_pairs(
    plan: SessionPlan, measurer: Measurer, model: FaceModel, *, runs: int, seed: int = 0
) -> Iterator[tuple[PracticeResult, PracticeResult]]:
    """Yield pairs of a trainee who follows and one who ignores the hints.

    Both have the same face, target and start. Every pair is another person; the targets of the plan take turns.

    Parameters
    ----------
    plan : SessionPlan
        The plan of the session.
    measurer : Measurer
        Has the targets of the plan.
    model : FaceModel
        The face model.
    runs : int
        Number of pairs.
    seed : int
        Seed of the first person.
    """
    trials = list({step.target.name: step for step in plan.steps if isinstance(step, Trial)}.values())
    for run in range(runs):
        trial = trials[run % len(trials)]
        follows, ignores = (
            practise(plan, trial, measurer, model=model, seed=seed + run, attitude=attitude) for attitude in ATTITUDES
        )
        yield follows, ignores
