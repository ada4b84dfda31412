"""Measure films of drawn people as ``courses`` does, and add the truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from analysis.courses.detection import Limits, expected_crosstalk, limits_of
from analysis.courses.frames import measure_faces
from analysis.courses.indices import PEAK_SHARE, CourseIndices, course_indices
from analysis.courses.neutral_face import calibrate
from analysis.courses.trial_course import unit_measures
from analysis.evaluation.courses.conditions import (
    ACTIONS,
    BASELINE_S,
    DURATION_S,
    DrawnFilm,
    draw_filmed_person,
)
from analysis.evaluation.courses.filming import TrackedFilm, track_films
from analysis.evaluation.courses.known_course import Movement
from analysis.face.arrays import FloatArray
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.synthetic.generators import Generator

LEARNED_FROM = 3
"""Limits of detection are learned from every third person of a face model; the others are judged."""


@dataclass(frozen=True, slots=True)
class PersonTask:
    """The films of one person: what a process needs to measure them."""

    number: int
    generator: Generator
    model: str
    """Name of the face model that is fitted."""
    seed: int
    conditions: int
    """Number of conditions of each person."""
    cache: Path


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredFilm:
    """A film, its measured courses, and their indices."""

    person: str
    film: DrawnFilm
    time_s: FloatArray
    """(N,) times of the used frames, from the onset of the target."""
    courses: Mapping[str, FloatArray]
    """(N,) values of each of `ACTIONS`."""
    indices: Mapping[str, CourseIndices]
    left_out: int
    """Number of frames that were not used."""
    is_judged: bool = True
    """Whether the person is judged; limits are learned from the others."""

    def movement(self, measure: str) -> Movement | None:
        """Return the true movement of a measure; None if it did not move."""
        return next((one for one in self.film.movements if one.unit == measure), None)


@dataclass(frozen=True, slots=True)
class MovementError:
    """One movement: its truth and what was measured."""

    person: str
    condition: str
    measure: str
    strength: float
    """True strength at the apex."""
    onset_ms: float | None
    """Measured minus true onset; None if no movement was found."""
    peak_ms: float | None
    """The same for the time at which 90 % of the peak is reached."""
    peak: float
    """Measured."""


def measure_films(task: PersonTask) -> list[MeasuredFilm]:
    """Draw and measure the films of one person.

    Parameters
    ----------
    task : PersonTask
        The person.
    """
    components = len(task.generator.model().identity)
    person = draw_filmed_person(task.number, components, seed=task.seed, conditions=task.conditions)
    model = load_model(task.model)
    name = f"{task.generator.name}-{person.name}"
    is_judged = task.number % LEARNED_FROM != 0
    films = track_films(person, task.generator, task.cache)
    return [replace(measure_film(name, tracked, model), is_judged=is_judged) for tracked in films]


def measure_film(person: str, tracked: TrackedFilm, model: FaceModel) -> MeasuredFilm:
    """Measure one film as ``courses`` measures a trial.

    Parameters
    ----------
    person : str
        Name of the person.
    tracked : TrackedFilm
        The film and the faces found in it.
    model : FaceModel
        The face model that is fitted.
    """
    neutrals = [one.landmarks for one in tracked.neutrals if one.landmarks is not None]
    neutral = calibrate(neutrals, model, "calibration")
    frames = list(measure_faces(tracked.faces, neutral, model, times_s=[face.row.time_s for face in tracked.faces]))
    used = [one for one in frames if one.is_used and one.units is not None]
    time_s = np.array([one.time_s for one in used], dtype=np.float64)
    all_measures = unit_measures(used, model)
    courses = {name: all_measures[name] for name in ACTIONS}
    return MeasuredFilm(
        person,
        tracked.film,
        time_s,
        courses,
        indices_of(time_s, courses),
        len(frames) - len(used),
    )


def indices_of(
    time_s: FloatArray, courses: Mapping[str, FloatArray], limits: Mapping[str, Limits] | None = None
) -> dict[str, CourseIndices]:
    """Return the indices of the courses of a drawn film.

    Parameters
    ----------
    time_s : (N,) float array
        Times from the onset of the target.
    courses : mapping of str to (N,) float array
        The measures.
    limits : mapping of str to Limits, optional
        When a rise is a movement; default: as in the program.
    """
    found = {}
    for name, values in courses.items():
        own = limits_of(name) if limits is None else limits[name]
        crosstalk = expected_crosstalk(own, courses, time_s, baseline_s=-BASELINE_S)
        span = {"baseline_s": -BASELINE_S, "duration_s": DURATION_S}
        found[name] = course_indices(time_s, values, **span, limits=own, crosstalk=crosstalk)
    return found


def with_limits(film: MeasuredFilm, limits: Mapping[str, Limits]) -> MeasuredFilm:
    """Return a film with the indices of other limits.

    Parameters
    ----------
    film : MeasuredFilm
        The film.
    limits : mapping of str to Limits
        By measure.
    """
    return replace(film, indices=indices_of(film.time_s, film.courses, limits))


def movement_errors(films: list[MeasuredFilm]) -> list[MovementError]:
    """Compare each movement with what was measured.

    Parameters
    ----------
    films : list of MeasuredFilm
        The films; those in which the indices are not defined are left out.
    """
    found = []
    for film in films:
        for movement in film.film.movements:
            indices = film.indices[movement.unit]
            if indices.peak is None:
                continue
            found.append(
                MovementError(
                    film.person,
                    film.film.condition,
                    movement.unit,
                    movement.strength,
                    _later_ms(indices.onset_s, movement.onset_s),
                    _later_ms(indices.peak_s, movement.reaches_s(PEAK_SHARE)),
                    indices.peak,
                )
            )
    return found


def _later_ms(measured_s: float | None, true_s: float) -> float | None:
    return None if measured_s is None else 1000.0 * (measured_s - true_s)
