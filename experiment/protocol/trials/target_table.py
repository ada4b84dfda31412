"""The key ``target_table: FILE``: targets as rows of a table.

One table can name the pictures of all targets and the conditions of their trials: ``trials: {file: FILE}`` takes the
other columns as factors.
"""

from __future__ import annotations

from experiment.protocol.language import stimulus_files
from experiment.protocol.language.inheritance import Assembled
from experiment.protocol.language.problems import Place, Problem
from experiment.protocol.language.tree import Scalar, Section, Tree
from experiment.protocol.trials.trial_lists import Row, TableError, read_table

KEY = "target_table"
COLUMNS = ("image", "neutral", "clip", "expression", "height")
"""Columns that describe a target, as its keys; an empty cell leaves the key out."""


def add_targets(assembled: Assembled) -> None:
    """Add the rows of the table to the targets of a protocol.

    Parameters
    ----------
    assembled
        The protocol; gets the targets, or the problems of the table. Without the table nothing else can be checked, so
        the protocol loses its tree then.
    """
    tree = assembled.tree
    written = None if tree is None else tree.entries.get(KEY)
    if tree is None or not isinstance(written, Scalar) or not isinstance(written.value, str):
        return
    own = tree.entries.get("targets", Section(written.place))
    if not isinstance(own, Section):
        return  # reported as a wrong value
    assembled.tree = None
    try:
        file = stimulus_files.resolve(written.value, written.place.file.parent)
    except ValueError as error:
        assembled.refuse(written.place, f"`{KEY}` {error}")
        return
    try:
        rows = read_table(file)
    except TableError as error:
        assembled.problems.append(Problem(Place(file, error.line, 1), str(error), line_text=error.text))
        return
    assembled.tables[file] = file.read_text(encoding="utf-8-sig")
    columns = list(rows[0].values)
    if "image" not in columns and "clip" not in columns:
        message = f"the table needs a column `image` or `clip`, a file each; its columns are {', '.join(columns)}"
        assembled.refuse(Place(file, 1, 1), message)
        return
    targets = Section(own.place, dict(own.entries), dict(own.keys))
    described: dict[str, dict[str, str]] = {}
    for row in rows:
        name, place = row.values["target"], Place(file, row.line, 1)
        description = _description(row)
        if name in own.entries:
            assembled.refuse(place, f"target `{name}` is in the table and under `targets`; keep one")
        elif described.setdefault(name, description) != description:
            assembled.refuse(place, f"target `{name}` is described differently in a row above; give it another name")
        else:
            targets.entries[name], targets.keys[name] = _section(description, place), place
    keys = {"targets": written.place, **tree.keys}
    assembled.tree = Section(tree.place, {**tree.entries, "targets": targets}, keys)


def without_descriptions(row: Row) -> Row:
    """Return a row with its factors only, without the description of its target."""
    return Row(row.line, {key: value for key, value in row.values.items() if key not in COLUMNS})


def _description(row: Row) -> dict[str, str]:
    return {column: row.values[column] for column in COLUMNS if row.values.get(column)}


def _section(description: dict[str, str], place: Place) -> Section:
    entries: dict[str, Tree] = {key: Scalar(place, _value(key, cell), cell) for key, cell in description.items()}
    return Section(place, entries, dict.fromkeys(entries, place))


def _value(key: str, cell: str) -> str | float:
    if key == "height":
        try:
            return float(cell)
        except ValueError:
            pass  # reported as a wrong value
    return cell
