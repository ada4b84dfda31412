"""The benchmark of a monitor: its comparison, and the process that looks on."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from experiment.bench.late import Stretch
from experiment.bench.monitor import compare, monitored, own_runtime
from experiment.bench.small_session import SmallSession, run_small_session, write_protocol
from experiment.record.layout import SessionPlace
from experiment.record.live_state.pictures import camera_picture, screen_description
from experiment.record.live_state.reading import seen_sessions
from experiment.screens.screen import Screen
from tests.experiment.lab.live.test_published_session import wait_for


def stretch(late: int, flips: int = 1000) -> Stretch:
    return Stretch(flips, late, late, np.full(flips, 1000 / 60))


@pytest.mark.parametrize(("late", "plain", "met"), [(0, 0, True), (4, 4, True), (4, 0, True), (5, 0, False)])
def test_more_late_flips_than_by_chance_are_caused_by_the_monitor(late: int, plain: int, met: bool) -> None:
    # Five of five in the half of the flips with a monitor happen by chance once in 32 measurements, four of four in 16.
    first, *_ = compare(stretch(late), stretch(plain), turns=1, loads=[0.5, 9.0])

    assert first.met is met
    assert "load 0.5 to 9.0" in first.what


def test_the_process_that_looks_on_reads_states_and_pictures(tmp_path: Path) -> None:
    """It needs a process of its own, which imports what draws screens."""
    place, read = SessionPlace(tmp_path / "data", "01", None), Counter[str]()
    protocol = write_protocol(tmp_path / "protocol", trials=2)

    def wait_for_pictures(screen: Screen) -> None:
        if screen.kind == "target":
            (seen,) = seen_sessions()
            wait_for(lambda: camera_picture(seen.folder) and screen_description(seen.folder))

    with own_runtime(), monitored(place, protocol=protocol, read=read) as live:
        run_small_session(place, protocol, seed=1, setup=SmallSession(on_change=wait_for_pictures, live=live))

    assert set(read) == {"states", "screens", "camera_pictures", "cpu_ms"}
    assert read["states"] > 0
