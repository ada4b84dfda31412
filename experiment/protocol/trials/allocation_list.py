"""Allocation lists: the group of every participant or slot, as registered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from experiment.protocol.trials.trial_lists import Row, TableError, read_rows

PARTICIPANT = "participant"
SLOT = "slot"


def read_allocation_list(
    path: Path, factors: Mapping[str, Sequence[str]], strata: Mapping[str, Sequence[str]]
) -> tuple[Row, ...]:
    """Read an allocation list (CSV, UTF-8).

    Parameters
    ----------
    path
        The file. It has a column ``participant`` or ``slot``, and one for each factor.
    factors, strata
        Factors of the groups and properties of participants, with their levels.

    Raises
    ------
    TableError
        If it cannot be read or has an error.
    """
    columns, rows = read_rows(path)
    keys = [key for key in (PARTICIPANT, SLOT) if key in columns]
    if len(keys) != 1:
        has = "both" if keys else "neither"
        raise TableError(1, f"the list needs one column `{PARTICIPANT}` or `{SLOT}`; it has {has}")
    for name, levels in {**factors, **strata}.items():
        what = "factor" if name in factors else "stratum"
        if name not in columns:
            raise TableError(1, f"the list has no column `{name}`, a {what} of the protocol")
        for row in rows:
            if row.values[name] not in levels:
                message = f"`{row.values[name]}` is not a level of `{name}`; possible: {', '.join(levels)}"
                raise TableError(row.line, message, ",".join(row.values.values()))
    _require_keys(rows, keys[0], list(strata))
    return rows


def _require_keys(rows: Sequence[Row], key: str, strata: Sequence[str]) -> None:
    """Require that every participant or slot is there once.

    Raises
    ------
    TableError
        If one is missing or there twice, or a slot is not a number.
    """
    seen: dict[tuple[str, ...], int] = {}
    for row in rows:
        value, text = row.values[key], ",".join(row.values.values())
        if not value:
            raise TableError(row.line, f"this row has no `{key}`", text)
        if key == SLOT and not (value.isdecimal() and int(value) > 0):
            raise TableError(row.line, f"`{value}` is not a slot; write a number from 1 on", text)
        name = (str(int(value)), *(row.values[one] for one in strata)) if key == SLOT else (value.lower(),)
        if name in seen:
            raise TableError(row.line, f"{key} {value} is here twice, first in line {seen[name]}", text)
        seen[name] = row.line
