"""The attention probe of a trial: what was shown and pressed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from experiment.ports.keyboard import KeyPress
from experiment.protocol.plan import Trial
from experiment.record.values import ProbeResult


@dataclass(slots=True)
class Attention:
    """The dot and the presses of the probe's key, while a trial runs.

    Times are seconds on the clock of the session.
    """

    trial: Trial
    period_s: float
    """Time between two refreshes."""
    shown_s: float | None = None
    hidden_s: float | None = None
    presses: list[KeyPress] = field(default_factory=list)

    def see_flip(self, time_s: float, *, has_dot: bool) -> bool:
        """Note a flip of the target; return whether it is the first with the dot.

        Parameters
        ----------
        time_s
            Time of the flip.
        has_dot
            Whether it shows the dot.
        """
        if has_dot and self.shown_s is None:
            self.shown_s = time_s
            return True
        if not has_dot and self.shown_s is not None and self.hidden_s is None:
            self.hidden_s = time_s
        return False

    def take(self, presses: Sequence[KeyPress]) -> KeyPress | None:
        """Note the presses of one flip; return the one that answers the dot."""
        before = self.answer
        key = self.trial.probe_key
        self.presses += [press for press in presses if press.key == key and not press.is_repeat]
        return self.answer if before is None else None

    @property
    def answer(self) -> KeyPress | None:
        """The first press within the time limit of the dot."""
        probe = self.trial.probe
        if probe is None or self.shown_s is None:
            return None
        until_s = self.shown_s + probe.window_frames * self.period_s
        return next((press for press in self.presses if self.shown_s <= press.time_s < until_s), None)

    def result(self, onset_s: float, offset_s: float) -> ProbeResult | None:
        """Return the values to record; None in a block without probes.

        Parameters
        ----------
        onset_s
            First flip of the target.
        offset_s
            First flip without the target; a press after it belongs to no trial.
        """
        if self.trial.probe_key is None:
            return None
        answer = self.answer
        hidden_s = offset_s if self.shown_s is not None and self.hidden_s is None else self.hidden_s
        false = [press.time_s for press in self.presses if press is not answer and press.time_s < offset_s]

        def after(time_s: float | None) -> float | None:
            return None if time_s is None else round(time_s - onset_s, 6)

        return ProbeResult(
            key=self.trial.probe_key,
            planned=self.trial.probe is not None,
            shown_after_s=after(self.shown_s),
            hidden_after_s=after(hidden_s),
            answer_after_s=after(None if answer is None else answer.time_s),
            false_after_s=tuple(round(time_s - onset_s, 6) for time_s in false),
        )
