"""Coefficients, landmarks and meshes of all measured pictures, for other programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import pandas as pd

from analysis.face.models.model import FaceModel
from analysis.group.study_files import csv_of, parquet_of
from analysis.tables.column_descriptions import data_dictionary
from analysis.tables.measured_session import MeasuredSession
from analysis.tables.measurement_rows import measurement_rows
from analysis.tables.mesh_files import MeshFormat, Shape, write_meshes
from analysis.tables.output_files import Row, put, put_json

What = Literal["coefficients", "landmarks", "meshes"]
PARTS: tuple[What, ...] = get_args(What)
"""What can be exported."""
_IDENTITY = ("participant", "session", "task", "role", "id", "target", "expression", "kind", "take", "file")
_COEFFICIENTS = ("score_", "intensity_", "emotion_")


@dataclass(frozen=True, slots=True)
class SessionExport:
    """What remains of a session after its meshes were written."""

    files: tuple[Path, ...]
    rows: tuple[Row, ...]
    """A row for every measured picture."""


@dataclass(frozen=True, slots=True)
class SessionExporter:
    """Writes the meshes of a measured session; can be sent to other processes."""

    model: FaceModel
    folder: Path
    dataset: Path
    parts: frozenset[What]
    mesh_format: MeshFormat = "ply"
    shape: Shape = "own"

    def __call__(self, session: MeasuredSession) -> SessionExport:
        """Write the meshes and return the rows of the tables."""
        files: list[Path] = []
        if "meshes" in self.parts:
            files = write_meshes(session, self.model, self.folder, kind=self.mesh_format, shape=self.shape)
        record = session.record
        about: Row = {"participant": record.participant, "session": record.session, "task": record.task}
        measured = measurement_rows(session, self.dataset, all_units=True) if self._has_tables else []
        return SessionExport(tuple(files), tuple({**about, **row} for row in measured))

    @property
    def _has_tables(self) -> bool:
        return bool(self.parts & {"coefficients", "landmarks"})


def write_export_tables(
    rows: Sequence[Mapping[str, Any]], folder: Path, *, parts: Iterable[What], parquet: bool = False
) -> list[Path]:
    """Write ``coefficients.csv`` and ``landmarks.csv`` with their data dictionaries.

    Parameters
    ----------
    rows : sequence of mapping
        A row for every measured picture (`analysis.tables.measurement_rows`).
    folder : Path
        Where to write.
    parts : iterable of {"coefficients", "landmarks", "meshes"}
        Which of the tables.
    parquet : bool
        Whether to write Parquet files as well.

    Raises
    ------
    RecordError
        If a file cannot be written.
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    chosen: dict[What, list[str]] = {
        "coefficients": [name for name in names if name.startswith(_COEFFICIENTS)],
        "landmarks": [name for name in names if name[0] in "xy" and name[1:].removesuffix("_px").isdecimal()],
    }
    written = []
    for part in parts:
        if part not in chosen:
            continue
        columns = [*(name for name in _IDENTITY if name in names), *chosen[part]]
        frame = pd.DataFrame([[row.get(name) for name in columns] for row in rows], columns=columns)
        written.append(put(folder / f"{part}.csv", csv_of(frame)))
        written.append(put_json(folder / f"{part}.json", data_dictionary(columns)))
        if parquet:
            written.append(put(folder / f"{part}.parquet", parquet_of(frame)))
    return written
