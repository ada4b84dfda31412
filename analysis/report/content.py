"""The content of the pages as plain values; the templates lay it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from analysis.face.models.model import FaceModel
from analysis.face.models.movements import MOVEMENTS, movement_cells
from analysis.face.similarity.metrics import Metric
from analysis.group.long_table import SessionRows
from analysis.report.group_statistics import MetricStatistics, ScoredSession, metric_statistics
from analysis.report.session_view import SessionView, is_published
from analysis.report.study_tables import StudySample, study_samples
from analysis.report.trial_view import LARGEST_MM, ExcludedTrial, TrialView
from analysis.rounding import decimals_for
from analysis.tables.measured_session import TABLED
from analysis.tables.score_tables import SessionTables
from analysis.tables.similarity_table import SimilarityTable
from analysis.tables.table_text import decimals
from analysis.terminal import many
from experiment.record.checks.strays import find_strays
from experiment.record.provenance import commit, versions
from experiment.record.session_record import SessionRecord
from experiment.record.sessions import dataset_warnings

MOST_TRIALS = 12_000
"""Trials in the list of the first page, which takes about 60 bytes for each."""


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """What every page of a report has in common."""

    dataset: str
    faces: bool
    metrics: tuple[tuple[str, str], ...]
    """Name and formula."""
    model: str
    licence: str
    program: str
    """Name, version and commit of the program."""
    largest_mm: float = LARGEST_MM

    @property
    def movements(self) -> list[tuple[str, ...]]:
        """Cells of the table of single movements."""
        return [movement_cells(movement) for movement in MOVEMENTS]

    @property
    def has_published(self) -> bool:
        """Whether the published limits can be judged."""
        return any(is_published(name) for name, _ in self.metrics)


@dataclass(frozen=True, slots=True)
class MetricCell:
    """One metric in the line of a session."""

    own_first: str
    mean: str


class TrialRow(NamedTuple):
    """A trial in the list of the first page."""

    anchor: str
    target: str
    score: float | None
    """None without a score, or below the noise floor."""
    rank: int | None
    """Rank of the own target; None as for the score."""
    status: str
    """``used``, ``weak``, or the reason of the exclusion."""
    levels: tuple[str, ...]
    """Levels of the conditions."""


@dataclass(frozen=True, slots=True)
class SessionRow:
    """The line of a session on the first page, and its trials in the list."""

    participant: str
    session: str
    group: str
    label: str
    pilot: bool
    used: int
    excluded: int
    scores: tuple[MetricCell, ...]
    timing: str
    trials: tuple[TrialRow, ...]
    address: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class GroupContent:
    """The first page, without the participants."""

    counts: str
    strays: tuple[str, ...]
    """One sentence for each copy and renamed folder in the data set."""
    warnings: tuple[str, ...]
    """One sentence for each thing that makes the sessions of the data set hard to compare."""
    samples: tuple[StudySample, ...]
    """Means, rank-1 and contrasts by condition, group and session."""
    statistics: tuple[MetricStatistics, ...]
    """How well the scores identify targets."""
    has_tables: bool


def report_facts(metrics: Sequence[Metric], model: FaceModel, *, dataset: Path, faces: bool) -> ReportFacts:
    """Return what every page has in common.

    Parameters
    ----------
    metrics : sequence of Metric
        The metrics of the tables.
    model : FaceModel
        The model that fitted the faces.
    dataset : Path
        The folder of the data set.
    faces : bool
        Whether pictures of people and the shapes of their faces are shown.
    """
    return ReportFacts(
        dataset=dataset.resolve().name,
        faces=faces,
        metrics=tuple((one.name, one.formula) for one in metrics),
        model=model.name,
        licence=model.licence.splitlines()[0] if model.licence else "",
        program=f"mimicry-lab {versions().get('mimicry-lab', '')}, commit {commit()[:12]}",
    )


def factors_of(records: Sequence[SessionRecord]) -> dict[str, tuple[str, ...]]:
    """Return the levels of each condition of the experiment trials, by its name."""
    found: dict[str, dict[str, None]] = {}
    for record in records:
        for trial in record.trials:
            if trial.kind in TABLED:
                for name, level in trial.condition.items():
                    found.setdefault(name, {})[str(level)] = None
    return {name: tuple(levels) for name, levels in found.items()}


def session_row(view: SessionView, tables: SessionTables, factors: Sequence[str]) -> SessionRow:
    """Return the line of a session.

    Parameters
    ----------
    view : SessionView
        The session on its page.
    tables : SessionTables
        Its scores.
    factors : sequence of str
        Names of the conditions in the list of trials.
    """
    record = view.session.record
    cells = [
        MetricCell(f"{one.own_first:g} of {one.imitations}", _mean(table))
        for one, (_, table) in zip(view.tables, tables.tables, strict=True)
    ]
    cells += [MetricCell("–", "–")] * (len(tables.trial_tables) - len(cells))
    used = sum(trial.status == "used" for trial in view.trials)
    return SessionRow(
        participant=record.participant,
        session=record.session or "",
        group=", ".join(record.groups.values()),
        label=record.label,
        pilot=record.pilot,
        used=used,
        excluded=len(view.trials) - used,
        scores=tuple(cells),
        timing=view.timing.verdict.partition(";")[0],
        trials=tuple(_trial_row(trial, factors) for trial in view.trials),
    )


def _trial_row(trial: TrialView, factors: Sequence[str]) -> TrialRow:
    levels = tuple(str(trial.trial.condition.get(name, "")) for name in factors)
    if isinstance(trial, ExcludedTrial):
        return TrialRow(trial.anchor, trial.trial.target, None, None, trial.reason, levels)
    score, rank = (None, None) if trial.weak else (trial.parts.score, trial.rank)
    return TrialRow(trial.anchor, trial.trial.target, score, rank, trial.status, levels)


def _mean(table: SimilarityTable) -> str:
    values = table.scores[table.matching]
    return f"{np.mean(values):.{decimals(table)}f}" if len(values) else "–"


def group_content(
    rows: Sequence[SessionRows], scored: Sequence[ScoredSession], facts: ReportFacts, dataset: Path
) -> GroupContent:
    """Return the first page.

    Parameters
    ----------
    rows : sequence of SessionRows
        All sessions.
    scored : sequence of ScoredSession
        Their scores.
    facts : ReportFacts
        What all pages have in common.
    dataset : Path
        The folder of the data set.
    """
    records = [one.record for one in rows]
    has_tables = any(one.tables for one in scored)
    counted = [one for one in scored if one.tables and not one.pilot]
    samples, more = study_samples(rows) if counted else ((), ())
    people = len({record.participant for record in records})
    return GroupContent(
        counts=f"{many(people, 'participant')}, {many(len(records), 'session')}",
        strays=tuple(stray.message for stray in find_strays(dataset.absolute())),
        warnings=(*dataset_warnings(records), *more),
        samples=samples,
        statistics=tuple(metric_statistics(counted, *metric) for metric in facts.metrics) if counted else (),
        has_tables=has_tables,
    )


@dataclass(frozen=True, slots=True, eq=False)
class TrialList:
    """The list of trials of the first page."""

    targets: tuple[str, ...]
    factors: Mapping[str, Sequence[str]]
    rows: int
    left_out: str
    """One sentence if the list would be too long; else empty."""
    data: Mapping[str, Any]
    """What the script of the page reads."""


def trial_list(rows: Sequence[SessionRow], factors: Mapping[str, Sequence[str]]) -> TrialList:
    """Return the trials of all sessions.

    Parameters
    ----------
    rows : sequence of SessionRow
        The sessions.
    factors : mapping
        Levels of the conditions by name.
    """
    targets = tuple(dict.fromkeys(trial.target for row in rows for trial in row.trials))
    number = {name: place for place, name in enumerate(targets)}
    total = sum(len(row.trials) for row in rows)
    shown, lists = 0, []
    for row in rows:
        if shown + len(row.trials) > MOST_TRIALS:
            break
        shown += len(row.trials)
        lists.append(row)
    scores = [trial.score for row in lists for trial in row.trials if trial.score is not None]
    digits = decimals_for(float(np.ptp(scores)) if scores else 0.0, fewest=3, digits=2)
    data = {
        "decimals": digits,
        "sessions": [[row.participant, row.session, row.group, row.address.partition("#")[0]] for row in lists],
        "targets": targets,
        "levels": [list(levels) for levels in factors.values()],
        "trials": [
            [
                place,
                number[trial.target],
                trial.anchor.removeprefix(f"{row.label}-"),
                None if trial.score is None else round(trial.score, digits),
                trial.rank,
                trial.status,
                *_levels(trial.levels, factors),
            ]
            for place, row in enumerate(lists)
            for trial in row.trials
        ],
        "labels": [row.label for row in lists],
    }
    left_out = (
        f"The list ends after {shown} of {total} trials, so that the page stays small; the other trials are on the "
        "pages of their participants."
        if shown < total
        else ""
    )
    return TrialList(targets, factors, shown, left_out, data)


def _levels(levels: Sequence[str], factors: Mapping[str, Sequence[str]]) -> list[int]:
    """Return the numbers of the levels; -1 without one."""
    return [
        list(known).index(level) if level in known else -1
        for level, known in zip(levels, factors.values(), strict=True)
    ]
