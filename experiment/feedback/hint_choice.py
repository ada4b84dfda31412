"""The hint of a trial: smooth, choose, count and word it.

Each text stays for some seconds, so that it can be read and followed.
"""

from __future__ import annotations

import math

import numpy as np

from experiment.feedback.hint_forecast import Hint
from experiment.feedback.hint_policy import SHOWN_S, HintState, TraineeState, next_hint, useful_hints
from experiment.feedback.messages import LiveReading, MeasurerInfo
from experiment.feedback.smoothing import Smooth
from experiment.feedback.tracking_status import FAULT_AFTER_S
from experiment.feedback.training_texts import hint_sentence, screen_words
from experiment.protocol.live_metrics import DEFAULT_LIVE_METRIC, LIVE_METRICS

SMOOTHING_S = 0.7
"""Time constant of the values that hints are chosen by."""
FIRST_HINT_S = 1.0
"""No hint is shown before the trainee had time to move."""
AFTER_HOLD_S = 1.0
"""No hint is shown for so long after a hold that was interrupted: it may begin again at once."""


class HintChooser:
    """Chooses the hints of one trial.

    Parameters
    ----------
    language
        Of the sentences.
    metric
        Metric of the similarity.
    """

    def __init__(self, language: str, *, metric: str = DEFAULT_LIVE_METRIC) -> None:
        self._language = language
        self._high = LIVE_METRICS[metric]
        self._smooth: Smooth | None = None
        self._began_s = 0.0
        self._state = HintState()
        self._held_s = -math.inf
        self._close_since_s: float | None = None
        """Since when "very close" is shown; None if it is not."""
        self.counts: dict[str, int] = {}
        """How often each hint was given."""

    @property
    def hint(self) -> Hint | None:
        """The hint on the screen, fulfilled or not."""
        return self._state.hint

    @property
    def asked(self) -> Hint | None:
        """The hint that is still to be followed."""
        return self._state.asked

    @property
    def is_holding(self) -> bool:
        """Whether an expression is held, or was a moment ago: there are no hints then."""
        return self._smooth is not None and self._smooth.time_s - self._held_s < AFTER_HOLD_S

    def add(
        self, reading: LiveReading, captured_s: float, info: MeasurerInfo, *, shown: float, is_held: bool = False
    ) -> None:
        """Take a reading into account.

        Parameters
        ----------
        reading
            Of a measured face; one without a forecast changes nothing.
        captured_s
            When the frame was captured.
        info
            Of the measurer: names of units, and hints.
        shown
            Similarity on the screen.
        is_held
            Whether it is high enough to be held.
        """
        if reading.forecast is None:
            return
        measured = np.concatenate(([reading.similarity], reading.intensities, reading.forecast))
        if self._smooth is None or captured_s - self._smooth.time_s > FAULT_AFTER_S:
            # During a fault a trainee follows no hint; afterwards the choice starts again.
            self._smooth, self._began_s = Smooth(measured, captured_s), captured_s
            self._start_again()
        self._smooth = self._smooth.follow(measured, captured_s, time_constant_s=SMOOTHING_S)
        if is_held:
            self._held_s = captured_s
        is_close_read = self._close_since_s is None or captured_s - self._close_since_s >= SHOWN_S
        if self.is_holding:
            self._start_again()
        elif captured_s - self._began_s >= FIRST_HINT_S and is_close_read:
            self._choose(self._smooth, info, shown=shown)

    def _choose(self, smooth: Smooth, info: MeasurerInfo, *, shown: float) -> None:
        value, count = smooth.value, len(info.unit_names)
        intensities = dict(zip(info.unit_names, value[1 : 1 + count].tolist(), strict=True))
        now = TraineeState(smooth.time_s, float(value[0]), intensities)
        before = self._state
        self._state = next_hint(before, useful_hints(value[1 + count :], info.hints), now)
        self._count(before.hint)
        was_close = self._close_since_s is not None
        is_nothing_left = self._state.hint is None and math.isfinite(self._state.since_s)
        if not is_nothing_left or shown < (self._high.still_close if was_close else self._high.close):
            self._close_since_s = None
        elif not was_close:
            self._close_since_s = smooth.time_s

    def _start_again(self) -> None:
        self._state, self._close_since_s = self._state.reset(), None

    def _count(self, before: Hint | None) -> None:
        """Count the present hint if it is another one than before."""
        hint = self.hint
        if hint is not None and (before is None or not hint.is_same_request(before)):
            name = f"{hint.side} {hint.movement} {'more' if hint.amount > 0 else 'less'}".strip()
            self.counts[name] = self.counts.get(name, 0) + 1

    @property
    def sentence(self) -> str:
        """The text to show: a hint, "hold it", "very close", or nothing."""
        words = screen_words(self._language)
        if self.is_holding:
            return words["holding"]
        if self.hint is not None:
            return hint_sentence(self.hint, self._language)
        return "" if self._close_since_s is None else words["close"]
