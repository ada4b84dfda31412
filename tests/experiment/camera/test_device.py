"""A webcam: times of its frames, and a driver that fails."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from experiment.camera.device import DriverStamps
from experiment.camera.sources import open_camera
from experiment.clock import ClockOffset
from experiment.errors import CameraError
from experiment.ports.camera import CameraSource, Image
from tests.experiment.camera.test_sources import frames, shade
from tests.experiment.clocks import SetClock


@pytest.fixture(autouse=True)
def own_locks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The tests here leave cameras open, as a killed process does."""
    monkeypatch.setenv("MIMICRY_RUNTIME", str(tmp_path))


def test_driver_stamps_become_session_time() -> None:
    stamps = DriverStamps(offset_s=-900.0)

    assert stamps.session_time_s(100.00, arrival_s=1000.03) == pytest.approx(1000.0)
    assert stamps.session_time_s(100.04, arrival_s=1000.07) == pytest.approx(1000.04)


@pytest.mark.parametrize(
    ("stamp_s", "why"),
    [(0.0, "not stamped"), (98.9, "older than a second"), (100.1, "in the future"), (1_700_000_000.0, "wall time")],
)
def test_no_stamp_is_trusted_after_an_implausible_one(stamp_s: float, why: str) -> None:
    stamps = DriverStamps(offset_s=-900.0)

    assert stamps.session_time_s(stamp_s, arrival_s=1000.03) is None
    assert stamps.session_time_s(100.04, arrival_s=1000.07) is None


def test_a_stamp_that_does_not_increase_is_refused() -> None:
    stamps = DriverStamps(offset_s=-900.0)
    stamps.session_time_s(100.0, arrival_s=1000.03)

    assert stamps.session_time_s(100.0, arrival_s=1000.06) is None


class FakeCapture:
    """OpenCV's capture of a webcam whose driver stamps frames; only the methods in use."""

    def __init__(self, *, stamps_s: list[float], clock: SetClock) -> None:
        self._stamps_s = stamps_s
        self._clock = clock
        self._next = 0
        self.asked: dict[int, float] = {}
        self.released = False

    def isOpened(self) -> bool:  # noqa: N802
        return True

    def getBackendName(self) -> str:  # noqa: N802
        return "FAKE"

    def set(self, key: int, value: float) -> bool:
        self.asked[key] = value
        return True

    def get(self, key: int) -> float:
        if key == cv2.CAP_PROP_POS_MSEC:
            return 1000 * self._stamps_s[self._next - 1]
        return {cv2.CAP_PROP_FRAME_WIDTH: 640.0, cv2.CAP_PROP_FRAME_HEIGHT: 480.0, cv2.CAP_PROP_FPS: 30.0}[key]

    def read(self) -> tuple[bool, Image | None]:
        if self._next == len(self._stamps_s):
            return False, None
        self._next += 1
        self._clock.sleep_until(self._clock.now() + 1 / 30)
        return True, shade(self._next)

    def release(self) -> None:
        self.released = True


def webcam(monkeypatch: pytest.MonkeyPatch, stamps_s: list[float]) -> tuple[CameraSource, FakeCapture]:
    clock = SetClock(1000.0)
    capture = FakeCapture(stamps_s=stamps_s, clock=clock)
    monkeypatch.setattr(cv2, "VideoCapture", lambda *_: capture)
    monkeypatch.setattr("experiment.camera.device.measure_offset", lambda *_: ClockOffset(error_s=0.0, offset_s=-900.0))
    return open_camera("2", clock=clock, size_px=(1280, 720), rate_hz=30.0), capture


def test_a_webcam_keeps_the_stamps_of_its_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    source, capture = webcam(monkeypatch, [100.01, 100.05])

    first, second = frames(source, 2)

    assert [frame.captured_s for frame in (first, second)] == pytest.approx([1000.01, 1000.05])
    assert [(frame.time_kind, frame.index) for frame in (first, second)] == [("driver", 0), ("driver", 1)]
    assert (capture.asked[cv2.CAP_PROP_FRAME_WIDTH], capture.asked[cv2.CAP_PROP_FPS]) == (1280, 30)
    assert source.facts["size_px"] == [640, 480]


def test_a_webcam_without_stamps_gives_times_of_arrival(monkeypatch: pytest.MonkeyPatch) -> None:
    source, _ = webcam(monkeypatch, [0.0, 0.0])

    first, second = frames(source, 2)

    assert [frame.captured_s for frame in (first, second)] == pytest.approx([1000 + 1 / 30, 1000 + 2 / 30])
    assert [frame.time_kind for frame in (first, second)] == ["arrival", "arrival"]


def test_an_unplugged_webcam_is_an_error_and_its_device_is_released(monkeypatch: pytest.MonkeyPatch) -> None:
    source, capture = webcam(monkeypatch, [100.01])
    frames(source, 1)

    with pytest.raises(CameraError, match="camera 2 stopped sending pictures; plug it in again"):
        source.read()
    source.close()
    assert capture.released


def test_a_driver_that_raises_while_it_is_opened_is_a_camera_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> object:
        raise cv2.error("backend failed")

    monkeypatch.setattr(cv2, "VideoCapture", fail)
    with pytest.raises(CameraError, match="camera 2 cannot be opened: is it plugged in"):
        open_camera("2", clock=SetClock(), size_px=(1280, 720), rate_hz=30.0)
