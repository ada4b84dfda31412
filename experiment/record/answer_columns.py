"""Columns of the answers to questions after a trial.

``events.tsv`` and the tables of the analysis have the same ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiment.record.values import QuestionAnswer

Column = Mapping[str, Any]
_WORDS = {
    "choice": "value of the choice",
    "slider": "position of the marker",
    "text": "text",
}
_OUTCOMES = {
    "answered": "an answer was given",
    "timeout": "the time limit was reached without an answer",
    "skipped": "left out; an answer was not required",
}


def rating_column(scale: str) -> Column:
    """Return the description of the column of a rating scale."""
    return {"Description": f"Answer on the scale {scale}, 1 is the lowest point."}


def answer_cells(answer: QuestionAnswer) -> dict[str, str | float | None]:
    """Return the cells of an answer by column; None for a cell without a value."""
    name, time_s = _name(answer), answer.response_time_s
    cells: dict[str, str | float | None] = {
        name: answer.answer,
        f"{name}_response_time": None if time_s is None else f"{time_s:.6f}",
    }
    if answer.kind != "rating":
        cells |= {f"{name}_outcome": answer.outcome, f"{name}_given_by": answer.given_by}
    if answer.right_answer is not None:
        is_right = answer.is_right
        cells |= {
            f"{name}_right_answer": answer.right_answer,
            f"{name}_accuracy": None if is_right is None else int(is_right),
        }
    return cells


def answer_columns(answer: QuestionAnswer) -> dict[str, Column]:
    """Return the descriptions of the columns of an answer."""
    name, of = _name(answer), f"the {'scale' if answer.kind == 'rating' else 'question'} {answer.question}"
    if answer.kind == "rating":
        columns: dict[str, Column] = {name: rating_column(answer.question)}
    else:
        columns = {name: {"Description": f"Answer to {of}: {_WORDS[answer.kind]}. n/a without an answer."}}
    columns[f"{name}_response_time"] = {
        "Description": f"Answer to {of} minus the first flip that showed it. n/a without an answer.",
        "Units": "s",
    }
    if answer.kind != "rating":
        columns[f"{name}_outcome"] = {"Description": f"How {of} ended.", "Levels": _OUTCOMES}
        columns[f"{name}_given_by"] = {
            "Description": f"Key that gave the answer to {of}, or mouse. n/a without an answer.",
        }
    if answer.right_answer is not None:
        columns[f"{name}_right_answer"] = {"Description": f"The right answer to {of} in this trial."}
        columns[f"{name}_accuracy"] = {
            "Description": f"Whether the answer to {of} is right. n/a without an answer.",
            "Levels": {"1": "right", "0": "wrong"},
        }
    return columns


def _name(answer: QuestionAnswer) -> str:
    return f"{'rating' if answer.kind == 'rating' else 'question'}_{answer.question}"
