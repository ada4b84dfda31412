from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from experiment.camera.device import DriverStamps
from experiment.camera.sources import open_camera
from experiment.clock import ClockOffset
from experiment.errors import CameraError
from experiment.ports.camera import CameraFrame, CameraSource, Image
from tests.experiment.clocks import SetClock

COUNT = 6


def shade(number: int) -> Image:
    return np.full((32, 48, 3), 30 + 30 * number, np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(COUNT):
        cv2.imwrite(str(tmp_path / f"{number:03d}.png"), shade(number))
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    file = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 25.0, (48, 32))
    for number in range(COUNT):
        writer.write(shade(number))
    writer.release()
    return file


def camera(spec: Path | str, clock: SetClock, **options: bool) -> CameraSource:
    return open_camera(str(spec), clock=clock, size_px=(640, 480), rate_hz=10.0, **options)


def frames(source: CameraSource, count: int) -> list[CameraFrame]:
    read = [source.read() for _ in range(count)]
    return [frame for frame in read if frame is not None]


def shown(frame: CameraFrame) -> int:
    return round((float(frame.image.mean()) - 30) / 30)


def test_a_folder_is_played_in_order_of_its_names_at_the_rate_asked_for(folder: Path) -> None:
    source = camera(folder, SetClock(1000.0))

    played = frames(source, COUNT + 2)

    assert [shown(frame) for frame in played] == [0, 1, 2, 3, 4, 5, 0, 1]
    assert [frame.index for frame in played] == list(range(8))
    np.testing.assert_allclose([frame.captured_s for frame in played], 1000 + np.arange(8) / 10)
    assert {frame.time_kind for frame in played} == {"media"}
    assert source.facts["pictures"] == COUNT


def test_a_clip_is_played_at_its_own_rate_and_begins_again(clip: Path) -> None:
    source = camera(clip, SetClock(1000.0))

    played = frames(source, 2 * COUNT)

    assert [shown(frame) for frame in played] == [*range(COUNT), *range(COUNT)]
    np.testing.assert_allclose([frame.captured_s for frame in played], 1000 + np.arange(2 * COUNT) / 25)
    assert source.facts["rate_hz"] == 25.0
    source.close()


@pytest.mark.parametrize("kind", ["folder", "clip"])
def test_without_loop_it_ends(kind: str, request: pytest.FixtureRequest) -> None:
    source = camera(request.getfixturevalue(kind), SetClock(), loop=False)

    assert len(frames(source, COUNT)) == COUNT
    assert source.read() is None
    source.close()


@pytest.mark.parametrize(("kind", "rate_hz"), [("folder", 10.0), ("clip", 25.0)])
def test_a_slow_reader_loses_pictures_and_no_time(kind: str, rate_hz: float, request: pytest.FixtureRequest) -> None:
    clock = SetClock(1000.0)
    source = camera(request.getfixturevalue(kind), clock)
    first = frames(source, 1)[0]
    clock.sleep_until(1000.0 + 3.5 / rate_hz)

    late = frames(source, 1)[0]

    assert (first.index, shown(first)) == (0, 0)
    assert (late.index, shown(late)) == (3, 3)
    assert late.captured_s == pytest.approx(1000.0 + 3 / rate_hz)
    source.close()


def test_pictures_are_rgb(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "red.png"), np.full((4, 4, 3), (0, 0, 200), np.uint8))

    frame = camera(tmp_path, SetClock()).read()

    assert frame is not None
    assert frame.image[0, 0].tolist() == [200, 0, 0]


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda folder: folder / "nothing", "there is no camera .*nothing.*; give a device number"),
        (lambda folder: folder, "no picture in "),
        (lambda folder: _file(folder / "clip.mp4", b"no video"), "cannot be played as a camera"),
        (lambda folder: _file(folder / "notes.txt", b"a text of several words\n" * 40), "cannot be played as a camera"),
        (lambda folder: _file(folder / "a.png", b"no picture").parent, "cannot be read as a picture"),
    ],
)
def test_what_cannot_be_a_camera_is_refused(tmp_path: Path, make: Callable[[Path], Path], told: str) -> None:
    with pytest.raises(CameraError, match=told):
        camera(make(tmp_path), SetClock())


def test_a_device_that_is_not_there_is_refused_with_what_to_check() -> None:
    with pytest.raises(CameraError, match="camera 63 cannot be opened: is it plugged in"):
        camera("63", SetClock())


def _file(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_driver_stamps_become_session_time() -> None:
    stamps = DriverStamps(offset_s=-900.0)

    assert stamps.session_time_s(100.00, arrival_s=1000.03) == pytest.approx(1000.0)
    assert stamps.session_time_s(100.04, arrival_s=1000.07) == pytest.approx(1000.04)


@pytest.mark.parametrize(
    ("stamp_s", "why"),
    [(0.0, "not stamped"), (98.9, "older than a second"), (100.1, "in the future"), (1_700_000_000.0, "wall time")],
)
def test_an_implausible_stamp_ends_the_trust_in_all_later_ones(stamp_s: float, why: str) -> None:
    stamps = DriverStamps(offset_s=-900.0)

    assert stamps.session_time_s(stamp_s, arrival_s=1000.03) is None
    assert stamps.session_time_s(100.04, arrival_s=1000.07) is None


def test_a_stamp_that_does_not_move_on_is_none() -> None:
    stamps = DriverStamps(offset_s=-900.0)
    stamps.session_time_s(100.0, arrival_s=1000.03)

    assert stamps.session_time_s(100.0, arrival_s=1000.06) is None


class FakeCapture:
    """OpenCV's capture of a webcam whose driver stamps frames, as far as it is used."""

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


def test_a_webcam_without_stamps_gives_the_time_of_arrival_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    source, _ = webcam(monkeypatch, [0.0, 0.0])

    first, second = frames(source, 2)

    assert [frame.captured_s for frame in (first, second)] == pytest.approx([1000 + 1 / 30, 1000 + 2 / 30])
    assert [frame.time_kind for frame in (first, second)] == ["arrival", "arrival"]


def test_an_unplugged_webcam_is_an_error_and_gives_the_device_back(monkeypatch: pytest.MonkeyPatch) -> None:
    source, capture = webcam(monkeypatch, [100.01])
    frames(source, 1)

    with pytest.raises(CameraError, match="camera 2 stopped sending pictures; plug it in again"):
        source.read()
    source.close()
    assert capture.released
