"""The trials of a block before they are ordered.

A list, a crossing of factors, or the rows of a table.
"""

from __future__ import annotations

import csv
import io
import itertools
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from experiment.protocol.language.schema_models import TrialBlock

MOST_TRIALS = 5000
SET = "target_set"
"""The factor that names the set of a trial, in blocks with `sets`."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A trial without a place in an order."""

    target: str
    condition: tuple[tuple[str, str], ...] = ()

    def property(self, name: str, expressions: Mapping[str, str]) -> str:
        """Return the value of a factor, of ``target``, or of ``expression``."""
        if name == "target":
            return self.target
        if name == "expression":
            return expressions[self.target]
        return dict(self.condition).get(name, "")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a conditions table."""

    line: int
    """Line in the file, from 1."""
    values: Mapping[str, str]


class TableError(ValueError):
    """A conditions table has an error.

    Parameters
    ----------
    line
        Line in the file, from 1.
    message
        What is wrong.
    text
        The text of the line.
    """

    def __init__(self, line: int, message: str, text: str = "") -> None:
        super().__init__(message)
        self.line = line
        self.text = text


def read_table(path: Path) -> tuple[Row, ...]:
    """Read a conditions table.

    Comma or semicolon separated, UTF-8, with column names in the first line.

    Raises
    ------
    TableError
        If the table cannot be read or has an error.
    """
    columns, rows = read_rows(path)
    if "target" not in columns:
        near = next((column for column in columns if column.casefold() == "target"), None)
        has = f"write `{near}` in small letters" if near else f"its columns are {', '.join(columns)}"
        raise TableError(1, f"the table has no column `target`; {has}", ",".join(columns))
    return rows


def read_rows(path: Path) -> tuple[list[str], tuple[Row, ...]]:
    """Read the columns and rows of a table.

    Raises
    ------
    TableError
        If the table cannot be read, or columns and cells do not fit.
    """
    text = _read_text(path)
    lines = text.splitlines()
    separator = ";" if lines[0].count(";") > lines[0].count(",") else ","
    reader = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    rows = []
    try:
        columns = [column.strip() for column in next(reader)]
        if len(set(columns)) < len(columns) or "" in columns:
            raise TableError(1, "every column needs a different name", lines[0])
        for cells in reader:
            line = reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(columns):
                message = f"this row has {len(cells)} cells, the first line has {len(columns)} columns"
                raise TableError(line, message, lines[line - 1])
            rows.append(Row(line, dict(zip(columns, (cell.strip() for cell in cells), strict=True))))
            if len(rows) > MOST_TRIALS:
                raise TableError(line, f"the table has more than {MOST_TRIALS} rows")
    except csv.Error as error:
        line = min(reader.line_num, len(lines))
        raise TableError(line, f"the table is damaged here ({error})", lines[line - 1]) from None
    if not rows:
        raise TableError(1, "the table has no rows below the column names", lines[0])
    return columns, tuple(rows)


def _read_text(path: Path) -> str:
    try:
        data = path.read_bytes()
        if kind := office_file(data, path):
            raise TableError(1, f"`{path.name}` is {kind}; {AS_CSV}")
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise TableError(line, "the table is not saved as UTF-8; save it as CSV UTF-8") from None
    except OSError as error:
        raise TableError(1, f"the table cannot be read ({error.strerror})") from None
    if not text.strip():
        raise TableError(1, "the table is empty; its first line needs the names of the columns")
    if "\x00" in text:
        raise TableError(1, "this is not a text file; save the table as CSV UTF-8")
    return text


def office_file(data: bytes, path: Path) -> str:
    """Return what a file of another program is: ``an Excel workbook``; else nothing."""
    if not data.startswith(_OFFICE_SIGNATURES):
        return ""
    return _OFFICE_ENDINGS.get(path.suffix.lower(), "not a text file")


AS_CSV = "open it in its program and save it as CSV UTF-8 (Save As), then name that file"
"""Remedy for a table that is a file of another program."""
_OFFICE_SIGNATURES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"{\\rtf")
_OFFICE_ENDINGS = {
    **dict.fromkeys((".xlsx", ".xls", ".xlsm"), "an Excel workbook"),
    **dict.fromkeys((".docx", ".doc", ".rtf"), "a Word document"),
    **dict.fromkeys((".ods", ".odt"), "an OpenDocument file"),
    ".numbers": "a Numbers document",
    ".pages": "a Pages document",
    ".pdf": "a PDF document",
}


def drafts(block: TrialBlock, tables: Mapping[Path, Sequence[Row]], *, chosen_set: str | None = None) -> list[Draft]:
    """Return the trials of one repetition of a block, in the order of the file.

    Parameters
    ----------
    block
        The block.
    tables
        The rows of the conditions tables.
    chosen_set
        Name of one of the block's `sets`; by default the first.
    """
    trials = block.trials
    if trials.sets is not None:
        name = next(iter(trials.sets)) if chosen_set is None else chosen_set
        return [
            Draft(item.target, (*item.condition.items(), (SET, name)))
            for item in trials.sets[name]
            for _ in range(item.repetitions)
        ]
    if trials.list_ is not None:
        return [
            Draft(item.target, tuple(item.condition.items())) for item in trials.list_ for _ in range(item.repetitions)
        ]
    if trials.cross is not None:
        template = trials.target or ""
        return [Draft(template.format_map(levels), tuple(levels.items())) for levels in combinations(trials.cross)]
    if trials.file is not None:
        return [
            Draft(row.values["target"], tuple((key, value) for key, value in row.values.items() if key != "target"))
            for row in tables.get(trials.file, ())
        ]
    return []


def combinations(factors: Mapping[str, Sequence[str]]) -> Iterator[dict[str, str]]:
    """Yield every combination of the factors' levels; the last factor changes fastest."""
    for levels in itertools.product(*factors.values()):
        yield dict(zip(factors, levels, strict=True))


def template_fields(template: str) -> list[str]:
    """Return the names in braces.

    Raises
    ------
    ValueError
        If the braces do not match, or hold anything but the name of a factor.
    """
    names = []
    for _, name, form, conversion in string.Formatter().parse(template):
        if name is None:
            continue
        if form or conversion or not name or not name.replace("_", "").replace("-", "").isalnum():
            raise ValueError(f"only names of factors may stand in braces, as in {{emotion}}, not {{{name}}}")
        names.append(name)
    return names
