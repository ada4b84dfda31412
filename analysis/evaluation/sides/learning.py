"""Learn responses of landmarks to movements, and errors of strengths."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from analysis.evaluation.photographs import PhotographStore
from analysis.evaluation.sides.palsy_people import PalsySession, PalsyTrial
from analysis.face.arrays import BoolArray, FloatArray, IntArray
from analysis.face.errors import FaceError
from analysis.face.fitting.covariance_refit import mirrored_movement
from analysis.face.measurement import DetectedFace, measure_person
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.movements.from_rest import landmark_movement
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


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredPictures:
    """The measured pictures of drawn people."""

    people: IntArray
    """(N,) number of the person."""
    sessions: IntArray
    """(N,) number of the session, from 0."""
    trials: tuple[PalsyTrial | None, ...]
    """(N,) what was asked for; None for a face at rest."""
    movements_mm: FloatArray
    """(N, 68, 2) movement of the landmarks from rest."""
    truth: FloatArray
    """(N, U) true strengths of the measured units, 0 to 1."""
    truth_mm: FloatArray
    """(N, U) the same in millimetres, by the model that drew them."""
    fitted: FloatArray
    """(N, U) strengths of the fit of all units, 0 to 1, for comparison."""

    @property
    def imitations(self) -> MeasuredPictures:
        """The pictures that do not show the face at rest."""
        return self.chosen(np.array([trial is not None for trial in self.trials]))

    def chosen(self, which: BoolArray) -> MeasuredPictures:
        """Return some of the pictures.

        Parameters
        ----------
        which : (N,) bool array
            The pictures.
        """
        return MeasuredPictures(
            self.people[which],
            self.sessions[which],
            tuple(one for one, kept in zip(self.trials, which, strict=True) if kept),
            self.movements_mm[which],
            self.truth[which],
            self.truth_mm[which],
            self.fitted[which],
        )


def joined(groups: Sequence[MeasuredPictures]) -> MeasuredPictures:
    """Return the pictures of several groups of people; their people get other numbers."""
    offset, people = 0, []
    for one in groups:
        people.append(one.people + offset)
        offset += int(one.people.max()) + 1
    return MeasuredPictures(
        np.concatenate(people),
        np.concatenate([one.sessions for one in groups]),
        tuple(trial for one in groups for trial in one.trials),
        np.concatenate([one.movements_mm for one in groups]),
        np.concatenate([one.truth for one in groups]),
        np.concatenate([one.truth_mm for one in groups]),
        np.concatenate([one.fitted for one in groups]),
    )


def unit_sizes_mm(model: FaceModel) -> FloatArray:
    """Return the size of each measured unit: the way of its main landmark, mm.

    0 for a unit that the model does not have.
    """
    basis, vertices = model.bases["units"], model.landmark_vertices[model.landmark_vertices >= 0]
    sizes = dict(zip(basis.names, np.linalg.norm(basis.shapes[:, vertices], axis=2).max(axis=1), strict=True))
    return np.array([sizes.get(unit, 0.0) for unit in MEASURED_UNITS])


def measured_pictures(
    store: PhotographStore, sessions: Sequence[tuple[int, int, PalsySession]], *, with_rest: bool = False
) -> MeasuredPictures:
    """Draw and measure the pictures of sessions.

    Parameters
    ----------
    store : PhotographStore
        Draws the photographs and detects faces.
    sessions : sequence
        Number of the person, number of the session, and the session.
    with_rest : bool
        Whether to return the pictures at rest too.
    """
    fitted, drawn = load_model(), store.generator.model()
    names, sizes = drawn.bases["units"].names, unit_sizes_mm(drawn)
    rows: list[tuple[int, int, PalsyTrial | None, FloatArray, FloatArray, FloatArray]] = []
    for person, number, session in sessions:
        shown = [(None, one) for one in session.neutrals] + list(session.trials)
        detected = [(trial, one, store.detect(one)) for trial, one in shown]
        by_path = {
            found.picture.path: (trial, one) for trial, one, found in detected if isinstance(found, DetectedFace)
        }
        try:
            measured = measure_person(session.person.name, [found for _, _, found in detected], fitted)
        except FaceError:
            continue
        for face in (*measured.faces, *(measured.neutrals if with_rest else ())):
            trial, photograph = by_path[face.picture.path]
            moved = landmark_movement(face.score_fit, face.landmarks, fitted)
            strengths = np.array([face.intensity_fit.coefficient(unit) for unit in MEASURED_UNITS])
            shown_units = dict(zip(names, photograph.expression.tolist(), strict=True))
            truth = np.array([shown_units.get(unit, 0.0) for unit in MEASURED_UNITS])
            rows.append((person, number, trial, moved, truth, strengths))
    people, numbers, trials, moved_mm, truths, strengths_fitted = zip(*rows, strict=True)
    all_units = np.array(truths)
    return MeasuredPictures(
        np.array(people),
        np.array(numbers),
        tuple(trials),
        np.array(moved_mm),
        all_units,
        all_units * sizes,
        np.array(strengths_fitted),
    )


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


def same_movements(pictures: MeasuredPictures, unit: int) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield the rows of two sessions in which a person moves a unit equally far.

    Parameters
    ----------
    pictures : MeasuredPictures
        Pictures of people in two sessions.
    unit : int
        Number of the unit.
    """
    strengths = pictures.truth[:, unit]
    for person in np.unique(pictures.people):
        own = (pictures.people == person) & (strengths > 0)
        for strength in np.unique(strengths[own]):
            first, second = (
                np.flatnonzero(own & (strengths == strength) & (pictures.sessions == session)) for session in (0, 1)
            )
            yield first, second


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
