"""Drawn people whose measurement is compared with the truth.

Every actor is photographed at rest and then in seven expressions: the six emotions and a mixture. Heads are turned.
Cameras differ in focal length, which the fit does not know. Light and appearance differ between actors.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.face.arrays import ImageArray
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.model import FaceModel
from analysis.face.render.renderer import FaceRenderer
from analysis.face.synthetic.expressions import MIXTURE, acted_expression
from analysis.face.synthetic.people import Person, Photograph
from analysis.face.synthetic.scenes import WEBCAM_POSE, WEBCAM_REST_POSE, draw_between, draw_webcam_scene

LABELS = (*EMOTIONS, MIXTURE)
"""The seven expressions of every actor."""


@dataclass(frozen=True, slots=True, eq=False)
class Actor:
    """The photographs of one drawn person."""

    neutrals: tuple[Photograph, ...]
    takes: tuple[Photograph, ...]
    """One for each of `LABELS`."""


def draw_actors(model: FaceModel, *, actors: int, neutrals: int, rng: np.random.Generator) -> list[Actor]:
    """Draw actors and their expressions.

    Parameters
    ----------
    model : FaceModel
        Needs the basis ``units``.
    actors, neutrals : int
        Number of people, and of neutral pictures of each.
    rng : Generator
        Source of random numbers.
    """
    names = model.bases["units"].names
    still = np.zeros(len(names))
    found = []
    for number in range(actors):
        scene = draw_webcam_scene(rng)
        rest = [("neutral", still, draw_between(*WEBCAM_REST_POSE, rng)) for _ in range(neutrals)]
        acted = [(label, acted_expression(label, names, rng), draw_between(*WEBCAM_POSE, rng)) for label in LABELS]
        person = Person(f"actor-{number}", rng.normal(size=len(model.identity)), scene)
        neutral_photographs, takes = (
            tuple(
                Photograph(person, label, units, replace(scene, pose=pose), frame=100 * number + k)
                for k, (label, units, pose) in enumerate(shown)
            )
            for shown in (rest, acted)
        )
        found.append(Actor(neutral_photographs, takes))
    return found


def draw_photographs(
    model: FaceModel, actors: Sequence[Actor], *, samples: int = 4
) -> Iterator[tuple[Actor, list[ImageArray], list[ImageArray]]]:
    """Draw the photographs of every actor.

    Parameters
    ----------
    model : FaceModel
        The face model.
    actors : sequence of Actor
        The actors.
    samples : int
        Samples a pixel of the renderer.

    Yields
    ------
    tuple
        An actor, (480, 640, 3) RGB pictures of the neutrals, and of the takes.
    """
    renderer = FaceRenderer(model, refine=0, samples=samples, shadows=False, px_per_mm=3.0)
    try:
        for actor in actors:
            neutrals, takes = ([one.draw(renderer) for one in some] for some in (actor.neutrals, actor.takes))
            yield actor, neutrals, takes
    finally:
        renderer.close()
