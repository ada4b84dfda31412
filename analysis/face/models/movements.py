"""Single movements of the face: their names, and how well they are seen.

The three names are that of the unit (ARKit), a plain one, and that of the action unit of the Facial Action Coding
System (Ekman, Friesen & Hager 2002). A unit moves the same part of the face in the same direction as its action unit.
It is not a coding: a strength is the share of the largest movement of the face model, an intensity of the coding system
is a judgement of five steps. This module imports no arrays, so that protocols are checked fast.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
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
    def facs(self) -> str:
        """Its action unit, ``AU12``; empty without one."""
        return "" if self.action_unit is None else f"AU{self.action_unit}"

    @property
    def title(self) -> str:
        """Plain name with the action unit: ``lip corner puller (AU12)``."""
        return f"{self.plain} ({self.facs})" if self.facs else self.plain

    @property
    def names(self) -> tuple[str, ...]:
        """All names for it in a protocol, that of the unit first."""
        return (self.unit, self.plain, *([self.facs] if self.facs else ()))

    @property
    def correlation(self) -> float:
        """Correlation of measured and true strength; the mean of two sides."""
        return sum(VALIDITY[unit].r for unit in self.units) / len(self.units)


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

VALIDITY_FILE = Path(__file__).with_name("unit_validity.csv")
"""Written by ``scripts/evaluate units``; `docs/results/units.md` defines the columns."""


@dataclass(frozen=True, slots=True)
class Validity:
    """How well the strength of one unit is measured, on drawn people."""

    r: float
    """Correlation of measured and true strength."""
    bias: float
    """Mean of measured minus true strength where the unit moves."""
    sdc: float | None
    """Smallest change of the true strength that two pictures show; None or above 1: they show none."""

    @property
    def change_text(self) -> str:
        """The smallest detectable change; ``none`` if there is none."""
        return "none" if self.sdc is None or self.sdc > 1 else f"{self.sdc:.2f}"

    @property
    def text(self) -> str:
        """``r 0.84, bias -0.20, smallest detectable change 0.31``."""
        known = self.change_text != "none"
        change = f"smallest detectable change {self.change_text}" if known else "no change is detectable"
        return f"r {self.r:.2f}, bias {self.bias:+.2f}, {change}"


def _validity() -> Iterator[tuple[str, Validity]]:
    with VALIDITY_FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            sdc = float(row["sdc"]) if row["sdc"] else None
            yield row["unit"], Validity(float(row["r"]), float(row["bias"]), sdc)


VALIDITY: Mapping[str, Validity] = dict(_validity())
"""The validity of each unit, measured on drawn people (`VALIDITY_FILE`)."""

HIGHEST_MEASURED: Mapping[str, float] = {"browInnerUp": 0.7}
"""Highest strength at which the drawn target shows a unit to the measurement.

Above, the face on the targets that ship is measured as one with lowered brows: at 0.8, 0.9 and 1, alone and together
with ``browOuterUp``; not at 0.4, 0.6 and 0.7."""

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


HARDLY_SEEN = frozenset(
    unit for movement in MOVEMENTS if visibility(movement.correlation) == "hardly" for unit in movement.units
)
"""Units that 68 landmarks hardly show; both sides of a movement, or none."""


@dataclass(frozen=True, slots=True)
class NamedUnit:
    """A unit of the face model with the movement and the side that it moves."""

    unit: str
    movement: Movement
    side: str
    """``left`` or ``right`` of the person; empty for a movement without sides."""

    @property
    def name(self) -> str:
        """Plain name with the side: ``lip corner puller, left``."""
        return f"{self.movement.plain}, {self.side}" if self.side else self.movement.plain

    @property
    def title(self) -> str:
        """The name with the action unit: ``lip corner puller, left (AU12)``."""
        return f"{self.name} ({self.movement.facs})" if self.movement.facs else self.name

    @property
    def seen(self) -> Literal["well", "weakly", "hardly"]:
        """How well 68 landmarks show the movement."""
        return visibility(self.movement.correlation)

    @property
    def validity(self) -> Validity:
        """Its validity on drawn people."""
        return VALIDITY[self.unit]


NAMED_UNITS: Mapping[str, NamedUnit] = {
    unit: NamedUnit(unit, movement, side)
    for movement in MOVEMENTS
    for unit, side in zip(movement.units, SIDES if movement.has_sides else ("",), strict=True)
}
"""Every unit of the face model that ships, in the order of the action units."""


def measure_title(measure: str) -> str:
    """Return a measure of a film as captions name it.

    For example ``mouthSmile (lip corner puller, AU12)``; a name that is not a unit is not changed.

    Parameters
    ----------
    measure : str
        A unit, with or without ``unit_`` and a side, or another measure.
    """
    unit = measure.removeprefix("unit_")
    one = NAMED_UNITS.get(unit)
    movement = NAMES.get(unit) if one is None else one.movement
    if movement is None:
        return measure
    plain = movement.plain if one is None else one.name
    return f"{measure} ({plain}, {movement.facs})" if movement.facs else f"{measure} ({plain})"


def movement_cells(movement: Movement) -> tuple[str, ...]:
    """Return unit, plain name, action unit, sides, how well it is seen, r, bias, SDC.

    Parameters
    ----------
    movement : Movement
        A movement; numbers of two sides are those of left and right.
    """
    own = [VALIDITY[unit] for unit in movement.units]
    return (
        movement.unit,
        movement.plain,
        movement.facs,
        "left, right" if movement.has_sides else "",
        visibility(movement.correlation),
        ", ".join(f"{one.r:.2f}" for one in own),
        ", ".join(f"{one.bias:.2f}" for one in own),
        ", ".join(one.change_text for one in own),
    )


def table_rows() -> Iterator[str]:
    """Yield the lines of the Markdown table of all movements."""
    yield "| unit (ARKit) | plain name | FACS | sides | seen by 68 landmarks | r | bias | SDC |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for movement in MOVEMENTS:
        cells = movement_cells(movement)
        names = [f"`{name}`" if name else "" for name in cells[:3]]
        yield "| " + " | ".join([*names, *cells[3:]]) + " |"
