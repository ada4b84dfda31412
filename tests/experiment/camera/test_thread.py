"""The state of a camera that misbehaves. The clock is set by hand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from experiment.camera.handover import FrameHandlers
from experiment.camera.numbered import NumberedCamera, Shot, draw
from experiment.camera.thread import CameraThread
from experiment.errors import CameraError
from experiment.ports.camera import CameraFrame, FrameTime, TimeKind
from tests.experiment.clocks import RealClock, SetClock


def shots(count: int, *, start_s: float = 1000.0, rate_hz: float = 30.0, first: int = 0) -> list[Shot]:
    times_s = [start_s + i / rate_hz for i in range(count)]
    return [Shot(first + i, time_s, time_s, time_s) for i, time_s in enumerate(times_s)]


class FedCamera:
    """Returns the frames of the test; waits for more like a driver."""

    def __init__(self, *, time_kind: TimeKind = "driver") -> None:
        self._frames: list[CameraFrame | CameraError | None] = []
        self._more = threading.Condition()
        self._time_kind = time_kind
        self.closed = False

    def give(self, time_s: float, number: int) -> None:
        self._put(CameraFrame(number, time_s, self._time_kind, draw(number, time_s)))

    def repeat(self, time_s: float, number: int, *, index: int) -> None:
        """An old picture under a new index and time: a driver that hangs."""
        self._put(CameraFrame(index, time_s, self._time_kind, draw(number, 1.0)))

    def fail(self) -> None:
        self._put(CameraError("cable"))

    def _put(self, item: CameraFrame | CameraError) -> None:
        with self._more:
            self._frames.append(item)
            self._more.notify_all()

    @property
    def facts(self) -> Mapping[str, Any]:
        return {"kind": "fed"}

    def read(self) -> CameraFrame | None:
        with self._more:
            self._more.wait_for(lambda: bool(self._frames) or self.closed)
            item = self._frames.pop(0) if self._frames else None
        if isinstance(item, CameraError):
            raise item
        return item

    def close(self) -> None:
        with self._more:
            self.closed = True
            self._more.notify_all()


def until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.01)
    pytest.fail("the condition did not become true within 10 s")


@pytest.fixture
def clock() -> SetClock:
    return SetClock(1000.0)


def test_a_camera_is_starting_until_its_first_frame(clock: SetClock) -> None:
    source = FedCamera()
    camera = CameraThread(source, clock=clock, rate_hz=30)
    assert camera.state().condition == "starting"

    source.give(1000.0, 0)

    until(lambda: camera.state().condition == "running")
    assert camera.state().message == ""
    source.close()
    camera.close()


def test_a_camera_that_never_starts_is_stalled(clock: SetClock) -> None:
    source = FedCamera()
    camera = CameraThread(source, clock=clock, rate_hz=30)
    clock.sleep_until(1010.5)

    state = camera.state()

    assert (state.condition, state.usable) == ("stalled", False)
    assert "cable" in state.message
    source.close()
    camera.close()


def test_a_camera_that_stops_is_noticed_while_the_driver_hangs_and_recovers(clock: SetClock) -> None:
    source = FedCamera()
    camera = CameraThread(source, clock=clock, rate_hz=30)
    source.give(1000.0, 0)
    until(lambda: camera.state().condition == "running")

    clock.sleep_until(1000.9)
    assert camera.state().condition == "running"
    clock.sleep_until(1001.1)
    stalled = camera.state()
    source.give(1001.1, 1)
    until(lambda: camera.state().condition == "running")

    assert (stalled.condition, stalled.since_s) == ("stalled", 1000.0)
    source.close()
    camera.close()


def test_a_picture_that_does_not_change_is_frozen(clock: SetClock) -> None:
    source = FedCamera()
    camera = CameraThread(source, clock=clock, rate_hz=30)
    source.repeat(1000.0, 0, index=0)
    until(lambda: camera.state().frames == 1)
    for index in range(1, 70):
        clock.sleep_until(1000 + index / 30)
        source.repeat(1000 + index / 30, 0, index=index)
    until(lambda: camera.state().duplicates == 69)

    state = camera.state()

    assert (state.condition, state.frames) == ("frozen", 1)
    assert "does not change" in state.message
    source.close()
    camera.close()


def test_a_played_still_is_not_frozen(clock: SetClock) -> None:
    """A clip of a still picture has equal frames with different indices."""
    source = FedCamera(time_kind="media")
    camera = CameraThread(source, clock=clock, rate_hz=30)
    for index in range(70):
        clock.sleep_until(1000 + index / 30)
        source.repeat(1000 + index / 30, 0, index=index)
    until(lambda: camera.state().frames == 70)

    assert camera.state().condition == "running"
    source.close()
    camera.close()


def test_an_unplugged_camera_is_opened_again_and_its_indices_continue() -> None:
    clock = RealClock()
    first, second = FedCamera(), FedCamera()
    tries: list[int] = []

    def reopen() -> FedCamera:
        tries.append(1)
        if len(tries) == 1:
            raise CameraError("still gone")
        return second

    camera = CameraThread(first, clock=clock, rate_hz=30, reopen=reopen)
    for number in range(5):
        first.give(clock.now(), number)
    until(lambda: camera.state().frames == 5)
    first.fail()
    until(lambda: camera.state().condition == "unplugged")
    gone = camera.state()
    request = camera.capture(clock.now(), timeout_s=0.05)
    captured = request.result()

    until(lambda: len(tries) == 2)
    second.give(clock.now(), 0)
    until(lambda: camera.state().condition == "running")

    assert (gone.usable, gone.reason) == (False, "cable")
    assert "Plug it in" in gone.message
    assert captured.fault == "unplugged"
    assert first.closed
    latest = camera.latest()
    assert latest is not None
    assert latest.index == 5
    second.close()
    camera.close()


def test_the_end_of_a_clip_is_a_fault_and_requests_are_answered_at_once(clock: SetClock) -> None:
    camera = CameraThread(NumberedCamera(shots(10), clock=clock), clock=clock, rate_hz=30)
    camera.join(10)

    captured = camera.capture(1000.3, before=1).result()

    assert camera.state().condition == "ended"
    assert captured.frame is not None
    assert (captured.frame.index, captured.fault) == (9, None)
    assert camera.capture(1005.0).result().fault == "ended"
    camera.close()


def test_memory_is_bounded_by_the_ring(clock: SetClock) -> None:
    camera = CameraThread(NumberedCamera(shots(5000), clock=clock), clock=clock, rate_hz=30, keep=(15, 5))
    camera.join(30)

    kept = camera.collect(10_000, from_s=0)

    assert len(kept) == 15 + 5 + 2 + 15
    assert kept[-1].index == 4999
    camera.close()


def test_calibration_frames_are_the_first_after_a_moment(clock: SetClock) -> None:
    camera = CameraThread(NumberedCamera(shots(20), clock=clock), clock=clock, rate_hz=60)
    camera.join(10)

    assert [frame.index for frame in camera.collect(5, from_s=1000.32)] == [10, 11, 12, 13, 14]
    camera.close()


def test_the_time_of_every_frame_is_handed_over(clock: SetClock) -> None:
    times: list[FrameTime] = []

    def keep(chunk: Sequence[FrameTime]) -> None:
        times.extend(chunk)

    camera = CameraThread(
        NumberedCamera(shots(1000), clock=clock), clock=clock, rate_hz=30, handlers=FrameHandlers(on_times=keep)
    )
    camera.join(10)
    camera.close()

    assert [time.index for time in times] == list(range(1000))
    np.testing.assert_allclose([time.captured_s for time in times], 1000 + np.arange(1000) / 30)


def test_every_new_frame_is_handed_over_at_its_arrival_with_the_index_of_the_session() -> None:
    first, second = FedCamera(), FedCamera()
    seen: list[tuple[int, float]] = []
    camera = CameraThread(
        first,
        clock=RealClock(),
        rate_hz=30,
        reopen=lambda: second,
        handlers=FrameHandlers(on_frame=lambda frame: seen.append((frame.index, frame.captured_s))),
    )
    first.give(1.0, 0)
    first.give(1.1, 1)
    until(lambda: len(seen) == 2)
    first.fail()
    second.give(5.0, 0)
    until(lambda: len(seen) == 3)
    camera.close()

    assert seen == [(0, 1.0), (1, 1.1), (2, 5.0)]


def test_a_failing_handler_reaches_the_session_and_the_camera_continues(clock: SetClock) -> None:
    source = FedCamera()

    def break_down(_: CameraFrame) -> None:
        raise ZeroDivisionError("by nothing")

    camera = CameraThread(source, clock=clock, rate_hz=30.0, handlers=FrameHandlers(on_frame=break_down))
    try:
        source.give(1000.0, 0)
        source.give(1000.03, 1)
        until(lambda: (latest := camera.latest()) is not None and latest.index == 1)

        with pytest.raises(CameraError, match="by a fault of the program: ZeroDivisionError"):
            camera.state()
    finally:
        source.close()
        camera.close()
