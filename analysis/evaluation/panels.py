"""The groups of people that metrics are judged on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.evaluation.members import DrawnStudy, Member, measure_members
from analysis.face.arrays import FloatArray
from analysis.face.measurement import NEUTRAL, Exclusion, MeasuredFace
from analysis.face.models.emotions import EMOTIONS
from analysis.face.synthetic.expressions import (
    CLEAR_SPREAD,
    imitated_expression,
    personal_expression,
    posed_expression,
    prototype,
)
from analysis.face.synthetic.people import Person, Photograph, draw_person, with_own_movements
from analysis.face.synthetic.scenes import FACE_PX

TURN_DEG = 15.0
"""Largest yaw of mimics and most posers; their pitch and roll are at most half of it."""
STILL_DEG = 5.0
"""Largest yaw of target persons and of neutral pictures."""
SMALL_PX, SMALL_NOISE = (70.0, 110.0), (3.0, 9.0)
"""Width of the head in small pictures, and the noise of their camera, 0 to 255 levels."""


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """The faces of a target person and of a mimic."""

    people: tuple[str, str]
    targets: Sequence[MeasuredFace]
    mimics: Sequence[MeasuredFace]


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """One group of people and their comparisons."""

    name: str
    pairs: Sequence[Pair]
    pictures: int
    excluded: Sequence[Exclusion] = ()
    crossed: bool = False
    """All people show exactly the same expressions, so effects of identity and expression can be separated."""


class _Photographer:
    """Draws the people of one panel and their photographs, from one random generator."""

    def __init__(self, study: DrawnStudy) -> None:
        self._study = study
        self.rng = np.random.default_rng(study.seed)
        model = study.store.generator.model()
        self.names, self._components = model.bases["units"].names, len(model.identity)
        self.photographs: dict[str, list[Photograph]] = {}

    def person(self, name: str) -> Person:
        study = self._study
        face_px = self.rng.uniform(*SMALL_PX) if study.small else FACE_PX
        wrinkles = study.wrinkles or study.own_movements
        person = draw_person(name, self._components, self.rng, face_px=face_px, wrinkles=wrinkles)
        return with_own_movements(person, study.store.generator.model()) if study.own_movements else person

    def photograph(
        self, person: Person, label: str, expression: FloatArray, *, turn_deg: float, take: int = 0
    ) -> Photograph:
        scene = person.turned_at_random(turn_deg, self.rng)
        if self._study.small:
            scene = replace(scene, sensor=replace(scene.sensor, noise=self.rng.uniform(*SMALL_NOISE)))
        return Photograph(person, label, expression, scene, frame=int(self.rng.integers(64)), take=take)

    def add(self, person: Person, shown: Sequence[Photograph]) -> None:
        """Add the photographs of a person, after neutral ones."""
        still = np.zeros(len(self.names))
        neutrals = [
            self.photograph(person, NEUTRAL, still, turn_deg=STILL_DEG) for _ in range(self._study.size.neutrals)
        ]
        self.photographs[person.name] = [*neutrals, *shown]

    def measure(self, title: str) -> dict[str, Member]:
        store, measuring = self._study.store, self._study.measuring
        return measure_members(store, self.photographs, measuring, title=f"{title} {store.generator.name}")

    def panel(self, kind: str, pairs: Sequence[Pair], members: dict[str, Member], *, crossed: bool = False) -> Panel:
        excluded = [one for member in members.values() for one in member.excluded]
        pictures = sum(map(len, self.photographs.values()))
        name = f"{kind}{_looks(self._study)}, {self._study.store.generator.name}"
        return Panel(name, pairs, pictures, excluded, crossed)


def _looks(study: DrawnStudy) -> str:
    if study.own_movements:
        return " with own movements"
    return " with wrinkles" if study.wrinkles else " in small pictures" if study.small else ""


def mimics(study: DrawnStudy) -> Panel:
    """Return people who imitate the six emotions of a target person.

    An imitation is the target's expression at 0.8 to 1.1 of its strength on another identity. Every other unit is
    active by up to 10 %. The head is turned by up to 15 degrees.
    """
    draw = _Photographer(study)
    imitated_by: dict[str, list[str]] = {}
    for m in range(study.size.models):
        target = draw.person(f"model-{m}")
        blends = {
            emotion: personal_expression(emotion, draw.names, draw.rng, spread=CLEAR_SPREAD, left_out=0.0)
            for emotion in EMOTIONS
        }
        shown = [draw.photograph(target, emotion, blend, turn_deg=STILL_DEG) for emotion, blend in blends.items()]
        draw.add(target, shown)
        for k in range(study.size.imitators):
            mimic = draw.person(f"model-{m}-mimic-{k}")
            takes = [
                draw.photograph(mimic, emotion, imitated_expression(blend, draw.rng), turn_deg=TURN_DEG, take=take)
                for take in range(study.size.takes)
                for emotion, blend in blends.items()
            ]
            draw.add(mimic, takes)
            imitated_by.setdefault(target.name, []).append(mimic.name)
    members = draw.measure("mimics of")
    pairs = [
        Pair((target_name, name), members[target_name].take(0), members[name].faces)
        for target_name, others in imitated_by.items()
        for name in others
    ]
    return draw.panel("mimics", pairs, members)


def posers(study: DrawnStudy) -> tuple[Panel, Panel]:
    """Return people who pose the six emotions, against each other and themselves.

    Within a person, the first take is compared with the second. Everyone uses a personal version of the prototypes, at
    0.5 to 1.0 of its strength. Every other unit is active by up to 10 %. The head is turned by up to 15 degrees, by up
    to 5 if people have own movements.
    """
    draw = _Photographer(study)
    turn_deg = STILL_DEG if study.own_movements else TURN_DEG
    for k in range(study.size.posers):
        person = draw.person(f"poser-{k}")
        personal = {emotion: personal_expression(emotion, draw.names, draw.rng) for emotion in EMOTIONS}
        takes = [
            draw.photograph(person, emotion, posed_expression(blend, draw.rng), turn_deg=turn_deg, take=take)
            for take in range(study.size.takes)
            for emotion, blend in personal.items()
        ]
        draw.add(person, takes)
    members = draw.measure("posers of")
    across = [Pair((a, b), members[a].take(0), members[b].faces) for a in members for b in members if a != b]
    within = [Pair((a, a), members[a].take(0), members[a].take(1)) for a in members]
    return draw.panel("posers", across, members), draw.panel("posers against themselves", within, members)


def crossed(study: DrawnStudy) -> Panel:
    """Return people who show exactly the same six expressions twice.

    The second pictures of everyone are scored against the first pictures of everyone, including the same person.
    """
    draw = _Photographer(study)
    for k in range(study.size.crossed):
        person = draw.person(f"crossed-{k}")
        shown = [
            draw.photograph(person, emotion, 0.9 * prototype(emotion, draw.names), turn_deg=STILL_DEG, take=take)
            for take in range(2)
            for emotion in EMOTIONS
        ]
        draw.add(person, shown)
    members = draw.measure("same expressions on people of")
    pairs = [Pair((a, b), members[a].take(0), members[b].take(1)) for a in members for b in members]
    return draw.panel("same expressions", pairs, members, crossed=True)
