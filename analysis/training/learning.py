"""How a trainee's imitations of each target changed, attempt by attempt, over all their sessions.

Every attempt is measured anew from the frame that was kept, as the tables of the analysis measure it: with all its
looks at the picture, and alike for groups with and without live feedback. What was measured live stays beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.measurement import Exclusion, MeasuredFace
from analysis.face.models.model import FaceModel
from analysis.face.similarity.coefficients import HARDLY_VISIBLE, left_right_pairs
from analysis.face.similarity.metrics import Metric
from analysis.face.similarity.parts import Similarity, compare_faces
from analysis.face.similarity.points import point_mask
from analysis.tables.session import MeasuredSession
from experiment.record.live import LiveFrames
from experiment.record.session_record import SessionRecord, TrialRecord

KIND_WORDS = {"training": "training", "experiment": "test"}
"""What the kinds of trials that are attempts are called in figures and tables."""
KINDS = tuple(KIND_WORDS)
"""Kinds of trials that are attempts: with live feedback or as a control group without it, and tests before and after.
Practice trials are not."""
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
    """Against the target, from the kept frame."""
    live: LiveFrames
    """What was measured live while the target was shown."""

    @property
    def score(self) -> float:
        """Similarity of the kept frame to the target."""
        return self.parts.score

    @property
    def live_score(self) -> float | None:
        """What the live measurement said of the kept frame; None if nothing was measured live."""
        value = self.trial.details.get("similarity")
        return float(value) if isinstance(value, (int, float)) else None


@dataclass(frozen=True, slots=True)
class Change:
    """Attempts of one kind, from the first to the last. Needs one attempt at least."""

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
        """From the scores of attempts in their order."""
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
    is_seen: bool
    """Whether 68 points show it well enough to be told of."""

    @property
    def nearer_mm(self) -> float:
        """How much nearer to the target the last attempt is than the first; negative if it is further away."""
        return (abs(self.target - self.first) - abs(self.target - self.last)) * self.size_mm

    @property
    def missing_mm(self) -> float:
        """How far the last attempt is from the target."""
        return abs(self.target - self.last) * self.size_mm


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """All attempts at one target; at least one."""

    target: str
    face: MeasuredFace
    """The target, as it was measured in the latest session."""
    attempts: tuple[Attempt, ...]
    """In the order they were made."""

    @property
    def best(self) -> Attempt:
        """The attempt with the highest score, the first of several."""
        return max(self.attempts, key=lambda attempt: attempt.score)

    def change(self, kind: str) -> Change | None:
        """From the first to the last attempt of one of `KINDS`; None if there is none."""
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

    @property
    def records(self) -> tuple[SessionRecord, ...]:
        """What was recorded, session by session."""
        return tuple(session.record for session in self.sessions)

    @property
    def groups(self) -> Mapping[str, str]:
        """Between-participant conditions, of the latest session."""
        return self.records[-1].groups

    @property
    def exclusions(self) -> tuple[tuple[MeasuredSession, Exclusion], ...]:
        """What is in no curve, and why."""
        return tuple((session, gone) for session in self.sessions for gone in session.exclusions)

    def changes(self, kind: str) -> dict[str, Change]:
        """The change of every target that was attempted in trials of a kind."""
        found = {curve.target: curve.change(kind) for curve in self.curves}
        return {target: change for target, change in found.items() if change is not None}


def trainees(
    sessions: Sequence[MeasuredSession],
    live: Mapping[tuple[str, str | None], LiveFrames],
    metric: Metric,
    model: FaceModel,
) -> list[Trainee]:
    """Put the sessions of each person together.

    Parameters
    ----------
    sessions : sequence of MeasuredSession
        Measured with trials of all `KINDS`.
    live : mapping
        Live measurements by participant and session.
    """

    def who(session: MeasuredSession) -> tuple[str, str]:
        return session.record.participant, session.record.task

    in_order = sorted(sessions, key=lambda session: (who(session), session.record.notes.get("started", "")))
    return [
        Trainee(participant, task, own, tuple(_curves(own, live, metric, model)))
        for (participant, task), group in groupby(in_order, key=who)
        if (own := tuple(group))
    ]


def _curves(
    sessions: Sequence[MeasuredSession],
    live: Mapping[tuple[str, str | None], LiveFrames],
    metric: Metric,
    model: FaceModel,
) -> Iterator[Curve]:
    targets = {name: face for session in sessions for name, face in session.targets.items()}
    for target in dict.fromkeys(name for session in sessions for name in session.record.targets):
        attempts: list[Attempt] = []
        for session in sessions:
            record = session.record
            measured = live[record.participant, record.session]
            for mimic in session.mimics:
                trial = mimic.trial
                if trial.target != target or target not in session.targets:
                    continue
                parts = compare_faces(session.targets[target], mimic.face, metric, model)
                shown = measured.between(trial.onset_s, trial.onset_s + trial.duration_s)
                attempts.append(Attempt(len(attempts) + 1, record.session, trial, mimic.face, parts, shown))
        if attempts:
            yield Curve(target, targets[target], tuple(attempts))


def region_gaps_mm(parts: Similarity, model: FaceModel) -> dict[str, float]:
    """How far a mimic is from its target in each region: root mean square over its vertices, identity taken out, mm.

    Models without regions have one entry, ``face``: the quarter of the vertices that move most.
    """
    squared: FloatArray = parts.distance_mm**2
    regions = dict(model.regions) or {"face": point_mask(model, "mobile").astype(float)}
    return {name: float(np.sqrt((weights @ squared) / weights.sum())) for name, weights in regions.items()}


def movement_changes(curve: Curve, model: FaceModel) -> list[MovementChange]:
    """Every movement of the finest basis from the first attempt to the last, in the order of the basis."""
    names = curve.face.intensity_fit.names
    first, last = curve.attempts[0].face.intensity_fit.expression, curve.attempts[-1].face.intensity_fit.expression
    wanted = curve.face.intensity_fit.expression
    peaks = np.linalg.norm(model.bases[curve.face.intensity_fit.basis].shapes, axis=2).max(axis=1)
    # jawLeft and mouthLeft are directions of one movement, not sides of a face
    sides = {left: (left, right) for left, right in left_right_pairs(names) if names[left] not in _DIRECTIONS}
    hidden = curve.face.intensity_fit.unobservable
    right_ones = {right for _, right in sides.values()}
    changes = []
    for index, name in enumerate(names):
        if index in right_ones:
            continue
        both = list(sides.get(index, (index,)))
        label = name.removesuffix("Left") if len(both) == 2 else name
        target, before, after = (float(values[both].mean()) for values in (wanted, first, last))
        seen = not name.startswith(HARDLY_VISIBLE) and name not in hidden
        changes.append(MovementChange(label, target, before, after, float(peaks[both].mean()), seen))
    return changes
