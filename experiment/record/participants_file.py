"""``participants.tsv`` and ``participants.json``, also saved by spreadsheets.

Lists of planned participants, columns that others added and descriptions survive every rewrite. A file that cannot be
read without losing something is refused by name. What is understood: UTF-8 with or without byte order mark, UTF-16 with
it, tabs, semicolons or commas between columns, quoted cells, ids without ``sub-``, lines that are too short.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiment.record.errors import RecordError
from experiment.record.files import record_errors, replace_file

TABLE = "participants.tsv"
DESCRIPTIONS = "participants.json"
ID = "participant_id"
MISSING = "n/a"
_PARTICIPANT = re.compile(r"(?:sub-)?([0-9A-Za-z]+)", re.IGNORECASE)
_AS_TEXT = "save it as text in UTF-8 with tabs between the columns"


@dataclass(frozen=True, slots=True)
class ParticipantsTable:
    """The content of ``participants.tsv``."""

    columns: tuple[str, ...] = ()
    rows: Mapping[str, Mapping[str, str]] | None = None
    """Cells by participant (``sub-01``) and column; also of participants without a session."""

    @property
    def participants(self) -> dict[str, dict[str, str]]:
        """A copy of the rows."""
        return {name: dict(row) for name, row in (self.rows or {}).items()}


def participant_name(text: str) -> str:
    """Return an id as in ``participants.tsv``: ``01`` becomes ``sub-01``.

    Other texts are returned as they are.
    """
    match = _PARTICIPANT.fullmatch(text.strip())
    return f"sub-{match[1]}" if match else text.strip()


def check_participants_files(dataset: Path) -> None:
    """Refuse files that cannot be kept; called before a session begins.

    Raises
    ------
    RecordError
        If one of the two files cannot be read without losing something.
    """
    read_participants(dataset)
    read_descriptions(dataset)


def read_participants(dataset: Path) -> ParticipantsTable:
    """Return the content of ``participants.tsv``; empty without the file.

    Raises
    ------
    RecordError
        If it cannot be read without losing something; names the line and the remedy.
    """
    path = dataset / TABLE
    if not path.is_file():
        return ParticipantsTable()
    lines = [(number, cells) for number, cells in _cells(_text(path), path) if any(cells)]
    if not lines:
        return ParticipantsTable()
    columns = _columns(lines[0][1], path)
    rows: dict[str, dict[str, str]] = {}
    for number, cells in lines[1:]:
        if any(cells[len(columns) :]):
            raise RecordError(
                f"{path}:{number}: this line has {len(cells)} cells and the first line {len(columns)}; correct it"
            )
        row = dict(zip(columns, cells, strict=False))
        name = participant_name(row.get(ID, ""))
        if not name:
            raise RecordError(f"{path}:{number}: this line has no {ID}; add it or delete the line")
        if name in rows:
            raise RecordError(f"{path}:{number}: {name} has two lines; keep one")
        rows[name] = row | {ID: name}
    return ParticipantsTable(tuple(columns), rows)


def write_participants(dataset: Path, columns: Iterable[str], rows: Mapping[str, Mapping[str, object]]) -> None:
    """Write ``participants.tsv``, by participant.

    Parameters
    ----------
    dataset : Path
        Folder of the data set.
    columns : iterable of str
        Columns after ``participant_id``.
    rows : mapping
        Cells by participant and column; missing ones are ``n/a``.
    """
    path = dataset / TABLE
    names = list(dict.fromkeys([ID, *columns]))
    lines = [names, *([cell_text(rows[one].get(column)) for column in names] for one in sorted(rows))]
    with record_errors("write", path):
        replace_file(path, "".join("\t".join(line) + "\n" for line in lines).encode(), inside=dataset)


def read_descriptions(dataset: Path) -> dict[str, Any]:
    """Return the content of ``participants.json``; empty without the file.

    Raises
    ------
    RecordError
        If it is not a JSON object, or has a key twice.
    """
    path = dataset / DESCRIPTIONS
    if not path.is_file():
        return {}
    text = _text(path)
    if not text.strip():
        return {}
    try:
        value = json.loads(text, object_pairs_hook=_without_duplicates)
    except json.JSONDecodeError as error:
        raise RecordError(
            f"{path}:{error.lineno}: this is not JSON ({error.msg}); correct it or delete the file; it is written again"
        ) from error
    except ValueError as error:
        raise RecordError(f"{path}: {error}; keep one") from error
    if not isinstance(value, dict):
        raise RecordError(f"{path} must be a JSON object, {{...}}; correct it, or delete the file: it is written again")
    return value


def _text(path: Path) -> str:
    with record_errors("read", path):
        content = path.read_bytes()
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif content.startswith(b"PK\x03\x04") or b"\0" in content:
        raise RecordError(f"{path} is not a text file; if a spreadsheet program saved it, {_AS_TEXT}")
    else:
        encoding = "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise RecordError(f"{path}:{line}: the file is not saved as UTF-8; {_AS_TEXT}") from error


def _cells(text: str, path: Path) -> list[tuple[int, list[str]]]:
    """Return the cells of every line with its number, without spaces around them."""
    lines = re.split(r"\r\n|\n|\r", text)
    header = next((line for line in lines if line.strip()), "")
    delimiter = next((one for one in "\t;," if one in header), "\t")
    if delimiter != "\t" or header.lstrip().startswith('"'):
        return _quoted_cells(text, delimiter, path)
    found = []
    for number, line in enumerate(lines, start=1):
        cells = [cell.strip() for cell in line.split("\t")]
        if cells[0].count('"') % 2:
            raise RecordError(f"{path}:{number}: a cell above has a line break; write it on one line")
        found.append((number, cells))
    return found


def _quoted_cells(text: str, delimiter: str, path: Path) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found = []
    try:
        for cells in reader:
            found.append((reader.line_num, [cell.strip() for cell in cells]))
    except csv.Error as error:
        raise RecordError(f"{path}:{reader.line_num}: {error}; {_AS_TEXT}") from error
    return found


def _columns(header: list[str], path: Path) -> list[str]:
    while header and not header[-1]:
        header = header[:-1]
    columns = [ID if name.lower() == ID else name for name in header]
    if ID not in columns:
        raise RecordError(f"{path} has no column {ID}; name the column with the ids {ID} and {_AS_TEXT}")
    for name in columns:
        if not name or columns.count(name) > 1:
            what = f"two columns called {name}" if name else "a column without a name"
            raise RecordError(f"{path} has {what}; rename one" if name else f"{path} has {what}; name it")
    return columns


def cell_text(value: object) -> str:
    """Return a value as a cell of the table."""
    text = "" if value is None else re.sub(r"[\t\r\n\v\f]+", " ", str(value)).strip()
    return text or MISSING


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f"the key {key!r} is there twice")
    return dict(pairs)
