"""Own movements: one person's face moves differently for the same units.

Two people who contract the same muscle do not show the same movement: muscles differ in size, direction and insertion.
Without this, drawn people differ in identity and in the strengths of their units only, and landmarks identify their
expressions better than those of people on photographs.

Each unit of a person is stronger or weaker, and also moves other units of its region, in a mixture of the person's own.
The mixture moves the landmarks a third as much as the unit does. Both sides of a face are alike. The numbers were
chosen so that metrics identify these people about as they identify people on photographs of posed expressions
(`docs/notes/similarity-tried.md`); they are not anatomy.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.models.emotions import without_side
from analysis.face.models.model import FaceModel

SHARE = 0.35
"""Landmark movement of the mixture relative to that of the unit."""
STRONGEST = 0.5
"""Largest strength of another unit in the mixture."""
STRENGTH_MEAN, STRENGTH_SPREAD = -0.35, 0.7
"""Mean and standard deviation of the logarithm of the strength of a unit."""
LARGEST = 1.2
"""Largest movement of a unit, relative to the whole movement of the model."""
_REGIONS: tuple[tuple[str, ...], ...] = (
    ("browDown", "browInnerUp", "browOuterUp", "noseSneer"),
    ("eyeSquint", "eyeWide", "eyeBlink", "cheekSquint"),
    (
        "mouthDimple",
        "mouthFrown",
        "mouthFunnel",
        "mouthLowerDown",
        "mouthPress",
        "mouthPucker",
        "mouthShrugLower",
        "mouthShrugUpper",
        "mouthSmile",
        "mouthStretch",
        "mouthUpperUp",
        "jawOpen",
    ),
)
_NOT_MOVED = ("jawOpen", "eyeBlink")
"""Units that no other unit moves: they would open a mouth or close an eye."""


def own_movements(model: FaceModel, rng: np.random.Generator) -> FloatArray:
    """Return the (E, E) units that each unit of one person moves.

    A row times the strength of its unit is what the face shows. Units outside the regions move as the model's.

    Parameters
    ----------
    model : FaceModel
        Needs the basis ``units``.
    rng : Generator
        Source of random numbers.
    """
    basis = model.bases["units"]
    known = model.landmark_vertices[model.landmark_vertices >= 0]
    landmarks = basis.shapes[:, known].reshape(len(basis.names), -1)
    movements = np.eye(len(basis.names))
    for region in _REGIONS:
        for unit in region:
            others = [name for name in region if name not in (unit, *_NOT_MOVED)]
            weights = dict(zip(others, np.abs(rng.normal(size=len(others))).tolist(), strict=True))
            strength = float(np.exp(rng.normal(STRENGTH_MEAN, STRENGTH_SPREAD)))
            for row in (k for k, name in enumerate(basis.names) if without_side(name) == unit):
                mixture = _same_side(basis.names, row, weights)
                size = float(np.linalg.norm(mixture @ landmarks))
                share = SHARE * float(np.linalg.norm(landmarks[row])) / size if size > 0 else 0.0
                movements[row] = strength * (movements[row] + np.minimum(share * mixture, STRONGEST))
    return movements


def _same_side(names: Sequence[str], row: int, weights: dict[str, float]) -> FloatArray:
    """Return the (E,) weights of units on the side of a unit, if it has a side."""
    side = next((side for side in ("Left", "Right") if names[row].endswith(side)), "")
    mixture = np.zeros(len(names))
    for k, name in enumerate(names):
        other = next((side for side in ("Left", "Right") if name.endswith(side)), "")
        share = 1.0 if not side or other == side else 0.5 if not other else 0.0
        mixture[k] = share * weights.get(without_side(name), 0.0)
    return mixture
