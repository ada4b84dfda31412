"""Whole sessions on displays that stall.

Every missed frame must be counted, in its trial and at its flip.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiment.bench.result import Result, ResultPart
from experiment.bench.small_session import SmallSession, run_small_session, write_protocol
from experiment.ports.display import Flip
from experiment.record.journal_lines import TrialLine, read_lines
from experiment.record.layout import SessionPlace
from experiment.screens.screen import Screen

LONGEST_STALL = 10
FIRST_FLIP = 200
"""The first flips belong to the display gate, not to the session."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Stalls of one session."""

    injected: int
    in_trials: int
    missed: int
    """Missed frames in total."""
    faults: tuple[str, ...]


class _Flips:
    """Times of flips by their index."""

    def __init__(self) -> None:
        self.times_s: dict[int, float] = {}

    def on_flip(self, screen: Screen, flip: Flip) -> None:  # noqa: ARG002 (of the port)
        self.times_s[flip.index] = flip.time_s


def run_stalled_session(folder: Path, *, seed: int, stalls: int = 30, trials: int = 8) -> Outcome:
    """Run a session in which random flips come 1-10 refreshes late.

    Parameters
    ----------
    folder
        For the data set.
    seed
        Of the stalls and of the session.
    stalls
        Number of late flips.
    trials
        Length of the session.
    """
    rng = np.random.default_rng(seed)
    protocol = write_protocol(folder / "protocol", trials=trials)
    hit = rng.choice(np.arange(FIRST_FLIP, FIRST_FLIP + 60 * trials), stalls, replace=False)
    injected = {int(flip): int(rng.integers(1, LONGEST_STALL + 1)) for flip in hit}
    flips = _Flips()
    place = SessionPlace(folder / "data", f"{seed:03d}", None)
    setup = SmallSession(answer_s=(0.3, 1.2), observers=(flips,), stalls=injected, faulty_camera=False)
    report = run_small_session(place, protocol, seed=seed, setup=setup)
    happened = {flip: missed for flip, missed in injected.items() if flip in flips.times_s}
    index_of = {round(time_s, 6): index for index, time_s in flips.times_s.items()}
    faults: list[str] = []
    found: dict[int, int] = {}
    in_trials: set[int] = set()
    for trial in read_lines(place.journal, TrialLine):
        own = [index_of[time_s] for time_s in trial.flip_times_s]
        in_trials |= set(own)
        late = {own[frame]: missed for frame, missed in trial.details.get("late", [])}
        if (trial.late_flips, trial.missed_frames) != (len(late), sum(late.values())):
            faults.append(f"{trial.id}: its counts and its list differ")
        found |= late
    expected = {flip: missed for flip, missed in happened.items() if flip in in_trials}
    if found != expected:
        faults.append(f"seed {seed}: found {sorted(found.items())}, injected {sorted(expected.items())}")
    total = (len(happened), sum(happened.values()))
    if (report.totals.late, report.totals.missed) != total:
        faults.append(f"seed {seed}: {report.totals.late} late and {report.totals.missed} missed, injected {total}")
    return Outcome(len(happened), len(expected), total[1], tuple(faults))


def results(folder: Path, *, sessions: int) -> Iterator[Result]:
    """Yield the result of many sessions."""
    outcomes = [run_stalled_session(folder / f"{seed}", seed=seed) for seed in range(sessions)]
    faults = [fault for outcome in outcomes for fault in outcome.faults]
    injected, frames = sum(outcome.injected for outcome in outcomes), sum(outcome.missed for outcome in outcomes)
    yield ResultPart("missed frames").require(
        "stalls of 1-10 frames found, none invented, exact count, right trial and flip",
        "all",
        f"{injected} stalls, {frames} frames, {sum(o.in_trials for o in outcomes)} of the stalls in trials; "
        f"{len(faults)} wrong{': ' + faults[0] if faults else ''}",
        met=not faults,
        stalls=injected,
        frames=frames,
        wrong=len(faults),
    )
