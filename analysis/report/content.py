"""What the report says, as plain values: the template only lays it out."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.measurement import MeasuredFace
from analysis.face.models.model import FaceModel
from analysis.face.similarity.metrics import Metric
from analysis.face.similarity.parts import Similarity
from analysis.report.face_pictures import data_uri, difference_picture, face_picture
from analysis.report.group_statistics import GroupFacts, group_facts
from analysis.tables.build import SessionTables
from analysis.tables.outputs import provenance, what
from analysis.tables.session import MeasuredSession, Mimic
from analysis.tables.table import ParticipantTable
from analysis.tables.table_figure import picture
from analysis.tables.trace import relative
from analysis.timing.timing_figure import draw_timing
from experiment.record.layout import SessionPlace
from experiment.record.session_timing import session_timing

STEP_MM = 0.01
"""The 3D faces of the page are stored in whole steps of this."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A value of the mimic beside that of the target, 0 to 1."""

    name: str
    mimic: float
    target: float


@dataclass(frozen=True, slots=True)
class TrialView:
    """One trial as the page shows it."""

    id: str
    target: str
    take: int
    score: float
    best: str
    """The target it resembles most."""
    rank: int
    """Of its own target among all, 1 is best."""
    of: int
    parts: Similarity
    mean_difference_mm: float
    differs_most: str
    """The region where the two differ most; empty where the model has no regions."""
    emotions: tuple[Bar, ...]
    target_picture: str | None
    mimic_picture: str | None
    difference_picture: str
    weak: str
    """``target``, ``mimic``, or both, where no expression can be told from a face at rest."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How the trials of a session went in time."""

    trials: int
    responses: int
    response_median_s: float | None
    response_range_s: tuple[float, float] | None
    frame_median_ms: float | None
    frame_largest_ms: float | None
    bound_largest_ms: float | None
    late_flips: int
    missed_frames: int
    display: str
    passed: str
    """How many trials pass, as a sentence, and one sentence for each that does not."""
    failed: tuple[str, ...]
    figure: str
    """The figure of flips, camera frames and key presses."""


@dataclass(frozen=True, slots=True, eq=False)
class SessionView:
    """One session as the page shows it."""

    anchor: str
    title: str
    remarks: tuple[str, ...]
    tables: tuple[tuple[str, ParticipantTable], ...]
    """What the metric is, and the table."""
    trials: tuple[TrialView, ...]
    faces3d: Mapping[str, Any]
    timing: Timing
    exclusions: tuple[tuple[str, str, str, str], ...]
    provenance: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """The whole report."""

    dataset: str
    faces: bool
    metric: str
    metrics: tuple[tuple[str, str], ...]
    model: str
    licence: str
    scale_mm: float
    """What the brightest colour of a difference stands for."""
    sessions: tuple[SessionView, ...]
    summary: tuple[tuple[str, str, ParticipantTable], ...]
    """Anchor of the session, metric and table."""
    group: tuple[GroupFacts, ...]
    triangles: str
    """(T, 3) vertices as base64 of uint16 or uint32."""
    wide_indices: bool
    targets3d: Mapping[str, str]


def report_content(
    made: Sequence[SessionTables], metrics: Sequence[Metric], model: FaceModel, *, dataset: Path, faces: bool
) -> Content:
    """Everything the report says.

    Parameters
    ----------
    made : sequence of SessionTables
        Measured sessions with their tables.
    faces : bool
        Whether pictures of people, and the shape of their faces, may be in the report. Without them, differences are
        drawn on the model's mean face.
    """
    scale = _scale_mm(made)
    counted = [one for one in made if one.tables and not one.session.record.pilot]
    wide = len(model.mean) > np.iinfo(np.uint16).max
    return Content(
        dataset=dataset.resolve().name,
        faces=faces,
        metric=metrics[0].name,
        metrics=tuple((one.name, one.formula) for one in metrics),
        model=model.name,
        licence=model.licence.splitlines()[0] if model.licence else "",
        scale_mm=scale,
        sessions=tuple(_session(one, model, dataset=dataset, faces=faces, scale_mm=scale) for one in made),
        summary=tuple((one.session.label, metric.name, table) for one in made for metric, table in one.tables),
        group=tuple(group_facts(counted, metric) for metric in metrics) if counted else (),
        triangles=_base64(model.triangles.astype("<u4" if wide else "<u2")),
        wide_indices=wide,
        targets3d=_targets3d(made, model),
    )


def target_key(session: MeasuredSession, name: str) -> str:
    """Targets of one name in different sessions may be different pictures."""
    return f"{name}:{session.record.targets[name].sha256[:12]}"


def _targets3d(made: Sequence[SessionTables], model: FaceModel) -> dict[str, str]:
    return {
        target_key(one.session, name): _steps(face.intensity_fit.displacement_mm(model))
        for one in made
        for name, face in one.session.targets.items()
    }


def _scale_mm(made: Sequence[SessionTables]) -> float:
    imitated = {(mimic.trial.id, mimic.trial.target) for one in made for mimic in one.session.mimics}
    own = [
        np.quantile(c.parts.distance_mm, 0.98)
        for one in made
        for c in one.comparisons
        if (c.trial, c.target) in imitated
    ]
    return max(1.0, float(np.ceil(2 * np.quantile(own, 0.8)) / 2)) if own else 1.0


def _session(one: SessionTables, model: FaceModel, *, dataset: Path, faces: bool, scale_mm: float) -> SessionView:
    session = one.session
    record = session.record
    takes: dict[str, int] = {}
    views = []
    for mimic in session.mimics:
        takes[mimic.trial.target] = takes.get(mimic.trial.target, 0) + 1
        if mimic.trial.target in session.targets:
            views.append(_trial(one, mimic, takes[mimic.trial.target], model, faces=faces, scale_mm=scale_mm))
    return SessionView(
        anchor=session.label,
        title=f"Participant {record.participant}" + (f", session {record.session}" if record.session else ""),
        remarks=session.remarks,
        tables=tuple((what(metric, model, session), table) for metric, table in one.tables),
        trials=tuple(views),
        faces3d=_faces3d(session, model, faces=faces),
        timing=_timing(session, dataset),
        exclusions=tuple(
            (gone.what, gone.reason, gone.message, relative(gone.file, dataset) if gone.file else "")
            for gone in session.exclusions
        ),
        provenance=provenance(session, model, dataset),
    )


def _trial(one: SessionTables, mimic: Mimic, take: int, model: FaceModel, *, faces: bool, scale_mm: float) -> TrialView:
    trial, target = mimic.trial, one.session.targets[mimic.trial.target]
    compared = {c.target: c.parts for c in one.comparisons if c.trial == trial.id}
    parts = compared[trial.target]
    order = sorted(compared, key=lambda name: -compared[name].score)
    shape = _neutral(mimic.face, model, faces=faces) + mimic.face.intensity_fit.displacement_mm(model)
    means = {
        region: float(np.average(parts.distance_mm, weights=weights))
        for region, weights in model.regions.items()
        if weights.sum() > 0
    }
    return TrialView(
        id=trial.id,
        target=trial.target,
        take=take,
        score=parts.score,
        best=order[0],
        rank=order.index(trial.target) + 1,
        of=len(order),
        parts=parts,
        mean_difference_mm=float(parts.distance_mm.mean()),
        differs_most=max(means, key=lambda region: means[region]) if means else "",
        emotions=_blend(mimic.face, target),
        target_picture=face_picture(target) if faces else None,
        mimic_picture=face_picture(mimic.face) if faces else None,
        difference_picture=difference_picture(model, shape, parts.distance_mm, largest_mm=scale_mm),
        weak=" and ".join(f"{who} ({_floor_mm(parts, who):.1f} mm)" for who in parts.without_expression),
    )


def _floor_mm(parts: Similarity, who: str) -> float:
    return parts.target_floor_mm if who == "target" else parts.mimic_floor_mm


def _blend(mimic: MeasuredFace, target: MeasuredFace) -> tuple[Bar, ...]:
    if mimic.emotion_fit is None or target.emotion_fit is None:
        return ()
    pairs = zip(mimic.emotion_fit.names, mimic.emotion_fit.expression, target.emotion_fit.expression, strict=True)
    return tuple(Bar(name, float(a), float(b)) for name, a, b in pairs)


def _neutral(face: MeasuredFace, model: FaceModel, *, faces: bool) -> FloatArray:
    """The participant's own face at rest, or the model's mean where faces are to be left out."""
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


def _timing(session: MeasuredSession, dataset: Path) -> Timing:
    whole = session_timing(SessionPlace(dataset.absolute(), session.record.participant, session.record.session))
    told = whole.sentences()
    trials = [trial for trial in session.record.trials if trial.kind == "experiment"]
    times = [trial.response_time_s for trial in trials if trial.response_time_s is not None]
    frames = [abs(trial.anchor_to_frame_ms) for trial in trials if trial.anchor_to_frame_ms is not None]
    bounds = [trial.half_interval_ms for trial in trials if trial.half_interval_ms is not None]
    return Timing(
        trials=len(trials),
        responses=len(times),
        response_median_s=median(times) if times else None,
        response_range_s=(min(times), max(times)) if times else None,
        frame_median_ms=median(frames) if frames else None,
        frame_largest_ms=max(frames) if frames else None,
        bound_largest_ms=max(bounds) if bounds else None,
        late_flips=sum(trial.late_flips for trial in trials),
        missed_frames=sum(trial.missed_frames for trial in trials),
        display=session.record.display_verdict,
        passed=told[0].removeprefix("timing: "),
        failed=tuple(sentence.strip() for sentence in told[1:]),
        figure=data_uri(picture(draw_timing(whole), "png", dpi=90), "image/png"),
    )
