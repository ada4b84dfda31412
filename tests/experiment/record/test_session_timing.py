"""The timing of a session, read back from its journal and judged trial by trial."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiment.bench.small_session import SmallSession, run_small_session, write_protocol
from experiment.ports.camera import Capture, FrameTime
from experiment.record.errors import RecordError
from experiment.record.journal_lines import ExclusionLine
from experiment.record.layout import SessionPlace
from experiment.record.recorder import Recorder
from experiment.record.remarks import add_remark
from experiment.record.session_timing import SessionTiming, session_timing
from tests.experiment.clocks import SetClock
from tests.experiment.record import helpers
from tests.experiment.stalled_target import StalledTarget


class Kept:
    """The frames of a key press, already there."""

    def __init__(self, key_s: float, distance_s: float, half_s: float | None) -> None:
        frame = helpers.frames(7, 1, start_s=key_s + distance_s)[0]
        self._capture = Capture(key_s, frame, half_interval_s=half_s)

    def result(self) -> Capture:
        return self._capture


def recorded(
    tmp_path: Path,
    *,
    distance_s: float = 0.01,
    half_s: float | None = 1 / 60,
    changes: dict[str, Any] | None = None,
    camera_hz: float = 30.0,
) -> SessionTiming:
    """One trial at 1010 s on the clock, ten seconds after the start; 61 flips; a camera opened at 30 frames/s."""
    clock = SetClock(1000.0)
    header = replace(helpers.header(tmp_path), camera={"rate_hz": 30.0}, display={"verdict": "ok"})
    recorder = Recorder.start(tmp_path / "data", header, clock=clock)
    clock.sleep_until(1010.0)
    flips = tuple(1010.0 + number / 60 for number in range(61))
    result = replace(helpers.trial("t01", onset_s=1010.5), flip_times_s=flips, anchor_s=1010.8)
    result = replace(result, **(changes or {}))
    pending = Kept(1010.8, distance_s, half_s) if result.outcome == "response" else None
    recorder.trial(result, pending)
    times = np.arange(1009.0, 1013.0, 1 / camera_hz)
    recorder.camera_times([FrameTime(i, float(t), float(t) + 0.02) for i, t in enumerate(times)])
    recorder.close(complete=True)
    return session_timing(recorder.place)


def test_a_trial_on_time_passes_and_its_numbers_are_those_recorded(tmp_path: Path) -> None:
    timing = recorded(tmp_path)
    trial = timing.trials[0]

    assert trial.passes
    assert trial.begin_s == pytest.approx(10.0)
    assert trial.end_s == pytest.approx(11.0)
    assert trial.recorded.anchor_s == pytest.approx(10.8)
    assert trial.recorded.key_to_frame_ms == pytest.approx(10.0)
    assert trial.camera_interval_ms == pytest.approx(1000 / 30, abs=0.01)
    assert trial.camera_lost == 0
    assert timing.flip_period_ms == pytest.approx(1000 / 60, abs=0.001)
    assert timing.sentences() == ["timing: 1 of 1 trials pass"]


@pytest.mark.parametrize(
    ("arguments", "faults", "message"),
    [
        ({"changes": {"late_flips": 2, "missed_frames": 3}}, ("frames-missed",), "3 display frames missed at 2 flips"),
        ({"changes": {"late_flips": 1, "missed_frames": 1}}, ("frames-missed",), "1 display frame missed at 1 flip"),
        ({"distance_s": 0.018}, ("not-nearest",), "farther from the key press than half a camera interval"),
        ({"half_s": 1 / 30}, ("camera-gap",), "no frame near the key press"),
        ({"changes": {"problem": "stalled"}}, ("stalled",), "stalled"),
        ({"changes": {"outcome": "aborted", "missed_frames": 3}}, ("aborted",), "aborted"),
    ],
)
def test_a_trial_fails_for_its_faults(
    tmp_path: Path, arguments: dict[str, Any], faults: tuple[str, ...], message: str
) -> None:
    timing = recorded(tmp_path, **arguments)

    assert timing.trials[0].faults == faults
    assert timing.failed == timing.trials
    assert message in timing.sentences()[1]


def test_a_trial_that_was_excluded_by_hand_does_not_fail(tmp_path: Path) -> None:
    place = recorded(tmp_path, half_s=1 / 30).place
    add_remark(place, ExclusionLine("the cable fell out", "trial", "t01"))

    timing = session_timing(place)

    assert timing.failed == timing.counted == ()
    assert timing.sentences() == ["timing: 0 of 0 trials pass", "  excluded by hand: t01: the cable fell out"]


def test_many_excluded_trials_are_a_number_with_the_first_and_the_last(tmp_path: Path) -> None:
    place = SessionPlace(tmp_path / "data", "01", None)
    run_small_session(place, write_protocol(tmp_path / "protocol", trials=8), seed=1)
    add_remark(place, ExclusionLine("wrong glasses", "session"))

    sentences = session_timing(place).sentences()

    assert "  excluded by hand: 8 trials, mimicry-001 to mimicry-008: wrong glasses" in sentences


def test_a_time_out_needs_no_frame(tmp_path: Path) -> None:
    assert recorded(tmp_path, changes={"outcome": "timeout", "key": None, "anchor_s": None}).trials[0].passes


def test_a_camera_that_exposes_longer_in_the_dark_is_named(tmp_path: Path) -> None:
    timing = recorded(tmp_path, camera_hz=15.0)

    assert timing.is_slow
    assert "15.0 frames a second instead of 30.0: more light" in timing.sentences()[-1]
    assert timing.trials[0].camera_lost == 15  # one second of frames at 15 a second: every other one is missing


def test_a_resumed_session_has_no_interval_across_the_interruption(tmp_path: Path) -> None:
    """The camera starts again; no frame is lost in between."""
    clock = SetClock()
    recorder = Recorder.start(tmp_path / "data", helpers.header(tmp_path), clock=clock)
    recorder.camera_times([FrameTime(i, 1001.0 + i / 30, 1001.0) for i in range(30)])
    recorder.close(complete=False)
    clock = SetClock(50.0)
    resumed = helpers.resume(tmp_path / "data", clock)
    resumed.camera_times([FrameTime(i, 60.0 + i / 30, 60.0) for i in range(30)])
    resumed.close(complete=True)

    timing = session_timing(SessionPlace(tmp_path / "data", "01", None))

    assert len(timing.camera_s) == 60
    _, between_ms = timing.camera_intervals_ms
    assert len(between_ms) == 58
    assert between_ms.max() == pytest.approx(1000 / 30, abs=0.01)


@pytest.mark.parametrize("lost", ["flip_times_s", "outcome"])
def test_a_trial_that_lacks_something_is_refused_with_its_line(tmp_path: Path, lost: str) -> None:
    place = recorded(tmp_path).place
    place.journal.write_text(place.journal.read_text().replace(f'"{lost}":', '"gone":'))

    with pytest.raises(RecordError, match=rf"journal.jsonl: line \d+ \(trial\) lacks or garbles '{lost}'; restore"):
        session_timing(place)


def test_stalls_of_a_whole_session_fail_the_trial_they_hit(tmp_path: Path) -> None:
    place = SessionPlace(tmp_path / "data", "01", None)
    protocol = write_protocol(tmp_path / "protocol", trials=6)
    calm = SessionPlace(tmp_path / "calm", "01", None)
    stalling = StalledTarget()
    run_small_session(calm, protocol, seed=1, setup=SmallSession(faulty_camera=False))
    setup = SmallSession(faulty_camera=False, observers=(stalling,), stalls=stalling.stalls)
    run_small_session(place, protocol, seed=1, setup=setup)

    assert session_timing(calm).failed == ()
    failed = session_timing(place).failed
    assert [(trial.recorded.late_flips, trial.recorded.missed_frames, trial.faults) for trial in failed] == [
        (2, 3, ("frames-missed",))
    ]
