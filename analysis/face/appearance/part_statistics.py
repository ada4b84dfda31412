"""How well the parts of a score are known: statistics of many drawn people.

The numbers are in ``data/learned/parts.npz``. ``python -m analysis.evaluation.learn`` makes that file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from analysis.face.appearance.population import population
from analysis.face.arrays import FloatArray
from analysis.face.fitting.learned_arrays import FOLDER, read_learned
from analysis.face.models.units import UNITS

FILE = FOLDER / "parts.npz"
_NOTHING = 1e-12
_LEAST_RELIABILITY = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class PartStatistics:
    """Averages of the units, and the noise of appearance."""

    units: FloatArray
    """(43,) mean over expressions of the strengths of `UNITS`, each expression scaled to length 1."""
    noise: float
    """Noise of appearance, see `reliability`: its value for eyes 1 px apart."""
    contrast: float
    """Growth of the noise with the difference in the amount of edges, see `reliability`."""
    change: float
    """Usual square size of the change of appearance by an expression."""

    def save(self, file: Path) -> None:
        """Write the statistics to an ``.npz`` file."""
        noise = np.array([self.noise, self.contrast, self.change], dtype=np.float32)
        np.savez_compressed(file, units=self.units.astype(np.float32), noise=noise)

    def reliability(self, terms: tuple[float, float]) -> float:
        """Return the share of a usual change of appearance that is not noise.

        The expected square size of the change that noise alone makes is ``noise (1 / d^2 + mean(1 / d_n^2) / N)
        exp(contrast |log(E / E_n)|)``. The result is 1 less this share of ``change``, at least 0.1.

        Parameters
        ----------
        terms : (float, float)
            Of a picture, see `noise_terms`.
        """
        distance, contrast = terms
        noise = self.noise * float(np.exp(distance + self.contrast * contrast))
        return max(_LEAST_RELIABILITY, 1.0 - noise / self.change)

    def average_units(self, names: Sequence[str]) -> FloatArray:
        """Return average strengths by name; 0 for names that are not among `UNITS`."""
        known = dict(zip(UNITS, self.units.tolist(), strict=True))
        return np.array([known.get(name, 0.0) for name in names])


@lru_cache(maxsize=1)
def part_statistics() -> PartStatistics:
    """Return the statistics in `FILE`; read once.

    Raises
    ------
    AnalysisError
        If the file is missing or damaged.
    """
    arrays = read_learned(FILE, {"units": (len(UNITS),), "noise": (3,)})
    noise, contrast, change = arrays["noise"].tolist()
    return PartStatistics(arrays["units"], noise, contrast, change)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """The appearance of a face in one picture, and how large the face is in it."""

    edges: FloatArray
    """(rows, columns, directions) descriptor of `analysis.face.appearance.gradients`."""
    eyes_px: float
    """Distance between the eyes in the picture."""


def noise_terms(picture: Seen, neutrals: Sequence[Seen]) -> tuple[float, float]:
    """Return ``log(1 / d^2 + mean(1 / d_n^2) / N)`` and ``|log(E / E_n)|``.

    They have the distance ``d`` between the eyes in the picture and ``d_n`` in each of the N neutral pictures, px, and
    the amount of edges ``E`` and ``E_n``: a blurred picture has fewer edges than a sharp one, a noisy one has more.

    Parameters
    ----------
    picture : Seen
        The picture.
    neutrals : sequence of Seen
        The neutral pictures; without any, one like the picture is assumed.
    """
    others = neutrals or [picture]
    distances = float(np.mean([one.eyes_px**-2 for one in others])) / len(others)
    edges = np.mean([_amount_of_edges(one.edges) for one in others])
    contrast = abs(np.log((_amount_of_edges(picture.edges) + _NOTHING) / (edges + _NOTHING)))
    return float(np.log(picture.eyes_px**-2 + distances)), float(contrast)


def _amount_of_edges(edges: FloatArray) -> float:
    """Return the mean amount of edges on the face; descriptors are square roots."""
    face = population().face
    return float((edges**2 * face**2).sum() / (face**2).sum())
