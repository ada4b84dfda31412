"""The trials of a block before they are ordered: a list, a crossing of factors, or the rows of a table."""

from __future__ import annotations

import csv
import io
import itertools
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from experiment.protocol.language.schema import TrialBlock

MOST_TRIALS = 5000


@dataclass(frozen=True, slots=True)
class Draft:
    """A trial that has no place in an order yet."""

    target: str
    condition: tuple[tuple[str, str], ...] = ()

    def property(self, name: str, expressions: Mapping[str, str]) -> str:
        """The value of a factor, of ``target``, or of ``expression``."""
        if name == "target":
            return self.target
        if name == "expression":
            return expressions[self.target]
        return dict(self.condition).get(name, "")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a conditions table."""

    line: int
    values: Mapping[str, str]


class TableError(ValueError):
    """A conditions table is wrong; ``line`` counts from 1."""

    def __init__(self, line: int, message: str, text: str = "") -> None:
        super().__init__(message)
        self.line = line
        self.text = text


@dataclass(slots=True)
class Tables:
    """The conditions tables read so far."""

    rows: dict[Path, tuple[Row, ...]] = field(default_factory=dict)

    def read(self, path: Path) -> tuple[Row, ...]:
        """The rows of a table; raises `TableError`."""
        if path not in self.rows:
            self.rows[path] = read_table(path)
        return self.rows[path]


def read_table(path: Path) -> tuple[Row, ...]:
    """Read a conditions table: comma or semicolon separated, UTF-8, the first line names the columns."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise TableError(line, "the table is not saved as UTF-8; save it as CSV UTF-8") from None
    except OSError as error:
        raise TableError(1, f"the table cannot be read ({error.strerror})") from None
    lines = text.splitlines()
    if not text.strip():
        raise TableError(1, "the table is empty; its first line names the columns, one of them `target`")
    if "\x00" in text:
        raise TableError(1, "this is no text file; save the table as CSV UTF-8")
    separator = ";" if lines[0].count(";") > lines[0].count(",") else ","
    reader = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    try:
        columns = [column.strip() for column in next(reader)]
        if "target" not in columns:
            near = next((column for column in columns if column.casefold() == "target"), None)
            has = f"write `{near}` in small letters" if near else f"its columns are {', '.join(columns)}"
            raise TableError(1, f"the table has no column `target`; {has}", lines[0])
        if len(set(columns)) < len(columns) or "" in columns:
            raise TableError(1, "every column needs a name of its own", lines[0])
        rows = []
        for cells in reader:
            line = reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(columns):
                message = f"this row has {len(cells)} cells, the first line names {len(columns)} columns"
                raise TableError(line, message, lines[line - 1])
            rows.append(Row(line, dict(zip(columns, (cell.strip() for cell in cells), strict=True))))
            if len(rows) > MOST_TRIALS:
                raise TableError(line, f"the table has more than {MOST_TRIALS} rows")
    except csv.Error as error:
        line = min(reader.line_num, len(lines))
        raise TableError(line, f"the table is damaged here ({error})", lines[line - 1]) from None
    if not rows:
        raise TableError(1, "the table has no rows below the names of its columns", lines[0])
    return tuple(rows)


def drafts(block: TrialBlock, tables: Mapping[Path, Sequence[Row]]) -> list[Draft]:
    """The trials of one repetition of a block, in the order they are written."""
    trials = block.trials
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
    """Every combination of the factors' levels, the last factor changing fastest."""
    for levels in itertools.product(*factors.values()):
        yield dict(zip(factors, levels, strict=True))


def template_fields(template: str) -> list[str]:
    """The names in braces; raises ValueError if the braces do not match."""
    names = []
    for _, name, form, conversion in string.Formatter().parse(template):
        if name is None:
            continue
        if form or conversion or not name or not name.replace("_", "").replace("-", "").isalnum():
            raise ValueError(f"only names of factors may stand in braces, as in {{emotion}}, not {{{name}}}")
        names.append(name)
    return names
