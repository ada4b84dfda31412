"""The manifest of `compare`: which pictures on disk show whom with which expression."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import DataSetError
from analysis.face.measure import NEUTRAL, Picture

COLUMNS = ("person", "expression", "image")


@dataclass(frozen=True, slots=True)
class Manifest:
    """The people of a manifest, in the order of their first rows."""

    file: Path
    people: dict[str, list[Picture]]
    """Every person's pictures in the order of the rows."""


def read_manifest(file: Path) -> Manifest:
    """Read a CSV file with the columns `COLUMNS`; other columns are ignored, paths are relative to the file.

    Raises
    ------
    DataSetError
        If the file cannot be read, lacks a column, has no row, or has rows with empty cells or the same picture twice;
        every such row is named by its line.
    """
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            header = [name.strip() for name in reader.fieldnames or []]
            reader.fieldnames = header
            rows = [(reader.line_num, row) for row in reader]
    except FileNotFoundError:
        raise DataSetError(f"{file}: there is no such file") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataSetError(f"{file}: this is no CSV file that can be read ({error})") from None
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise DataSetError(
            f"{file}: the first line must name the columns {', '.join(COLUMNS)}; {', '.join(missing)} is missing"
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
