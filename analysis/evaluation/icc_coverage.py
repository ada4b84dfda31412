"""Coverage of intervals of ICC(2,1), by simulation.

Participants imitate the same targets twice each. The true value is that of further participants with these targets. A
score is the sum of its target, its participant, both together, and the trial.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats

from analysis.evaluation.statistics_coverage import SEED, Coverage, Ends, Interval, coverage_rows, covered
from analysis.face.arrays import FloatArray
from analysis.group.icc import Takes, interval_over_participants
from analysis.tables.statistics import icc_2_1, mean_squares

ICC_PARTICIPANTS = (3, 5, 10, 20)
TARGETS, TAKES = 6, 2
_BOOTSTRAP = 200


@dataclass(frozen=True, slots=True)
class People:
    """Standard deviations on the scale of the score."""

    person: float
    target: float
    person_target: float
    noise: float
    steadiness: float = 0.0
    """How much participants differ in the logarithm of their noise."""
    shape: float | None = None
    """Shape of the gamma distribution of negatively skewed parts; None for normal ones."""

    @property
    def name(self) -> str:
        """One line for the page."""
        parts = f"{self.person:g}, {self.target:g}, {self.person_target:g}, {self.noise:g}"
        ends = [f"steadiness {self.steadiness:g}"] if self.steadiness else []
        return ", ".join([parts, *ends, *(["skewed"] if self.shape else [])])


KINDS = (
    People(0.08, 0.06, 0.04, 0.05),
    People(0.08, 0.06, 0.04, 0.10),
    People(0.08, 0.06, 0.04, 0.20),
    People(0.10, 0.00, 0.02, 0.05),
    People(0.10, 0.00, 0.02, 0.20),
    People(0.00, 0.06, 0.06, 0.10),
    People(0.08, 0.06, 0.04, 0.10, steadiness=0.4),
    People(0.05, 0.05, 0.08, 0.10, steadiness=0.4),
    People(0.08, 0.06, 0.04, 0.10, shape=4.0),
    People(0.08, 0.06, 0.04, 0.10, steadiness=0.4, shape=4.0),
)


def icc_coverage(studies: int) -> Iterator[Coverage]:
    """Yield the coverage of intervals of ICC(2,1), by method.

    Parameters
    ----------
    studies : int
        Simulated studies of each kind of participants.
    """
    for count in ICC_PARTICIPANTS:
        found: dict[str, list[tuple[float, float]]] = {}
        for number, kind in enumerate(KINDS):
            rng = np.random.default_rng((SEED, count, number))
            scores, truths = zip(*(_study(count, kind, rng) for _ in range(studies)), strict=True)
            for method, interval in _METHODS.items():
                ends = [interval(one, rng) for one in scores]
                found.setdefault(method, []).append(covered(ends, np.array(truths)))
        yield from coverage_rows("ICC(2,1)", found, count)


def _study(count: int, kind: People, rng: np.random.Generator) -> tuple[FloatArray, float]:
    """Return (participants, targets, takes) scores and the true ICC."""

    def drawn(*shape: int) -> FloatArray:
        if kind.shape is None:
            return np.asarray(rng.normal(size=shape))
        return np.asarray((kind.shape - rng.gamma(kind.shape, size=shape)) / np.sqrt(kind.shape))

    target = rng.normal(0, kind.target, (1, TARGETS, 1))
    noise = kind.noise * np.exp(rng.normal(0, kind.steadiness, (count, 1, 1)) - kind.steadiness**2)
    person = kind.person * drawn(count, 1, 1) + kind.person_target * drawn(count, TARGETS, 1)
    stable = kind.person**2 + kind.person_target**2 + float(target.var())
    return target + person + noise * drawn(count, TARGETS, TAKES), stable / (stable + kind.noise**2)


def f_interval(ratings: FloatArray) -> Ends:
    """Return the F interval of textbooks, which takes items as independent.

    Parameters
    ----------
    ratings : (items, takes) float array
        Not all equal.

    References
    ----------
    .. [1] McGraw & Wong, Psychological Methods 1 (1996), 30-46, table 7.
    """
    n, k = ratings.shape
    rows, columns, error = mean_squares(ratings)
    value = icc_2_1(ratings)
    a, b = k * value / (n * (1 - value)), 1 + k * value * (n - 1) / (n * (1 - value))
    spread = (a * columns) ** 2 / (k - 1) + (b * error) ** 2 / ((n - 1) * (k - 1))
    v = (a * columns + b * error) ** 2 / spread
    upper, lower = float(stats.f.ppf(0.975, n - 1, v)), float(stats.f.ppf(0.975, v, n - 1))
    others = k * columns + (k * n - k - n) * error
    return (
        n * (rows - upper * error) / (upper * others + n * rows),
        n * (lower * rows - error) / (others + n * lower * rows),
    )


def _flat(scores: FloatArray) -> FloatArray:
    return scores.reshape(-1, scores.shape[2])


def _over_participants(scores: FloatArray, _: np.random.Generator) -> Ends:
    people = [str(person) for person in range(len(scores)) for _ in range(scores.shape[1])]
    return interval_over_participants(Takes(_flat(scores), people))


def _bootstrap(scores: FloatArray, rng: np.random.Generator) -> Ends:
    values = [icc_2_1(_flat(scores[rng.integers(0, len(scores), len(scores))])) for _ in range(_BOOTSTRAP)]
    return float(np.quantile(values, 0.025)), float(np.quantile(values, 0.975))


_METHODS: dict[str, Interval] = {
    "variances between and within participants (used)": _over_participants,
    "F, items as independent": lambda scores, _: f_interval(_flat(scores)),
    "percentile bootstrap over participants": _bootstrap,
}
