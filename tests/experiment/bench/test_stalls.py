from __future__ import annotations

from pathlib import Path

import pytest

from experiment.bench.stalls import run_stalled_session


@pytest.mark.parametrize("seed", range(4))
def test_every_stall_of_a_session_is_counted_in_the_trial_and_at_the_flip_it_hit(tmp_path: Path, seed: int) -> None:
    """Up to 30 stalls of 1-10 frames each, compared with what the journal and the session's totals say."""
    outcome = run_stalled_session(tmp_path, seed=seed)

    assert outcome.faults == ()
    assert outcome.injected >= 20  # a session may end before the last of them
    assert outcome.in_trials > 10
