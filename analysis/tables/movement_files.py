"""Write the tables about single movements."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from analysis.face.models.model import FaceModel
from analysis.tables.column_descriptions import put_table
from analysis.tables.measured_session import MeasuredSession
from analysis.tables.movement_rows import TRIAL_COLUMNS, requested_rows, strength_rows
from analysis.tables.output_files import Row


def movement_tables(sessions: Sequence[MeasuredSession], base: Path, *, model: FaceModel) -> list[Path]:
    """Write what trials made of single movements, if any; return the files.

    Parameters
    ----------
    sessions : sequence of MeasuredSession
        One session, or all of one person; their rows follow each other.
    base : Path
        Path of the files without ``_requested.csv`` and ``_strengths.csv``.
    model : FaceModel
        The model that fitted the faces.

    Raises
    ------
    RecordError
        If a file cannot be written.
    """
    if not any(session.record.targets[mimic.trial.target].units for session in sessions for mimic in session.mimics):
        return []
    requested = [row for session in sessions for row in requested_rows(session, model)]
    strengths = [row for session in sessions for row in strength_rows(session, model)]
    return [
        *put_table(base.with_name(f"{base.name}_requested.csv"), requested, columns=TRIAL_COLUMNS),
        *put_table(base.with_name(f"{base.name}_strengths.csv"), strengths, columns=TRIAL_COLUMNS),
    ]


def study_movement_tables(requested: Sequence[Row], strengths: Sequence[Row], folder: Path) -> list[Path]:
    """Write the same tables of all participants, if there are rows; return the files.

    Parameters
    ----------
    requested, strengths : sequence of Row
        Rows of all sessions.
    folder : Path
        The folder of ``requested.csv`` and ``strengths.csv``.

    Raises
    ------
    RecordError
        If a file cannot be written.
    """
    if not strengths:
        return []
    return [*put_table(folder / "requested.csv", requested), *put_table(folder / "strengths.csv", strengths)]
