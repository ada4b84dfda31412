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


@dataclass(frozen=True, slots=True, eq=False)
class PartStatistics:
    """Averages of the units, and the noise of appearance."""

    units: FloatArray
    """(43,) mean over expressions of the strengths of `UNITS`, each expression scaled to length 1."""
    noise: float
    """Noise of appearance, see `expected_noise`: its value for eyes 1 px apart."""
    contrast: float
    """Growth of the noise with the difference in the amount of edges, see `expected_noise`."""

    def save(self, file: Path) -> None:
        """Write the statistics to an ``.npz`` file."""
        noise = np.array([self.noise, self.contrast], dtype=np.float32)
        np.savez_compressed(file, units=self.units.astype(np.float32), noise=noise)

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
    arrays = read_learned(FILE, {"units": (len(UNITS),), "noise": (2,)})
    noise, contrast = arrays["noise"].tolist()
    return PartStatistics(arrays["units"], noise, contrast)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """The appearance of a face in one picture, and how large the face is in it."""

    edges: FloatArray
    """(rows, columns, directions) descriptor of `analysis.face.appearance.gradients`."""
    eyes_px: float
    """Distance between the eyes in the picture."""


def expected_noise(picture: Seen, neutrals: Sequence[Seen], *, known: PartStatistics | None = None) -> float:
    """Return the expected square size of the change that noise alone makes.

    It is ``noise (1 / d^2 + mean(1 / d_n^2) / N) exp(contrast |log(E / E_n)|)`` with the distance ``d`` between the
    eyes in the picture and ``d_n`` in each of the N neutral pictures, px, and the amount of edges ``E`` and ``E_n``: a
    blurred picture has fewer edges than a sharp one, a noisy one has more. Compare with the square of
    `Population.size`.

    Parameters
    ----------
    picture : Seen
        The picture.
    neutrals : sequence of Seen
        The neutral pictures; without any, one like the picture is assumed.
    known : PartStatistics, optional
        Other statistics than those that ship.
    """
    statistics = part_statistics() if known is None else known
    distance, contrast = noise_terms(picture, neutrals)
    return float(statistics.noise * np.exp(distance + statistics.contrast * contrast))


def noise_terms(picture: Seen, neutrals: Sequence[Seen]) -> tuple[float, float]:
    """Return the logarithm of the term of distances, and ``|log(E / E_n)|``.

    Parameters
    ----------
    picture : Seen
        The picture.
    neutrals : sequence of Seen
        The neutral pictures.
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
