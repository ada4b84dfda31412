"""What the page shows of faces over time, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SPRITE_HZ = 4.0
"""Pictures of a film for each second."""
FACE_PX = (96, 120)
ROW = 16
"""Pictures in a row of a sprite."""
STEPS = 100
"""Strengths are stored as whole steps of one divided by this."""


@dataclass(frozen=True, slots=True)
class CourseFigure:
    """A figure of all participants."""

    source: str
    """A ``data:`` address."""
    caption: str
    what: str
    """Alternative text."""


@dataclass(frozen=True, slots=True, eq=False)
class CoursesView:
    """Faces over time on the page."""

    figures: tuple[CourseFigure, ...]
    measures: tuple[str, ...]
    viewers: Mapping[str, Mapping[str, Any]]
    """What the slider of each session shows, by its label."""
    targets: Mapping[str, Mapping[str, Any]]
    """Courses and pictures of the targets."""
    step_s: float
    """Width of the bins."""
    films: str
    """One sentence: which trials have a film."""
