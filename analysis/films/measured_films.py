"""Measure films: first the faces at rest of all of them, then frame by frame.

Both steps are divided into the same parts of films, which several processes share. Landmarks are kept until a film is
finished, so an interrupted run repeats at most the parts that were being searched. Landmarks and rows of a film are on
disk, so the memory does not grow with its length.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis.courses.course_files import measure_columns
from analysis.courses.frames import DAMAGED, FrameFace
from analysis.courses.measured_courses import method_fingerprint
from analysis.courses.neutral_face import NeutralFace
from analysis.errors import DataSetError
from analysis.face.clips import FilmIndex, film_index
from analysis.face.errors import AnalysisError
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.films.agreement import FilmAgreement, film_agreement
from analysis.films.chunks import (
    Chunk,
    ChunkTask,
    FilmFaces,
    chunks_of,
    frames_between,
    keep_chunk_faces,
    measure_chunk,
)
from analysis.films.course_table import CourseTable
from analysis.films.film_results import (
    FilmResult,
    ResultOptions,
    composite_notes,
    course_row,
    inputs_of,
    source_of,
    unchanged_result,
    write_result,
)
from analysis.films.output_names import output_stems, require_own_files, result_names, same_name
from analysis.films.rest import RestInterval, find_rest, rest_from_faces, rest_from_picture
from analysis.films.stored_rows import StoredRows
from analysis.films.target_films import check_targets, measure_targets
from analysis.films.trial_files import ComparedTrials
from analysis.films.trials import FilmTrial, about_trials, require_within
from analysis.tables.measurement_provenance import about_program
from analysis.tables.output_files import sha256_of
from analysis.tables.parallel import results
from analysis.terminal import progress

_CUT_S = 0.5
"""A film ends earlier than its file states by less than this, because of rounding and late starts."""
WORK = ".measuring"
"""Folder of landmarks of films that are not finished."""
_PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp")


@dataclass(frozen=True, slots=True)
class FilmOptions:
    """How to measure films."""

    neutral: Path | None = None
    """A picture of the face at rest, or a folder with one of the name of each film."""
    neutral_interval_s: tuple[float, float] | None = None
    """Time of each film in which the face is at rest."""
    interval_s: tuple[float, float] | None = None
    """Time of each film to measure; None: all of it."""
    results: ResultOptions = field(default_factory=ResultOptions)


@dataclass(frozen=True, slots=True)
class PlannedFilm:
    """A film before it is measured."""

    path: Path
    index: FilmIndex
    stem: str
    picture: Path | None
    """Of the face at rest."""
    about: dict[str, Any]
    trials: tuple[FilmTrial, ...]

    @property
    def inputs(self) -> str:
        """Hash of everything that the numbers depend on."""
        return str(self.about["inputs"])


@dataclass(frozen=True, slots=True)
class FailedFilm:
    """A film without a result, and why."""

    path: Path
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class _Rest:
    neutral: NeutralFace | None
    about: dict[str, Any]
    notes: tuple[str, ...] = ()


def plan_films(
    films: Sequence[Path], options: FilmOptions, *, folder: Path, model: FaceModel, trials: Sequence[FilmTrial] = ()
) -> list[PlannedFilm]:
    """Return the films with everything that their numbers depend on.

    Parameters
    ----------
    films : sequence of Path
        Films; one that is named twice is measured once.
    options : FilmOptions
        How to measure them.
    folder : Path
        Folder of the results.
    model : FaceModel
        The face model.
    trials : sequence of FilmTrial
        Trials of the films.

    Raises
    ------
    DataSetError
        If a film cannot be measured in this way, or its results would replace other files; the message has all
        reasons.
    """
    unique = list({film.resolve(): film for film in films}.values())
    planned, problems = [], []
    for film, stem in zip(unique, output_stems(unique), strict=True):
        own = tuple(trial for trial in trials if trial.is_of(film))
        try:
            planned.append(_planned(film, stem, options, folder=folder, model=model, trials=own))
        except AnalysisError as error:
            problems.append(str(error))
    if problems:
        raise DataSetError("\n       ".join(problems))
    return planned


def measure_films(
    films: Sequence[PlannedFilm],
    options: FilmOptions,
    *,
    folder: Path,
    model_name: str,
    jobs: int = 1,
    scheduler: str | None = None,
) -> Iterator[FilmResult | FailedFilm]:
    """Measure films and write their results; yield each one in its turn.

    Parameters
    ----------
    films : sequence of PlannedFilm
        Result of `plan_films`.
    options : FilmOptions
        As in `plan_films`.
    folder : Path
        Folder of the results.
    model_name : str
        Name of the face model; other processes load it.
    jobs : int
        Processes; -1 for one per core.
    scheduler : str, optional
        Address of a Dask scheduler (`analysis.tables.parallel`).
    """
    model = load_model(model_name)
    kept = {one.stem: unchanged_result(folder, one.stem, one.inputs) for one in films}
    due = [one for one in films if kept[one.stem] is None]
    parts = {one.stem: _chunks(one, options.interval_s, folder) for one in due}
    targets = measure_targets([trial for one in due for trial in one.trials], model)
    rests = _rests(due, options, folder=folder, model=model, jobs=jobs, scheduler=scheduler)
    tasks = [
        ChunkTask(chunk, rest.neutral, model_name)
        for one in due
        if isinstance(rest := rests[one.stem], _Rest)
        for chunk in parts[one.stem]
    ]
    measured = progress(
        results(measure_chunk, tasks, jobs=jobs, scheduler=scheduler), total=len(tasks), title="Measuring films"
    )
    for one in films:
        result = kept[one.stem]
        if result is not None:
            yield result
            continue
        rest = rests[one.stem]
        if isinstance(rest, FailedFilm):
            yield rest
            continue
        columns, work = measure_columns(model), landmark_work(folder, one)
        with StoredRows(work, measures=len(columns)) as rows:
            for _ in parts[one.stem]:
                rows.extend(course_row(frame) for frame in next(measured))
            table = CourseTable(columns, rest.about["how"], has_pose=True, rows=rows, has_quality=True)
            agreement = film_agreement(table, one.trials, targets, model)
            result = _write(folder, one, rest, table, options=options.results, agreement=agreement)
        yield result
        shutil.rmtree(work, ignore_errors=True)
    next(measured, None)  # ends the progress bar
    with suppress(OSError):  # it keeps the landmarks of films without a face at rest, for another attempt
        (folder / WORK).rmdir()


def _write(
    folder: Path,
    film: PlannedFilm,
    rest: _Rest,
    table: CourseTable,
    *,
    options: ResultOptions,
    agreement: FilmAgreement | None,
) -> FilmResult:
    remarks = [
        *rest.notes,
        *_notes(film.index, table),
        *(agreement.notes if agreement else ()),
        *composite_notes(table, options),
    ]
    return write_result(
        folder,
        film.stem,
        table,
        about={**film.about, "neutral": rest.about, "remarks": remarks},
        options=options,
        compared=ComparedTrials(film.trials, agreement),
    )


def _planned(
    film: Path, stem: str, options: FilmOptions, *, folder: Path, model: FaceModel, trials: tuple[FilmTrial, ...]
) -> PlannedFilm:
    index = film_index(film)
    for name, interval in (("--neutral-time", options.neutral_interval_s), ("--interval", options.interval_s)):
        if interval is not None and interval[1] > index.duration_s + 1e-6:
            raise DataSetError(
                f"{film}: {name} {interval[0]:g} {interval[1]:g} ends after the film, which lasts "
                f"{index.duration_s:.3f} s"
            )
        if interval is not None and len(set(frames_between(index, interval))) == 1:
            raise DataSetError(f"{film}: {name} {interval[0]:g} {interval[1]:g} has no frame")
    require_within(trials, film, index.duration_s)
    picture = _picture_of(film, options.neutral)
    source = source_of(film, folder)
    about = {
        "source": source,
        "size_px": list(index.size_px),
        "duration_s": round(index.duration_s, 6),
        "interval_s": options.interval_s,
        "neutral_picture": None if picture is None else {"name": picture.name, "sha256": sha256_of(picture)},
        "neutral_interval_s": options.neutral_interval_s,
        "columns": options.results.columns,
        "all_measures": options.results.all_measures,
        "composites": {name: dict(weights) for name, weights in options.results.composites.items()},
        "trials": about_trials(trials),
        "target_films": check_targets(trials),
        "method": method_fingerprint(Path(__file__).parent),
        **about_program(model),
    }
    inputs = inputs_of({**about, "source": source["sha256"]})
    require_own_files(folder, stem, result_names(stem), source)
    return PlannedFilm(film, index, stem, picture, {"inputs": inputs, **about}, trials)


def _picture_of(film: Path, neutral: Path | None) -> Path | None:
    """Return the picture of the face at rest of a film."""
    if neutral is None or not neutral.is_dir():
        return neutral
    found = sorted(
        path for path in neutral.iterdir() if same_name(path.stem, film.stem) and path.suffix.lower() in _PICTURES
    )
    if len(found) != 1:
        count = "no picture" if not found else f"{len(found)} pictures"
        raise DataSetError(f"{film}: {neutral} has {count} named {film.stem}; the face at rest must be one of them")
    return found[0]


def _chunks(film: PlannedFilm, interval_s: tuple[float, float] | None, folder: Path) -> list[Chunk]:
    return chunks_of(film.path.absolute(), film.index, interval_s=interval_s, kept=landmark_work(folder, film))


def landmark_work(folder: Path, film: PlannedFilm) -> Path:
    """Return the folder that keeps the landmarks of a film until it is finished.

    Parameters
    ----------
    folder : Path
        Folder of the results.
    film : PlannedFilm
        The film.
    """
    version = inputs_of({"film": film.about["source"]["sha256"], "name": film.stem, "method": film.about["method"]})[
        :16
    ]
    return folder.absolute() / WORK / version


def _rests(
    films: Sequence[PlannedFilm],
    options: FilmOptions,
    *,
    folder: Path,
    model: FaceModel,
    jobs: int,
    scheduler: str | None,
) -> dict[str, _Rest | FailedFilm]:
    """Return the face at rest of each film, or why it has none."""
    pictures = {
        (picture, luma): rest_from_picture(picture, model, luma=luma)
        for picture, luma in dict.fromkeys((one.picture, one.index.luma) for one in films)
        if picture is not None
    }
    rests: dict[str, _Rest | FailedFilm] = {
        one.stem: _Rest(pictures[one.picture, one.index.luma], {"how": "picture", "picture": one.picture.name})
        for one in films
        if one.picture is not None
    }
    searched = [one for one in films if one.picture is None]
    interval_s = options.neutral_interval_s or options.interval_s
    parts = {one.stem: _chunks(one, interval_s, folder) for one in searched}
    chunks = [chunk for one in searched for chunk in parts[one.stem]]
    found = progress(
        results(keep_chunk_faces, chunks, jobs=jobs, scheduler=scheduler), total=len(chunks), title="Finding faces"
    )
    for one in searched:
        for _ in parts[one.stem]:
            next(found)
        rests[one.stem] = _rest_of(one, FilmFaces(tuple(parts[one.stem])), options, model)
    next(found, None)
    return rests


def _rest_of(film: PlannedFilm, faces: FilmFaces, options: FilmOptions, model: FaceModel) -> _Rest | FailedFilm:
    given = options.neutral_interval_s
    if given is not None:
        neutral = rest_from_faces(faces, model)
        if neutral is None:
            return FailedFilm(
                film.path,
                f"no face can be measured between {given[0]:g} and {given[1]:g} s ({_commonest(faces)}); name another "
                "interval of the face at rest",
            )
        return _Rest(neutral, {"how": "interval", "interval_s": list(given)})
    result = find_rest(faces, model)
    if result is None:
        return _Rest(None, {"how": "none"}, (f"no face can be measured ({_commonest(faces)})",))
    neutral, interval = result
    return _Rest(neutral, _about_found(interval), (_found_note(interval),))


def _about_found(interval: RestInterval) -> dict[str, Any]:
    return {
        "how": "found",
        "interval_s": [round(interval.begin_s, 6), round(interval.end_s, 6)],
        "movement": round(interval.movement, 6),
        "candidates": interval.candidates,
    }


def _found_note(interval: RestInterval) -> str:
    return (
        f"the face at rest was found at {interval.begin_s:.2f} to {interval.end_s:.2f} s, by little movement and a "
        "weak expression: look at this part of the film; if the person is not at rest there, give --neutral or "
        "--neutral-time"
    )


def _commonest(faces: Iterable[FrameFace]) -> str:
    reasons = Counter(face.reason for face in faces if face.reason)
    return reasons.most_common(1)[0][0] if reasons else "no face model fits"


def _notes(index: FilmIndex, table: CourseTable) -> Iterator[str]:
    if index.stated_s is not None and index.stated_s - index.duration_s > _CUT_S:
        yield (
            f"the file states a duration of {index.stated_s:.2f} s, but its frames end at {index.duration_s:.2f} s: it "
            "is cut or damaged; copy it again from the camera"
        )
    reasons = table.reasons()
    damaged, used = reasons[DAMAGED], reasons[""]
    if damaged:
        yield f"{damaged} frames are damaged, or depend on a damaged one (lost-damaged)"
    if table.neutral != "none" and 2 * used < len(table.rows):
        yield f"only {used} of {len(table.rows)} frames are used; the column `reason` says why"
