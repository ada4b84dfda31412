"""Write the files of ``courses``, for one session.

::

    derivatives/mimicry/courses/
      sub-01[_ses-a]_task-NAME_courses.csv          one row a camera frame of a filmed trial
      sub-01[_ses-a]_task-NAME_courses-long.csv     one row a frame and measure (--long)
      sub-01[_ses-a]_task-NAME_indices.csv          one row a trial and measure
      sub-01[_ses-a]_task-NAME_left-out.csv         trials without a course, and why
      sub-01[_ses-a]_task-NAME_courses.json         how they were made, and the hashes of these files
      SHA256SUMS                                    hashes of all files of the folder
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.courses.filmed_trials import LeftOutTrial
from analysis.courses.frames import POSE, CourseFrame
from analysis.courses.trial_course import EMOTION, UNIT, TrialCourse, emotion_names, trial_indices, unit_names
from analysis.face.models.model import FaceModel
from analysis.tables.output_files import put, put_json, sha256_of
from analysis.tables.table_text import file_stem
from experiment.record.session_record import SessionRecord, TrialRecord

_ABOUT = ("participant", "session", "trial_id", "kind", "target")
INDEX_COLUMNS = ("baseline", "noise", "onset_s", "peak_s", "peak", "area", "share_active")
FRAME_COLUMNS = ("frame_index", "time_s", "used", "reason")
_LONG = (*_ABOUT, *FRAME_COLUMNS, "measure", "value")
_LEFT_OUT = (*_ABOUT, "reason", "message")


@dataclass(frozen=True, slots=True)
class CourseOptions:
    """What to write in addition to the usual tables."""

    long: bool = False
    """A table with one row per frame and measure."""
    all_measures: bool = False
    """Indices of units that cannot be trusted, too."""


def session_stem(record: SessionRecord) -> str:
    """Return the beginning of the names of a session's files."""
    return file_stem(record.participant, record.session, record.task)


def write_courses(
    record: SessionRecord,
    courses: Sequence[TrialCourse],
    left_out: Sequence[LeftOutTrial],
    *,
    folder: Path,
    model: FaceModel,
    options: CourseOptions,
) -> list[Path]:
    """Write the tables of a session, and return them.

    Parameters
    ----------
    record : SessionRecord
        The session.
    courses : sequence of TrialCourse
        Its measured trials.
    left_out : sequence of LeftOutTrial
        The others.
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
    stem = session_stem(record)
    measures = _measures(model)
    columns = (*_ABOUT, *FRAME_COLUMNS, "similarity", *POSE, "neutral", *measures)
    written = [put(folder / f"{stem}_courses.csv", csv_text(columns, _wide(record, courses, measures)))]
    if options.long:
        written.append(put(folder / f"{stem}_courses-long.csv", csv_text(_LONG, _long(record, courses, measures))))
    conditions = tuple(dict.fromkeys(name for trial in record.trials for name in trial.condition))
    names = (*_ABOUT, "expression", *conditions, "measure", *INDEX_COLUMNS, "frames", "left_out")
    indices = _index_rows(record, courses, conditions, model=model, options=options)
    written.append(put(folder / f"{stem}_indices.csv", csv_text(names, indices)))
    rows = ([*_about(record, one.trial), one.reason, one.message] for one in left_out)
    written.append(put(folder / f"{stem}_left-out.csv", csv_text(_LEFT_OUT, rows)))
    return written


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
        **about,
        "files": {file.name: sha256_of(file) for file in written},
    }
    return put_json(written[0].with_suffix(".json"), content)


def finished_files(folder: Path, record: SessionRecord, inputs: str, *, long: bool) -> list[Path] | None:
    """Return the files of an earlier run with the same inputs; None without.

    Parameters
    ----------
    folder : Path
        The folder of the courses.
    record : SessionRecord
        The session.
    inputs : str
        Hash of everything that the numbers depend on.
    long : bool
        Whether the long table is needed.
    """
    files = unchanged_files(folder / f"{session_stem(record)}_courses.json", inputs)
    if files is None:
        return None
    has_long = any(file.name.endswith("_courses-long.csv") for file in files)
    return files if has_long or not long else None


def unchanged_files(description: Path, inputs: str) -> list[Path] | None:
    """Return the files that a description lists, with itself; None if changed.

    It is None if one of the files or the inputs changed.

    Parameters
    ----------
    description : Path
        A JSON file with ``inputs`` and the SHA-256 of ``files`` by name.
    inputs : str
        Hash of everything that the numbers depend on.
    """
    try:
        content = json.loads(description.read_text("utf-8"))
        files = {description.parent / str(name): sha256 for name, sha256 in content["files"].items()}
        if content["inputs"] != inputs or any(sha256_of(file) != sha256 for file, sha256 in files.items()):
            return None
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return None
    return [*files, description]


def _about(record: SessionRecord, trial: TrialRecord) -> list[Any]:
    return [record.participant, record.session or "", trial.id, trial.kind, trial.target]


def _frame(frame: CourseFrame) -> list[Any]:
    return [frame.index, number_text(frame.time_s, 6), int(frame.is_used), frame.reason]


def _measures(model: FaceModel) -> tuple[str, ...]:
    return (*(UNIT + name for name in unit_names(model)), *(EMOTION + name for name in emotion_names(model)))


def _strengths(frame: CourseFrame, measures: Sequence[str]) -> list[str]:
    """Return the strengths of a frame as text; empty fields if they were not measured."""
    found = [value for values in (frame.units, frame.emotions) if values is not None for value in values.tolist()]
    return [number_text(value) for value in found] or [""] * len(measures)


def _wide(record: SessionRecord, courses: Sequence[TrialCourse], measures: Sequence[str]) -> Iterator[list[Any]]:
    for course in courses:
        for frame in course.frames:
            yield [
                *_about(record, course.filmed.trial),
                *_frame(frame),
                number_text(frame.similarity),
                *([""] * len(POSE) if frame.pose is None else map(number_text, frame.pose)),
                course.neutral,
                *_strengths(frame, measures),
            ]


def _long(record: SessionRecord, courses: Sequence[TrialCourse], measures: Sequence[str]) -> Iterator[list[Any]]:
    for course in courses:
        for frame in course.frames:
            start = [*_about(record, course.filmed.trial), *_frame(frame)]
            yield [*start, "similarity", number_text(frame.similarity)]
            yield from ([*start, name, text] for name, text in zip(measures, _strengths(frame, measures), strict=True))


def _index_rows(
    record: SessionRecord,
    courses: Sequence[TrialCourse],
    conditions: Sequence[str],
    *,
    model: FaceModel,
    options: CourseOptions,
) -> Iterator[list[Any]]:
    for course in courses:
        trial = course.filmed.trial
        start = [*_about(record, trial), record.targets[trial.target].expression]
        start += [trial.condition.get(name, "") for name in conditions]
        counts = [len(course.frames) - course.left_out, course.left_out]
        for name, found in trial_indices(course, model, all_measures=options.all_measures):
            yield [*start, name, *(number_text(getattr(found, index)) for index in INDEX_COLUMNS), *counts]


def number_text(value: float | None, digits: int = 5) -> str:
    """Return a cell of a table; empty for None."""
    return "" if value is None else f"{value:.{digits}f}"


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a CSV table.

    Parameters
    ----------
    columns : sequence of str
        The header.
    rows : iterable of sequence
        Their cells.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()
