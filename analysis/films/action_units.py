"""Units of the face model, and action units of the Facial Action Coding System.

A counterpart moves the same part of the face in the same direction. It is not a coding: a strength is the share of the
largest movement of the face model, an intensity of the coding system is a judgement of five steps (Ekman, Friesen &
Hager 2002, Facial Action Coding System).
"""

from __future__ import annotations

COUNTERPARTS = {
    1: "browInnerUp",
    2: "browOuterUp",
    4: "browDown",
    5: "eyeWide",
    6: "cheekSquint",
    7: "eyeSquint",
    9: "noseSneer",
    10: "mouthUpperUp",
    12: "mouthSmile",
    14: "mouthDimple",
    15: "mouthFrown",
    17: "mouthShrugLower",
    20: "mouthStretch",
    24: "mouthPress",
    26: "jawOpen",
    43: "eyeBlink",
    45: "eyeBlink",
}
"""Unit by number of the action unit; for units with two sides, the mean of both."""
INTENSITY = 5.0
"""Largest intensity of an action unit in OpenFace and LibreFace."""


def unit_of(number: int) -> str:
    """Return the unit of an action unit; without a counterpart, ``AU23`` and the like."""
    return COUNTERPARTS.get(number, f"AU{number:02d}")
