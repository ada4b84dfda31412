from __future__ import annotations

import numpy as np
import pytest

from experiment.display.pacing import LONGEST_LEAD, Deadlines, FrameLedger, SwapLead
from experiment.ports.display import Flip


def ledger_of(times_s: list[float], period_s: float) -> FrameLedger:
    ledger = FrameLedger(period_s)
    for index, time_s in enumerate(times_s):
        ledger.add(Flip(index, time_s))
    return ledger


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("hz", [59.94, 60.0, 120.0])
def test_all_injected_stalls_are_found_and_none_invented(seed: int, hz: float) -> None:
    rng = np.random.default_rng(seed)
    flips = 2000
    stalls = {int(flip): int(rng.integers(1, 11)) for flip in rng.choice(np.arange(1, flips), 60, replace=False)}
    counts = np.array([1 + stalls.get(index, 0) for index in range(flips)])
    times = 3.0 + np.cumsum(counts) / hz + rng.normal(scale=0.08 / hz, size=flips)

    late = ledger_of(times.tolist(), 1 / hz).late

    assert {flip.index: flip.missed for flip in late} == stalls


def test_a_rate_slightly_off_the_nominal_one_counts_no_missed_frame_in_an_hour() -> None:
    times = (np.arange(60 * 3600) / 59.94).tolist()

    assert ledger_of(times, 1 / 60).late == ()


def test_a_single_late_time_stamp_counts_as_no_missed_frame() -> None:
    """The flip at index 10 is stamped 0.7 frames late, the next one on time."""
    times = [index / 60 for index in range(20)]
    times[10] += 0.7 / 60

    assert ledger_of(times, 1 / 60).late == ()


def test_periods_add_up_to_the_elapsed_time() -> None:
    rng = np.random.default_rng(1)
    counts = rng.integers(1, 5, size=300)
    ledger = FrameLedger(1 / 60)

    passed = [ledger.add(Flip(i, t)) for i, t in enumerate((np.cumsum(counts) / 60).tolist())]

    assert sum(passed[1:]) == counts[1:].sum()


def test_after_an_interruption_the_gap_is_not_counted() -> None:
    ledger = FrameLedger(1 / 60)
    ledger.add(Flip(0, 1.0))
    ledger.interrupt()

    assert ledger.add(Flip(1, 9.0)) == 1
    assert ledger.take_late() == ()


def test_late_flips_are_returned_once() -> None:
    ledger = ledger_of([0.0, 3 / 60], 1 / 60)

    assert [flip.missed for flip in ledger.take_late()] == [2]
    assert ledger.take_late() == ()


def test_deadlines_never_drift() -> None:
    """Each flip comes up to 0.9 frames after its deadline; the 1000th deadline is still on the grid."""
    deadlines, rng, now_s = Deadlines(1 / 60), np.random.default_rng(0), 100.0
    for _ in range(1000):
        now_s = deadlines.next(now_s) + float(rng.uniform(0, 0.9)) / 60

    assert deadlines.next(now_s) == pytest.approx(100.0 + 1000 / 60, abs=1e-9)


def test_a_passed_deadline_is_skipped() -> None:
    deadlines = Deadlines(0.1)
    deadlines.next(1.0)

    assert deadlines.next(1.25) == pytest.approx(1.3)
    assert deadlines.next(1.25) == pytest.approx(1.4)


def test_a_swap_starts_earlier_by_the_median_of_the_latest_swaps() -> None:
    lead = SwapLead(1 / 60)
    assert lead.lead_s == 0.0

    for duration_ms in (2.0, 2.2, 30.0, 1.8, 2.1):
        lead.add(duration_ms / 1000)

    assert lead.lead_s == pytest.approx(0.0021)


def test_a_slow_swap_starts_at_most_a_quarter_of_a_frame_early() -> None:
    lead = SwapLead(0.016)
    lead.add(0.1)

    assert lead.lead_s == pytest.approx(LONGEST_LEAD * 0.016)
