"""What the record of a session cannot prove.

Hashes or the end of the journal are missing, a table has more than the journal, times are impossible.

The sentences stand under tables and in the report. None of them advises to write the tables of BIDS again: a person
must decide which side is right, with a copy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from experiment.record.checks.plausibility import MESSAGES
from experiment.record.errors import RecordError
from experiment.record.history import History, RecordedTrial
from experiment.record.journal_lines import FORMAT
from experiment.record.participants_file import MISSING

COMPARE = "compare both with a copy of the data set"
_SECONDS = 2e-6
"""Times in the tables have six decimals."""


def unverifiable(history: History) -> list[str]:
    """Return one sentence for everything that the record of a session cannot prove."""
    return [*_without_hashes(history), *_without_end(history), *_differing_table(history), *_implausible(history)]


def _without_hashes(history: History) -> Iterator[str]:
    if history.start.format < FORMAT:
        yield (
            f"the journal has format {history.start.format}, without hashes of lines and frames: these numbers cannot "
            "be verified"
        )
        return
    frames = sum(frame.sha256 is None for frame in history.frames())
    if frames:
        yield f"{frames} camera frames have no hash in the journal: numbers of these frames cannot be verified"


def _without_end(history: History) -> Iterator[str]:
    if not history.ended:
        yield (
            "the journal has no end: the session was interrupted, or its last lines are missing; whether all trials "
            "are here cannot be verified"
        )


def _differing_table(history: History) -> Iterator[str]:
    """Yield how onsets and response times of the events table differ from the journal."""
    table = history.place.table(history.start.task, "events")
    try:
        lines = [line.split("\t") for line in table.read_text("utf-8-sig").splitlines()]
    except (OSError, ValueError):
        return
    rows = [dict(zip(lines[0], line, strict=False)) for line in lines[1:]] if lines else []
    shown = table.relative_to(history.place.dataset).as_posix()
    recorded = {(trial.id, str(trial.attempt)): trial for trial in history.trials}
    unknown = [row for row in rows if (row.get("trial_id", ""), row.get("attempt", "1")) not in recorded]
    if unknown:
        names = ", ".join(row.get("trial_id", "?") for row in unknown)
        yield (
            f"{shown} has {len(unknown)} trials that the journal does not have ({names}): the end of the journal was "
            f"removed, or the table was changed; {COMPARE}"
        )
    for row in rows:
        trial = recorded.get((row.get("trial_id", ""), row.get("attempt", "1")))
        for column, value in {} if trial is None else _differing_times(row, trial).items():
            yield (
                f"trial {row['trial_id']}: {column} is {row[column]} in {shown} and {value} in the journal; {COMPARE}"
            )


def _differing_times(row: Mapping[str, str], trial: RecordedTrial) -> dict[str, str]:
    """Return the journal's values of times that differ from a row, by column."""
    own = {"onset": trial.onset_s, "response_time": trial.response_time_s}
    found = {}
    for column, value in own.items():
        if column not in row:
            continue
        if not _is_same(row[column], value):
            found[column] = MISSING if value is None else f"{value:.6f}"
    return found


def _is_same(cell: str, value: float | None) -> bool:
    if value is None or cell == MISSING:
        return value is None and cell == MISSING
    try:
        return abs(float(cell) - value) <= _SECONDS
    except ValueError:
        return False


def _implausible(history: History) -> Iterator[str]:
    attempts = Counter(trial.id for trial in history.trials)
    for trial in history.trials:
        again = f", attempt {trial.attempt}," if attempts[trial.id] > 1 else ""
        for word in trial.implausible:
            yield f"trial {trial.id}{again} has impossible times: {MESSAGES[word]}"
    for line in history.backward:
        yield (
            f"line {line.line} of the journal ({line.event}) is {line.by_s:.3f} s earlier than a line before it: the "
            "journal was edited, or its clock failed"
        )


def require_tables_of_journal(history: History) -> None:
    """Refuse to write tables again from a journal that may have been changed.

    Raises
    ------
    RecordError
        If a line of the journal was changed, or the events table has trials that the journal lacks.
    """
    for line in history.changed[:1]:
        raise RecordError(
            f"{history.place.journal}:{line.line}: this line ({line.event}) was changed after it was written; restore "
            "the file from a copy before you write its tables again"
        )
    for message in (one for one in _differing_table(history) if "journal does not have" in one):
        raise RecordError(f"{message}; if the journal is right, delete the table first")
