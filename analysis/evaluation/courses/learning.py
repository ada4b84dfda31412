"""Learn directions of units and limits from people who are not judged."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.courses.blinks import eye_openings, in_blink
from analysis.courses.detection import learned_limits
from analysis.courses.neutral_face import calibrate
from analysis.courses.unit_movements import LEARNED, Directions, directions
from analysis.evaluation.courses.calibrating import CLEAR, learn_limits, write_limits
from analysis.evaluation.courses.conditions import ACTIONS, UPPER, USUAL, DrawnFilm, draw_person_to_learn_from
from analysis.evaluation.courses.filming import TrackedFilm, track_films
from analysis.evaluation.courses.measuring import PersonTask, measure_film
from analysis.face.arrays import FloatArray, IntArray
from analysis.face.errors import FaceError
from analysis.face.fitting.covariance_refit import mirrored_movement
from analysis.face.fitting.fit import fit_expressions
from analysis.face.fitting.fitted_face import INTENSITY_RIDGE, FitSettings
from analysis.face.landmarks.mirror import MIRROR_ORDER
from analysis.face.models.emotions import without_side
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.movements.from_rest import landmark_movement
from analysis.tables.parallel import results
from analysis.terminal import progress

LEARNING_SEED = 2026
"""Seed of the people to learn from. Those who are judged have another one."""
_FEWEST = 3
_RESPONSE_RIDGE = 0.02
_NOISE_RIDGE = 0.02
"""Share of the mean variance that every landmark has in addition: the covariance is not known exactly."""
_OTHER_HALF = 0.03
"""Mean square strength of the movements of the other half of the face."""
_JAW_AND_MOUTH = np.r_[0:17, 27:36, 48:68]
_BROWS_AND_EYES = np.r_[17:48]
"""Landmarks that a direction of the lower and upper half of the face may use."""


@dataclass(frozen=True, slots=True, eq=False)
class LearningFilm:
    """The landmarks of one film, with the truth."""

    film: DrawnFilm
    time_s: FloatArray
    """(N,) times of the frames without a blink."""
    movements: FloatArray
    """(N, 68, 2) movement of the landmarks, mm, mean of the face and its mirror image, 0 in the baseline."""


@dataclass(frozen=True, slots=True, eq=False)
class _Response:
    unit: str
    strength: float
    movement: FloatArray
    """(F,) at full strength."""


@dataclass(frozen=True, slots=True, eq=False)
class LearningPerson:
    """The films of a person to learn from."""

    name: str
    tracked: tuple[TrackedFilm, ...]
    films: tuple[LearningFilm, ...]


def learn_from(tasks: Sequence[PersonTask], command: str, *, jobs: int) -> None:
    """Learn directions and limits from drawn people, and write both files.

    Parameters
    ----------
    tasks : sequence of PersonTask
        The people.
    command : str
        The command that learns, for the files.
    jobs : int
        Processes.
    """
    people = list(progress(results(track_person, tasks, jobs=jobs), total=len(tasks), title="people to learn from"))
    origin = f"{command}: {len(people)} drawn people"
    write_directions(learn_directions([film for one in people for film in one.films]), origin)
    directions.cache_clear()
    model = load_model(tasks[0].model)
    usual = [
        measure_film(one.name, film, model) for one in people for film in one.tracked if film.film.condition == USUAL
    ]
    write_limits(learn_limits(usual), origin)
    learned_limits.cache_clear()


def track_person(task: PersonTask) -> LearningPerson:
    """Draw the films of a person to learn from, and find the landmarks.

    Parameters
    ----------
    task : PersonTask
        The person.
    """
    generator, model = task.generator, load_model(task.model)
    drawn = generator.model()
    units = [without_side(name) for name in drawn.bases["units"].names]
    person = draw_person_to_learn_from(task.number, len(drawn.identity), units, seed=task.seed)
    tracked = tuple(track_films(person, generator, task.cache))
    films = (learning_film(film, model) for film in tracked)
    return LearningPerson(f"{generator.name}-{person.name}", tracked, tuple(one for one in films if one is not None))


def learning_film(tracked: TrackedFilm, model: FaceModel) -> LearningFilm | None:
    """Return the movements of a film; None without a face at rest.

    Parameters
    ----------
    tracked : TrackedFilm
        The film and the faces found in it.
    model : FaceModel
        The face model that is fitted.
    """
    neutral = calibrate([one.landmarks for one in tracked.neutrals if one.landmarks is not None], model, "calibration")
    if neutral is None:
        return None
    faces = [(one.row.time_s, one.landmarks) for one in tracked.faces if one.landmarks is not None]
    landmarks = [found for _, found in faces]
    time_s = np.array([time_s for time_s, _ in faces], dtype=np.float64)
    settings = FitSettings(ridge=INTENSITY_RIDGE)
    fits = fit_expressions(landmarks, model, neutral.identity, bases=[model.finest_basis], settings=settings)
    openings = np.array([eye_openings(one.points_px) for one in landmarks]).reshape(-1, 2)
    blinking = in_blink(time_s, openings, neutral.openings)
    found = [
        (time_s[number], landmark_movement(fit[0], landmarks[number], model))
        for number, fit in enumerate(fits)
        if not isinstance(fit, FaceError) and not blinking[number]
    ]
    times = np.array([one for one, _ in found])
    movements = np.array([one for _, one in found]).reshape(-1, 68, 2)
    movements = (movements + mirrored_movement(movements)) / 2.0
    before = times < 0.0
    if before.sum() < _FEWEST:
        return None
    return LearningFilm(tracked.film, times, movements - np.median(movements[before], axis=0))


def learn_directions(films: Sequence[LearningFilm]) -> Directions:
    """Return the directions of the units.

    Parameters
    ----------
    films : sequence of LearningFilm
        Films of many people.
    """
    responses, noise = _responses(films)
    size = len(noise)
    means, spreads = {}, {}
    for unit in ACTIONS:
        own = [one for one in responses if one.unit == unit]
        squares = [one.strength**2 for one in own]
        means[unit] = np.average([one.movement for one in own], axis=0, weights=squares)
        spreads[unit] = np.cov(np.array([one.movement for one in own if one.strength >= CLEAR]).T)
    noise = noise + _NOISE_RIDGE * np.trace(noise) / size * np.eye(size)
    weights = []
    for unit in ACTIONS:
        covariance = noise.copy()
        for other in ACTIONS:
            if (other in UPPER) != (unit in UPPER):
                covariance += _OTHER_HALF * (np.outer(means[other], means[other]) + spreads[other])
        usable = np.flatnonzero(np.isin(_landmarks(), _BROWS_AND_EYES if unit in UPPER else _JAW_AND_MOUTH))
        chosen = np.zeros(size)
        chosen[usable] = np.linalg.solve(covariance[np.ix_(usable, usable)], means[unit][usable])
        weights.append(chosen / (chosen @ means[unit]))
    across = np.array([[one @ means[other] for other in ACTIONS] for one in weights])
    return Directions(tuple(ACTIONS), np.array([_as_landmarks(one) for one in weights]), across)


def write_directions(found: Directions, origin: str, path: Path = LEARNED) -> None:
    """Write the file that the program reads.

    Parameters
    ----------
    found : Directions
        The directions.
    origin : str
        How they were learned.
    path : Path
        The file.
    """
    lines = []
    for unit, across, weights in zip(found.units, found.responses.tolist(), found.weights.tolist(), strict=True):
        responses = dict(zip(found.units, (round(value, 4) for value in across), strict=True))
        rounded = [[round(x, 5), round(y, 5)] for x, y in weights]
        lines.append(f"{json.dumps(unit)}: {json.dumps({'responses': responses, 'weights': rounded})}")
    units = ",\n".join(lines)
    path.write_text(f'{{"origin": {json.dumps(origin)}, "units": {{\n{units}\n}}}}\n', encoding="utf-8")


def _responses(films: Sequence[LearningFilm]) -> tuple[list[_Response], FloatArray]:
    """Return the response to each movement, and the (F, F) covariance of the rest.

    The movements of a film are fitted by least squares with a constant.
    """
    found: list[_Response] = []
    squares, degrees = 0.0, 0
    for film in films:
        moved = film.film.movements
        values = _independent(film.movements)
        strengths = np.array([[one.at(time_s) for one in moved] for time_s in film.time_s.tolist()])
        design = np.column_stack([strengths.reshape(len(values), len(moved)), np.ones(len(values))])
        ridge = _RESPONSE_RIDGE * np.diag([*(1.0 for _ in moved), 0.0])
        fitted = np.linalg.solve(design.T @ design + ridge, design.T @ values)
        rest = values - design @ fitted
        squares, degrees = squares + rest.T @ rest, degrees + len(values) - design.shape[1]
        found += [_Response(one.unit, one.strength, fitted[number]) for number, one in enumerate(moved)]
    return found, np.asarray(squares / degrees)


def _chosen() -> tuple[IntArray, IntArray]:
    """Return landmark and axis of the F coordinates that a symmetric movement has."""
    pairs = np.flatnonzero(np.arange(68) < MIRROR_ORDER)
    middle = np.flatnonzero(np.arange(68) == MIRROR_ORDER)
    landmarks = np.concatenate([pairs, pairs, middle])
    return landmarks, np.concatenate([np.zeros(len(pairs), int), np.ones(len(pairs) + len(middle), int)])


def _landmarks() -> IntArray:
    return _chosen()[0]


def _independent(movements: FloatArray) -> FloatArray:
    """Return the (N, F) coordinates of symmetric movements."""
    landmarks, axes = _chosen()
    return np.asarray(movements[:, landmarks, axes])


def _as_landmarks(weights: FloatArray) -> FloatArray:
    """Return the (68, 2) weights of all landmarks from those of the F coordinates."""
    full = np.zeros((68, 2))
    full[_chosen()] = weights
    return np.asarray((full + mirrored_movement(full)) / 2.0)
