"""Screens as values, for the display, simulated participants and the preview.

Positions and sizes are fractions of the display's height, origin at its centre, y up (PsychoPy's ``height`` units).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from experiment.screens.moving_picture import MovingPicture


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph, in any script."""

    text: str
    at: tuple[float, float] = (0.0, 0.0)
    height: float = 0.035
    colour: str = "white"
    wrap_width: float = 1.4
    align: Literal["left", "center", "right"] = "center"
    anchor: Literal["center", "top", "bottom"] = "center"
    """Which part of the paragraph is at the height of ``at``."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture file, scaled to ``height`` with its proportions kept."""

    file: Path
    at: tuple[float, float] = (0.0, 0.0)
    height: float = 1.0


@dataclass(frozen=True, slots=True)
class MovingFrame:
    """One frame of a moving picture, scaled to ``height`` with its proportions kept."""

    picture: MovingPicture
    index: int
    at: tuple[float, float] = (0.0, 0.0)
    height: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class LiveImage:
    """Pixels that change from flip to flip: the mirror image, the coloured 3D face."""

    image: NDArray[np.uint8]
    """(H, W, 3) RGB."""
    at: tuple[float, float] = (0.0, 0.0)
    height: float = 0.5
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Cross:
    """A fixation cross."""

    at: tuple[float, float] = (0.0, 0.0)
    size: float = 0.05
    colour: str = "white"


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A filled rectangle: bars, gauges, boxes of a form."""

    at: tuple[float, float]
    size: tuple[float, float]
    fill: str = "white"
    outline: str | None = None


@dataclass(frozen=True, slots=True)
class Dot:
    """A filled circle: an attention probe."""

    at: tuple[float, float] = (0.0, 0.0)
    size: float = 0.03
    """Diameter."""
    colour: str = "red"


Element = Text | Picture | MovingFrame | LiveImage | Cross | Rectangle | Dot
ScreenKind = Literal[
    "blank",
    "page",
    "fixation",
    "target",
    "calibration",
    "form",
    "rating",
    "question",
    "notice",
    "break",
    "pause",
    "feedback",
    "fault",
]


@dataclass(frozen=True, slots=True)
class Screen:
    """Everything one flip shows, drawn in order."""

    kind: ScreenKind
    elements: tuple[Element, ...] = ()
    background: str = "black"
    target: str | None = None
    """Name of the target face, for simulated participants and markers."""
    hint: tuple[tuple[str, float], ...] = ()
    """The change of expression in the hint of a feedback screen, as (unit, -1..1) pairs, for simulated participants."""
    pointer: bool = False
    """Whether the pointer of the mouse is visible."""
