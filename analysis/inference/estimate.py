"""A statistic with its interval, its number of participants and its method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.rounding import decimals_for

CONFIDENCE = 0.95
"""Confidence of every interval of the program."""
NOT_DEFINED = "not defined"
"""Printed for a statistic that is not defined."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """One statistic over participants, other units, or trials."""

    value: float | None
    """The statistic; None where it is not defined."""
    low: float | None
    """Lower end of the 95 % interval; None without an interval."""
    high: float | None
    """Upper end of the 95 % interval; None without an interval."""
    n: int
    """Number of independent units."""
    method: str
    """How the interval was computed, or why there is none."""
    unit: str = "participants"
    """What was counted: ``participants``, ``trials``, ``people``..."""

    @property
    def interval(self) -> tuple[float, float] | None:
        """Both ends of the interval; None without an interval."""
        return None if self.low is None or self.high is None else (self.low, self.high)

    def text(self, *, decimals: int = 2) -> str:
        """Return ``0.83, 95 % interval 0.36 to 1.00, n = 3 participants (method)``.

        Parameters
        ----------
        decimals : int
            Decimals of the numbers; more where the interval is narrow.
        """
        if self.value is None:
            return f"{NOT_DEFINED}, n = {self.n} {self.unit} ({self.method})"
        ends = self.interval
        decimals = decimals_for(ends[1] - ends[0], fewest=decimals, digits=1) if ends else decimals
        interval = "no interval" if ends is None else f"95 % interval {ends[0]:.{decimals}f} to {ends[1]:.{decimals}f}"
        return f"{self.value:.{decimals}f}, {interval}, n = {self.n} {self.unit} ({self.method})"

    def to_json(self) -> Mapping[str, float | int | str | None]:
        """Return value, low, high, n, unit and method, ready for JSON."""
        return {
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "n": self.n,
            "unit": self.unit,
            "method": self.method,
        }
