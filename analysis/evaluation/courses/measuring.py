"""Measure films of drawn people as ``courses`` does, and add the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.courses.frames import BLINK, CourseFrame, measure_faces
from analysis.courses.indices import PEAK_SHARE, CourseIndices
from analysis.courses.neutral_face import calibrate
from analysis.courses.trial_course import measure_indices, unit_measures
from analysis.courses.unit_movements import directions
from analysis.evaluation.courses.conditions import (
    ACTIONS,
    BASELINE_S,
    DURATION_S,
    DrawnFilm,
    draw_filmed_person,
)
from analysis.evaluation.courses.filming import TrackedFilm, track_films
from analysis.evaluation.courses.known_course import Movement, closure
from analysis.face.arrays import FloatArray
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.synthetic.generators import Generator

CLOSED = 0.4
"""Strength of `eyeBlink` above which a frame is certainly in a blink."""


@dataclass(frozen=True, slots=True)
class BlinkCounts:
    """Numbers of frames in which a face was measured."""

    closed: int = 0
    """With a strength of `eyeBlink` above `CLOSED`."""
    found: int = 0
    """Of these, marked as a blink."""
    open: int = 0
    """Without a blink."""
    wrong: int = 0
    """Of these, marked as a blink."""


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
    """(N,) values of each of `ACTIONS`, and movements in their directions."""
    indices: Mapping[str, CourseIndices]
    left_out: int
    """Number of frames that were not used."""
    blinks: BlinkCounts = BlinkCounts()

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
    corrected_peak: float | None = None
    """Corrected by the learned gain; None without one."""


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
    return [measure_film(name, tracked, model) for tracked in track_films(person, task.generator, task.cache)]


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
    measures = unit_measures(used, model)
    courses = {name: measures[name] for name in (*ACTIONS, *directions().measures)}
    return MeasuredFilm(
        person,
        tracked.film,
        time_s,
        courses,
        indices_of(time_s, courses),
        len(frames) - len(used),
        _count_blinks(tracked.film, frames),
    )


def indices_of(time_s: FloatArray, courses: Mapping[str, FloatArray]) -> dict[str, CourseIndices]:
    """Return the indices of the units of a drawn film.

    Parameters
    ----------
    time_s : (N,) float array
        Times from the onset of the target.
    courses : mapping of str to (N,) float array
        The measures.
    """
    found = measure_indices(time_s, courses, span_s=(-BASELINE_S, DURATION_S), all_measures=True)
    return {name: indices for name, indices in found if name in ACTIONS}


def _count_blinks(film: DrawnFilm, frames: Sequence[CourseFrame]) -> BlinkCounts:
    measured = [
        (closure(film.blinks_s, one.time_s), one.reason == BLINK)
        for one in frames
        if one.units is not None and one.time_s is not None
    ]
    closed = [is_marked for strength, is_marked in measured if strength > CLOSED]
    opened = [is_marked for strength, is_marked in measured if strength == 0.0]
    return BlinkCounts(len(closed), sum(closed), len(opened), sum(opened))


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
                    indices.corrected_peak,
                )
            )
    return found


def _later_ms(measured_s: float | None, true_s: float) -> float | None:
    return None if measured_s is None else 1000.0 * (measured_s - true_s)
