"""Impossible times of a trial.

The program writes none of them: a journal that has one was edited, or its clock failed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from experiment.record.journal_lines import TrialLine

MESSAGES = {
    "key-before-onset": "its key press or hold is before the onset of the target",
    "offset-before-onset": "its target ends before it begins",
    "fixation-after-onset": "its fixation begins after the onset of the target",
    "flips-out-of-order": "its flip times do not ascend",
    "onset-not-a-flip": "the onset of its target is not among its flips",
    "frame-time-differs": "the distance of its frame is not the time of the frame minus that of the key press or hold",
    "response-without-key": "it has a response and no key press or hold, or the reverse",
}
"""Words for impossible times, and their texts."""

ROUNDING_S = 2e-6
"""Times in the journal are rounded to a microsecond each."""
ROUNDING_MS = 0.006
LATE_S = 1.0
"""Threads enter lines with the time of an event, so lines less than this apart may change places in the journal."""


def implausible_times(trial: TrialLine) -> tuple[str, ...]:
    """Return the words of `MESSAGES` that hold for a line; empty if none does."""
    return tuple(_implausible_times(trial))


def _implausible_times(trial: TrialLine) -> Iterator[str]:
    flips_s, key_s = trial.flip_times_s, trial.anchor_s
    if key_s is not None and key_s < trial.onset_s - ROUNDING_S:
        yield "key-before-onset"
    if trial.offset_s < trial.onset_s - ROUNDING_S:
        yield "offset-before-onset"
    if trial.fixation_s is not None and trial.fixation_s > trial.onset_s + ROUNDING_S:
        yield "fixation-after-onset"
    if any(after < before for before, after in itertools.pairwise(flips_s)):
        yield "flips-out-of-order"
    if flips_s and min(abs(flip_s - trial.onset_s) for flip_s in flips_s) > ROUNDING_S:
        yield "onset-not-a-flip"
    if _frame_time_differs(trial):
        yield "frame-time-differs"
    if trial.outcome != "aborted" and (trial.outcome == "response") != (key_s is not None):
        yield "response-without-key"


def _frame_time_differs(trial: TrialLine) -> bool:
    """Return whether the distance of the frame is not the difference of times.

    In trials with live feedback the frame is that of the best moment before the key press, whose time is not recorded.
    """
    frame, key_s, distance_ms = trial.key_frame, trial.anchor_s, trial.anchor_to_frame_ms
    was_live = trial.kind == "training" or "similarity" in trial.details
    if frame is None or key_s is None or distance_ms is None or was_live:
        return False
    return abs(1000 * (frame.captured_s - key_s) - distance_ms) > ROUNDING_MS
