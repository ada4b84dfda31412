"""The manifest of ``compare``: the person and the expression on each picture.

Spreadsheet programs save CSV files with different separators, depending on the language, and "Unicode text" as UTF-16
with TABs. All of these are read.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import DataSetError
from analysis.face.measurement import NEUTRAL, Picture
from analysis.tables.csv_rows import SEPARATORS, decoded_text

COLUMNS = ("person", "expression", "image")


@dataclass(frozen=True, slots=True)
class Manifest:
    """The people of a manifest, in the order of their first rows."""

    file: Path
    people: dict[str, list[Picture]]
    """The pictures of each person in the order of the rows."""


def read_manifest(file: Path) -> Manifest:
    """Read a CSV file with the columns `COLUMNS`; ignore other columns.

    Paths of images are relative to the file. The separator is the one of `SEPARATORS` that finds most `COLUMNS` in the
    first line. The text is UTF-8, or UTF-16 with a byte order mark.

    Raises
    ------
    DataSetError
        If the file cannot be read, lacks a column or has one twice, has no row, or has rows with empty cells or the
        same picture twice; the message names the lines.
    """
    rows = _read_rows(file)
    people: dict[str, list[Picture]] = {}
    problems: list[str] = []
    lines: dict[tuple[str, Path], int] = {}
    for line, cells in rows:
        empty = [name for name, cell in cells.items() if not cell]
        if empty:
            problems.append(f"line {line}: {' and '.join(empty)} is empty")
            continue
        label = NEUTRAL if cells["expression"].lower() == NEUTRAL else cells["expression"]
        picture = Picture(file.parent / cells["image"], label)
        first = lines.setdefault((cells["person"], picture.path), line)
        if first != line:
            problems.append(f"line {line}: {cells['image']} of {cells['person']} is in line {first} already")
            continue
        people.setdefault(cells["person"], []).append(picture)
    if problems:
        raise DataSetError(f"{file}: {'; '.join(problems)}")
    return Manifest(file, people)


def _read_rows(file: Path) -> list[tuple[int, dict[str, str]]]:
    """Return the line number and the cells of `COLUMNS` of every row."""
    try:
        text = decoded_text(file)
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=_separator(text))
        header = [name.strip() for name in reader.fieldnames or []]
        reader.fieldnames = header
        rows = [(reader.line_num, row) for row in reader]
    except FileNotFoundError:
        raise DataSetError(f"{file}: the file does not exist") from None
    except (OSError, csv.Error) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DataSetError(f"{file}: this is not a CSV file that can be read ({why})") from None
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise DataSetError(
            f"{file}: the first line must name the columns {', '.join(COLUMNS)} with a comma, semicolon or TAB between "
            f"them; {', '.join(missing)} is missing"
        )
    twice = [name for name in COLUMNS if header.count(name) > 1]
    if twice:
        raise DataSetError(
            f"{file}: the first line names the column {' and '.join(twice)} twice; rename or remove one of them"
        )
    if not rows:
        raise DataSetError(f"{file}: the file has no row below the first line")
    return [(line, {name: (row[name] or "").strip() for name in COLUMNS}) for line, row in rows]


def _separator(text: str) -> str:
    first = text.partition("\n")[0]
    return max(SEPARATORS, key=lambda mark: sum(name.strip(' \r"') in COLUMNS for name in first.split(mark)))
