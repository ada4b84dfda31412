"""Long tables of a study: trials, scores, participants and targets.

Every trial of the kinds `KINDS` has a row, also one that was left out; the column ``excluded`` says why. The statistics
use rows with an empty ``excluded`` of sessions that are not pilots.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from analysis.face.measurement import Exclusion
from analysis.face.models.model import FaceModel
from analysis.face.similarity.metrics import Metric
from analysis.face.similarity.parts import Similarity
from analysis.group.data_dictionary import in_order
from analysis.group.target_sets import Hashes, TargetSets, target_hashes
from analysis.tables.measured_session import MeasuredSession, Mimic, shown_targets
from analysis.tables.movement_rows import requested_rows, strength_rows
from analysis.tables.output_files import Row
from analysis.tables.score_certainty import uncertainty_cells
from analysis.tables.score_tables import BELOW_FLOOR, SessionTables, session_tables
from analysis.tables.similarity_table import SimilarityTable
from analysis.tables.statistics import CONSTANT, best_shares
from experiment.record.answer_columns import answer_cells
from experiment.record.session_record import SessionRecord, TrialRecord

KINDS = ("experiment", "training")
"""Kinds of trials in the long tables. Target x mimic tables have experiment trials; learning is estimated from both."""


@dataclass(frozen=True, slots=True, eq=False)
class StudyFrames:
    """The long tables of a study; the columns are in `analysis.group.data_dictionary`."""

    trials: pd.DataFrame
    """One row per trial and metric."""
    scores: pd.DataFrame
    """One row per trial, target and metric; measured trials, targets above the noise floor."""
    participants: pd.DataFrame
    """One row per participant."""
    targets: pd.DataFrame
    """One row per target of a task and set of targets."""
    warnings: tuple[str, ...] = ()
    """Sentences about the whole data set."""


@dataclass(frozen=True, slots=True, eq=False)
class SessionRows:
    """The rows of one session, before sessions are compared."""

    record: SessionRecord
    hashes: Hashes
    """Pictures of its targets."""
    trials: list[Row]
    scores: list[Row]
    targets: list[Row]
    requested: list[Row] = field(default_factory=list)
    """What trials made of the single movements of their targets."""
    strengths: list[Row] = field(default_factory=list)
    """Strengths of all measured movements in these trials."""


@dataclass(frozen=True, slots=True)
class RowMaker:
    """Makes the rows of a measured session, where it was measured."""

    metrics: tuple[Metric, ...]
    model: FaceModel

    def __call__(self, session: MeasuredSession) -> SessionRows:
        """Return the rows of a session that was measured with trials of all `KINDS`."""
        return replace(
            session_rows(session_tables(session, self.metrics, self.model)),
            requested=requested_rows(session, self.model),
            strengths=strength_rows(session, self.model),
        )


def session_rows(made: SessionTables) -> SessionRows:
    """Return the rows of a session."""
    record = made.session.record
    shown = shown_targets(record, KINDS)
    return SessionRows(
        record,
        target_hashes(record, shown),
        trials=list(_session_trials(made)),
        scores=list(_session_scores(made)),
        targets=[_target(made.session, name) for name in shown],
    )


def study_frames(made: Iterable[SessionRows]) -> StudyFrames:
    """Collect the long tables of all sessions; a session is needed only once.

    Parameters
    ----------
    made : iterable of SessionRows
        In the order of participants and sessions.

    Returns
    -------
    StudyFrames
        The tables.
    """
    sets, people = TargetSets(), dict[str, Row]()
    trials, scores = list[Row](), list[Row]()
    targets: dict[tuple[str, int, str], Row] = {}
    started: dict[tuple[str, str], str] = {}
    for one in made:
        record = one.record
        number = sets.number(record.task, one.hashes)
        started[record.participant, record.session or ""] = record.notes.get("started", "")
        person = people.setdefault(record.participant, _person(record))
        person.update({f"group_{name}": level for name, level in record.groups.items()})
        _count(person, one)
        for row in one.targets:
            targets.setdefault((record.task, number, str(row["target"])), {**row, "target_set": number})
        trials += [{**row, "target_set": number} for row in one.trials]
        scores += [{**row, "target_set": number} for row in one.scores]
    numbers = _session_numbers(started)
    for row in (*trials, *scores):
        row["session_number"] = numbers[str(row["participant"]), str(row["session"])]
    return StudyFrames(
        trials=in_order("trials", trials),
        scores=in_order("scores", scores),
        participants=in_order("participants", list(people.values())),
        targets=in_order("targets", list(targets.values())),
        warnings=tuple(sets.warnings()),
    )


def _count(person: Row, one: SessionRows) -> None:
    first = [row for row in one.trials if row["metric"] == one.trials[0]["metric"]]
    for name, count in (
        ("sessions", 1),
        ("trials", len(first)),
        ("excluded", sum(bool(row["excluded"]) for row in first)),
    ):
        person[name] = int(person[name] or 0) + count


def _session_numbers(started: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], int]:
    """Return the number of each session of each participant, by its start."""
    counts: Counter[str] = Counter()
    numbers = {}
    for key in sorted(started, key=lambda key: (key[0], started[key])):
        counts[key[0]] += 1
        numbers[key] = counts[key[0]]
    return numbers


def _person(record: SessionRecord) -> Row:
    """Return the row of a participant; questions are named as in ``participants.tsv``."""
    return {
        **{name: answer for name, answer in record.demographics.items() if not name.startswith("group_")},
        "participant": record.participant,
        "sessions": 0,
        "trials": 0,
        "excluded": 0,
        **{f"group_{name}": level for name, level in record.groups.items()},
    }


def _target(session: MeasuredSession, name: str) -> Row:
    record = session.record
    target = record.targets[name]
    refused = next((one for one in session.exclusions if one.what == f"target {name}"), None)
    return {
        "task": record.task,
        "target": name,
        "expression": target.expression,
        "sha256": target.sha256,
        "excluded": "" if refused is None else refused.reason,
    }


def _identity(record: SessionRecord) -> Row:
    return {
        "participant": record.participant,
        "session": record.session or "",
        "task": record.task,
        "pilot": "yes" if record.pilot else "no",
        **{f"group_{name}": level for name, level in record.groups.items()},
    }


def _session_trials(made: SessionTables) -> Iterator[Row]:
    """Yield a row per trial and metric."""
    session = made.session
    columns = {id(mimic.trial): column for column, mimic in enumerate(session.mimics)}
    excluded = {one.what: one for one in session.exclusions}
    takes: Counter[tuple[str, str]] = Counter()
    trials = [trial for trial in session.record.trials if trial.kind in KINDS]
    for order, trial in enumerate(trials, start=1):
        takes[trial.kind, trial.target] += trial.outcome != "aborted"
        column = columns.get(id(trial))
        about = {
            **_identity(session.record),
            **_trial_cells(trial, session.record),
            "order": order,
            "take": takes[trial.kind, trial.target],
        }
        yield from _metric_rows(made, column, trial, about, excluded.get(f"trial {trial.id}"))


def _metric_rows(
    made: SessionTables, column: int | None, trial: TrialRecord, about: Row, refused: Exclusion | None
) -> Iterator[Row]:
    """Yield the row of a trial under each metric."""
    compared = _compared_targets(made.session, trial.kind)
    for (metric, table), certain in zip(made.trial_tables, made.uncertainties, strict=True):
        if column is None or trial.target not in table.targets:
            reason, message = _exclusion(made.session, trial, refused)
            cells: Row = {"excluded": reason, "exclusion_message": message}
        else:
            mimic = made.session.mimics[column]
            row = table.targets.index(trial.target)
            own = made.comparisons[column][row]
            cells = {**_reliability(own, mimic), **_scores_of(table, column, trial, compared, made.session.record)}
            cells |= uncertainty_cells(certain[column][row])
            low = own.without_expression
            cells["excluded"] = BELOW_FLOOR if low else ""
            cells["exclusion_message"] = f"{' and '.join(low)} below the noise floor" if low else ""
        yield {**about, "metric": metric.name, "targets": len(compared), **cells}


def _compared_targets(session: MeasuredSession, kind: str) -> list[str]:
    """Return targets of trials of a kind: measured, and above the noise floor."""
    shown = shown_targets(session.record, (kind,))
    return [name for name in shown if name in session.targets and name not in session.weak_targets]


def _exclusion(session: MeasuredSession, trial: TrialRecord, refused: Exclusion | None) -> tuple[str, str]:
    if refused is not None:
        return refused.reason, refused.short_message
    for one in session.exclusions:
        if one.what == f"target {trial.target}":
            return f"target-{one.reason}", f"the target cannot be measured: {one.short_message}"
    return "not-measured", "the frame, or its target, was not measured"


def _trial_cells(trial: TrialRecord, record: SessionRecord) -> Row:
    return {
        "block": trial.block,
        "kind": trial.kind,
        "trial_id": trial.id,
        "attempt": trial.attempt,
        "target": trial.target,
        "expression": record.targets[trial.target].expression,
        **{f"condition_{factor}": level for factor, level in trial.condition.items()},
        "outcome": trial.outcome,
        "onset_s": trial.onset_s,
        "response_time_s": trial.response_time_s,
        "anchor_to_frame_ms": trial.anchor_to_frame_ms,
        "half_interval_ms": trial.half_interval_ms,
        "late_flips": trial.late_flips,
        **{f"rating_{question}": rating for question, rating in trial.ratings.items()},
        **{name: cell for answer in trial.answers for name, cell in answer_cells(answer).items()},
    }


def _reliability(own: Similarity, mimic: Mimic) -> Row:
    side, chin_up = mimic.face.turn_deg
    return {
        "mimic_strength_mm": own.mimic_strength_mm,
        "mimic_floor_mm": own.mimic_floor_mm,
        "target_strength_mm": own.target_strength_mm,
        "target_floor_mm": own.target_floor_mm,
        "intensity_ratio": own.intensity_ratio,
        "turn_side_deg": side,
        "turn_chin_up_deg": chin_up,
    }


def _scores_of(
    table: SimilarityTable, column: int, trial: TrialRecord, compared: Collection[str], record: SessionRecord
) -> Row:
    """Return score, rank and best target among the compared targets and the own one."""
    names = [name for name in table.targets if name in compared or name == trial.target]
    scores = np.array([table.scores[table.targets.index(name), column] for name in names])
    own = scores[names.index(trial.target)]
    expressions = [record.targets[name].expression for name in names]
    same = np.array([one == record.targets[trial.target].expression for one in expressions])
    shares = best_shares(scores)
    best = shares > 0
    other = scores[~same]
    return {
        "score": float(own),
        "other_mean": float(other.mean()) if len(other) else None,
        "other_max": float(other.max()) if len(other) else None,
        "rank": 1 + float((scores > own + CONSTANT).sum()) + (float((abs(scores - own) <= CONSTANT).sum()) - 1) / 2,
        "rank1": float(shares[names.index(trial.target)]),
        "rank1_expression": float((best & same).sum() / best.sum()),
        "best_target": "+".join(name for name, is_best in zip(names, best.tolist(), strict=True) if is_best),
        "best_expression": "+".join(
            dict.fromkeys(one for one, is_best in zip(expressions, best.tolist(), strict=True) if is_best)
        ),
    }


def _session_scores(made: SessionTables) -> Iterator[Row]:
    session, record = made.session, made.session.record
    for (metric, table), certain in zip(made.trial_tables, made.uncertainties, strict=True):
        for column, mimic in enumerate(session.mimics):
            trial = mimic.trial
            compared = _compared_targets(session, trial.kind)
            for row, target in enumerate(table.targets):
                if target in compared:
                    yield {
                        **_identity(record),
                        "kind": trial.kind,
                        "trial_id": trial.id,
                        "attempt": trial.attempt,
                        "mimic": trial.target,
                        "target": target,
                        "matching": "yes" if trial.target == target else "no",
                        "same_expression": "yes" if _same(record, trial.target, target) else "no",
                        "metric": metric.name,
                        "score": float(table.scores[row, column]),
                        **uncertainty_cells(certain[column][row]),
                    }


def _same(record: SessionRecord, one: str, other: str) -> bool:
    return record.targets[one].expression == record.targets[other].expression
