"""How far each side of the face makes the movement of the target.

Left and right are those of the person. The result of a side is the share of the target's movement on that side that the
imitation makes, by least squares over its vertices: 1 is as far as the target, 0 is at rest. It needs no landmarks of
its own: it compares the fitted movements of both faces from rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from analysis.face.arrays import BoolArray
from analysis.face.measurement import MeasuredFace
from analysis.face.models.model import FaceModel
from analysis.face.models.movements import SIDES
from analysis.training.learning import Curve

LEAST_SHARE = 0.2
"""A side with a smaller share of the target's motion energy is at rest in the target: it has no result."""


@dataclass(frozen=True, slots=True)
class SideResult:
    """One side of one imitation."""

    share: float | None
    """Share of the target's movement of this side; None if the target does not move this side."""
    moved_mm: float
    """Root mean square movement of this side, mm."""


def side_results(target: MeasuredFace, mimic: MeasuredFace, model: FaceModel) -> dict[str, SideResult]:
    """Return the result of each side of an imitation.

    Parameters
    ----------
    target, mimic : MeasuredFace
        The face to imitate, and the imitation.
    model : FaceModel
        The model of both fits.
    """
    wanted, made = (face.intensity_fit.displacement_mm(model) for face in (target, mimic))
    whole = float((wanted**2).sum())
    results = {}
    for side, vertices in _sides(model).items():
        energy = float((wanted[vertices] ** 2).sum())
        moves = energy > 0 and energy >= LEAST_SHARE * whole
        share = float((wanted[vertices] * made[vertices]).sum()) / energy if moves else None
        results[side] = SideResult(share, float(np.sqrt((made[vertices] ** 2).sum(axis=1).mean())))
    return results


@lru_cache(maxsize=4)
def _sides(model: FaceModel) -> Mapping[str, BoolArray]:
    """Return the vertices of each side; x grows to the person's left."""
    x_mm = model.mean[:, 0]
    return {"left": x_mm > 0, "right": x_mm < 0}


@dataclass(frozen=True, slots=True)
class SideChange:
    """The shares of one side over the attempts at a target, in their order."""

    target: str
    side: str
    shares: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The mean share."""
        return float(np.mean(self.shares))


def side_changes(curve: Curve, model: FaceModel, *, kind: str) -> list[SideChange]:
    """Return the sides that the target moves, over the attempts of one kind.

    Parameters
    ----------
    curve : Curve
        All attempts at the target.
    model : FaceModel
        The model that fitted the faces.
    kind : str
        Kind of the trials.
    """
    attempts = [attempt for attempt in curve.attempts if attempt.trial.kind == kind]
    results = [side_results(curve.face, attempt.face, model) for attempt in attempts]
    changes = []
    for side in SIDES:
        shares = tuple(one[side].share for one in results)
        known = tuple(share for share in shares if share is not None)
        if known:
            changes.append(SideChange(curve.target, side, known))
    return changes
