from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from experiment.record.errors import RecordError
from experiment.record.layout import SessionPlace
from experiment.record.live import LiveFrames, read_live
from experiment.record.recorder import Recorder
from tests.analysis.tables.rehearsed import live_line
from tests.experiment.clocks import SetClock
from tests.experiment.record.helpers import header


def test_live_frames_come_back_as_they_were_measured(tmp_path: Path) -> None:
    recorder = Recorder.start(tmp_path / "data", header(tmp_path / "pictures"), clock=SetClock(1000.0))
    recorder.write(live_line([0.25, None], from_s=1003.0))
    recorder.write(live_line([0.75], from_s=1004.0))
    recorder.close(complete=True)

    live = read_live(SessionPlace(tmp_path / "data", "01", None))

    assert_allclose(live.time_s, [3.0, 3.1, 4.0])
    assert live.is_measured.tolist() == [True, False, True]
    assert live.similarity.tolist() == [0.25, 0.0, 0.75]
    assert live.fault == ("", "no-face", "")
    assert live.hint == ("mouthSmile +0.40",) * 3
    assert live.delays_ms.tolist() == [[1.0, 2.0, 15.0, 40.0]] * 3


@pytest.mark.parametrize("name", ["units", "combined"])
def test_the_journal_names_the_metric_of_the_similarities(name: str, tmp_path: Path) -> None:
    recorder = Recorder.start(tmp_path / "data", header(tmp_path / "pictures"), clock=SetClock(1000.0))
    recorder.write(replace(live_line([0.25], from_s=1003.0), metric=name))
    recorder.close(complete=True)
    place = SessionPlace(tmp_path / "data", "01", None)
    assert read_live(place).metric == name
    assert read_live(place).between(2.0, 4.0).metric == name
    assert ('"metric"' in place.journal.read_text("utf-8")) == (name != "units")


def test_a_stretch_of_time_has_its_frames_only() -> None:
    time_s = np.array([0.0, 1.0, 2.0, 3.0])
    live = LiveFrames(
        time_s,
        time_s / 10,
        time_s / 5,
        ("", "", "dark", ""),
        ("a", "b", "c", "d"),
        np.zeros((4, 4)),
    )

    inside = live.between(1.0, 2.0)

    assert inside.time_s.tolist() == [1.0, 2.0]
    assert inside.fault == ("", "dark")
    assert inside.hint == ("b", "c")
    assert inside.delays_ms.shape == (2, 4)


def test_times_continue_after_the_session_was_resumed(tmp_path: Path) -> None:
    first = Recorder.start(tmp_path / "data", header(tmp_path / "pictures"), clock=SetClock(1000.0))
    first.write(live_line([0.1], from_s=1020.0), time_s=1020.0)
    first.close(complete=False)
    second = Recorder.resume(tmp_path / "data", header(tmp_path / "pictures"), clock=SetClock(50.0))
    second.write(live_line([0.2], from_s=52.0))
    second.close(complete=True)

    live = read_live(SessionPlace(tmp_path / "data", "01", None))

    assert live.similarity.tolist() == [0.1, 0.2]
    assert live.time_s[0] == pytest.approx(20.0)
    assert live.time_s[1] >= 22.0


def test_a_session_without_training_has_no_live_frames(tmp_path: Path) -> None:
    Recorder.start(tmp_path / "data", header(tmp_path / "pictures"), clock=SetClock()).close(complete=True)

    live = read_live(SessionPlace(tmp_path / "data", "01", None))

    assert len(live.time_s) == 0
    assert live.delays_ms.shape == (0, 4)


def test_measurements_that_are_not_numbers_are_refused_with_their_line(tmp_path: Path) -> None:
    recorder = Recorder.start(tmp_path / "data", header(tmp_path / "pictures"), clock=SetClock())
    recorder.write(replace(live_line([0.1], from_s=1000.0), captured_s=("early",)))  # type: ignore[arg-type]
    recorder.close(complete=True)

    with pytest.raises(RecordError, match=r"line 1 \(feedback\) lacks or garbles .*; restore the file"):
        read_live(SessionPlace(tmp_path / "data", "01", None))


def test_columns_of_different_lengths_are_refused_with_their_line(tmp_path: Path) -> None:
    recorder = Recorder.start(tmp_path / "data", header(tmp_path / "pictures"), clock=SetClock())
    recorder.write(replace(live_line([0.1, 0.2], from_s=1000.0), hint=("one",)))
    recorder.close(complete=True)

    with pytest.raises(RecordError, match="line 1 has 1 values of hint for 2 frames"):
        read_live(SessionPlace(tmp_path / "data", "01", None))
