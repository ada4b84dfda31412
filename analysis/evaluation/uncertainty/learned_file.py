"""Write the learned numbers of all metrics to the file that ships."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from analysis.evaluation.uncertainty.learn_uncertainty import learn_uncertainty
from analysis.evaluation.uncertainty.repeated_scores import RepeatedScores
from analysis.face.models.registry import DEFAULT_MODEL
from analysis.face.similarity.uncertainty import FEATURES, LearnedUncertainty
from analysis.tables.output_files import put_json

_DIGITS = 6


def write_learned(
    file: Path,
    learned: tuple[RepeatedScores, RepeatedScores],
    metrics: Sequence[str],
    *,
    sources: Sequence[str],
) -> None:
    """Learn every metric and write the file.

    Parameters
    ----------
    file : Path
        The file.
    learned : (RepeatedScores, RepeatedScores)
        Scores to learn from: of people who show the same movements, and the same emotions in their own ways.
    metrics : sequence of str
        Names of the metrics.
    sources : sequence of str
        Face models of the drawn people.
    """
    people = len(np.unique(learned[0].mimic))
    put_json(
        file,
        {
            "source": f"{people} drawn people of the face models {' and '.join(sources)}",
            "model": DEFAULT_MODEL,
            "features": list(FEATURES),
            "metrics": {name: _rounded(learn_uncertainty(*learned, name)) for name in metrics},
        },
    )


def _rounded(one: LearnedUncertainty) -> dict[str, object]:
    """Return the numbers as JSON values; six digits change no interval visibly."""
    return {name: _json(value) for name, value in asdict(one).items()}


def _json(value: object) -> object:
    if isinstance(value, tuple):
        return [_json(number) for number in value]
    return round(value, _DIGITS) if isinstance(value, float) else value
