"""Judge the refresh of a display by the times of its flips. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

RefreshKind = Literal["locked", "halved", "other-rate", "no-vsync", "unstable"]

FEWEST_FLIPS = 30
RATE_TOLERANCE = 0.01
"""Relative; 59.94 Hz is accepted for 60 Hz, 59 Hz is not."""
FASTEST_HZ = 600.0
"""No display refreshes faster; flips at a higher rate did not wait for the display."""
LATTICE_TOLERANCE = 0.2
"""Largest deviation of an interval from a whole number of periods, in periods."""
ON_LATTICE = 0.9
"""Share of intervals that must be a whole number of periods for a period to exist."""
MOST_JITTER = 0.1
"""Largest root mean square deviation of intervals from whole periods, in periods."""
SLIPS_ALLOWED = 0.05
"""Largest share of intervals longer than one period for a locked display."""
FOLLOWS_DELAY = 0.5
"""Growth of intervals per growth of drawing time above which flips do not wait for the display."""
RANK_CORRELATION = 0.5
"""Smallest rank correlation of intervals and drawing times if flips do not wait. Without this condition, jitter would
sometimes count as not waiting, because the medians of intervals differ by chance. At 120 flips, 0.5 is over five
standard errors."""


@dataclass(frozen=True, slots=True)
class RefreshVerdict:
    """The verdict on the refresh of a display."""

    kind: RefreshKind
    nominal_hz: float
    measured_hz: float
    """Refresh rate; the mean rate of flips without a period."""
    jitter_ms: float
    """Standard deviation of the intervals about whole periods; about their mean without a period."""
    slips: float
    """Share of intervals longer than one period."""
    flips: int

    def sentence(self) -> str:
        """Return the finding and its remedy as one sentence."""
        rate, nominal = f"{self.measured_hz:.2f} Hz", f"{self.nominal_hz:g} Hz"
        return {
            "locked": f"the display refreshes at {rate} and flips wait for it",
            "halved": f"the display runs at half its rate, {rate} instead of {nominal}: switch the desktop's "
            "compositor off, run full screen, and close programs that use the graphics card",
            "other-rate": f"the display refreshes at {rate}, the protocol asks for {nominal}: set the display's "
            "refresh rate in the system settings, or `refresh_rate` in the protocol",
            "no-vsync": f"flips do not wait for the display ({self.measured_hz:.0f} a second): switch vertical "
            "synchronisation on in the graphics driver; a virtual display has none",
            "unstable": f"the refresh is irregular (about {rate}, {self.jitter_ms:.1f} ms of jitter, {self.slips:.0%} "
            "of the frames late): close other programs, switch the compositor off, plug the laptop in",
        }[self.kind]


def judge_refresh(
    flip_times_s: Sequence[float], nominal_hz: float, *, delays_s: Sequence[float] | None = None
) -> RefreshVerdict:
    """Judge a display by the times of its flips.

    Parameters
    ----------
    flip_times_s
        At least `FEWEST_FLIPS` consecutive flips, without the first few after the window was opened.
    nominal_hz
        Refresh rate of the protocol.
    delays_s
        Deliberate delay before each flip but the first, shorter than a period. A delay does not change the time of a
        flip that waits for the display; it postpones a flip that does not wait.

    Raises
    ------
    ValueError
        With fewer than `FEWEST_FLIPS` flips, or times out of order.
    """
    times = np.asarray(flip_times_s, dtype=np.float64)
    intervals = np.diff(times)
    if len(times) < FEWEST_FLIPS or (intervals < 0).any():
        raise ValueError(f"needs at least {FEWEST_FLIPS} flip times in order, got {len(times)}")
    mean_hz = 1.0 / float(intervals.mean())
    free = RefreshVerdict("no-vsync", nominal_hz, mean_hz, 1000 * float(intervals.std()), 0.0, len(times))
    if mean_hz > FASTEST_HZ or (delays_s is not None and _follows(intervals, np.asarray(delays_s, dtype=np.float64))):
        return free
    period_s = _period(intervals)
    if period_s is None:
        if mean_hz > 1.25 * nominal_hz:
            return free
        return RefreshVerdict(
            "unstable", nominal_hz, mean_hz, free.jitter_ms, _slips(intervals, nominal_hz), len(times)
        )
    counts = np.maximum(1, np.round(intervals / period_s))
    period_s = float((intervals.sum()) / counts.sum())
    jitter_ms = 1000 * float((intervals - counts * period_s).std())
    slips = float((counts > 1).mean())
    return RefreshVerdict(
        _kind(1 / period_s, nominal_hz, slips), nominal_hz, 1 / period_s, jitter_ms, slips, len(times)
    )


def _kind(measured_hz: float, nominal_hz: float, slips: float) -> RefreshKind:
    if slips > SLIPS_ALLOWED:
        return "unstable"
    if abs(measured_hz / nominal_hz - 1) <= RATE_TOLERANCE:
        return "locked"
    if abs(2 * measured_hz / nominal_hz - 1) <= RATE_TOLERANCE:
        return "halved"
    return "other-rate"


def _follows(intervals: NDArray[np.float64], delays_s: NDArray[np.float64]) -> bool:
    """Return whether intervals grow with the delays, by medians and ranks."""
    if len(delays_s) != len(intervals):
        raise ValueError(f"{len(intervals)} intervals need as many delays, got {len(delays_s)}")
    middle = np.median(delays_s)
    short, long = delays_s < middle, delays_s > middle
    spread = delays_s[long].mean() - delays_s[short].mean() if short.any() and long.any() else 0.0
    if spread <= 0:
        return False
    growth = np.median(intervals[long]) - np.median(intervals[short])
    together = np.corrcoef(_ranks(intervals), _ranks(delays_s))[0, 1]
    return bool(growth > FOLLOWS_DELAY * spread and together > RANK_CORRELATION)


def _ranks(values: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.argsort(np.argsort(values))


def _period(intervals: NDArray[np.float64]) -> float | None:
    """Return the longest period whose multiples nearly all intervals are, or None."""
    typical = float(np.median(intervals))
    for divisor in (1, 2, 3, 4):
        candidate = typical / divisor
        multiples = np.maximum(1, np.round(intervals / candidate))
        off = np.abs(intervals - multiples * candidate) / candidate
        near = off[off < LATTICE_TOLERANCE]
        tight = len(near) >= ON_LATTICE * len(off) and float(np.sqrt((near**2).mean())) < MOST_JITTER
        if candidate > 1 / FASTEST_HZ and tight:
            return candidate
    return None


def _slips(intervals: NDArray[np.float64], nominal_hz: float) -> float:
    return float((intervals * nominal_hz > 1.5).mean())
