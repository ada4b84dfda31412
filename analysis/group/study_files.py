"""Write and read the long tables of a study, each with its data dictionary."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from analysis.errors import DataSetError
from analysis.group.data_dictionary import TABLES, dictionary, typed
from analysis.group.long_table import StudyFrames
from analysis.tables.output_files import derivatives, put, put_json
from experiment.record.files import record_errors
from experiment.record.layout import recorded_sessions

FOLDER = "group"
"""Folder of the results, in the derivatives of the data set."""


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """The results of ``group`` as pandas frames."""

    folder: Path
    trials: pd.DataFrame
    """One row per trial and metric."""
    scores: pd.DataFrame
    """One row per trial, target and metric."""
    participants: pd.DataFrame
    targets: pd.DataFrame
    means: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Target x mimic means of every cell of the design."""
    statistics: pd.DataFrame = field(default_factory=pd.DataFrame)
    """All statistics, one row each."""


def write_frames(frames: StudyFrames | Study, folder: Path, *, parquet: bool = False) -> list[Path]:
    """Write the long tables as CSV, each with a data dictionary; return the files.

    Parameters
    ----------
    frames : StudyFrames or Study
        The tables.
    folder : Path
        The folder.
    parquet : bool
        Whether to write Parquet files as well.

    Raises
    ------
    DataSetError
        If Parquet is asked for and its package is missing.
    RecordError
        If a file cannot be written.
    """
    written = []
    for name in TABLES:
        frame: pd.DataFrame = getattr(frames, name)
        written.append(put(folder / f"{name}.csv", csv_of(frame)))
        written.append(put_json(folder / f"{name}.json", dictionary(name, frame.columns)))
        if parquet:
            written.append(put(folder / f"{name}.parquet", parquet_of(frame)))
    return written


def csv_of(frame: pd.DataFrame) -> str:
    """Return a frame as CSV; numbers with full precision, missing cells empty."""
    return str(frame.to_csv(index=False, lineterminator="\n"))


def require_parquet() -> None:
    """Refuse Parquet files where the package that writes them is missing.

    Raises
    ------
    DataSetError
        With the command that installs it.
    """
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise DataSetError('Parquet files need pyarrow: pip install "mimicry-lab[parquet]"') from None


def parquet_of(frame: pd.DataFrame) -> bytes:
    """Return a frame as the content of a Parquet file."""
    content = frame.to_parquet(index=False, engine="pyarrow")
    assert isinstance(content, bytes)
    return content


def load_study(path: str | Path) -> Study:
    """Return the results of ``group`` as pandas frames.

    Parameters
    ----------
    path : str or Path
        A data set, or the folder that ``group --out`` wrote.

    Raises
    ------
    DataSetError
        If there are no results of ``group``.

    Warns
    -----
    UserWarning
        If the data set has sessions that the results do not have.
    """
    given = Path(path)
    folder = next((one for one in _places(given) if (one / "trials.csv").is_file()), None)
    if folder is None:
        raise DataSetError(f"{given} has no results of all sessions; write them with: mimicry group {given}")
    if later := _later_sessions(given, folder):
        text = f"{', '.join(later)} of {given} were recorded after these results; run again: mimicry group {given}"
        warnings.warn(text, stacklevel=2)
    frames = {name: typed(name, _read(folder / f"{name}.csv")) for name in TABLES}
    results = {
        name: _read(folder / f"{name}.csv", text=False)
        for name in ("means", "statistics")
        if (folder / f"{name}.csv").is_file()
    }
    return Study(folder, **frames, **results)


def _later_sessions(dataset: Path, folder: Path) -> list[str]:
    """Return the sessions of a data set that its results do not have."""
    if folder == dataset:
        return []
    try:
        known = set(json.loads((folder / "group.json").read_text("utf-8"))["sessions"])
    except (OSError, ValueError, KeyError):
        return []
    return [place.label for place in recorded_sessions(dataset) if place.label not in known]


def _places(path: Path) -> Iterable[Path]:
    return derivatives(path) / FOLDER, path


def _read(file: Path, *, text: bool = True) -> pd.DataFrame:
    with record_errors("read", file):
        missing = [] if text else [""]  # a level may be called None or NA
        return pd.read_csv(
            file, dtype=str if text else None, keep_default_na=False, na_values=missing, encoding="utf-8"
        )
