"""Read a table of any known program."""

from __future__ import annotations

from pathlib import Path

from analysis.errors import DataSetError
from analysis.films.course_table import CourseTable
from analysis.films.readers.libreface import LIBREFACE
from analysis.films.readers.openface import OPENFACE
from analysis.films.readers.own import OWN
from analysis.films.readers.py_feat import PY_FEAT
from analysis.films.readers.table_format import require_ascending
from analysis.tables.csv_rows import read_csv_rows

FORMATS = (OWN, OPENFACE, PY_FEAT, LIBREFACE)
_TYPICAL = ("frame", "timestamp", "confidence", "success", "frame_index", "time_s", "FaceScore", "frame_idx")


def read_any_table(file: Path, *, rate_hz: float | None = None) -> tuple[str, CourseTable]:
    """Return the name of the program that wrote a table, and the table.

    Parameters
    ----------
    file : Path
        The table.
    rate_hz : float, optional
        Frames per second of the film, for tables without times.

    Raises
    ------
    DataSetError
        If the table is not of a known program, or damaged.
    """
    header, rows = read_csv_rows(file, known=_TYPICAL)
    found = next((one for one in FORMATS if one.fits(header)), None)
    if found is None:
        names = ", ".join(one.name for one in FORMATS)
        raise DataSetError(f"{file}: the columns ({', '.join(header[:4])}, ...) are not of a known program ({names})")
    if not rows:
        raise DataSetError(f"{file}: the file has no row below the first line")
    table = found.convert(header, rows, rate_hz)
    require_ascending(table.rows, file)
    return found.name, table
