"""The option ``--movement`` of ``score``: what the target asks for."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

from analysis.errors import DataSetError
from analysis.face.measurement import MeasuredFace
from analysis.face.models.model import FaceModel
from analysis.face.models.movements import ALL_NAMES, NAMED_UNITS, NAMES, units_named
from analysis.face.movements.measured import MEASURED
from analysis.face.movements.requested import UnitStrength, compared_movements, unit_strengths
from analysis.face.movements.strengths import learned_movements


def asked_units(options: Sequence[str]) -> tuple[str, ...]:
    """Return the units of movements as written, for example ``AU12:left``.

    Raises
    ------
    DataSetError
        If a movement is unknown, has no sides, or is not measured.
    """
    units: list[str] = []
    known_names = {one.casefold(): one for one in ALL_NAMES}
    for option in options:
        name, _, side = (part.strip() for part in option.partition(":"))
        name, side = known_names.get(name.casefold(), name), side.casefold()
        if name in NAMED_UNITS and NAMED_UNITS[name].side and not side:
            name, side = NAMED_UNITS[name].movement.unit, NAMED_UNITS[name].side
        if name not in NAMES:
            near = difflib.get_close_matches(name, NAMES, n=1)
            hint = f"; did you mean {near[0]}?" if near else "; docs/protocol-reference.md lists them"
            raise DataSetError(f"--movement {option}: {name} is not a movement{hint}")
        if NAMES[name] not in MEASURED:
            known = ", ".join(one.plain for one in MEASURED)
            raise DataSetError(f"--movement {option}: landmarks do not show {name}; measured are {known}")
        if side not in ("", "left", "right"):
            raise DataSetError(f"--movement {option}: the side must be left or right, of the person")
        try:
            units += units_named(name, side or None)
        except ValueError:
            raise DataSetError(f"--movement {option}: {name} has no sides; leave :{side} out") from None
    return tuple(dict.fromkeys(units))


def movement_facts(target: MeasuredFace, mimic: MeasuredFace, asked: Sequence[str], model: FaceModel) -> dict[str, Any]:
    """Return what the imitation made of the movements, as plain values.

    Parameters
    ----------
    target, mimic : MeasuredFace
        The two faces.
    asked : sequence of str
        Units that the target asks for.
    model : FaceModel
        The model of both fits.

    Raises
    ------
    DataSetError
        If the target does not show one of the movements.
    """
    learned = learned_movements()
    shown = unit_strengths(target, model)
    shares: dict[str, float] = {}
    for unit in asked:
        number = learned.number(unit)
        limit_mm = learned.limit_mm[number]
        if shown[unit] <= limit_mm:
            raise DataSetError(
                f"--movement: the target does not show {unit}: {shown[unit]:.1f} mm, and the limit of detection is"
                f" {limit_mm:.1f} mm; name a movement that it makes"
            )
        shares[unit] = shown[unit] / float(learned.size_mm[number])
    found = compared_movements(shares, unit_strengths(mimic, model))
    return {
        "requested": [
            {
                "movement": one.movement.plain,
                "action_unit": one.movement.facs,
                "made": one.made,
                "correct": found.is_correct(one),
                "why_not_correct": found.why_not_correct(one),
                "symmetry": one.symmetry,
                "sides": [_side(side) for side in one.sides],
            }
            for one in found.requested
        ],
        "other": [_side(one) for one in found.unasked],
    }


def _side(one: UnitStrength) -> dict[str, Any]:
    return {
        "name": one.name,
        "action_unit": one.movement.facs,
        "side": one.side,
        "asked_mm": one.asked_mm,
        "strength_mm": one.strength_mm,
        "share": one.share,
        "limit_mm": one.limit_mm,
        "accuracy_mm": one.accuracy_mm,
        "detectable_mm": one.detectable_mm,
    }


def _title(one: dict[str, Any]) -> str:
    return f"{one['name']} ({one['action_unit']})" if one["action_unit"] else str(one["name"])


def movement_lines(facts: dict[str, Any]) -> list[str]:
    """Return the same in words, from `movement_facts`."""
    lines = []
    for one in facts["requested"]:
        why = f" (not correct: {one['why_not_correct']})" if one["why_not_correct"] else ""
        lines.append(f"  {_title({**one, 'name': one['movement']})}: {one['made']}{why}")
        for side in one["sides"]:
            target = f", target {side['asked_mm']:.1f} mm" if side["asked_mm"] else ", not asked for"
            error = f"(typical error {side['accuracy_mm']:.1f} mm)"
            lines.append(f"    {side['side']:<8}{side['strength_mm']:5.1f} mm {error}{target}")
        if one["symmetry"] is not None:
            lines.append(f"    symmetry {one['symmetry']:.2f} (smaller by larger side)")
        lines.append(f"    smallest detectable change between two sessions: {one['sides'][0]['detectable_mm']:.1f} mm")
    other = "; ".join(f"{_title(one)}: {one['strength_mm']:.1f} mm" for one in facts["other"])
    return [
        *lines,
        f"  not asked for: {other or 'no movement above its limit of detection'}",
        "  this is not a medical device; docs/single-movements.md explains the strengths",
    ]
