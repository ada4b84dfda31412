"""Viewing trials in numbers: how many, how many filmed, attention probes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from experiment.record.history import CHANGED_LINE
from experiment.record.session_record import NO_FRAME_MESSAGES, TrialRecord
from experiment.record.values import TrialResult


@dataclass(frozen=True, slots=True)
class ViewingSummary:
    """Viewing trials that were not aborted."""

    trials: int
    filmed: int
    refusals: tuple[str, ...]
    """Why trials may not be filmed, each reason once."""
    dots: int
    """Number of attention probes shown."""
    reactions_s: tuple[float, ...]
    """From the dot to the key press, of the probes answered in time."""
    false_presses: int
    """Presses of the probe's key that answer no dot."""
    has_probes: bool
    """Whether a block has probes."""
    changed: int = 0
    """Trials that are not counted, because their line in the journal was changed."""

    @property
    def hits(self) -> int:
        """Number of probes answered in time."""
        return len(self.reactions_s)

    @property
    def median_reaction_s(self) -> float | None:
        """Median reaction time; None without an answer."""
        return median(self.reactions_s) if self.reactions_s else None

    def sentences(self) -> list[str]:
        """Return a line about the film and one about the probes, if any."""
        left_out = (
            [f"{_many(self.changed)} not counted, because of changed lines in the journal"] if self.changed else []
        )
        if not self.trials:
            return left_out
        watched = _many(self.trials)
        film = {self.trials: "all filmed", 0: "none filmed"}.get(self.filmed, f"{self.filmed} filmed")
        why = "".join(f"; {message}" for message in self.refusals)
        lines = [f"{watched} watched, not imitated: {film}{why}"]
        if self.has_probes:
            lines.append(self._probe_sentence())
        return [*lines, *left_out]

    def _probe_sentence(self) -> str:
        middle_s = self.median_reaction_s
        if not self.dots:
            found = "none shown"
        else:
            found = f"{self.hits} of {self.dots} answered in time ({self.hits / self.dots:.0%})"
        if middle_s is not None:
            found += f", median reaction time {1000 * middle_s:.0f} ms"
        presses = "1 other press" if self.false_presses == 1 else f"{self.false_presses} other presses"
        return f"attention probes: {found}; {presses} of the key"


def viewing_summary(trials: Iterable[TrialRecord | TrialResult]) -> ViewingSummary:
    """Return the summary of some trials; those of other kinds are left out."""
    found = [trial for trial in trials if trial.kind == "viewing" and trial.outcome != "aborted"]
    viewed = [trial for trial in found if trial.problem != CHANGED_LINE]
    probes = [trial.probe for trial in viewed if trial.probe is not None]
    reasons = dict.fromkeys(NO_FRAME_MESSAGES.get(trial.problem or "", "") for trial in viewed)
    return ViewingSummary(
        trials=len(viewed),
        filmed=sum(bool(trial.filmed) for trial in viewed),
        refusals=tuple(reason for reason in reasons if reason),
        dots=sum(probe.shown_after_s is not None for probe in probes),
        reactions_s=tuple(probe.reaction_s for probe in probes if probe.reaction_s is not None),
        false_presses=sum(len(probe.false_after_s) for probe in probes),
        has_probes=bool(probes),
        changed=len(found) - len(viewed),
    )


def _many(trials: int) -> str:
    return "1 viewing trial was" if trials == 1 else f"{trials} viewing trials were"
