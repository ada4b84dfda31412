"""Compare late flips with and without other work, by turns in a window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from experiment.bench.late import Stretch, compare_rates, join
from experiment.bench.result import Result, ResultPart

LEAST_PROBABILITY = 0.05
"""Probability by chance below which more late flips count as caused."""
LEAST_TURNS, MOST_TURNS = 5, 20
"""With fewer turns, no difference would be too large for chance."""


def compare_turns(
    part: ResultPart, name: str, changed: Sequence[Stretch], plain: Sequence[Stretch], *, loads: Sequence[float]
) -> Iterator[Result]:
    """Yield the comparison.

    Parameters
    ----------
    part
        Makes the results.
    name
        What may make flips late, with its article: ``a monitor``.
    changed, plain
        The sessions of each turn with it, and without.
    loads
        Load of the computer before the first turn and after each.
    """
    with_it, without = join(list(changed)), join(list(plain))
    rates = compare_rates(with_it, without)
    differences = [_rate(one) - _rate(other) for one, other in zip(changed, plain, strict=True)]
    by_chance = paired_probability(differences)
    turns = len(differences)
    result = part.require(
        f"late flips, {turns} sessions with {name} and {turns} without, by turns in one window, load "
        f"{min(loads):.1f} to {max(loads):.1f}",
        f"not more with {name} (one-sided p of at least {LEAST_PROBABILITY:g})",
        f"{with_it.late} of {with_it.flips} with it, {without.late} of {without.flips} without: ratio "
        f"{rates.ratio:.2f}, p = {by_chance:.2f}",
        met=by_chance >= LEAST_PROBABILITY,
        late=with_it.late,
        flips=with_it.flips,
        late_plain=without.late,
        flips_plain=without.flips,
        by_chance=round(by_chance, 6),
    )
    if turns >= LEAST_TURNS:
        yield result
    else:
        yield part.note(result.what, result.measured, **result.values)
        yield part.skip(f"whether {name} causes late flips", f"give at least {LEAST_TURNS} turns")
    pairs = ", ".join(f"{one.late}/{other.late}" for one, other in zip(changed, plain, strict=True))
    yield part.note(f"late flips of each turn, with {name} / without", pairs)
    yield part.note(
        "late flips during trials",
        f"{with_it.late_in_trials} with {name}, {without.late_in_trials} without",
        late_in_trials=with_it.late_in_trials,
        late_in_trials_plain=without.late_in_trials,
    )
    for what, one in ((f"with {name}", with_it), ("without", without)):
        spread = one.intervals_ms
        yield part.note(
            f"time between flips, {what}",
            f"mean {spread.mean():.3f} ms, standard deviation {spread.std():.3f}, longest {spread.max():.2f}",
            sd_ms=round(float(spread.std()), 4),
            longest_ms=round(float(spread.max()), 3),
        )


def paired_probability(differences: Sequence[float]) -> float:
    """Return how probable a sum of differences at least as large is by chance.

    Late flips come in clusters, when other programs are busy, so turns are compared and not single flips. Without an
    effect, each difference is as probable with the other sign; all combinations of signs are counted.

    Parameters
    ----------
    differences
        One for each turn, at most 20.
    """
    sums = np.array([0.0])
    for one in differences:
        sums = np.concatenate([sums + one, sums - one])
    return float((sums >= sum(differences) - 1e-12).mean())


def _rate(stretch: Stretch) -> float:
    return stretch.late / stretch.flips
