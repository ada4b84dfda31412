"""Drawn people with a palsy of one side of the face, and their photographs.

Every person is asked for single movements. The healthy side makes them with a random strength, the affected side with a
share of it, from none to all. In every second photograph another movement comes with it on the affected side, as in
synkinesis. The palsy does not change the face at rest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analysis.face.measurement import NEUTRAL
from analysis.face.models.model import FaceModel
from analysis.face.models.movements import SIDES, Movement
from analysis.face.movements.measured import MEASURED
from analysis.face.synthetic.people import Person, Photograph, draw_person
from analysis.face.synthetic.scenes import draw_photograph_scene

NEUTRALS, TAKES = 5, 3
"""Pictures of each person at rest, and of each movement, to learn from."""
RETEST_NEUTRALS, RETAKES = 3, 2
"""The same in each of two sessions."""
FACE_PX = (150.0, 240.0)
"""Width of the head in a picture, pixels."""
TURN_DEG, STILL_DEG = (6.0, 4.0, 3.0), (3.0, 2.0, 2.0)
"""Largest yaw, pitch and roll of a head in a trial, and at rest."""
STRENGTH, SYNKINESIS = (0.3, 1.0), (0.1, 0.8)
"""Strength of the healthy side, and of a movement that was not asked for."""


@dataclass(frozen=True, slots=True)
class PalsyTrial:
    """What one photograph shows."""

    movement: Movement
    """The movement that was asked for."""
    affected: str
    """``left`` or ``right`` of the person."""
    remaining: float
    """Strength of the affected side as a share of the healthy side's, 0 to 1; 1 for movements without sides."""
    synkinesis: str = ""
    """Unit that moves without being asked for; empty without one."""


@dataclass(frozen=True, slots=True, eq=False)
class PalsySession:
    """The photographs of one drawn person in one session."""

    person: Person
    neutrals: tuple[Photograph, ...]
    trials: tuple[tuple[PalsyTrial, Photograph], ...]


def draw_palsy_person(name: str, model: FaceModel, rng: np.random.Generator) -> PalsySession:
    """Draw a person with a palsy of one side.

    Parameters
    ----------
    name : str
        Name of the person.
    model : FaceModel
        The face model of the drawn people.
    rng : Generator
        Source of random numbers.
    """
    names = model.bases["units"].names
    person = draw_person(name, len(model.identity), rng, face_px=rng.uniform(*FACE_PX))
    affected = SIDES[int(rng.integers(2))]
    still = np.zeros(len(names))
    neutrals = tuple(
        Photograph(person, NEUTRAL, still, person.turned_at_random(STILL_DEG, rng), frame=frame)
        for frame in range(NEUTRALS)
    )
    trials = []
    for movement in MEASURED:
        for take in range(TAKES):
            trial, strengths = _trial(movement, affected, rng)
            expression = np.array([strengths.get(one, 0.0) for one in names])
            scene = person.turned_at_random(TURN_DEG, rng)
            label = f"{movement.unit}-{take}"
            trials.append((trial, Photograph(person, label, expression, scene, frame=int(rng.integers(64)), take=take)))
    return PalsySession(person, neutrals, tuple(trials))


def draw_retest(name: str, model: FaceModel, rng: np.random.Generator) -> tuple[PalsySession, PalsySession]:
    """Draw a person with a palsy in two sessions with the same movements.

    Light, camera and distance differ between the sessions, the pose of the head between all pictures. Each movement is
    photographed `RETAKES` times with the same strengths in each session.

    Parameters
    ----------
    name : str
        Name of the person.
    model : FaceModel
        The face model of the drawn people.
    rng : Generator
        Source of random numbers.
    """
    names = model.bases["units"].names
    first = draw_person(name, len(model.identity), rng, face_px=rng.uniform(*FACE_PX))
    affected = SIDES[int(rng.integers(2))]
    shown = [(movement, *_trial(movement, affected, rng)) for movement in MEASURED]
    scene = replace(draw_photograph_scene(rng, face_px=rng.uniform(*FACE_PX)), appearance=first.scene.appearance)
    sessions = []
    for number, person in enumerate((first, replace(first, scene=scene))):
        neutrals = tuple(
            Photograph(person, NEUTRAL, np.zeros(len(names)), person.turned_at_random(STILL_DEG, rng), frame=frame)
            for frame in range(RETEST_NEUTRALS)
        )
        trials = tuple(
            (
                trial,
                Photograph(
                    person,
                    f"{movement.unit}-{number}-{take}",
                    np.array([strengths.get(one, 0.0) for one in names]),
                    person.turned_at_random(TURN_DEG, rng),
                    frame=int(rng.integers(64)),
                    take=take,
                ),
            )
            for movement, trial, strengths in shown
            for take in range(RETAKES)
        )
        sessions.append(PalsySession(person, neutrals, trials))
    return sessions[0], sessions[1]


def _trial(movement: Movement, affected: str, rng: np.random.Generator) -> tuple[PalsyTrial, dict[str, float]]:
    """Return one trial, and the strengths of its units."""
    healthy = rng.uniform(*STRENGTH)
    remaining = float(rng.choice((0.0, 0.25, 0.5, 0.75, 1.0))) if movement.has_sides else 1.0
    by_side = {side: healthy * (remaining if side == affected else 1.0) for side in SIDES}
    strengths = {unit: by_side[side] if movement.has_sides else healthy for side, unit in _sided(movement)}
    synkinesis = ""
    others = [one for one in MEASURED if one.has_sides and one != movement]
    other = others[int(rng.integers(len(others)))]
    strength = rng.uniform(*SYNKINESIS)
    if rng.uniform() < 0.5:
        synkinesis = other.units[SIDES.index(affected)]
        strengths[synkinesis] = strength
    return PalsyTrial(movement, affected, remaining, synkinesis), strengths


def _sided(movement: Movement) -> list[tuple[str, str]]:
    return list(zip(SIDES if movement.has_sides else ("both",), movement.units, strict=True))
