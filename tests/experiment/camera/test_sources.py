from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from experiment.camera.sources import open_camera
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
    ("make", "message"),
    [
        (lambda folder: folder / "nothing", "there is no camera .*nothing.*; give a device number"),
        (lambda folder: folder, "no picture in "),
        (lambda folder: _file(folder / "clip.mp4", b"no video"), "cannot be played as a camera"),
        (lambda folder: _file(folder / "notes.txt", b"a text of several words\n" * 40), "cannot be played as a camera"),
        (lambda folder: _file(folder / "a.png", b"no picture").parent, "cannot be read as a picture"),
    ],
)
def test_files_that_cannot_be_played_as_a_camera_are_refused(
    tmp_path: Path, make: Callable[[Path], Path], message: str
) -> None:
    with pytest.raises(CameraError, match=message):
        camera(make(tmp_path), SetClock())


def test_a_device_that_does_not_exist_is_refused_with_a_remedy() -> None:
    with pytest.raises(CameraError, match="camera 63 cannot be opened: is it plugged in"):
        camera("63", SetClock())


def _file(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
