"""The groups of people a metric is judged on, each as pairs of a target person and a mimic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.evaluation.cast import Means, Member, measure_cast
from analysis.evaluation.shots import Shot, Studio
from analysis.evaluation.sizes import Size
from analysis.face.arrays import FloatArray
from analysis.face.measurement import NEUTRAL, Exclusion, MeasuredFace
from analysis.face.models.emotions import EMOTIONS
from analysis.face.synthetic.expressions import CLEAR_WAY, habit, imitation, pose, prototype
from analysis.face.synthetic.people import Person, draw_person

TURN_DEG = 15.0
"""Heads of mimics are turned up to this far to either side, and half as far up or down."""
STILL_DEG = 5.0
"""Heads of people who are imitated or calibrated are turned up to this far."""


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """What one person shows and what another makes of it."""

    people: tuple[str, str]
    targets: Sequence[MeasuredFace]
    mimics: Sequence[MeasuredFace]


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """One group of people, and who is compared with whom."""

    name: str
    pairs: Sequence[Pair]
    pictures: int
    excluded: Sequence[Exclusion] = ()
    crossed: bool = False
    """Everybody shows exactly the same expressions, so that identity and expression can be told apart."""


def mimics(studio: Studio, size: Size, means: Means, *, seed: int) -> Panel:
    """People imitate the six emotions of somebody else.

    The target's blend at 0.8 to 1.1 of its strength, every unit up to 10 % active besides, on another identity, with
    the head turned up to 15 degrees.
    """
    rng = np.random.default_rng(seed)
    names = studio.generator.model().bases["units"].names
    cast: dict[str, list[Shot]] = {}
    imitated_by: dict[str, list[str]] = {}
    for m in range(size.models):
        target = _person(studio, f"model-{m}", rng)
        blends = {emotion: habit(emotion, names, rng, own_way=CLEAR_WAY, left_out=0.0) for emotion in EMOTIONS}
        shown = [_shot(target, emotion, blend, rng, STILL_DEG) for emotion, blend in blends.items()]
        cast[target.name] = [*_at_rest(target, len(names), size.neutrals, rng), *shown]
        for k in range(size.imitators):
            who = _person(studio, f"model-{m}-mimic-{k}", rng)
            takes = [
                _shot(who, emotion, imitation(blend, rng), rng, TURN_DEG, take=take)
                for take in range(size.takes)
                for emotion, blend in blends.items()
            ]
            cast[who.name] = [*_at_rest(who, len(names), size.neutrals, rng), *takes]
            imitated_by.setdefault(target.name, []).append(who.name)
    seen = measure_cast(studio, cast, means, f"mimics of {studio.generator.name}")
    pairs = [
        Pair((target, who), seen[target].take(0), [one.face for one in seen[who].faces])
        for target, others in imitated_by.items()
        for who in others
    ]
    return _panel(f"mimics, {studio.generator.name}", pairs, cast, seen)


def posers(studio: Studio, size: Size, means: Means, *, seed: int) -> tuple[Panel, Panel]:
    """Everybody poses the six emotions in their own way; each against each, and each against a later take of their own.

    The prototype of the emotion with every unit stronger, weaker or left out as is the person's habit, at 0.5 to 1.0
    of its strength, every unit up to 10 % active besides, with the head turned up to 15 degrees.
    """
    rng = np.random.default_rng(seed)
    names = studio.generator.model().bases["units"].names
    cast: dict[str, list[Shot]] = {}
    for k in range(size.posers):
        who = _person(studio, f"poser-{k}", rng)
        habits = {emotion: habit(emotion, names, rng) for emotion in EMOTIONS}
        takes = [
            _shot(who, emotion, pose(own_way, rng), rng, TURN_DEG, take=take)
            for take in range(size.takes)
            for emotion, own_way in habits.items()
        ]
        cast[who.name] = [*_at_rest(who, len(names), size.neutrals, rng), *takes]
    seen = measure_cast(studio, cast, means, f"posers of {studio.generator.name}")
    across = [Pair((a, b), seen[a].take(0), [one.face for one in seen[b].faces]) for a in seen for b in seen if a != b]
    within = [Pair((a, a), seen[a].take(0), seen[a].take(1)) for a in seen]
    return (
        _panel(f"posers, {studio.generator.name}", across, cast, seen),
        _panel(f"posers against themselves, {studio.generator.name}", within, cast, seen),
    )


def crossed(studio: Studio, size: Size, means: Means, *, seed: int) -> Panel:
    """Everybody shows exactly the same six expressions twice: what differs is who they are, and the picture.

    Everyone's second pictures are scored against everyone's first ones, their own included.
    """
    rng = np.random.default_rng(seed)
    names = studio.generator.model().bases["units"].names
    cast = {}
    for k in range(size.crossed):
        who = _person(studio, f"crossed-{k}", rng)
        shown = [
            _shot(who, emotion, 0.9 * prototype(emotion, names), rng, STILL_DEG, take=take)
            for take in range(2)
            for emotion in EMOTIONS
        ]
        cast[who.name] = [*_at_rest(who, len(names), size.neutrals, rng), *shown]
    seen = measure_cast(studio, cast, means, f"same expressions on people of {studio.generator.name}")
    pairs = [Pair((a, b), seen[a].take(0), seen[b].take(1)) for a in seen for b in seen]
    return replace(_panel(f"same expressions, {studio.generator.name}", pairs, cast, seen), crossed=True)


def _person(studio: Studio, name: str, rng: np.random.Generator) -> Person:
    return draw_person(name, len(studio.generator.model().identity), rng)


def _at_rest(who: Person, units: int, count: int, rng: np.random.Generator) -> list[Shot]:
    return [_shot(who, NEUTRAL, np.zeros(units), rng, STILL_DEG) for _ in range(count)]


def _shot(
    who: Person, label: str, expression: FloatArray, rng: np.random.Generator, turn_deg: float, *, take: int = 0
) -> Shot:
    scene = who.turned_at_random(turn_deg, rng)
    return Shot(who, label, expression, scene, frame=int(rng.integers(64)), take=take)


def _panel(name: str, pairs: Sequence[Pair], cast: dict[str, list[Shot]], seen: dict[str, Member]) -> Panel:
    excluded = [one for member in seen.values() for one in member.excluded]
    return Panel(name, pairs, sum(map(len, cast.values())), excluded)
