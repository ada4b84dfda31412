"""The hint of a trial: smooth, choose, count and word it."""

from __future__ import annotations

import math

import numpy as np

from experiment.feedback.hint_forecast import Hint
from experiment.feedback.hint_policy import HintState, TraineeState, next_hint, useful_hints
from experiment.feedback.messages import LiveReading, MeasurerInfo
from experiment.feedback.smoothing import Smooth
from experiment.feedback.tracking_status import FAULT_AFTER_S
from experiment.feedback.training_texts import hint_sentence, screen_words

SMOOTHING_S = 0.7
"""Time constant of the values that hints are chosen by."""
CLOSE = 0.75
"""Similarity from which on the text "very close" replaces a hint, if no hint is left."""
FIRST_HINT_S = 1.0
"""No hint is shown before the trainee had time to move."""


class HintChooser:
    """Chooses the hints of one trial.

    Parameters
    ----------
    language
        Of the sentences.
    """

    def __init__(self, language: str) -> None:
        self._language = language
        self._smooth: Smooth | None = None
        self._began_s = 0.0
        self._state = HintState()
        self.counts: dict[str, int] = {}
        """How often each hint was given."""

    @property
    def hint(self) -> Hint | None:
        """The hint on the screen."""
        return self._state.shown

    def add(self, reading: LiveReading, captured_s: float, info: MeasurerInfo) -> None:
        """Take a reading into account.

        Parameters
        ----------
        reading
            Of a measured face; one without a forecast changes nothing.
        captured_s
            When the frame was captured.
        info
            Of the measurer: names of units, and hints.
        """
        if reading.forecast is None:
            return
        measured = np.concatenate(([reading.similarity], reading.intensities, reading.forecast))
        if self._smooth is None or captured_s - self._smooth.time_s > FAULT_AFTER_S:
            # During a fault a trainee follows no hint; afterwards the choice starts again.
            self._smooth, self._began_s = Smooth(measured, captured_s), captured_s
            self._state = self._state.reset()
        self._smooth = self._smooth.follow(measured, captured_s, time_constant_s=SMOOTHING_S)
        if captured_s - self._began_s < FIRST_HINT_S:
            return
        value, count = self._smooth.value, len(info.unit_names)
        intensities = dict(zip(info.unit_names, value[1 : 1 + count].tolist(), strict=True))
        now = TraineeState(captured_s, float(value[0]), intensities)
        before = self.hint
        self._state = next_hint(self._state, useful_hints(value[1 + count :], info.hints), now)
        self._count(before)

    def _count(self, before: Hint | None) -> None:
        """Count the present hint if it is another one than before."""
        hint = self.hint
        if hint is not None and (before is None or not hint.is_same_request(before)):
            name = f"{hint.side} {hint.movement} {'more' if hint.amount > 0 else 'less'}".strip()
            self.counts[name] = self.counts.get(name, 0) + 1

    def sentence(self, similarity: float | None) -> str:
        """Return the text in the place of the hint, for the similarity on the screen."""
        if similarity is None:
            return ""
        if self.hint is not None:
            return hint_sentence(self.hint, self._language)
        is_nothing_left = self._state.hint is None and math.isfinite(self._state.since_s)
        return screen_words(self._language)["close"] if is_nothing_left and similarity >= CLOSE else ""
