"""What the charts of many people have in common: at rest, in expressions, and where they differ by accident.

The numbers are in ``data/learned/looks.npz``; ``python -m analysis.evaluation.learn`` makes that file from
rendered people and, where they are at hand, photographs of faces at rest. No picture of an expression of a real person
goes into it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from analysis.face.appearance.gradients import SHAPE, mirrored
from analysis.face.arrays import FloatArray
from analysis.face.fitting.learned_arrays import FOLDER, read_learned

SIDES = 0.3
"""How much a difference between the two sides counts: they differ less by intention than by light and head pose."""
FILE = FOLDER / "looks.npz"
_ARRAYS = ("rest", "change", "direction", "noise", "face")
_LEAST_NOISE = 0.3
"""Of the mean noise: no cell is trusted more than with this variance."""


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """All arrays are (rows, columns, directions) of `gradients.SHAPE` and symmetric."""

    rest: FloatArray
    """Mean descriptor of faces at rest."""
    change: FloatArray
    """Mean change of a descriptor from rest, over expressions of all kinds."""
    direction: FloatArray
    """The same of changes brought to one size first (`size`): what any two expressions have in common."""
    noise: FloatArray
    """Mean square change between two pictures of a face at rest: head pose, light, the camera, and landmarks."""
    face: FloatArray
    """How much of a cell is face and not hair or wall, 0..1."""

    @property
    def weights(self) -> FloatArray:
        """How much each number of a descriptor says: ``face^2 / (noise + 0.3 mean noise)``."""
        weights: FloatArray = self.face**2 / (self.noise + _LEAST_NOISE * self.noise.mean())
        return weights

    def size(self, change: FloatArray) -> float:
        """How large a change is against the noise; the difference between the two sides counts as in a score."""
        other = mirrored(change)
        power = ((change + other) / 2.0) ** 2 + SIDES * ((change - other) / 2.0) ** 2
        return float(np.sqrt((self.weights * power).sum()))

    def save(self, file: Path) -> None:
        """Write the file."""
        arrays = {name: getattr(self, name).astype(np.float32) for name in _ARRAYS}
        np.savez_compressed(file, **arrays)


def make_population(rest: FloatArray, change: FloatArray, noise: FloatArray, face: FloatArray) -> Population:
    """Sum up (N, *SHAPE) descriptors at rest, changes of expressions, and changes between pictures at rest.

    Parameters
    ----------
    face : (rows, columns) float array
    """
    even = [(one + mirrored(one)) / 2.0 for one in (rest.mean(axis=0), change.mean(axis=0))]
    # The noise of the symmetric and of the antisymmetric part, as they are compared (see similarity.appearance).
    halves = [(noise + sign * mirrored(noise)) / 2.0 for sign in (1.0, -1.0)]
    power = sum((half**2).mean(axis=0) for half in halves)
    shown = np.repeat(((face + face[:, ::-1]) / 2.0)[..., None], SHAPE[2], axis=2)
    known = Population(even[0], even[1], np.zeros(SHAPE), np.asarray(power), shown)
    unit = np.mean([one / known.size(one) for one in change], axis=0)
    return replace(known, direction=(unit + mirrored(unit)) / 2.0)


@lru_cache(maxsize=1)
def population() -> Population:
    """Read `FILE`, once.

    Raises
    ------
    AnalysisError
        If it is not there or damaged.
    """
    return Population(**read_learned(FILE, dict.fromkeys(_ARRAYS, SHAPE)))
