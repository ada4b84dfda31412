"""Columns of the long tables: order, type, description; JSON data dictionaries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from analysis.face.models.emotions import ACTION_UNITS
from analysis.tables.column import Column

_YES = {"yes": "yes", "no": "no"}
_IDENTITY = {
    "participant": Column("Participant; a text, so that 01 stays 01."),
    "session": Column("Session of the protocol; empty if it has only one."),
    "session_number": Column("Number of the session of this participant by its start, from 1.", "integer"),
    "task": Column("Name of the protocol."),
    "target_set": Column(
        "Number of the set of targets within the task. Another number means other pictures of the same names; these "
        "are never pooled.",
        "integer",
    ),
    "pilot": Column("Whether the session is a trial run; it is in no statistic.", levels=_YES),
}
_KIND = {
    "kind": Column(
        "Kind of the block.", levels={"experiment": "a trial of the experiment", "training": "a trial of the training"}
    ),
    "trial_id": Column("Name of the trial, unique among the finished trials of a session."),
    "attempt": Column("1, or more for a trial that was aborted and repeated.", "integer"),
}
_FACS = {name: f"{name}, {units}" for name, units in ACTION_UNITS.items()}

TRIALS: Mapping[str, Column] = {
    **_IDENTITY,
    "block": Column("Block of the protocol."),
    **_KIND,
    "target": Column("Target that was imitated."),
    "expression": Column("Expression that the target shows; action units (FACS) of the six emotions.", levels=_FACS),
    "order": Column("Number of the trial in the session, from 1; trials that were left out count.", "integer"),
    "take": Column("Number among the trials of this target and kind in the session, from 1.", "integer"),
    "metric": Column("Metric of the score (docs/similarity.md)."),
    "score": Column("Similarity to the own target; larger is more similar.", "number"),
    "other_mean": Column("Mean similarity to the targets of other expressions.", "number"),
    "other_max": Column("Largest similarity to a target of another expression.", "number"),
    "rank": Column("Rank of the own target among the measured targets, 1 is best; a tie has the mean rank.", "number"),
    "rank1": Column("1 if the own target scores highest, 1/k in a tie of k targets, else 0.", "number"),
    "rank1_expression": Column("The same for any target of the imitated expression.", "number"),
    "best_target": Column("Target with the highest score; several, joined by +, in a tie."),
    "best_expression": Column("Expression of the best target."),
    "targets": Column("Number of targets in trials of this kind; chance of rank1 is 1/targets.", "integer"),
    "excluded": Column("Why the trial is in no statistic: one word; empty if it is used."),
    "exclusion_message": Column("The same as a sentence."),
    "outcome": Column("How the trial ended, as in events.tsv."),
    "onset_s": Column("First flip that showed the target, from the start of the session.", "number", "s"),
    "response_time_s": Column("Key press, or best moment of the hold, minus onset.", "number", "s"),
    "anchor_to_frame_ms": Column("Time of the camera frame minus the key press or best moment.", "number", "ms"),
    "half_interval_ms": Column("Bound of anchor_to_frame_ms: half the time between two frames.", "number", "ms"),
    "late_flips": Column("Flips of the trial that came late.", "integer"),
    "mimic_strength_mm": Column("Movement of the mobile quarter of the face, root mean square.", "number", "mm"),
    "mimic_floor_mm": Column("Noise floor of that movement; below it, the face is at rest.", "number", "mm"),
    "target_strength_mm": Column("Movement of the target face.", "number", "mm"),
    "target_floor_mm": Column("Noise floor of the target face.", "number", "mm"),
    "intensity_ratio": Column("mimic_strength_mm divided by target_strength_mm.", "number"),
    "turn_side_deg": Column("Rotation of the head to the side, from the neutral pictures.", "number", "deg"),
    "turn_chin_up_deg": Column("Rotation of the head with the chin up, from the neutral pictures.", "number", "deg"),
}
SCORES: Mapping[str, Column] = {
    **_IDENTITY,
    **_KIND,
    "mimic": Column("Target that was imitated in the trial."),
    "target": Column("Target that the imitation is compared with."),
    "matching": Column("Whether both are the same target.", levels=_YES),
    "same_expression": Column("Whether both targets show the same expression.", levels=_YES),
    "metric": TRIALS["metric"],
    "score": Column("Similarity of the imitation to the target; larger is more similar.", "number"),
}
PARTICIPANTS: Mapping[str, Column] = {
    "participant": _IDENTITY["participant"],
    "sessions": Column("Number of sessions.", "integer"),
    "trials": Column("Number of trials in the long table, aborted attempts among them.", "integer"),
    "excluded": Column("Number of these trials that are in no statistic.", "integer"),
}
TARGETS: Mapping[str, Column] = {
    "task": _IDENTITY["task"],
    "target_set": _IDENTITY["target_set"],
    "target": Column("Name of the target."),
    "expression": TRIALS["expression"],
    "sha256": Column("SHA-256 of its picture."),
    "excluded": Column("Why it cannot be measured, one word; empty if it is measured."),
}
TABLES: Mapping[str, Mapping[str, Column]] = {
    "trials": TRIALS,
    "scores": SCORES,
    "participants": PARTICIPANTS,
    "targets": TARGETS,
}
_PREFIXES: Mapping[str, str] = {
    "group_": "Between-participant condition {name} of the protocol.",
    "condition_": "Within-participant condition {name} of the protocol.",
    "rating_": "Answer on the scale {name}; 1 is the lowest point.",
    "question_": "Answer to the question {name} after the trial, or about it.",
}
"""Columns whose names come from the protocol."""


def describe(table: str, name: str) -> Column:
    """Return the description of a column, also of one that the protocol names.

    Raises
    ------
    KeyError
        If the table has no such column.
    """
    known = TABLES[table].get(name)
    if known is not None:
        return known
    for prefix, text in _PREFIXES.items():
        if name.startswith(prefix):
            sentence = text.format(name=name.removeprefix(prefix))
            if name.endswith("_response_time"):
                return Column(sentence, "number", "s")
            return Column(sentence, "integer" if name.endswith("_accuracy") else "text")
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
