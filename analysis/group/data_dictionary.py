"""Columns of the long tables: order, type, description; JSON data dictionaries.

Columns that mean the same in the tables of sessions have the descriptions of `analysis.tables.column_descriptions`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from analysis.tables.column import Column
from analysis.tables.column_descriptions import YES, describe_column, protocol_column
from analysis.tables.score_certainty import CERTAINTY_COLUMNS, RETAKE_COLUMN


def _shared(*names: str) -> dict[str, Column]:
    """Return columns of the tables of sessions."""
    return {name: describe_column(name) for name in names}


_IDENTITY = {
    **_shared("participant", "session"),
    "session_number": Column("Number of the session of this participant by its start, from 1.", "integer"),
    **_shared("task"),
    "target_set": Column(
        "Number of the set of targets within the task. Another number means other pictures of the same names; these "
        "are never pooled.",
        "integer",
    ),
    **_shared("pilot"),
}
_KIND = {
    "kind": Column(
        "Kind of the block.", levels={"experiment": "a trial of the experiment", "training": "a trial of the training"}
    ),
    **_shared("trial_id"),
    "attempt": Column("1, or more for a trial that was aborted and repeated.", "integer"),
}

TRIALS: Mapping[str, Column] = {
    **_IDENTITY,
    **_shared("block"),
    **_KIND,
    "target": Column("Target that was imitated."),
    **_shared("expression"),
    "order": Column("Number of the trial in the session, from 1; trials that were left out count.", "integer"),
    **_shared("take", "metric"),
    "score": Column("Similarity to the own target; larger is more similar.", "number"),
    **_shared(*CERTAINTY_COLUMNS, RETAKE_COLUMN),
    "other_mean": Column("Mean similarity to the targets of other expressions.", "number"),
    "other_max": Column("Largest similarity to a target of another expression.", "number"),
    "rank": Column("Rank of the own target among the compared targets, 1 is best; a tie has the mean rank.", "number"),
    "rank1": Column("1 if the own target scores highest, 1/k in a tie of k targets, else 0.", "number"),
    "rank1_expression": Column("The same for any target of the imitated expression.", "number"),
    "best_target": Column("Target with the highest score; several, joined by +, in a tie."),
    "best_expression": Column("Expression of the best target."),
    "targets": Column(
        "Number of targets that trials of this kind are compared with; chance of rank1 is 1/targets.", "integer"
    ),
    "excluded": Column("Why the trial is in no statistic: one word; empty if it is used."),
    "exclusion_message": Column("The same as a sentence."),
    **_shared("outcome"),
    "onset_s": Column("First flip that showed the target, from the start of the session.", "number", "s"),
    **_shared("response_time_s"),
    "anchor_to_frame_ms": Column("Time of the camera frame minus the key press or best moment.", "number", "ms"),
    "half_interval_ms": Column("Bound of anchor_to_frame_ms: half the time between two frames.", "number", "ms"),
    **_shared("late_flips"),
    "mimic_strength_mm": Column("Movement of the mobile quarter of the face, root mean square.", "number", "mm"),
    "mimic_floor_mm": Column("Noise floor of that movement; below it, the face is at rest.", "number", "mm"),
    "target_strength_mm": Column("Movement of the target face.", "number", "mm"),
    "target_floor_mm": Column("Noise floor of the target face.", "number", "mm"),
    "intensity_ratio": Column("mimic_strength_mm divided by target_strength_mm.", "number"),
    **_shared("turn_side_deg", "turn_chin_up_deg"),
}
SCORES: Mapping[str, Column] = {
    **_IDENTITY,
    **_KIND,
    **_shared("mimic"),
    "target": Column("Target that the imitation is compared with."),
    "matching": Column("Whether both are the same target.", levels=YES),
    **_shared("same_expression", "metric", "score", *CERTAINTY_COLUMNS, RETAKE_COLUMN),
}
PARTICIPANTS: Mapping[str, Column] = {
    **_shared("participant"),
    "sessions": Column("Number of sessions.", "integer"),
    "trials": Column("Number of trials in the long table, aborted attempts among them.", "integer"),
    "excluded": Column("Number of these trials that are in no statistic.", "integer"),
}
TARGETS: Mapping[str, Column] = {
    **_shared("task"),
    "target_set": _IDENTITY["target_set"],
    "target": Column("Name of the target."),
    **_shared("expression"),
    "sha256": Column("SHA-256 of its picture."),
    "excluded": Column("Why it cannot be measured, one word; empty if it is measured."),
}
TABLES: Mapping[str, Mapping[str, Column]] = {
    "trials": TRIALS,
    "scores": SCORES,
    "participants": PARTICIPANTS,
    "targets": TARGETS,
}


def describe(table: str, name: str) -> Column:
    """Return the description of a column, also of one that the protocol names.

    Raises
    ------
    KeyError
        If the table has no such column.
    """
    known = TABLES[table].get(name) or protocol_column(name)
    if known is not None:
        return known
    if table == "participants":
        return Column(f"Answer to the question {name} of a form.")
    raise KeyError(name)


def dictionary(table: str, columns: Iterable[str]) -> dict[str, Any]:
    """Return the data dictionary of a table, in the form of a BIDS sidecar."""
    return {name: describe(table, name).as_json() for name in columns}


def in_order(table: str, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return rows as a frame with typed columns in their fixed order.

    Columns of the protocol follow those that identify the row: groups after the session, conditions after the block.

    Parameters
    ----------
    table : str
        A key of `TABLES`.
    rows : sequence of mapping
        The rows; they may lack columns.
    """
    found = dict.fromkeys(name for row in rows for name in row)
    own = [name for name in found if name not in TABLES[table]]
    groups = [name for name in own if name.startswith("group_")]
    conditions = [name for name in own if name.startswith("condition_")]
    rest = [name for name in own if name not in (*groups, *conditions)]
    names: list[str] = []
    for name in TABLES[table]:
        names.append(name)
        if name == ("pilot" if "pilot" in TABLES[table] else "participant"):
            names += groups
        if name == "block":
            names += conditions
    names += [name for name in (*groups, *conditions, *rest) if name not in names]
    frame = pd.DataFrame([[row.get(name) for name in names] for row in rows], columns=names, dtype=object)
    return typed(table, frame)


def typed(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose columns have the types of the data dictionary.

    Parameters
    ----------
    table : str
        A key of `TABLES`.
    frame : DataFrame
        Cells as texts or values; a missing text becomes empty, a missing number NaN.
    """
    columns: dict[str, pd.Series[Any]] = {}
    for name in frame.columns:
        kind, values = describe(table, name).type, frame[name]
        if kind == "text":
            columns[name] = values.map(lambda value: "" if pd.isna(value) else str(value)).astype(object)
        else:
            numbers = pd.to_numeric(values.replace("", None), errors="coerce")
            columns[name] = numbers.astype("Int64") if kind == "integer" else numbers.astype(float)
    return pd.DataFrame(columns, index=frame.index)
