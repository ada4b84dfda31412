"""``score --retakes``: the mean score of several pictures of one imitation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from analysis.face.measurement import MeasuredFace
    from analysis.face.models.model import FaceModel
    from analysis.face.similarity.metrics import Metric


def require_single_scores(chosen: Metric, pictures: Sequence[Path], *, neutral: bool) -> None:
    """Refuse retakes where the pictures have no scores of their own, or no interval.

    Parameters
    ----------
    chosen : Metric
        How to score.
    pictures : sequence of Path
        All pictures of the imitation.
    neutral : bool
        Whether there are neutral pictures of both people.
    """
    if not neutral:
        message = (
            "the interval of a mean needs neutral pictures of both people: add --target-neutral and --mimic-neutral"
        )
        raise typer.BadParameter(message, param_hint="--retakes")
    if chosen.pooled:
        raise typer.BadParameter(
            f"a score of {chosen.name} depends on all pictures of a person; choose a metric that is not pooled",
            param_hint="--retakes",
        )
    files = [picture.resolve() for picture in pictures]
    for picture, file in zip(pictures, files, strict=True):
        if files.count(file) > 1:
            raise typer.BadParameter(f"{picture} is given twice; name each picture once", param_hint="--retakes")


def mean_of_retakes(
    score: float, target: MeasuredFace, mimics: Sequence[MeasuredFace], chosen: Metric, *, model: FaceModel
) -> dict[str, Any]:
    """Return the mean score of pictures of an imitation, and its interval.

    Parameters
    ----------
    score : float
        Score of the first picture.
    target : MeasuredFace
        The target.
    mimics : sequence of MeasuredFace
        All pictures of the imitation.
    chosen : Metric
        How to score.
    model : FaceModel
        The model of the fits.
    """
    from analysis.face.similarity.parts import below_floor
    from analysis.face.similarity.uncertainty import learned_uncertainty, pair_features

    weak = sum(below_floor(face, model) for face in mimics)
    scores = [score, *(chosen.score(target, face, model) for face in mimics[1:])]
    facts = {"scores": scores, "mean": fmean(scores), "standard_deviation": stdev(scores), "no_expression": weak}
    learned = learned_uncertainty().about(target, mimics[0], metric=chosen.name, model=model)
    interval = None
    if learned is not None and not weak and not below_floor(target, model):
        found = learned.of_mean(scores, [pair_features(target, face, model) for face in mimics])
        interval = [found.low, found.high]
    return {**facts, "interval": interval}


def retakes_line(facts: dict[str, Any]) -> str:
    """Return the line of `mean_of_retakes`."""
    line = f"  mean of {len(facts['scores'])} pictures {facts['mean']:.3f}"
    if facts["interval"] is not None:
        from analysis.face.similarity.uncertainty import interval_text

        line += f", {interval_text(*facts['interval'])}"
    elif facts["no_expression"]:
        line += f"; {facts['no_expression']} of them without an expression, so it has no interval"
    return f"{line}; standard deviation {facts['standard_deviation']:.3f}"
