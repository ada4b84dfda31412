"""Units of the face model, and action units of the Facial Action Coding System.

A counterpart moves the same part of the face in the same direction. It is not a coding: a strength is the share of the
largest movement of the face model, an intensity of the coding system is a judgement of five steps (Ekman, Friesen &
Hager 2002, Facial Action Coding System).
"""

from __future__ import annotations

from analysis.face.models.movements import MOVEMENTS

_NUMBERS = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 24, 26, 43)
_UNITS = {movement.action_unit: movement.unit for movement in MOVEMENTS}
COUNTERPARTS = {**{number: _UNITS[number] for number in _NUMBERS}, 45: "eyeBlink"}
"""Unit by number of the action unit; for units with two sides, the mean of both."""
INTENSITY = 5.0
"""Largest intensity of an action unit in OpenFace and LibreFace."""


def unit_of(number: int) -> str:
    """Return the unit of an action unit; without a counterpart, ``AU23`` and the like."""
    return COUNTERPARTS.get(number, f"AU{number:02d}")
