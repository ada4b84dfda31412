"""Write derivatives: whole files or none, readable by their owner only."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

from experiment.record import files as record_files
from experiment.record.files import (
    make_folder,
    record_errors,
    remove_partial_files,
    replace_file,
    replace_file_by_parts,
    replace_kept_result,
)

Row: TypeAlias = dict[str, str | float | int | None]
"""One row of a CSV file, by column."""
_LINES = 256
"""Lines that are written together."""


def derivatives(dataset: Path) -> Path:
    """Return ``DATASET/derivatives/mimicry``."""
    return dataset / "derivatives" / "mimicry"


def prepare_folder(folder: Path) -> None:
    """Make a folder and try to write there, before hours of measuring.

    Unfinished files of a run that was killed are deleted.

    Raises
    ------
    RecordError
        If it cannot be made or written to.
    """
    with record_errors("write", folder, new=True):
        make_folder(folder)
        with tempfile.TemporaryFile(dir=folder):
            pass
        remove_partial_files(folder)


def prepare_file(path: Path) -> None:
    """Prepare the folder of a file as `prepare_folder` does.

    Raises
    ------
    RecordError
        If the path is a folder, or its folder cannot be written to.
    """
    with record_errors("write", path, new=True):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "a folder", str(path))
    prepare_folder(path.parent)


def writable(folder: Path) -> bool:
    """Return whether files can be made in a folder that may not exist yet."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return os.access(folder, os.W_OK)


def landmark_folder(dataset: Path, out: Path | None) -> Path:
    """Return the folder to keep landmarks in: the derivatives, else ``OUT/landmarks``."""
    top = derivatives(dataset)
    return top if out is None or writable(top) else out / "landmarks"


def sha256_of(path: Path) -> str | None:
    """Return the hexadecimal SHA-256 of a file; None if it cannot be read."""
    try:
        return record_files.sha256_of(path)
    except OSError:
        return None


def known_sha256(path: Path) -> str | None:
    """Return `sha256_of` a file; it is read once while it keeps its size and time."""
    try:
        return record_files.known_sha256(path)
    except OSError:
        return None


def put_unsynced(path: Path, content: str | bytes) -> Path:
    """Replace a file that holds a hash of its content and can be made again.

    Unlike `put`, it does not wait for the disk.

    Raises
    ------
    RecordError
        If it cannot be written.
    """
    with record_errors("write", path):
        replace_kept_result(path, content.encode("utf-8") if isinstance(content, str) else content)
    return path


def put(path: Path, content: str | bytes) -> Path:
    """Replace ``path`` by a UTF-8 text or bytes, making folders, and return it.

    Raises
    ------
    RecordError
        If it cannot be written.
    """
    with record_errors("write", path):
        replace_file(path, content.encode("utf-8") if isinstance(content, str) else content)
    return path


def put_lines(path: Path, lines: Iterable[str]) -> Path:
    """Replace ``path`` by lines of UTF-8 text, making folders, and return it.

    The lines are written while they come, so a table needs no memory for its whole text.

    Parameters
    ----------
    path : Path
        The file.
    lines : iterable of str
        Lines with their ends.

    Raises
    ------
    RecordError
        If it cannot be written.
    """
    with record_errors("write", path):
        replace_file_by_parts(path, (part.encode("utf-8") for part in _joined(lines)))
    return path


def _joined(lines: Iterable[str]) -> Iterator[str]:
    """Yield some lines at a time."""
    rest = iter(lines)
    while part := "".join(islice(rest, _LINES)):
        yield part


def put_json(path: Path, content: Mapping[str, Any]) -> Path:
    """Replace a file by readable JSON, and return it."""
    return put(path, json_text(content))


def json_text(content: Mapping[str, Any]) -> str:
    """Return a value as readable JSON."""
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def rows_csv(rows: Sequence[Mapping[str, Any]], *, columns: Sequence[str] = ()) -> str:
    """Return rows as CSV: the given columns, then any others in the order they appear.

    Parameters
    ----------
    rows : sequence of mapping
        Rows may lack columns; None and a missing column are an empty field.
    columns : sequence of str
        Columns of the header, also without a row.

    Returns
    -------
    str
        The text of the file; floats with full precision.
    """
    header = list(dict.fromkeys([*columns, *(name for row in rows for name in row)]))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_cell(row.get(name)) for name in header] for row in rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    """Return a value for a CSV file; NaN becomes an empty field."""
    return None if isinstance(value, float) and value != value else value


def relative_path(path: Path, dataset: Path) -> str:
    """Return the POSIX path from the data set; absolute if it is outside."""
    absolute, top = path.absolute(), dataset.absolute()
    return absolute.relative_to(top).as_posix() if absolute.is_relative_to(top) else absolute.as_posix()
