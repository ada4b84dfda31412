"""The benchmark of a monitor: the process that looks on."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from experiment.bench.monitor import monitored, own_runtime
from experiment.bench.small_session import SmallSession, run_small_session, write_protocol
from experiment.record.layout import SessionPlace
from experiment.record.live_state.pictures import camera_picture, screen_description
from experiment.record.live_state.reading import seen_sessions
from experiment.screens.screen import Screen
from tests.experiment.lab.live.test_published_session import wait_for


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
