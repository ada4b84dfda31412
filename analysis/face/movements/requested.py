"""What was made of the single movements that a target asks for.

Left and right are those of the person in the picture, which must not be mirrored by the camera. A movement on the side
that was not asked for is named ``mirrored``; it is not taken for the movement that was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.face.measurement import MeasuredFace
from analysis.face.models.model import FaceModel
from analysis.face.models.movements import MOVEMENTS, NAMED_UNITS, SIDES, Movement
from analysis.face.movements.measured import MEASURED, MEASURED_UNITS
from analysis.face.movements.strengths import LearnedMovements, learned_movements, strengths_mm

MIDDLE = "middle"
"""Side of a movement that has no sides."""
AS_ASKED, MIRRORED, BOTH_SIDES, NOT_MADE = "as asked", "mirrored", "both sides", "not made"
ONLY = {side: f"{side} only" for side in SIDES}
"""What was made of a movement that was asked for on both sides, if one side did not move."""
_CLEARLY_LESS = 0.5
"""A side that moves less than this share of the other counts as the side that did not move."""


@dataclass(frozen=True, slots=True)
class UnitStrength:
    """The strength of one movement on one side."""

    movement: Movement
    unit: str
    """Its unit in the face model."""
    side: str
    """``left``, ``right`` or `MIDDLE`."""
    asked_mm: float
    """Strength in the target; 0 if the target does not make the movement."""
    strength_mm: float
    limit_mm: float
    """Limit of detection: a strength below may be an error of measurement."""
    accuracy_mm: float
    """Root mean square error of one picture."""
    detectable_mm: float
    """Smallest detectable change between two pictures of two sessions."""
    full_mm: float
    """Size of the movement at full strength of the face model."""

    @property
    def moved(self) -> bool:
        """Whether the strength is above the limit of detection."""
        return self.strength_mm > self.limit_mm

    @property
    def was_asked(self) -> bool:
        """Whether the target makes the movement on this side."""
        return self.asked_mm > 0

    @property
    def share(self) -> float | None:
        """Strength as a share of the target's; None if it was not asked for."""
        return self.strength_mm / self.asked_mm if self.was_asked else None

    @property
    def full_share(self) -> float:
        """Strength as a share of the full movement, to compare different movements."""
        return self.strength_mm / self.full_mm

    @property
    def name(self) -> str:
        """``lip corner puller, left``."""
        return NAMED_UNITS[self.unit].name

    @property
    def title(self) -> str:
        """``lip corner puller, left (AU12)``."""
        return NAMED_UNITS[self.unit].title


@dataclass(frozen=True, slots=True)
class RequestedMovement:
    """One movement of a target, and what was made of it."""

    movement: Movement
    sides: tuple[UnitStrength, ...]
    """Left and right, or one; also a side that was not asked for."""

    @property
    def asked(self) -> tuple[UnitStrength, ...]:
        """The sides that were asked for."""
        return tuple(one for one in self.sides if one.was_asked)

    @property
    def made(self) -> str:
        """What was made of it, for example `AS_ASKED` or `MIRRORED`."""
        moving = self._moving
        if not moving:
            return NOT_MADE
        asked = [one.side for one in self.asked]
        if moving == asked:
            return AS_ASKED
        if len(asked) == 1:
            return BOTH_SIDES if len(moving) == len(SIDES) else MIRRORED
        return ONLY[moving[0]]

    @property
    def _moving(self) -> list[str]:
        """The sides that moved; if one was asked for, without a clearly weaker one."""
        moved = [one for one in self.sides if one.moved]
        largest = max((one.strength_mm for one in moved), default=0.0)
        if len(self.asked) == 1:
            moved = [one for one in moved if one.strength_mm >= _CLEARLY_LESS * largest]
        return [one.side for one in moved]

    @property
    def symmetry(self) -> float | None:
        """Smaller by larger side, 0 to 1; None if one was asked for or none moved."""
        if len(self.asked) < len(SIDES) or not self._moving:
            return None
        values = [one.strength_mm for one in self.sides]
        return min(values) / max(values)


@dataclass(frozen=True, slots=True)
class TrialMovements:
    """All measured movements of one imitation."""

    requested: tuple[RequestedMovement, ...]
    """The movements of the target that can be measured."""
    other: tuple[UnitStrength, ...]
    """All movements that are not in the target, strong ones first; the other side of a movement that was asked for on
    one side is not among them."""
    not_measured: tuple[Movement, ...]
    """Movements of the target that landmarks do not show."""

    @property
    def unasked(self) -> tuple[UnitStrength, ...]:
        """Movements that were not asked for and are above their limit of detection."""
        return tuple(one for one in self.other if one.moved)

    def is_correct(self, one: RequestedMovement) -> bool:
        """Return whether it was made where asked, and no other movement is stronger.

        Movements are compared by their share of the full movement.

        Parameters
        ----------
        one : RequestedMovement
            One of `requested`.
        """
        made = [side.full_share for side in one.asked if side.moved]
        strongest = max((side.full_share for side in self.unasked), default=0.0)
        return bool(made) and one.made != MIRRORED and max(made) >= strongest

    def why_not_correct(self, one: RequestedMovement) -> str:
        """Return why a movement is not correct; empty if it is, or was not made.

        Parameters
        ----------
        one : RequestedMovement
            One of `requested`.
        """
        if self.is_correct(one) or one.made == NOT_MADE:
            return ""
        return "on the other side" if one.made == MIRRORED else f"{self.unasked[0].title} is stronger"


def trial_movements(target_units: Mapping[str, float], face: MeasuredFace, model: FaceModel) -> TrialMovements:
    """Return what an imitation of single movements did.

    Parameters
    ----------
    target_units : mapping
        Strengths of the units of the target, 0 to 1, by name.
    face : MeasuredFace
        The imitation.
    model : FaceModel
        The model of its fits.
    """
    return compared_movements(target_units, unit_strengths(face, model))


def unit_strengths(face: MeasuredFace, model: FaceModel) -> dict[str, float]:
    """Return the measured strength of every measured unit by name, mm."""
    return dict(zip(learned_movements().units, strengths_mm(face, model).tolist(), strict=True))


def compared_movements(target_units: Mapping[str, float], strengths: Mapping[str, float]) -> TrialMovements:
    """Return the same from strengths in mm.

    Parameters
    ----------
    target_units : mapping
        Strengths of the units of the target, 0 to 1, by name.
    strengths : mapping
        Result of `unit_strengths`.
    """
    learned = learned_movements()
    found = [_unit(unit, target_units.get(unit, 0.0), strengths[unit], learned) for unit in MEASURED_UNITS]
    asked_for = {one.movement.unit for one in found if one.was_asked}
    requested = tuple(
        RequestedMovement(movement, tuple(one for one in found if one.movement == movement))
        for movement in MEASURED
        if movement.unit in asked_for
    )
    other = [one for one in found if one.movement.unit not in asked_for]
    return TrialMovements(
        requested,
        tuple(sorted(other, key=lambda one: -one.full_share)),
        tuple(one for one in _all_movements(target_units) if one not in MEASURED),
    )


def _unit(unit: str, asked: float, strength_mm: float, learned: LearnedMovements) -> UnitStrength:
    number, named = learned.number(unit), NAMED_UNITS[unit]
    full_mm = float(learned.size_mm[number])
    return UnitStrength(
        movement=named.movement,
        unit=unit,
        side=named.side or MIDDLE,
        asked_mm=asked * full_mm,
        strength_mm=strength_mm,
        limit_mm=float(learned.limit_mm[number]),
        accuracy_mm=float(learned.accuracy_mm[number]),
        detectable_mm=learned.detectable_mm(unit),
        full_mm=full_mm,
    )


def _all_movements(target_units: Mapping[str, float]) -> list[Movement]:
    return [one for one in MOVEMENTS if any(target_units.get(unit, 0.0) > 0 for unit in one.units)]
