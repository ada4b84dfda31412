"""Scores of people who show the same emotions in their own ways.

The people of one group show the same movements. Those of another group show the same emotions with other units stronger
or weaker, as real people do. For likelihood ratios, both count as imitations.
"""

from __future__ import annotations

from collections.abc import Sequence

from analysis.evaluation.uncertainty.repeated_people import GOOD, MeasuredSet
from analysis.evaluation.uncertainty.repeated_scores import RepeatedScores, ScoredPair
from analysis.face.measurement import MeasuredFace
from analysis.face.models.model import FaceModel
from analysis.face.similarity.metrics import Metric
from analysis.face.similarity.parts import below_floor
from analysis.face.similarity.uncertainty import pair_features

TARGET_SESSION, MIMIC_SESSION = 0, 1
"""Good sessions that give targets and mimics."""


def crossed_scores(
    groups: Sequence[Sequence[MeasuredSet]], metrics: Sequence[Metric], model: FaceModel
) -> RepeatedScores:
    """Score everybody against one person of each other group.

    Parameters
    ----------
    groups : sequence of sequence of MeasuredSet
        The sessions of each group.
    metrics : sequence of Metric
        The metrics.
    model : FaceModel
        The model of the fits.

    Returns
    -------
    RepeatedScores
        Without truths.
    """
    people = [[_sessions(sets, name) for name in dict.fromkeys(one.person for one in sets)] for sets in groups]
    numbers = {id(person): k for k, person in enumerate(person for group in people for person in group)}
    pairs = [
        (own, numbers[id(mimic)], target, mimic)
        for own, group in enumerate(people)
        for place, mimic in enumerate(group)
        for other in people
        if other is not group
        for target in other[place : place + 1]
    ]
    rows = []
    for group_number, number, target, mimic in pairs:
        for shown, a in _faces(target, (GOOD, TARGET_SESSION), model):
            for condition, session in mimic:
                if condition == GOOD and session != MIMIC_SESSION:
                    continue
                for imitated, b in _faces(mimic, (condition, session), model):
                    scores = [one.score(a, b, model) for one in metrics]
                    pair = pair_features(a, b, model)
                    rows.append(ScoredPair(group_number, number, shown == imitated, condition, pair, scores))
    return RepeatedScores.of(rows, metrics)


def _sessions(sets: Sequence[MeasuredSet], person: str) -> dict[tuple[str, int], MeasuredSet]:
    return {(one.condition, one.number): one for one in sets if one.person == person}


def _faces(
    person: dict[tuple[str, int], MeasuredSet], session: tuple[str, int], model: FaceModel
) -> list[tuple[str, MeasuredFace]]:
    """Return expression and face of a session, without faces at rest."""
    one = person.get(session)
    return [] if one is None else [(name, face) for name, face in one.faces.items() if not below_floor(face, model)]
