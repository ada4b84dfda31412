"""Pictures of drawn people: measured movements and true strengths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.evaluation.photographs import PhotographStore
from analysis.evaluation.sides.palsy_people import PalsySession, PalsyTrial
from analysis.face.arrays import BoolArray, FloatArray, IntArray
from analysis.face.errors import FaceError
from analysis.face.measurement import DetectedFace, measure_person
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.movements.from_rest import landmark_movement
from analysis.face.movements.measured import MEASURED_UNITS


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
    """Return the size of each measured unit: the path of its main landmark, mm.

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
