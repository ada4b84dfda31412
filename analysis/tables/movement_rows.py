"""Rows about trials that ask for single movements."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.face.models.model import FaceModel
from analysis.face.models.movements import SIDES
from analysis.face.movements.requested import MIDDLE, RequestedMovement, TrialMovements, UnitStrength, trial_movements
from analysis.tables.measured_session import MeasuredSession, Mimic
from analysis.tables.output_files import Row

TRIAL_COLUMNS = ("participant", "session", "block", "kind", "trial_id", "target")
"""Columns of both tables, also without a row."""


def mimic_movements(mimic: Mimic, session: MeasuredSession, model: FaceModel) -> TrialMovements | None:
    """Return what a trial made of the single movements of its target, if any.

    Parameters
    ----------
    mimic : Mimic
        The trial.
    session : MeasuredSession
        Its session.
    model : FaceModel
        The model that fitted the faces.
    """
    units = session.record.targets[mimic.trial.target].units
    return trial_movements(units, mimic.face, model) if units else None


def requested_rows(session: MeasuredSession, model: FaceModel) -> list[Row]:
    """Return a row for every trial and every movement that its target asks for.

    Parameters
    ----------
    session : MeasuredSession
        The session.
    model : FaceModel
        The model that fitted the faces.
    """
    return [
        _trial(mimic, session) | _requested(one, found)
        for mimic, found in _with_movements(session, model)
        for one in found.requested
    ]


def strength_rows(session: MeasuredSession, model: FaceModel) -> list[Row]:
    """Return a row for every such trial and every measured movement and side.

    Parameters
    ----------
    session : MeasuredSession
        The session.
    model : FaceModel
        The model that fitted the faces.
    """
    return [
        _trial(mimic, session) | _strength(one)
        for mimic, found in _with_movements(session, model)
        for one in (*(side for movement in found.requested for side in movement.sides), *found.other)
    ]


def _with_movements(session: MeasuredSession, model: FaceModel) -> Iterator[tuple[Mimic, TrialMovements]]:
    for mimic in session.mimics:
        if (found := mimic_movements(mimic, session, model)) is not None:
            yield mimic, found


def _trial(mimic: Mimic, session: MeasuredSession) -> Row:
    trial = mimic.trial
    return {
        "participant": session.record.participant,
        "session": session.record.session,
        "block": trial.block,
        "kind": trial.kind,
        "trial_id": trial.id,
        "target": trial.target,
        **{f"condition_{factor}": level for factor, level in trial.condition.items()},
    }


def _requested(one: RequestedMovement, found: TrialMovements) -> Row:
    by_side = {side.side: side for side in one.sides}
    strongest = found.unasked[0] if found.unasked else None
    return {
        **_names(one.sides[0]),
        "made": one.made,
        "correct": "yes" if found.is_correct(one) else "no",
        **{
            f"{side}_{name}": value
            for side in (*SIDES, MIDDLE)
            for name, value in _side_cells(by_side.get(side)).items()
        },
        "accuracy_mm": one.sides[0].accuracy_mm,
        "detectable_mm": one.sides[0].detectable_mm,
        "symmetry": one.symmetry,
        "other_movements": len(found.unasked),
        "strongest_other": strongest.name if strongest else "",
        "strongest_other_mm": strongest.strength_mm if strongest else None,
    }


def _side_cells(one: UnitStrength | None) -> Row:
    return {
        "asked_mm": one.asked_mm if one else None,
        "strength_mm": one.strength_mm if one else None,
        "share": one.share if one else None,
    }


def _names(one: UnitStrength) -> Row:
    return {"movement": one.movement.plain, "action_unit": one.movement.facs}


def _strength(one: UnitStrength) -> Row:
    return {
        **_names(one),
        "side": one.side,
        "requested": "yes" if one.was_asked else "no",
        "asked_mm": one.asked_mm,
        "strength_mm": one.strength_mm,
        "share": one.share,
        "limit_mm": one.limit_mm,
        "moved": "yes" if one.moved else "no",
        "accuracy_mm": one.accuracy_mm,
        "detectable_mm": one.detectable_mm,
    }
