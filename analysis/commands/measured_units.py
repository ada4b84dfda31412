"""The units in the output of ``score``: names, sides, strengths and validity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from analysis.face.measurement import MeasuredFace
from analysis.face.models.movements import HARDLY_SEEN, NAMED_UNITS

SHOWN = 0.1
"""Least strength of a unit, in one of the two faces, in the printed list."""


def unit_facts(target: MeasuredFace, mimic: MeasuredFace, *, all_units: bool = False) -> dict[str, dict[str, Any]]:
    """Return each unit with its strength in both faces, as plain values.

    Units of other face models have no plain name and no validity.

    Parameters
    ----------
    target, mimic : MeasuredFace
        The two faces.
    all_units : bool
        Whether to include units that 68 landmarks hardly show.
    """
    fits = target.intensity_fit, mimic.intensity_fit
    strengths = zip(fits[0].names, *(fit.expression.tolist() for fit in fits), strict=True)
    found = {
        unit: {"target": shown, "mimic": made, **_about(unit)}
        for unit, shown, made in strengths
        if all_units or unit not in HARDLY_SEEN
    }
    order = list(NAMED_UNITS)
    return dict(sorted(found.items(), key=lambda one: order.index(one[0]) if one[0] in order else len(order)))


def _about(unit: str) -> dict[str, Any]:
    named = NAMED_UNITS.get(unit)
    if named is None:
        return {}
    return {
        "name": named.movement.plain,
        "action_unit": named.movement.facs,
        "side": named.side or "both",
        "seen": named.seen,
        "r": named.validity.r,
        "bias": named.validity.bias,
        "detectable_change": named.validity.sdc,
    }


def unit_lines(units: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield the list of units that move, from `unit_facts`.

    Parameters
    ----------
    units : mapping
        Strengths and validity by name.
    """
    moving = {unit: one for unit, one in units.items() if max(one["target"], one["mimic"]) >= SHOWN}
    if not moving:
        yield f"  units: none is {SHOWN:g} or stronger"
        return
    titles = {unit: NAMED_UNITS[unit].title if unit in NAMED_UNITS else unit for unit in moving}
    width = max(map(len, titles.values()))
    yield f"  {'units, strength 0 to 1':<{width + 2}}  target  mimic  validity (drawn people)"
    for unit, one in moving.items():
        named = NAMED_UNITS.get(unit)
        validity = "" if named is None else f"  {named.seen}: {named.validity.text}"
        yield f"    {titles[unit]:<{width}}  {one['target']:6.2f}  {one['mimic']:5.2f}{validity}"
