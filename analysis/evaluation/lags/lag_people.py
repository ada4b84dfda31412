"""Drawn people who watch targets that move, and what they do in each trial.

Times are seconds from the onset of the target. A person who follows makes the movement of the target, with the same
course and another strength, after a known lag.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from analysis.evaluation.courses.conditions import DrawnFilm
from analysis.evaluation.courses.known_course import Movement, Sway, draw_blinks
from analysis.face.arrays import FloatArray
from analysis.face.models.emotions import EMOTIONS, without_side
from analysis.face.models.units import UNITS
from analysis.face.render.scene import Scene
from analysis.face.synthetic.people import draw_identity
from analysis.face.synthetic.posed_emotions import posed_recipe
from analysis.face.synthetic.scenes import draw_laboratory_scene
from experiment.record.film.video import CRF

BASELINE_S, SHOWN_S, AFTER_S = 1.0, 3.0, 1.0
"""Lengths of the baseline, of the time of the target, and of the film after it."""
RATE_HZ = 30.0
Act = Literal["follows", "rests", "moves otherwise"]
ACTS: Mapping[Act, int] = {"follows": 10, "rests": 4, "moves otherwise": 6}
"""Number of trials of each person. To move otherwise is to make another movement at a random time."""
LAGS_S, STRENGTHS = (0.1, 0.8), (0.3, 1.0)
"""Ranges of lag and strength, drawn uniformly."""
TARGET_STRENGTH = 0.8
_ONSETS_S, _RISES_S, _HOLDS_S = (0.2, 0.6), (0.3, 0.7), (0.2, 0.6)
"""Ranges of the course of a target."""
_OTHER_ONSETS_S = (0.0, 2.2)
"""Range of the onset of a movement that does not follow."""
_LIDS = "eyeBlink"


def _emotion(name: str) -> dict[str, float]:
    blend = posed_recipe(name, UNITS)
    return {without_side(unit): share for unit, share in blend.items() if share and not unit.startswith(_LIDS)}


EXPRESSIONS: Mapping[str, Mapping[str, float]] = {
    **{name: _emotion(name) for name in EMOTIONS},
    "lowered brows": {"browDown": 1.0},
    "raised brows": {"browInnerUp": 0.8, "browOuterUp": 1.0},
}
"""Strengths of the units of each expression at full strength, without sides."""
BROWS = ("lowered brows", "raised brows")


@dataclass(frozen=True, slots=True)
class ShownTarget:
    """A target that moves."""

    expression: str
    onset_s: float
    rise_s: float
    hold_s: float

    def movements(self, strength: float, *, lag_s: float = 0.0) -> tuple[Movement, ...]:
        """Return its movement with another strength, some time later.

        Parameters
        ----------
        strength : float
            Of the expression.
        lag_s : float
            How much later.
        """
        return tuple(
            Movement(unit, strength * share, self.onset_s + lag_s, self.rise_s, self.hold_s)
            for unit, share in EXPRESSIONS[self.expression].items()
        )


@dataclass(frozen=True, slots=True)
class ActedTrial:
    """What a person does while a target is shown."""

    number: int
    target: str
    act: Act
    film: DrawnFilm
    moved: str = ""
    """The expression that the person makes; empty: none."""
    strength: float = 0.0
    lag_s: float | None = None
    """None for a person who does not follow."""


@dataclass(frozen=True, slots=True, eq=False)
class LagPerson:
    """A drawn person and the trials of the person."""

    identity: FloatArray
    scene: Scene
    trials: tuple[ActedTrial, ...]
    neutral: DrawnFilm = field(repr=False)
    """The person at rest, for the calibration."""


def draw_targets(seed: int) -> dict[str, ShownTarget]:
    """Return a target for each of `EXPRESSIONS`, each with a course of its own."""
    rng = np.random.default_rng([seed, 0])
    return {
        name: ShownTarget(name, *(float(rng.uniform(*limits)) for limits in (_ONSETS_S, _RISES_S, _HOLDS_S)))
        for name in EXPRESSIONS
    }


def draw_lag_person(number: int, components: int, targets: Mapping[str, ShownTarget], *, seed: int) -> LagPerson:
    """Draw a person and what the person does in `ACTS` trials.

    Targets follow one another in turn, so that a person follows and does not follow each of them about equally often.

    Parameters
    ----------
    number : int
        Number of the person.
    components : int
        Number of identity components of the face model.
    targets : mapping of str to ShownTarget
        Result of `draw_targets`.
    seed : int
        Seed of the random numbers of all people.
    """
    rng = np.random.default_rng([seed, 1, number, components])
    scene, identity = draw_laboratory_scene(rng), draw_identity(components, rng)
    names = list(targets)
    trials: list[ActedTrial] = []
    for act, count in ACTS.items():
        for repetition in range(count):
            name = names[(repetition + number * count) % len(names)]
            trials.append(_draw_trial(len(trials), act, targets[name], scene, rng))
    return LagPerson(identity, scene, tuple(trials), _film((), scene, rng, blinks=False))


def draw_target_person(components: int, targets: Mapping[str, ShownTarget], *, seed: int) -> LagPerson:
    """Draw the person who shows the targets; each trial shows one of them.

    Parameters
    ----------
    components : int
        Number of identity components of the face model.
    targets : mapping of str to ShownTarget
        Result of `draw_targets`.
    seed : int
        Seed of the random numbers of all people.
    """
    rng = np.random.default_rng([seed, 2, components])
    scene, identity = draw_laboratory_scene(rng), draw_identity(components, rng)
    trials = [
        ActedTrial(number, name, "follows", _film(one.movements(TARGET_STRENGTH), scene, rng, blinks=False))
        for number, (name, one) in enumerate(targets.items())
    ]
    return LagPerson(identity, scene, tuple(trials), _film((), scene, rng, blinks=False))


def _draw_trial(number: int, act: Act, target: ShownTarget, scene: Scene, rng: np.random.Generator) -> ActedTrial:
    strength, lag_s = (float(rng.uniform(*limits)) for limits in (STRENGTHS, LAGS_S))
    if act == "rests":
        return ActedTrial(number, target.expression, act, _film((), scene, rng))
    if act == "follows":
        film = _film(target.movements(strength, lag_s=lag_s), scene, rng)
        return ActedTrial(number, target.expression, act, film, target.expression, strength, lag_s)
    moved = str(rng.choice([name for name in EXPRESSIONS if name != target.expression]))
    ranges = (_OTHER_ONSETS_S, _RISES_S, _HOLDS_S)
    other = ShownTarget(moved, *(float(rng.uniform(*limits)) for limits in ranges))
    return ActedTrial(number, target.expression, act, _film(other.movements(strength), scene, rng), moved, strength)


def _film(movements: tuple[Movement, ...], scene: Scene, rng: np.random.Generator, *, blinks: bool = True) -> DrawnFilm:
    return DrawnFilm(
        "",
        movements,
        draw_blinks(-BASELINE_S, SHOWN_S + AFTER_S, rng) if blinks else (),
        Sway(int(rng.integers(2**31))),
        scene,
        float(rng.uniform()),
        int(rng.integers(2**31)),
        rate_hz=RATE_HZ,
        crf=CRF,
    )
