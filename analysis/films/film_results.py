"""Write the results of one film or converted table.

::

    OUT/
      NAME.csv            one row a frame
      NAME_indices.csv    one row a trial and measure (--trials)
      NAME_lag.csv        one row a trial whose target is a film; NAME_lag-pairs.csv: its pseudo-pairs
      NAME.json           how they were made, and the hashes of these files
      SHA256SUMS          hashes of all files of the folder
      .measuring/         landmarks of films that are not finished
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from analysis.courses.composites import with_default
from analysis.courses.course_columns import FRAME_COLUMNS, csv_lines, number_text
from analysis.courses.course_files import unchanged_files
from analysis.courses.frames import CourseFrame
from analysis.courses.trial_course import composite_note, untrusted
from analysis.films.agreement import FilmAgreement
from analysis.films.course_table import CourseRow, CourseTable, columns_of, row_cells
from analysis.films.openface_columns import SEPARATOR, openface_header, openface_lines
from analysis.films.trial_files import ComparedTrials, trial_tables
from analysis.tables.output_files import put, put_json, put_lines, sha256_of
from analysis.tables.output_sums import finish_outputs

OPENFACE = "openface"
OWN = "ours"


@dataclass(frozen=True, slots=True)
class ResultOptions:
    """What to write."""

    columns: str = OWN
    """``ours`` or ``openface``."""
    all_measures: bool = False
    """Indices of measures that cannot be trusted, too."""
    composites: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Composites in addition to the usual ones, by name."""


@dataclass(frozen=True, slots=True, eq=False)
class FilmResult:
    """What became of a film."""

    stem: str
    files: tuple[Path, ...]
    frames: int
    used: int
    neutral: str
    """Where the face at rest is from."""
    is_new: bool = True
    """False if the files of an earlier run are still right."""
    notes: tuple[str, ...] = ()


def course_row(frame: CourseFrame) -> CourseRow:
    """Return a measured frame as a row."""
    return CourseRow(
        frame.index, frame.time_s or 0.0, frame.reason, frame.pose or (), frame.values, frame.quality or ()
    )


def composite_notes(table: CourseTable, options: ResultOptions) -> list[str]:
    """Return what to print about composites that are not written.

    Parameters
    ----------
    table : CourseTable
        The film.
    options : ResultOptions
        What to write.
    """
    known, notes = table.series([]), []
    for name, weights in options.composites.items():
        if missing := [unit for unit in weights if unit not in known]:
            notes.append(f"composite {name} is not written: the table has no {', '.join(missing)}")
        elif not options.all_measures and (units := untrusted(weights)):
            notes.append(composite_note(name, units))
    return notes


def inputs_of(about: Mapping[str, Any]) -> str:
    """Return the hash of everything that results depend on."""
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def source_of(source: Path, folder: Path) -> dict[str, str]:
    """Return path and hash of a film or table; the path is relative to the results.

    Parameters
    ----------
    source : Path
        The file.
    folder : Path
        Folder of the results.
    """
    return {"path": Path(os.path.relpath(source, folder)).as_posix(), "sha256": sha256_of(source) or ""}


def unchanged_result(folder: Path, stem: str, inputs: str) -> FilmResult | None:
    """Return the result of an earlier run with the same inputs; None without.

    Parameters
    ----------
    folder : Path
        Folder of the results.
    stem : str
        Beginning of their names.
    inputs : str
        Hash of everything that they depend on.
    """
    description = folder / f"{stem}.json"
    files = unchanged_files(description, inputs)
    if files is None:
        return None
    content = json.loads(description.read_text("utf-8"))
    frames, used, notes = int(content["frames"]), int(content["used"]), tuple(content["remarks"])
    return FilmResult(stem, tuple(files), frames, used, str(content["neutral"]["how"]), is_new=False, notes=notes)


def write_result(
    folder: Path,
    stem: str,
    table: CourseTable,
    *,
    about: Mapping[str, Any],
    options: ResultOptions,
    compared: ComparedTrials,
) -> FilmResult:
    """Write the files of a film.

    Parameters
    ----------
    folder : Path
        Folder of the results.
    stem : str
        Beginning of their names.
    table : CourseTable
        The film frame by frame.
    about : mapping
        What the numbers depend on, with ``inputs``, ``neutral`` and ``remarks``.
    options : ResultOptions
        What to write.
    compared : ComparedTrials
        Trials of the film.

    Raises
    ------
    RecordError
        If a file cannot be written.
    """
    written = [put_lines(folder / f"{stem}.csv", _lines(table, options, compared.agreement))]
    if compared.trials:
        tables = trial_tables(
            table, compared, all_measures=options.all_measures, composites=with_default(options.composites)
        )
        written += [put(folder / f"{stem}_{name}.csv", text) for name, text in tables.items()]
    frames, reasons = len(table.rows), table.reasons()
    used = reasons.pop("", 0)
    content = {
        **about,
        "frames": frames,
        "used": used,
        "left_out_frames": dict(sorted(reasons.items())),
        "files": {file.name: sha256_of(file) for file in written},
    }
    written.append(put_json(folder / f"{stem}.json", content))
    finish_outputs(folder, written, owner=f"measure {stem}")
    return FilmResult(stem, tuple(written), frames, used, str(about["neutral"]["how"]), notes=tuple(about["remarks"]))


def _lines(table: CourseTable, options: ResultOptions, agreement: FilmAgreement | None) -> Iterator[str]:
    if options.columns == OPENFACE:
        header = SEPARATOR.join(openface_header(table.measures))
        yield from (f"{line}\n" for line in chain([header], openface_lines(table.rows, table.measures)))
        return
    yield from csv_lines(columns_of(table, has_similarity=agreement is not None), _cells(table, agreement))


def _cells(table: CourseTable, agreement: FilmAgreement | None) -> Iterable[list[Any]]:
    for row in table.rows:
        cells = row_cells(row, table)
        if agreement is not None:
            cells.insert(len(FRAME_COLUMNS), number_text(agreement.similarities.get(row.index)))
        yield cells
