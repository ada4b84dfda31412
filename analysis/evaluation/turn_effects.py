"""Learn the effect of head rotation on the change of appearance.

The result is for `analysis.face.appearance.turn_effect`. People are drawn with many different expressions, each facing
the camera and turned twice. Three of eight are posed emotions; the others are rest, mixtures, single units and random
blends, so that the covariance of expressions is not that of the six emotions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.evaluation.part_noise import appearance_in
from analysis.evaluation.photographs import PhotographStore
from analysis.face.appearance.turn_effect import FACTORS, HALF, TURN_DEG, TurnEffect, split_halves, turn_terms
from analysis.face.arrays import FloatArray
from analysis.face.errors import FaceError
from analysis.face.measurement import NEUTRAL, measure_person
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.registry import load_model
from analysis.face.synthetic.expressions import (
    MIXTURE,
    acted_expression,
    personal_expression,
    posed_expression,
    varied_expression,
)
from analysis.face.synthetic.people import Person, Photograph, draw_person

_NEUTRALS, _TURNED = 3, 2
_STILL_DEG, _ROLL_DEG, _LIGHT_DEG = 1.5, 2.0, 2.0
_NEUTRAL_DEG = 1.0
_TURNS_DEG = (5.0, 20.0)
"""Smallest and largest turn, in any direction."""
_SMOOTH_EVERY = 3
"""One in so many people has skin without wrinkles."""
_ONE_UNIT, _FEW_UNITS = 2, 3
"""Kinds of `varied_expression`."""
_EMOTIONS = 3
"""Posed emotions of each person."""
_SHRINKAGE = 0.6
"""Share of every correlation between cells that is taken for noise of the learning."""
_RIDGE = 3.0
"""Penalty of the average effect of the rotation; larger values make it smaller."""
_LEAST_TURN = 0.1
"""Square turns below this, in units of 15 degrees, say nothing about the error."""
_NOTHING = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class TurnedPair:
    """One expression of one person, facing the camera and turned.

    Changes from rest in the sense of `split_halves`.
    """

    facing: FloatArray
    """(2, HALF)"""
    turned: FloatArray
    """(2, HALF)"""
    turn_deg: tuple[float, float]
    """Measured (yaw, pitch) of the turned one."""


def turned_pairs(store: PhotographStore, seed: Sequence[int]) -> list[TurnedPair]:
    """Photograph and measure one drawn person.

    Parameters
    ----------
    store : PhotographStore
        Draws the photographs and detects faces.
    seed : sequence of int
        Of the person; the last number is that of the person.
    """
    rng = np.random.default_rng(seed)
    model = store.generator.model()
    names = model.bases["units"].names
    person = draw_person("turning", len(model.identity), rng, wrinkles=seed[-1] % _SMOOTH_EVERY != 0)
    still = np.zeros(len(names))
    shots = [
        _photograph(person, NEUTRAL, still, rng.normal(0.0, _NEUTRAL_DEG, 2), rng=rng, take=take)
        for take in range(_NEUTRALS)
    ]
    for number, expression in enumerate(_expressions(names, rng)):
        label = f"expression {number}"
        shots.append(_photograph(person, label, expression, rng.normal(0.0, _STILL_DEG, 2), rng=rng))
        for take in range(1, _TURNED + 1):
            shots.append(_photograph(person, label, expression, _turn(rng), rng=rng, take=take))
    detected = [store.detect(one) for one in shots]
    takes = {one.picture.path: shot.take for one, shot in zip(detected, shots, strict=True) if one.picture}
    try:
        measured = measure_person(person.name, detected, load_model(), pooled=False)
    except FaceError:
        return []
    if not measured.neutrals:
        return []
    rest = np.mean([appearance_in(face) for face in measured.neutrals], axis=0)
    changes = {
        (face.picture.expression, takes[face.picture.path]): (split_halves(appearance_in(face) - rest), face.turn_deg)
        for face in measured.faces
    }
    return [
        TurnedPair(changes[label, 0][0], change, turn_deg)
        for (label, take), (change, turn_deg) in changes.items()
        if take and (label, 0) in changes
    ]


def turn_effect_of(pairs: Sequence[TurnedPair]) -> TurnEffect:
    """Return the effect of head rotation in pairs and in their mirror images.

    Parameters
    ----------
    pairs : sequence of TurnedPair
        Results of `turned_pairs`.
    """
    facing, turned = (np.stack([getattr(one, name) for one in pairs]) for name in ("facing", "turned"))
    turns = np.array([one.turn_deg for one in pairs])
    symmetric, antisymmetric = turn_terms(turns)
    away = turned - facing
    effect = np.concatenate([_regression(symmetric, away[:, 0]), _regression(antisymmetric, away[:, 1])])
    average = np.stack([symmetric @ effect[:3], antisymmetric @ effect[3:]], axis=1)
    mean = facing[:, 0].mean(axis=0)
    about = facing - np.stack([mean, np.zeros_like(mean)])
    squared = (turns / TURN_DEG) ** 2
    total = squared.sum(axis=1)
    known = total > _LEAST_TURN
    errors = (away - average)[known] / np.sqrt(total[known])[:, None, None]
    side, chin = (squared[known] / total[known, None]).T
    up = turns[known, 1] > 0
    shares = (side, chin * up, chin * ~up)
    parts = [
        [_factors(about[:, k], np.ones(len(about))), *(_factors(errors[:, k], share) for share in shares)]
        for k in range(2)
    ]
    return TurnEffect(
        mean,
        effect,
        np.array([[variances for variances, _ in part] for part in parts]),
        np.array([[factors for _, factors in part] for part in parts]),
    )


def _regression(terms: FloatArray, values: FloatArray) -> FloatArray:
    """Return coefficients of terms, slightly shrunk.

    A pair and its mirror image give the same.
    """
    return np.asarray(np.linalg.solve(2.0 * terms.T @ terms + _RIDGE * np.eye(terms.shape[1]), 2.0 * terms.T @ values))


def _factors(values: FloatArray, shares: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the (HALF,) own variances and (FACTORS, HALF) common factors."""
    covariance = (values * shares[:, None]).T @ values / shares.sum()
    spread = np.sqrt(np.diag(covariance)) + _NOTHING
    sizes, directions = np.linalg.eigh((1.0 - _SHRINKAGE) * covariance / np.outer(spread, spread))
    common = (spread[:, None] * directions[:, -FACTORS:] * np.sqrt(np.maximum(sizes[-FACTORS:], 0.0))).T
    least = 1e-3 * np.trace(covariance) / HALF
    return np.maximum(spread**2 - (common**2).sum(axis=0), least), common


def _expressions(names: tuple[str, ...], rng: np.random.Generator) -> list[FloatArray]:
    """Return rest, three posed emotions, and five blends of other kinds."""
    emotions = [EMOTIONS[k] for k in rng.permutation(len(EMOTIONS))[:_EMOTIONS]]
    posed = [posed_expression(personal_expression(one, names, rng), rng) for one in emotions]
    acted = [acted_expression(label, names, rng) for label in (emotions[0], MIXTURE)]
    varied = [varied_expression(kind, names, rng) for kind in (_ONE_UNIT, _FEW_UNITS, _FEW_UNITS)]
    return [np.zeros(len(names)), *posed, *acted, *varied]


def _turn(rng: np.random.Generator) -> FloatArray:
    direction, size = rng.uniform(0.0, 2.0 * np.pi), rng.uniform(*_TURNS_DEG)
    return size * np.array([np.cos(direction), np.sin(direction)])


def _photograph(
    person: Person, label: str, expression: FloatArray, turn: FloatArray, *, rng: np.random.Generator, take: int = 0
) -> Photograph:
    yaw, pitch = turn.tolist()
    scene = person.turned(yaw_deg=yaw, pitch_deg=pitch, roll_deg=rng.normal(0.0, _ROLL_DEG))
    azimuth = scene.light.key_azimuth_deg + rng.normal(0.0, _LIGHT_DEG)
    scene = replace(scene, light=replace(scene.light, key_azimuth_deg=azimuth))
    return Photograph(person, label, expression, scene, frame=int(rng.integers(64)), take=take)
