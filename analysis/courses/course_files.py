"""Write the files of ``courses``, for one session.

::

    derivatives/mimicry/courses/
      sub-01[_ses-a]_task-NAME_courses.csv          one row a camera frame of a trial
      sub-01[_ses-a]_task-NAME_courses-long.csv     one row a frame and measure (--long)
      sub-01[_ses-a]_task-NAME_courses-binned.csv   one row a trial and bin of time (--bins)
      sub-01[_ses-a]_task-NAME_live-courses.csv     the same columns, measured during training
      sub-01[_ses-a]_task-NAME_indices.csv          one row a trial and measure
      sub-01[_ses-a]_task-NAME_lag.csv              one row a trial: lag behind the target, and pseudo-pairs
      sub-01[_ses-a]_task-NAME_lag-pairs.csv        one row a real or pseudo-pair
      sub-01[_ses-a]_task-NAME_left-out.csv         trials without a course, and why
      sub-01[_ses-a]_task-NAME_courses.json         how they were made, and the hashes of these files
      SHA256SUMS                                    hashes of all files of the folder
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis.courses.composites import with_default
from analysis.courses.course_columns import (
    ABOUT,
    EMOTION,
    FRAME_COLUMNS,
    SIMILARITY,
    SOURCE,
    UNIT,
    csv_text,
    number_text,
)
from analysis.courses.derived_tables import DerivedTables, derive_tables, is_derived
from analysis.courses.filmed_trials import LeftOutTrial
from analysis.courses.frames import POSE, QUALITY, CourseFrame
from analysis.courses.lag.dataset_lags import OTHERS_COLUMNS
from analysis.courses.lag.lag_tables import LAG_COLUMNS, OWN_COLUMNS, PAIR_COLUMNS, lag_cells, null_cells, pair_rows
from analysis.courses.lag.lagged_correlation import MAX_LAG_S
from analysis.courses.lag.session_lags import TargetAgreement
from analysis.courses.lag.trial_lags import lag_indices
from analysis.courses.live_courses import LIVE, LiveSession, live_columns, live_rows
from analysis.courses.trial_course import TrialCourse, emotion_names, trial_indices, unit_names
from analysis.courses.unit_movements import directions
from analysis.face.models.model import FaceModel
from analysis.tables.output_files import put, put_json, sha256_of
from analysis.tables.table_text import file_stem
from experiment.record.session_record import SessionRecord, TrialRecord

INDEX_COLUMNS = ("baseline", "noise", "onset_s", "peak_s", "peak", "corrected_peak", "area", "share_active", "lag_s")
_TABLE = re.compile(
    r"(partner-|live-|couple-)?(courses(-long|-binned)?|indices|lag(-pairs)?|left-out)\.csv|courses\.json"
)
"""Names of the files of a session, after its stem."""
EXPRESSION = "expression"
_OWN_COLUMNS = frozenset(
    (
        *(*ABOUT, EXPRESSION, "measure", *INDEX_COLUMNS, "frames", "left_out", "reason"),
        *(*LAG_COLUMNS, *OWN_COLUMNS, *OTHERS_COLUMNS, "congruency", "camera_offset_s"),
    )
)
"""Columns of the tables of indices and lags, which a condition of the protocol may also be called."""
_LEFT_OUT = (*ABOUT, "reason", "message")


@dataclass(frozen=True, slots=True)
class CourseOptions:
    """What to write in addition to the usual tables."""

    derived: DerivedTables = field(default_factory=DerivedTables)
    """Tables that are made from the table of frames."""
    all_measures: bool = False
    """Indices of units that cannot be trusted, too."""
    max_lag_s: float = MAX_LAG_S
    """The largest lag behind a target or partner, in both directions."""
    composites: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Composites in addition to the protocol's, or instead of one with the same name."""


def session_stem(record: SessionRecord) -> str:
    """Return the beginning of the names of a session's files."""
    return f"{file_stem(record.participant, record.session, record.task)}_"


@dataclass(frozen=True, slots=True, eq=False)
class PersonCourses:
    """The measured trials of one person of a session."""

    record: SessionRecord
    """The session; ``participant`` is the person."""
    stem: str
    """Begin of the names of the files."""
    courses: Sequence[TrialCourse]
    left_out: Sequence[LeftOutTrial]
    agreement: TargetAgreement


def write_courses(one: PersonCourses, *, folder: Path, model: FaceModel, options: CourseOptions) -> list[Path]:
    """Write the tables of a person's session, and return them.

    Parameters
    ----------
    one : PersonCourses
        The measured trials.
    folder : Path
        The folder of the courses.
    model : FaceModel
        The model that measured the faces.
    options : CourseOptions
        Which tables and measures to write.

    Raises
    ------
    RecordError
        If a file cannot be written.
    """
    record, courses, measures = one.record, one.courses, measure_columns(model)
    conditions = tuple(dict.fromkeys(name for trial in record.trials for name in trial.condition))
    about = (*ABOUT, EXPRESSION, *map(condition_column, conditions))
    columns = (*ABOUT, *FRAME_COLUMNS, SIMILARITY, *POSE, "neutral", SOURCE, *QUALITY, *measures)
    tables: dict[str, tuple[Sequence[str], Iterable[Sequence[Any]]]] = {
        "courses": (columns, _wide(record, courses, measures)),
        "indices": (
            (*about, "measure", *INDEX_COLUMNS, "frames", "left_out", "reason"),
            _index_rows(one, conditions, model=model, options=options),
        ),
        "lag": (
            (*about, *LAG_COLUMNS, *OWN_COLUMNS, "congruency", "camera_offset_s", "reason"),
            _lag_rows(one, conditions),
        ),
        "lag-pairs": ((*ABOUT[:2], *PAIR_COLUMNS), _pair_rows(one)),
        "left-out": (_LEFT_OUT, ([*_about(record, two.trial), two.reason, two.message] for two in one.left_out)),
    }
    written = [put(folder / f"{one.stem}{name}.csv", csv_text(*table)) for name, table in tables.items()]
    return [*written, *derive_tables(written[0], options.derived)]


def condition_column(name: str) -> str:
    """Return the column of a condition; a name that another column has is preceded."""
    return f"condition_{name}" if name in _OWN_COLUMNS else name


def write_live(
    live: LiveSession, record: SessionRecord, *, folder: Path, model: FaceModel, derived: DerivedTables
) -> list[Path]:
    """Write what was measured live in a session, and return the tables.

    There are none without live measurements.

    Parameters
    ----------
    live : LiveSession
        The measurements.
    record : SessionRecord
        Their session.
    folder : Path
        The folder of the courses.
    model : FaceModel
        The model of the live measurement.
    derived : DerivedTables
        Which tables to make from the table of frames.

    Raises
    ------
    RecordError
        If a file cannot be written.
    """
    if not live.trials:
        return []
    rows = live_rows(live, record, model)
    table = put(folder / f"{session_stem(record)}{LIVE}courses.csv", csv_text(live_columns(model), rows))
    return [table, *derive_tables(table, derived)]


def write_provenance(courses: Sequence[TrialCourse], written: Sequence[Path], *, about: Mapping[str, Any]) -> Path:
    """Write how the tables of a session were made, with their hashes.

    Parameters
    ----------
    courses : sequence of TrialCourse
        Its measured trials.
    written : sequence of Path
        Its tables.
    about : mapping
        What the numbers depend on.
    """
    reasons = Counter(frame.reason for course in courses for frame in course.frames if frame.reason)
    content = {
        "trials": len(courses),
        "frames": sum(len(course.frames) for course in courses),
        "left_out_frames": dict(sorted(reasons.items())),
        "neutral": dict(Counter(course.neutral for course in courses)),
        "sources": dict(Counter(course.filmed.source for course in courses)),
        **about,
        "files": {file.name: sha256_of(file) for file in sorted(written)},
    }
    return put_json(written[0].with_suffix(".json"), content)


def finished_files(folder: Path, record: SessionRecord, inputs: str, derived: DerivedTables) -> list[Path] | None:
    """Return the files of an earlier run with the same inputs; None without.

    Tables that are made from the table of frames are written again if they are missing, changed, or other ones are
    wanted. Those that are not wanted any more are not in the result.

    Parameters
    ----------
    folder : Path
        The folder of the courses.
    record : SessionRecord
        The session.
    inputs : str
        Hash of everything that the numbers depend on.
    derived : DerivedTables
        Which of these tables are wanted.

    Raises
    ------
    RecordError
        If a table cannot be written.
    """
    description = folder / f"{session_stem(record)}courses.json"
    found = unchanged_files(description, inputs, but=is_derived)
    if found is None:
        return None
    content = json.loads(description.read_text("utf-8"))
    if content.get("derived") == derived.to_json() and unchanged_files(description, inputs) is not None:
        return [folder / name for name in content["files"]] + [description]
    measured = [file for file in found if file != description]
    tables = [file for file in measured if file.name.endswith("courses.csv")]
    files = [*measured, *(made for table in tables for made in derive_tables(table, derived))]
    content |= {"derived": derived.to_json(), "files": {file.name: sha256_of(file) for file in sorted(files)}}
    return [*files, put_json(description, content)]


def earlier_files(folder: Path, records: Iterable[SessionRecord]) -> list[Path]:
    """Return the files in a folder that have the name of a table of some sessions.

    A run that was killed may have written them without listing them.

    Parameters
    ----------
    folder : Path
        The folder of the courses.
    records : iterable of SessionRecord
        The sessions.
    """
    found = ((file, session_stem(record)) for record in records for file in folder.glob(f"{session_stem(record)}*"))
    return [file for file, stem in found if _TABLE.fullmatch(file.name.removeprefix(stem))]


def unchanged_files(
    description: Path, inputs: str, *, but: Callable[[Path], bool] = lambda _: False
) -> list[Path] | None:
    """Return the files that a description lists, with itself; None if changed.

    It is None if one of the files or the inputs changed.

    Parameters
    ----------
    description : Path
        A JSON file with ``inputs`` and the SHA-256 of ``files`` by name.
    inputs : str
        Hash of everything that the numbers depend on.
    but : callable, optional
        Returns whether a file does not count and is left out.
    """
    try:
        content = json.loads(description.read_text("utf-8"))
        listed = {description.parent / str(name): sha256 for name, sha256 in content["files"].items()}
        files = {file: sha256 for file, sha256 in listed.items() if not but(file)}
        if content["inputs"] != inputs or any(sha256_of(file) != sha256 for file, sha256 in files.items()):
            return None
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return None
    return [*files, description]


def _about(record: SessionRecord, trial: TrialRecord) -> list[Any]:
    return [record.participant, record.session or "", trial.id, trial.kind, trial.target]


def _frame(frame: CourseFrame) -> list[Any]:
    return [frame.index, number_text(frame.time_s, 6), int(frame.is_used), frame.reason]


def measure_columns(model: FaceModel) -> tuple[str, ...]:
    """Return the columns of the measures of a frame: units, movements, emotions."""
    return (
        *(UNIT + name for name in unit_names(model)),
        *directions().measures,
        *(EMOTION + name for name in emotion_names(model)),
    )


def _strengths(frame: CourseFrame, measures: Sequence[str]) -> list[str]:
    """Return the strengths of a frame as text; empty fields if they were not measured."""
    return [number_text(value) for value in frame.values] or [""] * len(measures)


def _wide(record: SessionRecord, courses: Sequence[TrialCourse], measures: Sequence[str]) -> Iterator[list[Any]]:
    for course in courses:
        for frame in course.frames:
            yield [
                *_about(record, course.filmed.trial),
                *_frame(frame),
                number_text(frame.similarity),
                *([""] * len(POSE) if frame.pose is None else map(number_text, frame.pose)),
                *(course.neutral, course.filmed.source),
                *([""] * len(QUALITY) if frame.quality is None else map(number_text, frame.quality)),
                *_strengths(frame, measures),
            ]


def _index_rows(
    one: PersonCourses, conditions: Sequence[str], *, model: FaceModel, options: CourseOptions
) -> Iterator[list[Any]]:
    for course, lag, contrast in zip(one.courses, one.agreement.lags, one.agreement.contrasts, strict=True):
        start = _with_conditions(one.record, course.filmed.trial, conditions)
        counts = [len(course.frames) - course.left_out, course.left_out]
        found = trial_indices(
            course,
            model,
            composites=with_default({**one.record.composites, **options.composites}),
            target_contrast=contrast,
            all_measures=options.all_measures,
        )
        for name, indices in (*found, (SIMILARITY, lag_indices(lag))):
            values = (number_text(getattr(indices, index)) for index in INDEX_COLUMNS)
            yield [*start, name, *values, *counts, indices.reason]


def _lag_rows(one: PersonCourses, conditions: Sequence[str]) -> Iterator[list[Any]]:
    for course, lag, congruency in zip(one.courses, one.agreement.lags, one.agreement.congruency, strict=True):
        offset = course.filmed.camera_offset
        yield [
            *_with_conditions(one.record, course.filmed.trial, conditions),
            *lag_cells(lag.lag, lag.interval_s),
            *null_cells(lag.own_trials),
            number_text(congruency),
            number_text(None if offset is None else offset.offset_s),
            lag.lag.reason,
        ]


def _pair_rows(one: PersonCourses) -> Iterator[list[Any]]:
    start = [one.record.participant, one.record.session or ""]
    yield from ([*start, *row] for row in pair_rows(one.agreement.pairs))


def _with_conditions(record: SessionRecord, trial: TrialRecord, conditions: Sequence[str]) -> list[Any]:
    start = [*_about(record, trial), record.targets[trial.target].expression]
    return [*start, *(trial.condition.get(name, "") for name in conditions)]
