"""Learning curves of a trainee's imitations of each target.

Every attempt is measured again from the kept frame, as in the tables: with all detections of the picture, and in the
same way for groups with and without live feedback. The live measurement is kept with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.measurement import MeasuredFace
from analysis.face.models.model import FaceModel
from analysis.face.models.movements import HARDLY_SEEN
from analysis.face.similarity.coefficients import HARDLY_VISIBLE, left_right_pairs
from analysis.face.similarity.metrics import Metric
from analysis.face.similarity.parts import Similarity, compare_faces
from analysis.face.similarity.points import point_mask
from analysis.tables.measured_session import MeasuredSession
from analysis.tables.score_tables import without_expression
from experiment.record.live import LiveFrames
from experiment.record.session_record import SessionRecord, TrialRecord

KIND_WORDS = {"training": "training", "experiment": "test"}
"""Kinds of trials that are attempts, with their names in figures and tables."""
KINDS = tuple(KIND_WORDS)
"""Training with live feedback, or without it in a control group, and tests before and after; practice trials are not
attempts."""
_DIRECTIONS = ("jawLeft", "mouthLeft")


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """One imitation of a target."""

    number: int
    """1-based, among all attempts of the trainee at this target."""
    session: str | None
    trial: TrialRecord
    face: MeasuredFace
    parts: Similarity
    """The kept frame compared with the target."""
    live: LiveFrames
    """Live measurements while the target was shown."""

    @property
    def score(self) -> float:
        """Similarity of the kept frame to the target."""
        return self.parts.score

    @property
    def live_score(self) -> float | None:
        """Live similarity of the kept frame; None if nothing was measured live."""
        value = self.trial.details.get("similarity")
        return float(value) if isinstance(value, (int, float)) else None


@dataclass(frozen=True, slots=True)
class TimeOut:
    """A trial that was not answered in time: no frame is kept, so it is in no curve."""

    after: int
    """Number of the latest attempt at the target before it; 0 if there is none."""
    session: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """Attempts of one kind, from the first to the last; at least one."""

    attempts: int
    first: float
    best: float
    last: float
    slope: float
    """Median of the slopes between any two attempts (Theil 1950), similarity an attempt; 0 for a single attempt."""

    @property
    def gain(self) -> float:
        """Last minus first."""
        return self.last - self.first

    @staticmethod
    def of(scores: Sequence[float]) -> Change:
        """Return the change over scores of attempts in their order."""
        slopes = [
            (later - earlier) / (j - i)
            for i, earlier in enumerate(scores)
            for j, later in enumerate(scores[i + 1 :], start=i + 1)
        ]
        slope = float(np.median(slopes)) if slopes else 0.0
        return Change(len(scores), scores[0], max(scores), scores[-1], slope)


@dataclass(frozen=True, slots=True)
class MovementChange:
    """One movement of the face, both sides averaged, strengths 0 to 1."""

    movement: str
    target: float
    first: float
    last: float
    size_mm: float
    """How far the vertex that moves most goes at full strength."""
    is_visible: bool
    """Whether 68 landmarks measure it well enough to report it in words."""

    @property
    def nearer_mm(self) -> float:
        """Decrease of the distance to the target from the first attempt to the last."""
        return (abs(self.target - self.first) - abs(self.target - self.last)) * self.size_mm

    @property
    def missing_mm(self) -> float:
        """Distance of the last attempt from the target."""
        return abs(self.target - self.last) * self.size_mm


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """All attempts at one target; at least one."""

    target: str
    face: MeasuredFace
    """The target as measured in the latest session."""
    attempts: tuple[Attempt, ...]
    """In the order they were made."""
    time_outs: tuple[TimeOut, ...] = ()
    """Trials of the target that were not answered in time."""

    @property
    def best(self) -> Attempt:
        """The first attempt with the highest score."""
        return max(self.attempts, key=lambda attempt: attempt.score)

    def change(self, kind: str) -> Change | None:
        """Return the change over the attempts of one of `KINDS`; None without one."""
        scores = [attempt.score for attempt in self.attempts if attempt.trial.kind == kind]
        return Change.of(scores) if scores else None


@dataclass(frozen=True, slots=True, eq=False)
class Trainee:
    """One person at one task, over all sessions."""

    participant: str
    task: str
    sessions: tuple[MeasuredSession, ...]
    """In the order they took place."""
    curves: tuple[Curve, ...]
    """In the order of the protocol."""
    missing: Mapping[str, int] = field(default_factory=dict)
    """Targets of trials without a measured attempt, with the number of their time-outs."""

    @property
    def time_outs(self) -> int:
        """Number of trials that were not answered in time."""
        return sum(len(curve.time_outs) for curve in self.curves) + sum(self.missing.values())

    @property
    def records(self) -> tuple[SessionRecord, ...]:
        """The records of the sessions."""
        return tuple(session.record for session in self.sessions)

    @property
    def groups(self) -> Mapping[str, str]:
        """Between-participant conditions of the latest session."""
        return self.records[-1].groups

    @property
    def live_metrics(self) -> str:
        """The metrics of its live measurements; empty if nothing was measured live."""
        attempts = (attempt for curve in self.curves for attempt in curve.attempts)
        return " and ".join(sorted({attempt.live.metric for attempt in attempts if attempt.live.is_measured.any()}))

    @property
    def exclusion_lines(self) -> list[str]:
        """One line per exclusion: session, what, reason, message."""
        return [f"{session.label}: {line}" for session in self.sessions for line in session.exclusion_lines]

    def repeated(self, kind: str) -> list[Change]:
        """Return the change of every target with several attempts in trials of a kind."""
        changes = [curve.change(kind) for curve in self.curves]
        return [change for change in changes if change is not None and change.attempts > 1]


def trainees(
    sessions: Sequence[MeasuredSession],
    live: Mapping[tuple[str, str | None], LiveFrames],
    metric: Metric,
    *,
    model: FaceModel,
) -> list[Trainee]:
    """Collect the sessions of each person and task.

    Attempts and targets below the noise floor are in no curve, but among the exclusions of their session.

    Parameters
    ----------
    sessions : sequence of MeasuredSession
        Measured with trials of all `KINDS`.
    live : mapping
        Live measurements by participant and session.
    metric : Metric
        The metric of the scores.
    model : FaceModel
        The model that fitted the faces.

    Returns
    -------
    list of Trainee
        In the order of participants and tasks.
    """

    def key(session: MeasuredSession) -> tuple[str, str]:
        return session.record.participant, session.record.task

    shown = [_without_weak(session, metric, model) for session in sessions]
    in_order = sorted(shown, key=lambda session: (key(session), session.record.notes.get("started", "")))
    groups = [(*own, tuple(group)) for own, group in groupby(in_order, key=key)]
    found = []
    for participant, task, own in groups:
        curves = tuple(_curves(own, live, metric, model=model))
        found.append(Trainee(participant, task, own, curves, _missing(own, curves)))
    return found


def _missing(sessions: Sequence[MeasuredSession], curves: Sequence[Curve]) -> dict[str, int]:
    """Return the targets without a curve, with the number of their time-outs."""
    measured = {curve.target for curve in curves}
    trials = [trial for session in sessions for trial in session.record.trials if trial.kind in KINDS]
    missing = dict.fromkeys((trial.target for trial in trials if trial.target not in measured), 0)
    for trial in trials:
        if trial.target in missing and trial.outcome == "timeout":
            missing[trial.target] += 1
    return missing


def _without_weak(session: MeasuredSession, metric: Metric, model: FaceModel) -> MeasuredSession:
    """Return the session with attempts and targets below the noise floor excluded."""
    targets = list(session.targets.values())
    compared = [
        [compare_faces(face, mimic.face, metric, model) for face in (targets if number == 0 else targets[:1])]
        for number, mimic in enumerate(session.mimics)
    ]
    return without_expression(session, compared)


def _curves(
    sessions: Sequence[MeasuredSession],
    live: Mapping[tuple[str, str | None], LiveFrames],
    metric: Metric,
    *,
    model: FaceModel,
) -> Iterator[Curve]:
    targets = {name: face for session in sessions for name, face in session.targets.items()}
    for target in dict.fromkeys(name for session in sessions for name in session.record.targets):
        attempts: list[Attempt] = []
        time_outs: list[TimeOut] = []
        for session in sessions:
            record = session.record
            measured_well = target in session.targets and target not in session.weak_targets
            mimics = {mimic.trial.id: mimic for mimic in session.mimics} if measured_well else {}
            for trial in record.trials:
                if trial.target != target or trial.kind not in KINDS:
                    continue
                if trial.outcome == "timeout":
                    time_outs.append(TimeOut(len(attempts), record.session))
                mimic = mimics.get(trial.id)
                if mimic is not None and mimic.trial.onset_s == trial.onset_s and trial.id not in session.weak_trials:
                    parts = compare_faces(session.targets[target], mimic.face, metric, model)
                    measured = live[record.participant, record.session]
                    shown = measured.between(trial.onset_s, trial.onset_s + trial.duration_s)
                    attempts.append(Attempt(len(attempts) + 1, record.session, trial, mimic.face, parts, shown))
        if attempts:
            yield Curve(target, targets[target], tuple(attempts), tuple(time_outs))


def region_gaps_mm(parts: Similarity, model: FaceModel) -> dict[str, float]:
    """Return the distance of a mimic from its target in each region.

    Root mean square over the vertices, without identity, in mm. Models without regions have one entry, ``face``: the
    quarter of the vertices that move most.
    """
    squared: FloatArray = parts.distance_mm**2
    regions = dict(model.regions) or {"face": point_mask(model, "mobile").astype(float)}
    return {name: float(np.sqrt((weights @ squared) / weights.sum())) for name, weights in regions.items()}


def movement_changes(curve: Curve, model: FaceModel) -> list[MovementChange]:
    """Return every movement of the finest basis from the first to the last attempt."""
    fit = curve.face.intensity_fit
    first, last = (attempt.face.intensity_fit.expression for attempt in (curve.attempts[0], curve.attempts[-1]))
    peaks_mm = np.linalg.norm(model.bases[fit.basis].shapes, axis=2).max(axis=1)
    # jawLeft and mouthLeft are directions of one movement, not sides of a face.
    right_of = {left: right for left, right in left_right_pairs(fit.names) if fit.names[left] not in _DIRECTIONS}
    changes = []
    for index, name in enumerate(fit.names):
        if index in right_of.values():
            continue
        sides = [index, right_of[index]] if index in right_of else [index]
        target, before, after, size_mm = (
            float(values[sides].mean()) for values in (fit.expression, first, last, peaks_mm)
        )
        units = {fit.names[side] for side in sides}
        visible = not name.startswith(HARDLY_VISIBLE) and not units & (HARDLY_SEEN | set(fit.unobservable))
        label = name.removesuffix("Left") if len(sides) == 2 else name
        changes.append(MovementChange(label, target, before, after, size_mm, visible))
    return changes
