"""The similarities that a trainee can see, and what is high in each.

The values were chosen with `scripts/bench metrics`; docs/training.md has the measurements.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

LiveMetricName: TypeAlias = Literal["combined", "units", "appearance"]
"""Metric of the similarity during training; the first one is the default."""


@dataclass(frozen=True, slots=True)
class LiveMetric:
    """What is high in one metric."""

    hold: float
    """Usual similarity of a hold."""
    close: float
    """Similarity from which on a face is very close, if no hint is left."""
    still_close: float
    """Similarity down to which it stays very close."""
    seldom: float
    """Similarity that one in ten photographed smiles reaches for the smile that ships."""
    knows_sides: bool = False
    """Whether a movement of the other side of the face has another similarity."""


LIVE_METRICS: Mapping[str, LiveMetric] = {
    "combined": LiveMetric(hold=0.50, close=0.45, still_close=0.40, seldom=0.65),
    "units": LiveMetric(hold=0.80, close=0.75, still_close=0.70, seldom=0.95, knows_sides=True),
    "appearance": LiveMetric(hold=0.40, close=0.35, still_close=0.30, seldom=0.55),
}
DEFAULT_LIVE_METRIC: LiveMetricName = get_args(LiveMetricName)[0]
EARLIER_LIVE_METRIC: LiveMetricName = "units"
"""Metric of recorded sessions whose journal does not name one: the default of earlier versions."""
