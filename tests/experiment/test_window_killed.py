"""A session in a real window, with real keys and a clip as camera, killed five times on its way to the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiment.bench.window_kills import TRIALS_A_KILL, kill_in_window
from experiment.bench.xtest import XTest

KILLS = 5


@pytest.mark.slow
@pytest.mark.display
@pytest.mark.timeout(600)
def test_a_session_in_a_real_window_survives_five_kills(tmp_path: Path, virtual_display: str) -> None:
    """After each: no trial lost, the planned order, every picture the one the journal says, the validator content."""
    try:
        XTest(virtual_display).close()
    except OSError as reason:
        pytest.skip(str(reason))

    survived = kill_in_window(tmp_path, virtual_display, kills=KILLS, seed=11)

    assert survived.faults == []
    assert survived.kills == KILLS
    assert survived.done[-1] == survived.planned
    assert len(survived.planned) == TRIALS_A_KILL * (KILLS + 1)
    assert survived.pictures > 4 * len(survived.planned)
