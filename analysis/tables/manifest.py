"""The manifest of `compare`: which pictures on disk show whom with which expression.

Spreadsheet programs save CSV files with whatever separates columns in their language, and "Unicode text" as UTF-16
with TABs; all of these are read.
"""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import DataSetError
from analysis.face.measurement import NEUTRAL, Picture

COLUMNS = ("person", "expression", "image")
SEPARATORS = ",;\t"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The people of a manifest, in the order of their first rows."""

    file: Path
    people: dict[str, list[Picture]]
    """Every person's pictures in the order of the rows."""


def read_manifest(file: Path) -> Manifest:
    """Read a CSV file with the columns `COLUMNS`; other columns are ignored, paths are relative to the file.

    Columns are separated by whichever of `SEPARATORS` makes sense of the first line; the text is UTF-8, or UTF-16 with
    a byte order mark.

    Raises
    ------
    DataSetError
        If the file cannot be read, lacks a column, has no row, or has rows with empty cells or the same picture twice;
        every such row is named by its line.
    """
    try:
        text = _decoded(file)
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=_separator(text))
        header = [name.strip() for name in reader.fieldnames or []]
        reader.fieldnames = header
        rows = [(reader.line_num, row) for row in reader]
    except FileNotFoundError:
        raise DataSetError(f"{file}: there is no such file") from None
    except OSError as error:
        raise DataSetError(f"{file}: this is no CSV file that can be read ({error.strerror or error})") from None
    except csv.Error as error:
        raise DataSetError(f"{file}: this is no CSV file that can be read ({error})") from None
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise DataSetError(
            f"{file}: the first line must name the columns {', '.join(COLUMNS)} with a comma, semicolon or TAB between "
            f"them; {', '.join(missing)} is missing"
        )
    if not rows:
        raise DataSetError(f"{file}: there is no row below the first line")
    people: dict[str, list[Picture]] = {}
    problems: list[str] = []
    lines: dict[tuple[str, Path], int] = {}
    for line, row in rows:
        cells = {name: (row[name] or "").strip() for name in COLUMNS}
        empty = [name for name in COLUMNS if not cells[name]]
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


def _decoded(file: Path) -> str:
    content = file.read_bytes()
    encoding = "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        text = content.decode(encoding)
        wrong = text.find("\0")  # of UTF-16 that does not say so, or of no text at all
        before = text[:wrong]
    except UnicodeDecodeError as error:
        wrong, before = error.start, content[: error.start].decode(encoding, errors="ignore")
    if wrong >= 0:
        line = before.count("\n") + 1
        raise DataSetError(
            f"{file}: this is no CSV file that can be read (line {line} holds characters that are not UTF-8); save the "
            "table again as 'CSV UTF-8'"
        )
    return text


def _separator(text: str) -> str:
    first = text.partition("\n")[0]
    return max(SEPARATORS, key=lambda mark: sum(name.strip(' \r"') in COLUMNS for name in first.split(mark)))
