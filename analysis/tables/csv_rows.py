"""Read tables that other programs and people wrote.

Spreadsheet programs save CSV files with different separators, depending on the language, and "Unicode text" as UTF-16
with TABs. All of these are read. Numbers with a decimal comma are refused: 1,500 has two meanings.
"""

from __future__ import annotations

import codecs
import csv
import io
import math
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import DataSetError

SEPARATORS = ",;\t"
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+")


@dataclass(frozen=True, slots=True)
class CsvRow:
    """One row of a table."""

    file: Path
    line: int
    cells: dict[str, str]
    """Text by column, without surrounding spaces."""

    def number(self, column: str) -> float | None:
        """Return a cell as a number; None if it is empty or says that there is none.

        Raises
        ------
        DataSetError
            If it is not a number.
        """
        text = self.cells[column]
        if text.lower() in ("", "nan", "na", "none", "n/a"):
            return None
        try:
            value = float(text)
        except ValueError:
            remedy = (
                f"write {text.replace(',', '.')}: numbers need a decimal point, not a comma"
                if _DECIMAL_COMMA.fullmatch(text)
                else "give a number with a decimal point"
            )
            raise DataSetError(f"{self.file}, line {self.line}, column {column}: {text!r}; {remedy}") from None
        return value if math.isfinite(value) else None


def read_csv_rows(file: Path, *, known: Collection[str]) -> tuple[list[str], list[CsvRow]]:
    """Return the columns and the rows of a table.

    The separator is the one of `SEPARATORS` that finds most known columns in the first line. The text is UTF-8, or
    UTF-16 with a byte order mark.

    Parameters
    ----------
    file : Path
        The table.
    known : collection of str
        Names of columns that such a table may have.

    Raises
    ------
    DataSetError
        If the file cannot be read, or names a column twice.
    """
    try:
        text = decoded_text(file)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text, known), skipinitialspace=True)
        lines = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if any(map(str.strip, row))]
    except FileNotFoundError:
        raise DataSetError(f"{file}: the file does not exist") from None
    except (OSError, csv.Error) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DataSetError(f"{file}: this is not a CSV file that can be read ({why})") from None
    if not lines:
        raise DataSetError(f"{file}: the file is empty")
    header = lines[0][1]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise DataSetError(f"{file}: the first line names the column {' and '.join(twice)} twice; remove one of them")
    rows = []
    for line, row in lines[1:]:
        if len(row) > len(header):
            raise DataSetError(
                f"{file}, line {line}: {len(row)} cells, but the first line names {len(header)} columns; numbers with "
                "a decimal comma have this effect: save the table with decimal points"
            )
        rows.append(CsvRow(file, line, dict(zip(header, [*row, *[""] * (len(header) - len(row))], strict=True))))
    return header, rows


def decoded_text(file: Path) -> str:
    """Return the text of a table.

    Raises
    ------
    DataSetError
        If it is not a text.
    OSError
        If it cannot be read.
    """
    content = file.read_bytes()
    encoding = "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        text = content.decode(encoding)
        wrong = text.find("\0")  # UTF-16 without a byte order mark, or not a text
        before = text[:wrong]
    except UnicodeDecodeError as error:
        wrong, before = error.start, content[: error.start].decode(encoding, errors="ignore")
    if wrong >= 0:
        line = before.count("\n") + 1
        raise DataSetError(
            f"{file}: this is not a CSV file that can be read (line {line} holds characters that are not UTF-8); save "
            "the table again as 'CSV UTF-8'"
        )
    return text


def _separator(text: str, known: Collection[str]) -> str:
    first = text.partition("\n")[0]
    return max(SEPARATORS, key=lambda mark: sum(name.strip(' \r"') in known for name in first.split(mark)))
