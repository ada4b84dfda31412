"""Simulated people: a drawn person who imitates with a certain skill."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from analysis.face.models.model import FaceModel
from analysis.face.synthetic.people import Person, draw_identity
from analysis.face.synthetic.scenes import CAMERA_PX, draw_laboratory_scene


@dataclass(frozen=True, slots=True)
class Skill:
    """How accurately and how fast a person imitates.

    A movement with strength ``t`` in the target is made with strength ``strength * t * exp(habit + slip)``. The habit
    of each movement is drawn once for a person, the slip at every imitation. Other movements occur at random.
    """

    strength: float = 0.85
    """Mean strength relative to the target."""
    habit: float = 0.12
    """Standard deviation over movements of the logarithm of the person's constant error."""
    slip: float = 0.06
    """Standard deviation over movements of the logarithm of the error of one imitation."""
    stray: float = 0.03
    """Mean strength of movements that are not in the target; a third of all movements occur at a time."""
    asymmetry: float = 0.04
    """Standard deviation of the logarithm of left relative to right."""
    latency_s: float = 0.30
    """From the target's onset to the first movement."""
    rise_s: float = 0.60
    """From the first movement to the full expression."""
    consider_s: float = 0.70
    """From the full expression to the key press."""
    release_s: float = 0.35
    """From the full expression back to rest."""
    learning: float = 0.35
    """Proportion of a habit that one hint of a training screen removes."""


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedPerson(Person):
    """A drawn person who can imitate."""

    seed: int = 0
    """Seed of everything random about the person and the movements."""
    skill: Skill = field(default_factory=Skill)


def draw_simulated_person(seed: int, model: FaceModel, *, size_px: tuple[int, int] = CAMERA_PX) -> SimulatedPerson:
    """Draw a person before a laboratory camera.

    Parameters
    ----------
    seed : int
        The same seed and model give the same person.
    model : FaceModel
        The face model.
    size_px : tuple
        Width and height of the camera's pictures.
    """
    rng = np.random.default_rng([seed, 0])
    identity = draw_identity(len(model.identity), rng)
    scene = draw_laboratory_scene(rng, size_px=size_px)
    return SimulatedPerson(f"person-{seed}", identity, scene, seed=seed, skill=draw_skill(rng))


def draw_skill(rng: np.random.Generator) -> Skill:
    """Draw the skill of a person who imitates well."""
    return Skill(
        strength=rng.uniform(0.75, 0.95),
        habit=rng.uniform(0.06, 0.14),
        slip=rng.uniform(0.03, 0.07),
        stray=rng.uniform(0.01, 0.03),
        asymmetry=rng.uniform(0.01, 0.06),
        latency_s=rng.uniform(0.22, 0.40),
        rise_s=rng.uniform(0.45, 0.75),
        consider_s=rng.uniform(0.55, 0.90),
    )
