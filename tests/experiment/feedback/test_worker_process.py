"""The measuring process: newest frame, present target, and a new start after a death, a hang, or a missing model."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from experiment.feedback import worker_process
from experiment.feedback.hint_forecast import LITTLE, Hint
from experiment.feedback.messages import Measurement
from experiment.feedback.worker_process import MeasuringProcess
from experiment.ports.camera import CameraFrame
from tests.experiment.feedback.fakes import (
    HANG,
    INFO,
    KILL,
    ColourMeasurerFactory,
    MissingModelFactory,
    frame,
)

PATIENCE_S = 60.0


class RealClock:
    def now(self) -> float:
        return time.perf_counter() - 5.0

    def sleep_until(self, time_s: float) -> None:
        time.sleep(max(0.0, time_s - self.now()))


CLOCK = RealClock()


@pytest.fixture
def process() -> Iterator[MeasuringProcess]:
    started = MeasuringProcess(ColourMeasurerFactory(), clock=CLOCK)
    yield started
    started.close()


def wait_until(condition: Callable[[], bool]) -> None:
    give_up_s = CLOCK.now() + PATIENCE_S
    while not condition():
        assert CLOCK.now() < give_up_s, "waited too long"
        time.sleep(0.002)


def wait_for_answer(process: MeasuringProcess, offered: CameraFrame | None = None) -> Measurement:
    answers: list[Measurement] = []

    def look() -> bool:
        if offered is not None:
            process.offer(offered)
        answer = process.latest()
        if answer is not None and (offered is None or answer.frame == offered.index):
            answers.append(answer)
        return bool(answers)

    wait_until(look)
    return answers[0]


def test_a_frame_comes_back_measured_with_its_times_in_order(process: MeasuringProcess) -> None:
    process.set_target("smile", want_distance=True, want_forecast=True)
    before_s = CLOCK.now()

    answer = wait_for_answer(process, frame(3, before_s, similarity=72))

    assert answer.reading.similarity == pytest.approx(0.72)
    assert answer.reading.intensities.tolist() == pytest.approx([0.0, 0.0, 0.72, 0.72, 0.0])
    assert answer.reading.distance is not None
    assert answer.reading.distance[0, 0, 0] == 72
    assert answer.reading.forecast is not None
    gains = dict(zip(INFO.hints, answer.reading.forecast.tolist(), strict=True))
    assert gains[Hint("mouthSmile", "", LITTLE, ("mouthSmileLeft", "mouthSmileRight"))] == pytest.approx(-0.02)
    assert answer.target == "smile"
    times = [before_s, answer.captured_s, answer.offered_s, answer.started_s, answer.finished_s, CLOCK.now()]
    assert times == sorted(times)


def test_the_info_of_the_measurer_arrives_before_the_first_measurement(process: MeasuringProcess) -> None:
    states = [str(process.state)]
    wait_for_answer(process, frame(0, 0.0))
    states.append(process.state)

    assert states == ["starting", "ready"]
    assert process.info is not None
    assert process.info.unit_names == INFO.unit_names
    assert process.info.targets["smile"].intensities.tolist() == INFO.targets["smile"].intensities.tolist()


def test_only_the_newest_of_many_frames_is_measured(process: MeasuringProcess) -> None:
    wait_for_answer(process, frame(0, 0.0))
    for index in range(1, 200):
        process.offer(frame(index, float(index)))
    measured: list[int] = []

    def last_is_measured() -> bool:
        answer = process.latest()
        if answer is not None:
            measured.append(answer.frame)
        return measured[-1:] == [199]

    wait_until(last_is_measured)

    assert measured == sorted(measured)
    assert len(measured) < 199


def test_a_measurement_against_the_target_before_is_dropped(process: MeasuringProcess) -> None:
    process.set_target("smile", want_distance=False, want_forecast=True)
    wait_for_answer(process, frame(0, 0.0))
    process.offer(frame(1, 1.0))
    time.sleep(0.3)  # measured by now, and not yet asked for
    process.set_target("other", want_distance=False, want_forecast=True)

    assert process.latest() is None
    assert wait_for_answer(process, frame(2, 2.0)).target == "other"


@pytest.mark.parametrize("fate", [KILL, None])
def test_a_process_that_died_is_started_again_with_its_calibration_and_target(
    process: MeasuringProcess, fate: int | None
) -> None:
    process.calibrate([frame(0, 0.0).image] * 7)
    process.set_target("smile", want_distance=False, want_forecast=True)
    first = wait_for_answer(process, frame(0, 0.0))
    process_id = process.process_id
    assert process_id is not None
    if fate is None:
        os.kill(process_id, signal.SIGTERM)
    else:
        process.offer(frame(1, 1.0, blue=fate))

    def is_lost() -> bool:
        process.latest()
        return process.state == "restarting"

    wait_until(is_lost)
    answer = wait_for_answer(process, frame(2, 2.0))

    assert process.state == "ready"
    assert process.restarts == 1
    assert answer.target == "smile"
    assert answer.reading.intensity_ratio == first.reading.intensity_ratio == pytest.approx(0.07)


def test_a_process_that_hangs_is_started_again(process: MeasuringProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    wait_for_answer(process, frame(0, 0.0))
    monkeypatch.setattr(worker_process, "_SILENCE_S", 0.5)
    process.offer(frame(1, 1.0, blue=HANG))
    time.sleep(0.2)

    assert wait_for_answer(process, frame(2, 2.0)).frame == 2
    assert process.restarts >= 1


def test_silence_without_frames_is_not_a_hang(process: MeasuringProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    wait_for_answer(process, frame(0, 0.0))
    monkeypatch.setattr(worker_process, "_SILENCE_S", 0.05)
    wait_until(lambda: process.latest() is None)
    time.sleep(0.2)
    process.latest()

    assert process.restarts == 0


def test_a_measurer_that_cannot_be_made_is_a_failure_without_restart() -> None:
    process = MeasuringProcess(MissingModelFactory(), clock=CLOCK)

    def has_failed() -> bool:
        process.latest()
        return process.state == "failed"

    wait_until(has_failed)
    process.latest()
    process.close()

    assert process.fault == "the face model is missing; run scripts/setup"
    assert process.restarts == 0


def test_a_process_that_dies_repeatedly_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_process, "_MOST_RESTARTS", 1)
    process = MeasuringProcess(ColourMeasurerFactory(), clock=CLOCK)

    def is_given_up() -> bool:
        process.offer(frame(0, 0.0, blue=KILL))
        process.latest()
        return process.state == "failed"

    wait_until(is_given_up)
    process.close()

    assert "2 times in a row" in process.fault


def test_a_calibration_without_a_face_is_reported(process: MeasuringProcess) -> None:
    process.calibrate([])

    def is_reported() -> bool:
        process.latest()
        return bool(process.fault)

    wait_until(is_reported)

    assert process.fault == "no face was found in the calibration frames"
    assert process.state == "ready"


def test_closing_ends_the_process(process: MeasuringProcess) -> None:
    wait_for_answer(process, frame(0, 0.0))
    process_id = process.process_id
    assert process_id is not None
    process.close()

    with pytest.raises(ProcessLookupError):
        os.kill(process_id, 0)
    process.offer(frame(1, 1.0))
    assert process.latest() is None
