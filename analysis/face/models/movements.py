"""Single movements of the face: their names, and how well they are seen.

The three names are that of the unit (ARKit), a plain one, and that of the action unit of the Facial Action Coding
System (Ekman, Friesen & Hager 2002). A unit moves the same part of the face in the same direction as its action unit.
It is not a coding: a strength is the share of the largest movement of the face model, an intensity of the coding system
is a judgement of five steps. This module imports no arrays, so that protocols are checked fast.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from analysis.face.models.units import BOTH_SIDES, UNITS

SIDES = ("left", "right")
"""Sides of the person who moves, in the order of `Movement.units`."""
WELL, WEAKLY = 0.6, 0.4
"""Least correlation of a movement that 68 landmarks show well, and weakly; below, they hardly show it."""


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement of the face."""

    unit: str
    """Name of its unit without a side: ``browOuterUp``."""
    plain: str
    """Plain name: ``outer brow raiser``."""
    action_unit: int | None = None
    """Number of the action unit that moves the same; None without one."""

    @property
    def has_sides(self) -> bool:
        """Whether left and right can move alone."""
        return self.unit in BOTH_SIDES

    @property
    def units(self) -> tuple[str, ...]:
        """Its units in the face model: left and right, or one for both."""
        return tuple(self.unit + side.capitalize() for side in SIDES) if self.has_sides else (self.unit,)

    @property
    def names(self) -> tuple[str, ...]:
        """All names for it in a protocol, that of the unit first."""
        return (self.unit, self.plain, *(() if self.action_unit is None else (f"AU{self.action_unit}",)))

    @property
    def correlation(self) -> float:
        """Correlation of measured and true strength; the lower one of two sides."""
        return min(CORRELATIONS[unit] for unit in self.units)


MOVEMENTS = (
    Movement("browInnerUp", "inner brow raiser", 1),
    Movement("browOuterUp", "outer brow raiser", 2),
    Movement("browDown", "brow lowerer", 4),
    Movement("eyeWide", "upper lid raiser", 5),
    Movement("cheekSquint", "cheek raiser", 6),
    Movement("eyeSquint", "lid tightener", 7),
    Movement("mouthClose", "lips toward each other", 8),
    Movement("noseSneer", "nose wrinkler", 9),
    Movement("mouthUpperUp", "upper lip raiser", 10),
    Movement("mouthSmile", "lip corner puller", 12),
    Movement("mouthDimple", "dimpler", 14),
    Movement("mouthFrown", "lip corner depressor", 15),
    Movement("mouthLowerDown", "lower lip depressor", 16),
    Movement("mouthShrugLower", "chin raiser", 17),
    Movement("mouthPucker", "lip pucker", 18),
    Movement("mouthStretch", "lip stretcher", 20),
    Movement("mouthFunnel", "lip funneler", 22),
    Movement("mouthPress", "lip presser", 24),
    Movement("jawOpen", "jaw drop", 26),
    Movement("jawForward", "jaw thrust", 29),
    Movement("cheekPuff", "cheek puff", 34),
    Movement("eyeBlink", "eye closure", 43),
    Movement("jawLeft", "jaw to the left"),
    Movement("jawRight", "jaw to the right"),
    Movement("mouthLeft", "mouth to the left"),
    Movement("mouthRight", "mouth to the right"),
    Movement("mouthRollLower", "lower lip roll"),
    Movement("mouthRollUpper", "upper lip roll"),
    Movement("mouthShrugUpper", "upper lip shrug"),
)
"""All movements of the face model that ships, in the order of the action units."""

CORRELATIONS: Mapping[str, float] = {
    "browDownLeft": 0.84,
    "browDownRight": 0.86,
    "browInnerUp": 0.84,
    "browOuterUpLeft": 0.70,
    "browOuterUpRight": 0.67,
    "cheekPuff": 0.07,
    "cheekSquintLeft": 0.07,
    "cheekSquintRight": 0.11,
    "eyeBlinkLeft": 0.55,
    "eyeBlinkRight": 0.48,
    "eyeSquintLeft": 0.66,
    "eyeSquintRight": 0.60,
    "eyeWideLeft": 0.60,
    "eyeWideRight": 0.66,
    "jawForward": 0.18,
    "jawLeft": 0.01,
    "jawOpen": 0.77,
    "jawRight": 0.08,
    "mouthClose": 0.50,
    "mouthDimpleLeft": 0.06,
    "mouthDimpleRight": 0.20,
    "mouthFrownLeft": 0.56,
    "mouthFrownRight": 0.50,
    "mouthFunnel": 0.08,
    "mouthLeft": 0.32,
    "mouthLowerDownLeft": 0.17,
    "mouthLowerDownRight": 0.19,
    "mouthPressLeft": 0.12,
    "mouthPressRight": 0.07,
    "mouthPucker": 0.43,
    "mouthRight": 0.11,
    "mouthRollLower": 0.17,
    "mouthRollUpper": 0.52,
    "mouthShrugLower": 0.10,
    "mouthShrugUpper": 0.04,
    "mouthSmileLeft": 0.84,
    "mouthSmileRight": 0.82,
    "mouthStretchLeft": 0.40,
    "mouthStretchRight": 0.50,
    "mouthUpperUpLeft": 0.65,
    "mouthUpperUpRight": 0.63,
    "noseSneerLeft": 0.72,
    "noseSneerRight": 0.67,
}
"""Correlation of the measured with the true strength of a unit, drawn people with neutral pictures: the column
"calibrated" of `docs/measurement.md`."""

HIGHEST_MEASURED: Mapping[str, float] = {"browInnerUp": 0.8}
"""Highest strength at which the drawn target shows a unit to the measurement.

Above, the face on the targets that ship is measured as one with lowered brows: at 0.9 and 1, alone and together with
``browOuterUp``; not at 0.7 and 0.8."""

NAMES: Mapping[str, Movement] = {name: movement for movement in MOVEMENTS for name in movement.names}
"""Every name without a side, with its movement."""
ALL_NAMES = tuple(dict.fromkeys((*NAMES, *UNITS)))
"""Every name of `NAMES`, and the units with a side (``mouthSmileLeft``)."""


def visibility(correlation: float) -> Literal["well", "weakly", "hardly"]:
    """Return how well 68 landmarks show a movement with this correlation."""
    if correlation >= WELL:
        return "well"
    return "weakly" if correlation >= WEAKLY else "hardly"


def units_named(name: str, side: str | None = None) -> tuple[str, ...]:
    """Return the units of the face model that a name stands for.

    Parameters
    ----------
    name
        One of `ALL_NAMES`.
    side
        ``left`` or ``right``; None: both sides.

    Raises
    ------
    ValueError
        If the movement does not have the side; the message says why.
    """
    movement = NAMES.get(name)
    if movement is None:
        if side is not None:
            raise ValueError(f"`{name}` has a side in its name; write its strength as a number")
        return (name,)
    if side is None:
        return movement.units
    if not movement.has_sides:
        raise ValueError(f"`{name}` moves the middle of the face and has no sides; write its strength as a number")
    return (movement.units[SIDES.index(side)],)


def table_rows() -> Iterator[str]:
    """Yield the lines of the Markdown table of all movements."""
    yield "| unit (ARKit) | plain name | FACS | sides | seen by 68 landmarks | correlation |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for movement in MOVEMENTS:
        number = "" if movement.action_unit is None else f"`AU{movement.action_unit}`"
        sides = "left, right" if movement.has_sides else ""
        figures = ", ".join(f"{CORRELATIONS[unit]:.2f}" for unit in movement.units)
        seen = visibility(movement.correlation)
        yield f"| `{movement.unit}` | `{movement.plain}` | {number} | {sides} | {seen} | {figures} |"
