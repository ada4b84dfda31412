"""A drawn face that stands still, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from analysis.face.models.posers import DEFAULT_POSER


@dataclass(frozen=True, slots=True)
class DrawnFace:
    """A drawn face: what it shows, and whose face it is."""

    strengths: Mapping[str, float] = field(default_factory=dict)
    """Strengths of emotions or of units by name, 0 to 1; empty: the face at rest."""
    poser: str = DEFAULT_POSER
    """One of `analysis.face.models.posers.POSERS`."""
