"""One session on the page of a participant, as plain values.

Tables, trials, timing, exclusions and provenance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analysis.face.measurement import Exclusion
from analysis.face.similarity.metrics import Metric
from analysis.inference.intervals import bounded_mean, mean_by_t
from analysis.report.face_pictures import data_uri
from analysis.report.faces3d import session_faces
from analysis.report.trial_view import Drawing, MeasuredTrial, TrialView, trial_views
from analysis.tables.measured_session import MeasuredSession
from analysis.tables.measurement_provenance import describe_metric, provenance
from analysis.tables.output_files import relative_path
from analysis.tables.score_tables import PUBLISHED_METRIC, SessionTables
from analysis.tables.similarity_table import SimilarityTable
from analysis.tables.statistics import expression_hits, hits
from analysis.tables.table_figure import figure_bytes
from analysis.tables.table_text import MISSING, cell_sentence, cell_texts
from analysis.timing.timing_figure import draw_timing
from experiment.record.layout import SessionPlace
from experiment.record.session_record import TrialRecord
from experiment.record.session_timing import session_timing
from experiment.record.viewing_summary import ViewingSummary

TIMING_DPI = 90


@dataclass(frozen=True, slots=True)
class TableView:
    """One table on the page."""

    metric: str
    description: str
    """Metric, formula, model and calibration."""
    cells: Mapping[str, Mapping[str, str]]
    """Printed scores by target and mimic."""
    own_first: float
    """Imitations that are most similar to the target they imitated; ties count in part."""
    imitations: int
    """Columns of the table."""
    sentences: tuple[str, ...]
    """What the table says."""


@dataclass(frozen=True, slots=True, eq=False)
class TimingView:
    """Response times and timing precision of a session's experiment trials."""

    trials: tuple[TrialRecord, ...]
    response_s: tuple[float, ...]
    frame_ms: tuple[float, ...]
    """Distances in time between key presses and kept frames."""
    bound_ms: tuple[float, ...]
    """Half the camera intervals around key presses."""
    verdict: str
    """One sentence: how many trials pass."""
    viewing: ViewingSummary
    """The session's trials that were watched, and their attention probes."""
    failed: tuple[str, ...]
    """One sentence for each trial that fails."""
    figure: str
    """Flips, camera frames and key presses, as a ``data:`` address."""


@dataclass(frozen=True, slots=True, eq=False)
class SessionView:
    """One session on the page."""

    session: MeasuredSession
    tables: tuple[TableView, ...]
    trials: tuple[TrialView, ...]
    faces3d: Mapping[str, Any]
    timing: TimingView
    exclusions: tuple[tuple[Exclusion, str], ...]
    """Each exclusion with the name of its file."""
    provenance: Mapping[str, Any]


def session_view(one: SessionTables, drawing: Drawing, *, dataset: Path) -> SessionView:
    """Return everything that the report shows of a session.

    Parameters
    ----------
    one : SessionTables
        The session with its scores.
    drawing : Drawing
        How faces are shown.
    dataset : Path
        The folder of the data set.
    """
    session, model = one.session, drawing.model
    trials = trial_views(one, drawing)
    measured = tuple(trial for trial in trials if isinstance(trial, MeasuredTrial))
    return SessionView(
        session=session,
        tables=tuple(
            _table(metric, table, describe_metric(metric, model, session.calibration), own.counted)
            for (metric, table), (_, own) in zip(one.tables, one.trial_tables, strict=bool(one.tables))
        ),
        trials=trials,
        faces3d=session_faces(session, measured, model, faces=drawing.faces),
        timing=_timing(session, dataset),
        exclusions=tuple((gone, relative_path(gone.file, dataset) if gone.file else "") for gone in session.exclusions),
        provenance=provenance(session, model, dataset),
    )


def is_published(metric: str) -> bool:
    """Return whether the limits 0.98 and 0.94 were published for a metric.

    That is ``points``, with any mask.
    """
    return metric.partition(":")[0] == PUBLISHED_METRIC


def _table(metric: Metric, table: SimilarityTable, description: str, trials: SimilarityTable) -> TableView:
    return TableView(
        metric=metric.name,
        description=description,
        cells=cell_texts(table),
        own_first=float(np.sum(hits(trials))),
        imitations=len(trials.imitated),
        sentences=(*_estimates(trials), *_sentences(table, metric)),
    )


def _estimates(trials: SimilarityTable) -> list[str]:
    """Return mean score and rank-1 of trials above the noise floor."""
    if not trials.imitated:
        return []
    mean = mean_by_t(trials.scores[trials.matching], unit="trials")
    rank1 = bounded_mean(hits(trials), unit="trials")
    return [f"Mean score with the own target {mean.text(decimals=3)}.", f"Rank-1 {rank1.text()}."]


def _sentences(table: SimilarityTable, metric: Metric) -> list[str]:
    if table.smallest_matching is None or table.largest_other is None:
        return ["Too few imitations could be measured to compare matching with other cells."]
    counted = table.counted
    own = f"{hits(counted).sum():g} of {len(counted.imitated)} imitations are most similar to the target they imitated"
    if table.expressions_shared:
        own += f", {expression_hits(counted).sum():g} to a target of the expression they imitated"
    largest = "cell of another expression" if table.expressions_shared else "other cell"
    found = [
        f"{own}.",
        f"Smallest matching cell {cell_sentence(table.smallest_matching, table)}, largest {largest} "
        f"{cell_sentence(table.largest_other, table)}.",
    ]
    if is_published(metric.name):
        holds = {True: "holds", False: "does not hold", None: f"cannot be judged, cells are missing ({MISSING})"}
        found.append(f"The published pattern, > 0.98 / < 0.94, {holds[table.published_pattern]}.")
    return found


def _timing(session: MeasuredSession, dataset: Path) -> TimingView:
    record = session.record
    whole = session_timing(SessionPlace(dataset.absolute(), record.participant, record.session))
    verdict, *failed = whole.sentences()
    trials = tuple(trial for trial in record.trials if trial.kind == "experiment" and not trial.excluded)
    return TimingView(
        trials=trials,
        response_s=tuple(t.response_time_s for t in trials if t.response_time_s is not None),
        frame_ms=tuple(abs(t.anchor_to_frame_ms) for t in trials if t.anchor_to_frame_ms is not None),
        bound_ms=tuple(t.half_interval_ms for t in trials if t.half_interval_ms is not None),
        verdict=verdict.removeprefix("timing: "),
        viewing=whole.viewing,
        failed=tuple(line.strip() for line in failed if line.strip() not in whole.viewing.sentences()),
        figure=data_uri(figure_bytes(draw_timing(whole), "png", dpi=TIMING_DPI), "image/png"),
    )
