"""The columns of participants.tsv that come from the record.

Every answer is kept: a question that several sessions ask has a column for each of them. The first session with an
answer has the column of the question, later ones a column with their label.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from experiment.record.assignments import strata_of
from experiment.record.errors import RecordError
from experiment.record.history import History, read_history
from experiment.record.layout import recorded_sessions
from experiment.record.participants_file import ID


@dataclass(slots=True)
class ParticipantFacts:
    """The cells of one participant and the descriptions of their columns, in order."""

    cells: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)

    def add(self, column: str, value: str, label: str) -> None:
        """Set a cell and describe its column.

        Parameters
        ----------
        column : str
            Name of the column in ``participants.tsv``.
        value : str
            Content of the cell.
        label : str
            Description of the column in ``participants.json``.
        """
        self.cells[column], self.labels[column] = value, label


def in_order_of_time(histories: Iterable[History]) -> list[History]:
    """Return sessions in the order in which they began."""
    return sorted(histories, key=lambda history: (history.start.setting.wall_s, history.place.label))


def facts_of(histories: Iterable[History]) -> ParticipantFacts:
    """Return the groups and the demographic answers of one participant.

    Parameters
    ----------
    histories : iterable of History
        All sessions of the participant.
    """
    facts = ParticipantFacts()
    for history in in_order_of_time(histories):
        for factor, group in history.start.groups.items():
            facts.add(f"group_{factor}", group, f"Between-participant condition {factor} of the protocol.")
        for factor, level in strata_of(history.start.assignment).items():
            facts.add(f"stratum_{factor}", level, f"Stratum {factor} of the allocation to the groups.")
        for question, answer in history.demographics.items():
            label = history.labels.get(question, question)
            column = question
            if question == ID or question.startswith("group_"):
                column = f"{question}_answer"  # protocols with such a question are refused; old journals have them
            if column in facts.cells:
                session = history.place.session or "unlabelled"
                column, label = f"{column}_ses-{session}", f"{label} (asked again in session {session})"
            facts.add(column, answer, label)
    return facts


def with_other_sessions(history: History, dataset: Path) -> list[History]:
    """Return a session and all other sessions of its participant.

    A session that cannot be read is left out: it must not stop the one that is being recorded.
    """
    histories = [history]
    for place in recorded_sessions(dataset):
        if place.participant == history.place.participant and place.session != history.place.session:
            with suppress(RecordError):
                histories.append(read_history(place))
    return histories
