"""Learn responses of landmarks to movements, and errors of strengths."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from analysis.evaluation.sides.measured_pictures import MeasuredPictures, same_movements, unit_sizes_mm
from analysis.face.arrays import FloatArray
from analysis.face.fitting.covariance_refit import mirrored_movement
from analysis.face.models.registry import load_model
from analysis.face.movements.measured import MEASURED_UNITS
from analysis.face.movements.strengths import LEARNED, LearnedMovements, movements_from, solve_strengths
from analysis.face.similarity.coefficients import mirror_order
from analysis.tables.output_files import put

_RIDGE = 1.0
"""Ridge of the responses, in pictures at full strength."""
_FOLDS = 7
LIMIT = 0.99
"""Share of faces without a movement that are below its limit of detection."""
_ALL = tuple(range(68))
_OTHER_SIDE = mirror_order(MEASURED_UNITS)
"""(U,) number of the same movement on the other side."""


def responses_of(pictures: MeasuredPictures) -> FloatArray:
    """Return the (U, 68, 2) mean responses of the landmarks, the same on both sides."""
    truth, moved = pictures.truth, pictures.movements_mm.reshape(len(pictures.people), -1)
    found: FloatArray = np.asarray(
        np.linalg.solve(truth.T @ truth + _RIDGE * np.eye(truth.shape[1]), truth.T @ moved), dtype=np.float64
    ).reshape(-1, 68, 2)
    symmetric: FloatArray = (found + mirrored_movement(found[_OTHER_SIDE])) / 2.0
    return symmetric


def strengths_by(responses: FloatArray, pictures: MeasuredPictures) -> FloatArray:
    """Return the (N, U) strengths of pictures, without gain.

    Parameters
    ----------
    responses : (U, 68, 2) float array
        Responses of the landmarks.
    pictures : MeasuredPictures
        The pictures.
    """
    return np.array([solve_strengths(responses, moved, _ALL) for moved in pictures.movements_mm])


def learn(pictures: MeasuredPictures, *, origin: str) -> LearnedMovements:
    """Return responses and gains; the errors are 0 until `with_errors`.

    Parameters
    ----------
    pictures : MeasuredPictures
        Pictures of people to learn from.
    origin : str
        How they were made.
    """
    found = np.zeros_like(pictures.truth)
    for fold in range(_FOLDS):
        own = pictures.people % _FOLDS == fold
        if own.any():
            found[own] = strengths_by(responses_of(pictures.chosen(~own)), pictures.chosen(own))
    gain = (found * pictures.truth).sum(axis=0) / (pictures.truth**2).sum(axis=0)
    gain = (gain + gain[_OTHER_SIDE]) / 2.0
    nothing = np.zeros(len(gain))
    sizes = unit_sizes_mm(load_model())
    return LearnedMovements(
        MEASURED_UNITS, responses_of(pictures), sizes, gain, nothing, nothing, nothing, nothing, origin
    )


def with_errors(learned: LearnedMovements, pictures: MeasuredPictures) -> LearnedMovements:
    """Return what was learned with its errors in other people.

    Parameters
    ----------
    learned : LearnedMovements
        Responses and gains.
    pictures : MeasuredPictures
        Pictures of people in two sessions, several of each movement.
    """
    found_mm = measured_mm(learned, pictures)
    between_pictures, between_sessions, limits, accuracies = [], [], [], []
    for number in range(len(learned.units)):
        both = [number, int(_OTHER_SIDE[number])]
        own = [_deviations(pictures, found_mm[:, one], one) for one in dict.fromkeys(both)]
        picture = float(np.mean([one[0] for one in own]))
        between_pictures.append(np.sqrt(picture))
        between_sessions.append(np.sqrt(max(0.0, float(np.mean([one[1] for one in own])))))
        still = np.concatenate([found_mm[pictures.truth[:, one] == 0, one] for one in dict.fromkeys(both)])
        limits.append(float(np.quantile(still, LIMIT)))
        wrong_mm = np.concatenate([_errors(pictures, found_mm, one) for one in dict.fromkeys(both)])
        accuracies.append(float(np.sqrt(np.mean(wrong_mm**2))))
    return replace(
        learned,
        limit_mm=np.array(limits),
        accuracy_mm=np.array(accuracies),
        picture_sd_mm=np.array(between_pictures),
        session_sd_mm=np.array(between_sessions),
    )


def measured_mm(learned: LearnedMovements, pictures: MeasuredPictures) -> FloatArray:
    """Return the (N, U) strengths of pictures in mm."""
    found: FloatArray = strengths_by(learned.responses, pictures) / learned.gain * learned.size_mm
    return found


def _errors(pictures: MeasuredPictures, found_mm: FloatArray, unit: int) -> FloatArray:
    """Return the errors in pictures that show the unit."""
    shown = pictures.truth[:, unit] > 0
    errors: FloatArray = found_mm[shown, unit] - pictures.truth_mm[shown, unit]
    return errors


def _deviations(pictures: MeasuredPictures, found_mm: FloatArray, unit: int) -> tuple[float, float]:
    """Return the variances between pictures and between sessions (nested design)."""
    within, differences, sizes = [], [], []
    for sessions in same_movements(pictures, unit):
        by_session = [found_mm[rows] for rows in sessions]
        if min(map(len, by_session)) < 2:
            continue
        within += [float(values.var(ddof=1)) for values in by_session]
        differences.append(float(by_session[0].mean() - by_session[1].mean()))
        sizes.append(float(np.mean([1.0 / len(values) for values in by_session])))
    if not within:
        return 0.0, 0.0
    picture = float(np.mean(within))
    return picture, float(np.mean(np.square(differences))) / 2.0 - picture * float(np.mean(sizes))


def write_learned(learned: LearnedMovements, path: Path = LEARNED) -> Path:
    """Write what was learned, one line a unit.

    Parameters
    ----------
    learned : LearnedMovements
        What was learned.
    path : Path
        File to write.
    """
    lines = [f"{json.dumps(unit)}: {json.dumps(entry)}" for unit, entry in _entries(learned).items()]
    content = f'{{"origin": {json.dumps(learned.origin)}, "units": {{\n' + ",\n".join(lines) + "\n}}\n"
    movements_from(json.loads(content)["units"], learned.origin)
    return put(path, content)


def _entries(learned: LearnedMovements) -> Mapping[str, Mapping[str, Any]]:
    return {
        unit: {
            "size_mm": round(float(learned.size_mm[number]), 3),
            "gain": round(float(learned.gain[number]), 4),
            "limit_mm": round(float(learned.limit_mm[number]), 3),
            "accuracy_mm": round(float(learned.accuracy_mm[number]), 3),
            "picture_sd_mm": round(float(learned.picture_sd_mm[number]), 3),
            "session_sd_mm": round(float(learned.session_sd_mm[number]), 3),
            "response": np.round(learned.responses[number], 4).tolist(),
        }
        for number, unit in enumerate(learned.units)
    }
