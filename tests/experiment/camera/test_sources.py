from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from analysis.face.images import read_image
from experiment.camera.condition import ConditionMonitor
from experiment.camera.sources import open_camera
from experiment.errors import CameraError, PictureFileError
from experiment.ports.camera import CameraFrame, CameraSource, Image
from experiment.screens.screen import Text
from experiment.screens.step_screens import camera_fault
from experiment.screens.style import Style
from tests.experiment.clocks import SetClock
from tests.experiment.plans import make_plan

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


IRREGULAR_S = (0.0, 0.04, 0.08, 0.9, 0.94, 1.5)
"""Times as a phone or a screen recorder writes them: the mean rate says nothing about any of them."""


@pytest.fixture
def irregular_clip(tmp_path: Path) -> Path:
    file = tmp_path / "irregular.mkv"
    with av.open(str(file), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 48, 32, "yuvj420p"
        stream.codec_context.time_base = stream.time_base = Fraction(1, 1000)
        for number, time_s in enumerate(IRREGULAR_S):
            frame = av.VideoFrame.from_ndarray(shade(number), format="rgb24")
            frame.pts, frame.time_base = round(1000 * time_s), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return file


def test_a_clip_without_a_constant_rate_is_played_at_the_times_of_its_frames(irregular_clip: Path) -> None:
    source = camera(irregular_clip, SetClock(1000.0))

    played = frames(source, 2 * COUNT)

    assert [shown(frame) for frame in played] == [*range(COUNT), *range(COUNT)]
    np.testing.assert_allclose([frame.captured_s - 1000.0 for frame in played[:COUNT]], IRREGULAR_S, atol=1e-6)
    again = np.array([frame.captured_s for frame in played[COUNT:]])
    np.testing.assert_allclose(again - again[0], IRREGULAR_S, atol=1e-6)
    assert again[0] > played[COUNT - 1].captured_s
    source.close()


def test_a_slow_reader_of_such_a_clip_gets_the_picture_that_is_due(irregular_clip: Path) -> None:
    clock = SetClock(1000.0)
    source = camera(irregular_clip, clock)
    frames(source, 1)
    clock.sleep_until(1000.92)

    (late,) = frames(source, 1)

    assert (late.index, shown(late)) == (3, 3)
    assert late.captured_s == pytest.approx(1000.9)
    source.close()


def test_a_clip_that_is_cut_short_is_played_as_far_as_it_goes(irregular_clip: Path) -> None:
    whole = irregular_clip.read_bytes()
    irregular_clip.write_bytes(whole[: int(0.6 * len(whole))])
    source = camera(irregular_clip, SetClock(), loop=False)

    played = frames(source, COUNT)

    assert 1 <= len(played) < COUNT
    assert [shown(frame) for frame in played] == list(range(len(played)))
    source.close()


def test_numbers_in_names_count_as_numbers_and_hidden_files_are_skipped(tmp_path: Path) -> None:
    for position, name in enumerate(("img1.png", "img2.png", "IMG3.png", "img10.png", "img11.png")):
        cv2.imwrite(str(tmp_path / name), shade(position))
    for name in ("._img1.png", ".DS_Store", "Thumbs.db", ".img0.jpg"):
        (tmp_path / name).write_bytes(b"no picture")

    source = camera(tmp_path, SetClock(), loop=False)

    assert [shown(frame) for frame in frames(source, 6)] == [0, 1, 2, 3, 4]


def test_a_damaged_picture_in_the_middle_is_named_and_no_cable_is_blamed(folder: Path) -> None:
    damaged = folder / "002.png"
    damaged.write_bytes(damaged.read_bytes()[:70])
    clock = SetClock(1000.0)
    source = camera(folder, clock)
    frames(source, 2)

    with pytest.raises(PictureFileError, match=r"002\.png: the picture is damaged.*remove it") as caught:
        source.read()

    monitor = ConditionMonitor(clock.now(), rate_hz=10.0)
    monitor.lost(clock.now(), reason=str(caught.value), by_file=True)
    assert "002.png" in monitor.state(clock.now(), duplicates=0).message


def test_the_screen_of_a_damaged_picture_names_it_and_does_not_mention_a_cable(folder: Path) -> None:
    style = Style.of(make_plan(folder))
    screens = [camera_fault(style, "002.png is damaged", check_cable=cable) for cable in (True, False)]
    texts = [" ".join(one.text for one in screen.elements if isinstance(one, Text)) for screen in screens]

    assert ["cable" in text for text in texts] == [True, False]
    assert all("002.png" in text for text in texts)


def test_pictures_of_a_folder_are_read_as_they_are_measured(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "deep.png"), (shade(3).astype(np.uint16) << 4))  # 12 bits in 16

    (frame,) = frames(camera(tmp_path, SetClock()), 1)

    assert np.array_equal(frame.image, read_image(tmp_path / "deep.png"))


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
        (lambda folder: _file(folder / "a.png", b"no picture").parent, r"a\.png: this is not a picture.*remove it"),
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
