"""How many decimals of numbers are printed."""

from __future__ import annotations

from math import floor, isfinite, log10

_MOST_DECIMALS = 6


def decimals_for(spread: float, *, fewest: int, digits: int) -> int:
    """Return how many decimals to print, so that close numbers differ.

    Parameters
    ----------
    spread : float
        Difference of the largest and the smallest number, or width of an interval.
    fewest : int
        Decimals of numbers that are not close.
    digits : int
        Digits of the spread that are shown at least.
    """
    if not isfinite(spread) or spread <= 0:
        return fewest
    return int(min(_MOST_DECIMALS, max(fewest, digits - 1 - floor(log10(spread)))))
