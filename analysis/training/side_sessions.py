"""Single movements and sides of a trainee over sessions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from analysis.face.models.model import FaceModel
from analysis.face.models.movements import Movement
from analysis.face.movements.requested import RequestedMovement, TrialMovements, UnitStrength
from analysis.face.movements.strengths import learned_movements
from analysis.tables.measured_session import MeasuredSession, Mimic
from analysis.tables.movement_rows import mimic_movements
from analysis.training.learning import KIND_WORDS, KINDS
from experiment.record.errors import RecordError
from experiment.record.participants_file import MISSING, TABLE, participant_name, read_participants

AFFECTED_SIDE = "affected_side"
"""Column of ``participants.tsv``, or id of a question of the protocol."""
AFFECTED = ("left", "right", "both", "none")
"""Its values."""
NOT_JUDGED = "not judged: several movements at once"
"""Result of a change of movements that were asked for together: their strengths are confused with each other."""

_Tried: TypeAlias = tuple[MeasuredSession, Mimic, TrialMovements]
"""An imitation of single movements."""


@dataclass(frozen=True, slots=True)
class SideMean:
    """One side of one requested movement in one session."""

    side: str
    unit: str
    asked_mm: float
    """Strength in the target; 0 if this side was not asked for."""
    strengths_mm: tuple[float, ...]
    """Of each picture."""

    @property
    def mean_mm(self) -> float:
        """The mean over the pictures."""
        return float(np.mean(self.strengths_mm))

    @property
    def error_mm(self) -> float:
        """1.96 standard errors of measurement of the mean."""
        return 1.96 * learned_movements().repeat_error_mm(self.unit, len(self.strengths_mm))


@dataclass(frozen=True, slots=True)
class SessionPoint:
    """One requested movement in one session."""

    session: str
    pictures: int
    made: Mapping[str, int]
    """Number of pictures by what was made of the movement (`RequestedMovement.made`)."""
    correct: int
    """Number of pictures in which no other movement was stronger as well."""
    sides: tuple[SideMean, ...]

    def symmetry(self, affected: str) -> float | None:
        """Return affected by other side; smaller by larger if no side is stated.

        None if not both sides were asked for, or the divisor is below its limit of detection.

        Parameters
        ----------
        affected : str
            One of `AFFECTED`, or empty.
        """
        if len(self.sides) < 2 or not all(one.asked_mm > 0 for one in self.sides):
            return None
        in_order = sorted(self.sides, key=lambda one: one.mean_mm)
        if affected in ("left", "right"):
            in_order = sorted(self.sides, key=lambda one: one.side != affected)
        weak, strong = in_order
        learned = learned_movements()
        if strong.mean_mm <= learned.limit_mm[learned.number(strong.unit)]:
            return None
        return weak.mean_mm / strong.mean_mm


@dataclass(frozen=True, slots=True)
class SideChange:
    """The change of one side from the first session to the last."""

    side: str
    first: SideMean
    last: SideMean
    alone: bool = True
    """Whether the movement was asked for alone."""

    @property
    def change_mm(self) -> float:
        """Last minus first mean."""
        return self.last.mean_mm - self.first.mean_mm

    @property
    def detectable_mm(self) -> float:
        """Smallest detectable change of these two means."""
        pictures = len(self.first.strengths_mm), len(self.last.strengths_mm)
        return learned_movements().detectable_mm(self.first.unit, pictures)

    @property
    def verdict(self) -> str:
        """``more``, ``less``, ``within measurement error`` or `NOT_JUDGED`."""
        if not self.alone:
            return NOT_JUDGED
        if abs(self.change_mm) < self.detectable_mm:
            return "within measurement error"
        return "more" if self.change_mm > 0 else "less"


@dataclass(frozen=True, slots=True)
class OtherMean:
    """One movement that was not asked for, mean over the pictures of a session."""

    movement: Movement
    side: str
    mean_mm: float
    limit_mm: float

    @property
    def moved(self) -> bool:
        """Whether the mean is above the limit of detection of one picture."""
        return self.mean_mm > self.limit_mm


@dataclass(frozen=True, slots=True)
class MovementSeries:
    """One movement that a target asks for, over the sessions in which it was imitated."""

    target: str
    kind: str
    """``training`` or ``test``."""
    movement: Movement
    points: tuple[SessionPoint, ...]
    """In the order of the sessions; at least one."""
    alone: bool = True
    """Whether the target asks for no other movement that is measured."""

    @property
    def changes(self) -> tuple[SideChange, ...]:
        """Change of each side that was asked for; empty for a single session."""
        first, last = self.points[0], self.points[-1]
        if first is last:
            return ()
        return tuple(
            SideChange(a.side, a, b, self.alone) for a, b in zip(first.sides, last.sides, strict=True) if a.asked_mm > 0
        )


@dataclass(frozen=True, slots=True)
class OtherMovements:
    """What else moved with a target, in one session."""

    target: str
    kind: str
    session: str
    pictures: int
    others: tuple[OtherMean, ...]


@dataclass(frozen=True, slots=True)
class ExerciseCount:
    """What was done of one target in one session."""

    session: str
    day: str
    """Date of the session; empty if it is not known."""
    target: str
    kind: str
    measured: int
    sets: int
    """Number of sets of an exercise; 0 if it was none."""
    left_out: int


@dataclass(frozen=True, slots=True)
class SideSessions:
    """Everything about single movements of one trainee."""

    affected: str
    """One of `AFFECTED`; empty if it is not stated."""
    series: tuple[MovementSeries, ...]
    others: tuple[OtherMovements, ...]
    counts: tuple[ExerciseCount, ...]
    not_measured: tuple[Movement, ...]
    """Movements that were asked for and that landmarks do not show."""


def affected_side(dataset: Path, participant: str) -> str:
    """Return the affected side, from ``participants.tsv``; empty if not stated.

    Parameters
    ----------
    dataset : Path
        The folder of the data set.
    participant : str
        The participant, without ``sub-``.

    Raises
    ------
    RecordError
        If the file cannot be read, or the side is not one of `AFFECTED`.
    """
    row = read_participants(dataset).participants.get(participant_name(participant), {})
    side = row.get(AFFECTED_SIDE, "").strip().lower()
    if side in ("", MISSING):
        return ""
    if side not in AFFECTED:
        raise RecordError(
            f"{dataset / TABLE}: {AFFECTED_SIDE} of {participant_name(participant)} is {row[AFFECTED_SIDE]!r};"
            f" write {', '.join(AFFECTED)} or {MISSING}"
        )
    return side


def side_sessions(sessions: Sequence[MeasuredSession], model: FaceModel, *, affected: str) -> SideSessions | None:
    """Return the single movements of a trainee; None if no target is made of them.

    Parameters
    ----------
    sessions : sequence of MeasuredSession
        The sessions of the trainee in their order.
    model : FaceModel
        The model that fitted the faces.
    affected : str
        The affected side; empty if it is not stated.
    """
    tried = [
        (session, mimic, found)
        for session in sessions
        for mimic in session.mimics
        if (found := mimic_movements(mimic, session, model)) is not None
    ]
    if not tried:
        return None
    groups: dict[tuple[str, str], list[_Tried]] = {}
    for one in tried:
        groups.setdefault((one[1].trial.kind, one[1].trial.target), []).append(one)
    in_order = sorted(groups.items(), key=lambda group: KINDS.index(group[0][0]))
    return SideSessions(
        affected=affected,
        series=tuple(series for (kind, target), own in in_order for series in _series(target, kind, own)),
        others=tuple(others for (kind, target), own in in_order for others in _others(target, kind, own)),
        counts=tuple(_counts(sessions, groups)),
        not_measured=tuple(dict.fromkeys(one for _, _, found in tried for one in found.not_measured)),
    )


def session_name(session: MeasuredSession) -> str:
    """Return the label of a session for a page."""
    return session.record.session or "1"


def _by_session(
    tried: Sequence[_Tried],
) -> Iterator[tuple[MeasuredSession, list[TrialMovements]]]:
    for session in dict.fromkeys(session for session, _, _ in tried):
        yield session, [found for one, _, found in tried if one is session]


def _series(target: str, kind: str, tried: Sequence[_Tried]) -> Iterator[MovementSeries]:
    movements = list(dict.fromkeys(one.movement for _, _, found in tried for one in found.requested))
    for movement in movements:
        points = []
        for session, found in _by_session(tried):
            pairs = [(trial, one) for trial in found for one in trial.requested if one.movement == movement]
            if pairs:
                points.append(_point(session, pairs))
        yield MovementSeries(target, KIND_WORDS[kind], movement, tuple(points), alone=len(movements) == 1)


def _point(session: MeasuredSession, pairs: Sequence[tuple[TrialMovements, RequestedMovement]]) -> SessionPoint:
    by_side: dict[str, list[UnitStrength]] = {}
    for _, one in pairs:
        for side in one.sides:
            by_side.setdefault(side.side, []).append(side)
    return SessionPoint(
        session=session_name(session),
        pictures=len(pairs),
        made=Counter(one.made for _, one in pairs),
        correct=sum(trial.is_correct(one) for trial, one in pairs),
        sides=tuple(
            SideMean(side, own[0].unit, own[0].asked_mm, tuple(one.strength_mm for one in own))
            for side, own in by_side.items()
        ),
    )


def _others(target: str, kind: str, tried: Sequence[_Tried]) -> Iterator[OtherMovements]:
    for session, found in _by_session(tried):
        values: dict[str, list[UnitStrength]] = {}
        for trial in found:
            for one in trial.other:
                values.setdefault(one.unit, []).append(one)
        means = tuple(
            OtherMean(own[0].movement, own[0].side, float(np.mean([one.strength_mm for one in own])), own[0].limit_mm)
            for own in values.values()
        )
        yield OtherMovements(target, KIND_WORDS[kind], session_name(session), len(found), means)


def _counts(
    sessions: Sequence[MeasuredSession],
    groups: Mapping[tuple[str, str], Sequence[_Tried]],
) -> Iterator[ExerciseCount]:
    for session in sessions:
        for (kind, target), tried in groups.items():
            own = [mimic.trial for one, mimic, _ in tried if one is session]
            shown = [
                trial
                for trial in session.record.trials
                if (trial.kind, trial.target) == (kind, target) and trial.outcome != "aborted"
            ]
            if shown:
                sets = {trial.condition["set"] for trial in own if "set" in trial.condition}
                yield ExerciseCount(
                    session=session_name(session),
                    day=session.record.notes.get("started", "")[:10],
                    target=target,
                    kind=KIND_WORDS[kind],
                    measured=len(own),
                    sets=len(sets),
                    left_out=len(shown) - len(own),
                )
