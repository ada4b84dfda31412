"""One trial on the page of a participant.

The score and what it means, pictures, parts of the score.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from analysis.face.measurement import Exclusion, MeasuredFace
from analysis.face.models.model import FaceModel
from analysis.face.movements.requested import TrialMovements
from analysis.face.similarity.parts import Similarity
from analysis.face.similarity.uncertainty import Uncertainty
from analysis.report.face_pictures import DifferencePainter, face_picture
from analysis.rounding import decimals_for
from analysis.tables.measured_session import TABLED, MeasuredSession, Mimic
from analysis.tables.movement_rows import mimic_movements
from analysis.tables.score_tables import SessionTables
from experiment.record.session_record import TrialRecord

LARGEST_MM = 4.0
"""Differences from here on have the last colour. It is the same in all reports, so pictures can be compared."""


@dataclass(frozen=True, slots=True)
class OtherScores:
    """The scores of an imitation with the targets that were not imitated."""

    lowest: float
    highest: float
    most_similar: str
    """Name of the target with the highest of them."""


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredTrial:
    """One trial with a score."""

    mimic: Mimic
    parts: Similarity
    """The mimic compared with its own target."""
    uncertainty: Uncertainty | None
    """Of the score with its own target; None where it is not known."""
    rank: int
    """Rank of the trial's own target; 1 is the most similar."""
    targets: int
    """Number of targets it is compared with."""
    decimals: int
    """Of its scores; more where all are close."""
    others: OtherScores | None
    """None with one target."""
    differs_most: str
    """The region where the two differ most; empty where the model has no regions."""
    movements: TrialMovements | None
    """What was made of the single movements of the target; None if it is not made of them."""
    emotions: tuple[tuple[str, float, float], ...]
    """Name and intensity in mimic and target, 0 to 1."""
    target_picture: str | None
    mimic_picture: str | None
    difference_picture: str | None
    """None where OpenGL is missing."""
    weak: str
    """``target``, ``mimic``, or both, where the expression is below the noise floor; else empty."""
    anchor: str
    """Identifier on the page."""

    @property
    def trial(self) -> TrialRecord:
        """The trial."""
        return self.mimic.trial

    @property
    def take(self) -> int:
        """Number among the trials of the target."""
        return self.mimic.take

    @property
    def status(self) -> str:
        """``used`` or ``weak``."""
        return "weak" if self.weak else "used"


@dataclass(frozen=True, slots=True)
class ExcludedTrial:
    """One trial without a score."""

    trial: TrialRecord
    reason: str
    message: str
    anchor: str
    status: str = "excluded"
    take: int = 1


TrialView: TypeAlias = MeasuredTrial | ExcludedTrial


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """How faces are shown."""

    model: FaceModel
    """The model that fitted the faces."""
    painter: DifferencePainter
    """Draws where imitation and target differ."""
    faces: bool
    """Whether to show pictures of people and the shapes of their faces; else the model's mean face."""


def trial_views(one: SessionTables, drawing: Drawing) -> tuple[TrialView, ...]:
    """Return the experiment trials of a session in their order, excluded ones too.

    Parameters
    ----------
    one : SessionTables
        A session with its scores.
    drawing : Drawing
        How faces are shown.
    """
    session = one.session
    measured = {
        _key(mimic.trial): (mimic, dict(zip(session.targets, zip(row, certain, strict=True), strict=True)))
        for mimic, row, certain in zip(session.mimics, one.comparisons, one.uncertainties[0], strict=True)
        if mimic.trial.target in session.targets
    }
    exclusions = _exclusions(session)
    anchors = _anchors(session)
    views: list[TrialView] = []
    for trial in session.record.trials:
        if trial.kind not in TABLED:
            continue
        anchor = next(anchors)
        if _key(trial) in measured:
            mimic, compared = measured[_key(trial)]
            views.append(_measured(mimic, compared, session, drawing, anchor=anchor))
        else:
            waiting = exclusions[f"trial {trial.id}"] or exclusions[f"target {trial.target}"]
            gone = waiting.popleft() if len(waiting) > 1 else waiting[0] if waiting else None
            reason, message = (gone.reason, gone.short_message) if gone else ("no-target", "its target is not measured")
            views.append(ExcludedTrial(trial, reason, message, anchor))
    return tuple(views)


def _key(trial: TrialRecord) -> tuple[str, int]:
    return trial.id, trial.attempt


def _exclusions(session: MeasuredSession) -> defaultdict[str, deque[Exclusion]]:
    """Return the exclusions by what they leave out, in their order."""
    found: defaultdict[str, deque[Exclusion]] = defaultdict(deque)
    for one in session.exclusions:
        found[one.what].append(one)
    return found


def _anchors(session: MeasuredSession) -> Iterator[str]:
    """Yield an identifier for each experiment trial; attempts differ in it."""
    seen: defaultdict[str, int] = defaultdict(int)
    for trial in session.record.trials:
        if trial.kind in TABLED:
            seen[trial.id] += 1
            again = f"-attempt-{seen[trial.id]}" if seen[trial.id] > 1 else ""
            yield f"{session.label}-{trial.id}{again}"


def _measured(
    mimic: Mimic,
    scored: Mapping[str, tuple[Similarity, Uncertainty | None]],
    session: MeasuredSession,
    drawing: Drawing,
    *,
    anchor: str,
) -> MeasuredTrial:
    model, faces = drawing.model, drawing.faces
    trial, target = mimic.trial, session.targets[mimic.trial.target]
    parts, uncertainty = scored[trial.target]
    compared = {name: one for name, (one, _) in scored.items()}
    order = sorted(compared, key=lambda name: -compared[name].score)
    others = [name for name in order if name != trial.target]
    neutral = mimic.face.intensity_fit.neutral_mm(model) if faces else model.mean
    shape = neutral + mimic.face.intensity_fit.displacement_mm(model)
    means = {
        region: float(np.average(parts.distance_mm, weights=weights))
        for region, weights in model.regions.items()
        if weights.sum() > 0
    }
    floors_mm = {"target": parts.target_floor_mm, "mimic": parts.mimic_floor_mm}
    return MeasuredTrial(
        mimic=mimic,
        parts=parts,
        uncertainty=uncertainty,
        rank=order.index(trial.target) + 1,
        targets=len(order),
        decimals=decimals_for(compared[order[0]].score - compared[order[-1]].score, fewest=3, digits=3),
        others=OtherScores(compared[others[-1]].score, compared[others[0]].score, others[0]) if others else None,
        differs_most=max(means, key=lambda region: means[region]) if means else "",
        movements=mimic_movements(mimic, session, model),
        emotions=_blend(mimic.face, target),
        target_picture=face_picture(target) if faces else None,
        mimic_picture=face_picture(mimic.face) if faces else None,
        difference_picture=drawing.painter.draw(shape, parts.distance_mm),
        weak=" and ".join(f"{who} ({floors_mm[who]:.1f} mm)" for who in parts.without_expression),
        anchor=anchor,
    )


def _blend(mimic: MeasuredFace, target: MeasuredFace) -> tuple[tuple[str, float, float], ...]:
    own, wanted = mimic.emotion_fit, target.emotion_fit
    if own is None or wanted is None:
        return ()
    return tuple(zip(own.names, own.expression.tolist(), wanted.expression.tolist(), strict=True))
