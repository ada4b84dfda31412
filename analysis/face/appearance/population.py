"""Statistics of appearance over many people: at rest, in expressions, and noise.

The numbers are in ``data/learned/looks.npz``. ``python -m analysis.evaluation.learn`` makes that file from rendered
people and, where available, photographs of faces at rest. Expressions of real people are not used.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from analysis.face.appearance.gradients import SHAPE, mirrored_descriptor
from analysis.face.arrays import FloatArray
from analysis.face.fitting.learned_arrays import FOLDER, read_learned

ANTISYMMETRIC_WEIGHT = 0.3
"""Weight of the difference between the two sides, which light and head pose change more than intention does."""
FILE = FOLDER / "looks.npz"
_ARRAYS = ("rest", "change", "direction", "noise", "face")
_LEAST_NOISE = 0.3
"""Least variance of a cell, relative to the mean."""


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Statistics as symmetric arrays of shape `gradients.SHAPE`."""

    rest: FloatArray
    """Mean descriptor of faces at rest."""
    change: FloatArray
    """Mean change of a descriptor from rest, over all expressions."""
    direction: FloatArray
    """The same for changes scaled to one size (`size`): the common part of any two expressions."""
    noise: FloatArray
    """Mean square change between two pictures of a face at rest: head pose, light, the camera, and landmarks."""
    face: FloatArray
    """Share of a cell that is face and not hair or background, 0..1."""

    @property
    def weights(self) -> FloatArray:
        """Weight of each number of a descriptor: ``face^2 / (noise + 0.3 mean noise)``."""
        weights: FloatArray = self.face**2 / (self.noise + _LEAST_NOISE * self.noise.mean())
        return weights

    def size(self, change: FloatArray) -> float:
        """Return the size of a change relative to the noise, with the weights of a score.

        Parameters
        ----------
        change : (rows, columns, directions) float array
            Change of a descriptor.
        """
        other = mirrored_descriptor(change)
        power = ((change + other) / 2.0) ** 2 + ANTISYMMETRIC_WEIGHT * ((change - other) / 2.0) ** 2
        return float(np.sqrt((self.weights * power).sum()))

    def save(self, file: Path) -> None:
        """Write the statistics to an ``.npz`` file."""
        arrays = {name: getattr(self, name).astype(np.float32) for name in _ARRAYS}
        np.savez_compressed(file, **arrays)


def make_population(rest: FloatArray, change: FloatArray, noise: FloatArray, face: FloatArray) -> Population:
    """Compute the statistics of many people.

    Parameters
    ----------
    rest : (N, rows, columns, directions) float array
        Descriptors at rest.
    change : (M, rows, columns, directions) float array
        Changes by expressions.
    noise : (L, rows, columns, directions) float array
        Changes between pictures at rest.
    face : (rows, columns) float array
        Share of each cell that is face.
    """
    even = [(one + mirrored_descriptor(one)) / 2.0 for one in (rest.mean(axis=0), change.mean(axis=0))]
    # Noise of the symmetric and of the antisymmetric part, which similarity.appearance compares separately.
    halves = [(noise + sign * mirrored_descriptor(noise)) / 2.0 for sign in (1.0, -1.0)]
    power = sum((half**2).mean(axis=0) for half in halves)
    shown = np.repeat(((face + face[:, ::-1]) / 2.0)[..., None], SHAPE[2], axis=2)
    known = Population(even[0], even[1], np.zeros(SHAPE), np.asarray(power), shown)
    unit = np.mean([one / known.size(one) for one in change], axis=0)
    return replace(known, direction=(unit + mirrored_descriptor(unit)) / 2.0)


@lru_cache(maxsize=1)
def population() -> Population:
    """Return the statistics in `FILE`; read once.

    Raises
    ------
    AnalysisError
        If the file is missing or damaged.
    """
    return Population(**read_learned(FILE, dict.fromkeys(_ARRAYS, SHAPE)))
