"""Rows of the tables of lags.

::

    sub-01[_ses-a]_task-NAME_lag.csv             one row a trial
    sub-01[_ses-a]_task-NAME_lag-pairs.csv       one row a real or pseudo-pair
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from analysis.courses.lag.lagged_correlation import Lag
from analysis.courses.lag.pseudo_pairs import Null
from analysis.courses.lag.trial_lags import PairLag

LAG_COLUMNS = ("lag_s", "low_s", "high_s", "correlation", "windows", "share_active")
OWN_COLUMNS = ("own_pairs", "own_median", "own_high", "own_p")
PAIR_COLUMNS = ("trial_id", "course", "pair", "lag_s", "correlation", "reason")


def lag_cells(lag: Lag, interval_s: tuple[float, float] | None) -> list[Any]:
    """Return the cells of `LAG_COLUMNS`.

    Parameters
    ----------
    lag : Lag
        The lag.
    interval_s : (float, float), optional
        Its interval.
    """
    low, high = interval_s or (None, None)
    numbers = [cell(value) for value in (lag.lag_s, low, high, lag.correlation)]
    return [*numbers, lag.windows, cell(lag.share_active)]


def null_cells(null: Null) -> list[Any]:
    """Return the cells of a null distribution: pairs, quantiles, p."""
    return [null.pairs, cell(null.median), cell(null.high), cell(null.p)]


def pair_rows(pairs: Iterable[PairLag]) -> Iterator[list[Any]]:
    """Yield the rows of `PAIR_COLUMNS`."""
    for one in pairs:
        kind = "real" if one.is_real else "pseudo"
        yield [one.trial_id, one.course, kind, cell(one.lag.lag_s), cell(one.lag.correlation), one.lag.reason]


def cell(value: float | None) -> str:
    """Return a number as text; empty for None."""
    return "" if value is None else f"{value:.5f}"
