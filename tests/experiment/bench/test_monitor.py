"""The benchmark of a monitor: its comparison, and the process that looks on."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from experiment.bench.late import Stretch
from experiment.bench.monitor import compare, monitored, own_runtime, paired_probability
from experiment.bench.small_session import SmallSession, run_small_session, write_protocol
from experiment.record.layout import SessionPlace
from experiment.record.live_state.pictures import camera_picture, screen_description
from experiment.record.live_state.reading import seen_sessions
from experiment.screens.screen import Screen
from tests.experiment.lab.live.test_published_session import wait_for


def stretch(late: int, flips: int = 1000) -> Stretch:
    return Stretch(flips, late, late, np.full(flips, 1000 / 60))


@pytest.mark.parametrize(
    ("differences", "probability"),
    [
        ([0.0, 0.0, 0.0], 1.0),
        ([1.0, 1.0, 1.0, 1.0], 1 / 16),
        ([1.0, 1.0, 1.0, 1.0, 1.0], 1 / 32),
        ([-1.0, -1.0, -1.0], 1.0),
        ([3.0, 1.0, -1.0], 3 / 8),  # sums of 3 or more: 3+1+1, 3+1-1, 3-1+1
    ],
)
def test_turns_are_compared_by_the_signs_of_their_differences(differences: list[float], probability: float) -> None:
    assert paired_probability(differences) == pytest.approx(probability)


@pytest.mark.parametrize(("late", "met"), [(0, True), (4, False)])
def test_more_late_flips_in_every_turn_are_caused_by_the_monitor(late: int, met: bool) -> None:
    first, each, *_ = compare([stretch(1 + late)] * 5, [stretch(1)] * 5, loads=[0.5, 9.0])

    assert first.met is met
    assert "load 0.5 to 9.0" in first.what
    assert each.measured.startswith(f"{1 + late}/1, ")


def test_a_few_turns_decide_nothing() -> None:
    first, second, *_ = compare([stretch(9)] * 4, [stretch(1)] * 4, loads=[0.5])

    assert first.met is None
    assert second.measured == "not measured: give at least 5 turns"


def test_one_turn_with_many_late_flips_proves_nothing() -> None:
    """Another program was busy: late flips are not independent."""
    first, *_ = compare([stretch(80), *[stretch(1)] * 4], [stretch(1)] * 5, loads=[9.0])

    assert first.met is True


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
