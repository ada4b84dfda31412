"""The content of the report as plain values; the template lays it out."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.measurement import Exclusion, MeasuredFace
from analysis.face.models.model import FaceModel
from analysis.face.similarity.metrics import Metric
from analysis.face.similarity.parts import Similarity
from analysis.report.courses_section import CoursesView, courses_view
from analysis.report.face_pictures import data_uri, difference_picture, face_picture
from analysis.report.group_statistics import GroupFacts, group_facts
from analysis.tables.measured_session import MeasuredSession, Mimic
from analysis.tables.measurement_provenance import describe_metric, provenance
from analysis.tables.output_files import relative_path
from analysis.tables.score_tables import SessionTables
from analysis.tables.similarity_table import SimilarityTable
from analysis.tables.statistics import expression_hits, hits
from analysis.tables.table_figure import figure_bytes
from analysis.tables.table_text import MISSING, cell_sentence, cell_texts, finding
from analysis.timing.timing_figure import draw_timing
from experiment.record.checks.strays import find_strays
from experiment.record.layout import SessionPlace
from experiment.record.session_record import TrialRecord
from experiment.record.session_timing import session_timing
from experiment.record.sessions import dataset_warnings
from experiment.record.viewing_summary import ViewingSummary

STEP_MM = 0.01
"""The 3D faces of the page are stored in whole steps of this."""


@dataclass(frozen=True, slots=True, eq=False)
class TrialView:
    """One trial on the page."""

    mimic: Mimic
    parts: Similarity
    """The mimic compared with its own target."""
    best: str
    """The most similar target."""
    rank: int
    """Rank of the trial's own target; 1 is the most similar."""
    of: int
    """Number of targets."""
    differs_most: str
    """The region where the two differ most; empty where the model has no regions."""
    emotions: tuple[tuple[str, float, float], ...]
    """Name and intensity in mimic and target, 0 to 1."""
    target_picture: str | None
    mimic_picture: str | None
    difference_picture: str
    weak: str
    """``target``, ``mimic``, or both, where the expression is below the noise floor; else empty."""


@dataclass(frozen=True, slots=True)
class TableView:
    """One table on the page."""

    metric: str
    description: str
    """Metric, formula, model and calibration."""
    cells: Mapping[str, Mapping[str, str]]
    """Printed scores by target and mimic."""
    smallest_matching: str
    largest_other: str
    own_first: str
    """How many mimics score highest on their own target."""
    pattern: str
    """Whether the published pattern holds."""
    finding: str


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


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """The whole report."""

    dataset: str
    strays: tuple[str, ...]
    """One sentence for each copy and renamed folder in the data set."""
    warnings: tuple[str, ...]
    """One sentence for each thing that makes the sessions of the data set hard to compare."""
    faces: bool
    metrics: tuple[tuple[str, str], ...]
    """Name and formula."""
    model: str
    licence: str
    scale_mm: float
    """The difference shown in the brightest colour."""
    sessions: tuple[SessionView, ...]
    group: tuple[GroupFacts, ...]
    triangles: str
    """(T, 3) vertices as base64 of uint16 or uint32."""
    wide_indices: bool
    targets3d: Mapping[str, str]
    courses: CoursesView | None
    """Faces over time; None if `courses` measured nothing."""


def report_content(
    made: Sequence[SessionTables], metrics: Sequence[Metric], model: FaceModel, *, dataset: Path, faces: bool
) -> Content:
    """Return everything the report shows.

    Parameters
    ----------
    made : sequence of SessionTables
        Measured sessions with their tables.
    metrics : sequence of Metric
        The metrics of the tables.
    model : FaceModel
        The model that fitted the faces.
    dataset : Path
        The folder of the data set.
    faces : bool
        Whether to include pictures of people and the shapes of their faces; else differences are drawn on the model's
        mean face.

    Returns
    -------
    Content
        The values for the template.
    """
    scale = _scale_mm(made)
    counted = [one for one in made if one.tables and not one.session.record.pilot]
    wide = len(model.mean) > np.iinfo(np.uint16).max
    return Content(
        dataset=dataset.resolve().name,
        strays=tuple(stray.message for stray in find_strays(dataset.absolute())),
        warnings=tuple(dataset_warnings([one.session.record for one in made])),
        faces=faces,
        metrics=tuple((one.name, one.formula) for one in metrics),
        model=model.name,
        licence=model.licence.splitlines()[0] if model.licence else "",
        scale_mm=scale,
        sessions=tuple(_session(one, model, dataset=dataset, faces=faces, scale_mm=scale) for one in made),
        group=tuple(group_facts(counted, metric) for metric in metrics) if counted else (),
        triangles=_base64(model.triangles.astype("<u4" if wide else "<u2")),
        wide_indices=wide,
        targets3d=_targets3d(made, model),
        courses=courses_view([one.session.record for one in made], model, dataset=dataset, faces=faces),
    )


def target_key(session: MeasuredSession, name: str) -> str:
    """Return a key that identifies a target by its name and picture."""
    return f"{name}:{session.record.targets[name].sha256[:12]}"


def _targets3d(made: Sequence[SessionTables], model: FaceModel) -> dict[str, str]:
    return {
        target_key(one.session, name): _steps(face.intensity_fit.displacement_mm(model))
        for one in made
        for name, face in one.session.targets.items()
    }


def _scale_mm(made: Sequence[SessionTables]) -> float:
    """Return a colour scale in steps of 0.5 mm that covers most differences."""
    own = [
        np.quantile(parts.distance_mm, 0.98)
        for one in made
        for mimic, row in zip(one.session.mimics, one.comparisons, strict=True)
        for target, parts in zip(one.session.targets, row, strict=True)
        if target == mimic.trial.target
    ]
    return max(1.0, float(np.ceil(2 * np.quantile(own, 0.8)) / 2)) if own else 1.0


def _session(one: SessionTables, model: FaceModel, *, dataset: Path, faces: bool, scale_mm: float) -> SessionView:
    session = one.session
    return SessionView(
        session=session,
        tables=tuple(
            _table(metric, table, describe_metric(metric, model, session.calibration)) for metric, table in one.tables
        ),
        trials=tuple(
            _trial(
                mimic,
                dict(zip(session.targets, row, strict=True)),
                session,
                model=model,
                faces=faces,
                scale_mm=scale_mm,
            )
            for mimic, row in zip(session.mimics, one.comparisons, strict=True)
            if mimic.trial.target in session.targets
        ),
        faces3d=_faces3d(session, model, faces=faces),
        timing=_timing(session, dataset),
        exclusions=tuple((gone, relative_path(gone.file, dataset) if gone.file else "") for gone in session.exclusions),
        provenance=provenance(session, model, dataset),
    )


def _table(metric: Metric, table: SimilarityTable, description: str) -> TableView:
    own = f"{hits(table).sum():g} of {len(table.imitated)}"
    if table.expressions_shared:
        own += f"; its expression {expression_hits(table).sum():g}"
    matching, other = (
        cell_sentence(cell, table) if cell else MISSING for cell in (table.smallest_matching, table.largest_other)
    )
    return TableView(
        metric=metric.name,
        description=description,
        cells=cell_texts(table),
        smallest_matching=matching,
        largest_other=other,
        own_first=own,
        pattern={True: "holds", False: "does not hold", None: "cells are missing"}[table.published_pattern],
        finding=finding(table),
    )


def _trial(
    mimic: Mimic,
    compared: Mapping[str, Similarity],
    session: MeasuredSession,
    *,
    model: FaceModel,
    faces: bool,
    scale_mm: float,
) -> TrialView:
    trial, target = mimic.trial, session.targets[mimic.trial.target]
    parts = compared[trial.target]
    order = sorted(compared, key=lambda name: -compared[name].score)
    shape = _neutral(mimic.face, model, faces=faces) + mimic.face.intensity_fit.displacement_mm(model)
    means = {
        region: float(np.average(parts.distance_mm, weights=weights))
        for region, weights in model.regions.items()
        if weights.sum() > 0
    }
    floors_mm = {"target": parts.target_floor_mm, "mimic": parts.mimic_floor_mm}
    return TrialView(
        mimic=mimic,
        parts=parts,
        best=order[0],
        rank=order.index(trial.target) + 1,
        of=len(order),
        differs_most=max(means, key=lambda region: means[region]) if means else "",
        emotions=_blend(mimic.face, target),
        target_picture=face_picture(target) if faces else None,
        mimic_picture=face_picture(mimic.face) if faces else None,
        difference_picture=difference_picture(model, shape, parts.distance_mm, largest_mm=scale_mm),
        weak=" and ".join(f"{who} ({floors_mm[who]:.1f} mm)" for who in parts.without_expression),
    )


def _blend(mimic: MeasuredFace, target: MeasuredFace) -> tuple[tuple[str, float, float], ...]:
    own, wanted = mimic.emotion_fit, target.emotion_fit
    if own is None or wanted is None:
        return ()
    return tuple(zip(own.names, own.expression.tolist(), wanted.expression.tolist(), strict=True))


def _neutral(face: MeasuredFace, model: FaceModel, *, faces: bool) -> FloatArray:
    """Return the neutral face, or the mean face if faces are left out."""
    return face.intensity_fit.neutral_mm(model) if faces else model.mean


def _faces3d(session: MeasuredSession, model: FaceModel, *, faces: bool) -> dict[str, Any]:
    shown = [mimic for mimic in session.mimics if mimic.trial.target in session.targets]
    if not shown:
        return {}
    return {
        "neutral": _steps(_neutral(shown[0].face, model, faces=faces)),
        "trials": [
            {
                "id": mimic.trial.id,
                "target": mimic.trial.target,
                "key": target_key(session, mimic.trial.target),
                "moved": _steps(mimic.face.intensity_fit.displacement_mm(model)),
            }
            for mimic in shown
        ],
    }


def _steps(points_mm: FloatArray) -> str:
    return _base64(np.round(points_mm / STEP_MM).clip(-32768, 32767).astype("<i2"))


def _base64(array: np.ndarray[Any, Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")


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
        figure=data_uri(figure_bytes(draw_timing(whole), "png", dpi=90), "image/png"),
    )
