"""Reading of clips: formats, rotation, pixel shape, transparency, times, damage."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from analysis.face.clips import clip_facts, read_clip, read_clip_frame, read_sound
from analysis.face.errors import ImageError
from experiment.bench.numbered_clips import numbered_clip, numbered_frame, read_number, write_clip


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format"),
    [
        ("a.mp4", "libx264", "yuv420p"),
        ("a.mov", "mjpeg", "yuvj420p"),
        ("a.webm", "libvpx-vp9", "yuv420p"),
        ("a.avi", "mpeg4", "yuv420p"),
        ("a.mkv", "ffv1", "bgr0"),
    ],
)
def test_every_frame_is_read_with_its_time(tmp_path: Path, name: str, codec: str, pixel_format: str) -> None:
    frames = [numbered_frame(number) for number in range(12)]
    file = write_clip(tmp_path / name, frames, rate=25, codec=codec, pixel_format=pixel_format)

    clip = read_clip(file)

    assert [read_number(frame) for frame in clip.frames] == list(range(12))
    assert clip.times_s == pytest.approx([index / 25 for index in range(12)], abs=1e-3)
    assert clip.duration_s == pytest.approx(12 / 25, abs=1e-3)
    facts = clip_facts(file)
    assert (facts.times_s, facts.duration_s) == (clip.times_s, clip.duration_s)
    assert facts.size_px == (96, 64)
    assert not facts.has_sound
    assert read_number(read_clip_frame(file, 7)) == 7


def test_an_animated_gif_is_a_clip(tmp_path: Path) -> None:
    frames = [Image.fromarray(numbered_frame(number)) for number in range(5)]
    file = tmp_path / "a.gif"
    frames[0].save(file, save_all=True, append_images=frames[1:], duration=[40, 80, 40, 40, 200], loop=0)

    clip = read_clip(file)

    assert [read_number(frame) for frame in clip.frames] == list(range(5))
    assert clip.times_s == pytest.approx([0, 0.04, 0.12, 0.16, 0.2])
    assert clip.duration_s == pytest.approx(0.4)


def test_a_variable_rate_keeps_its_times(tmp_path: Path) -> None:
    times = [0.5, 0.54, 0.7, 0.71, 1.5]
    file = write_clip(tmp_path / "a.mp4", map(numbered_frame, range(5)), times_s=times)

    clip = read_clip(file)

    assert clip.times_s == pytest.approx([time - 0.5 for time in times], abs=1e-4)
    assert clip.duration_s > clip.times_s[-1]


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_rotated_clip_is_upright(tmp_path: Path, turns: int) -> None:
    """The bright corner is at the top left of the picture on the display."""
    upright = np.full((64, 96, 3), 30, np.uint8)
    upright[:24, :32] = 230
    stored = np.ascontiguousarray(np.rot90(upright, -turns))
    plain, turned = tmp_path / "plain.mp4", tmp_path / "turned.mp4"
    write_clip(plain, [stored] * 3)
    _with_rotation(plain, turned, degrees=90 * turns)

    clip = read_clip(turned)

    assert clip.frames[0].shape == (64, 96, 3)
    assert clip_facts(turned).size_px == (96, 64)
    assert clip.frames[0][10, 10].mean() > 200
    assert clip.frames[0][-10, -10].mean() < 60


def _with_rotation(plain: Path, turned: Path, *, degrees: int) -> None:
    """Copy an MP4 and write a display matrix that turns its pictures counter-clockwise."""
    content = bytearray(plain.read_bytes())
    at = content.index(b"tkhd") + 4 + 40  # version 0: the matrix follows 40 bytes of other fields
    one, sign = 1 << 16, {90: (0, -1, 1, 0), 180: (-1, 0, 0, -1), 270: (0, 1, -1, 0)}[degrees]
    for place, value in zip((0, 4, 12, 16), sign, strict=True):
        content[at + place : at + place + 4] = (value * one).to_bytes(4, "big", signed=True)
    turned.write_bytes(content)
    with av.open(str(turned)) as container:
        assert next(container.decode(video=0)).rotation % 360 == degrees


def test_pixels_that_are_not_square_are_stretched(tmp_path: Path) -> None:
    file = write_clip(tmp_path / "a.mp4", map(numbered_frame, range(3)), options={"x264-params": "sar=4/3"})

    assert clip_facts(file).size_px == (128, 64)
    assert read_clip(file).frames[2].shape == (64, 128, 3)
    assert read_number(read_clip(file).frames[2]) == 2


def test_transparent_pixels_show_the_background(tmp_path: Path) -> None:
    frame = np.zeros((64, 96, 4), np.uint8)
    frame[:32] = (255, 0, 0, 255)
    file = write_clip(tmp_path / "a.mkv", [frame] * 2, codec="ffv1", pixel_format="bgra")

    red, blue = read_clip(file, background="blue").frames[0][[10, 50], 10]

    assert red.tolist() == [255, 0, 0]
    assert blue.tolist() == [0, 0, 255]


def test_large_frames_are_reduced_and_small_ones_are_not_enlarged(tmp_path: Path) -> None:
    file = numbered_clip(tmp_path / "a.mp4", 4, size_px=(192, 128))

    assert read_clip(file, height_px=64).frames[3].shape == (64, 96, 3)
    assert read_clip(file, height_px=500).frames[3].shape == (128, 192, 3)


def test_odd_sizes_are_read(tmp_path: Path) -> None:
    file = write_clip(
        tmp_path / "a.mkv", (numbered_frame(n, (97, 63)) for n in range(3)), codec="ffv1", pixel_format="bgr0"
    )

    assert read_clip(file).frames[0].shape == (63, 97, 3)


def test_damaged_and_empty_files_are_named(tmp_path: Path) -> None:
    good = numbered_clip(tmp_path / "good.mp4", 40, size_px=(192, 128))
    (tmp_path / "text.mp4").write_text("this is not a film")
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "cut.mp4").write_bytes(good.read_bytes()[:600])
    shutil.copy(good, tmp_path / "folder.txt")

    for name in ("text.mp4", "empty.mp4", "cut.mp4", "missing.mp4"):
        with pytest.raises(ImageError, match=name):
            clip_facts(tmp_path / name)
        with pytest.raises(ImageError, match=name):
            read_clip(tmp_path / name)


def test_a_changed_file_has_new_facts(tmp_path: Path) -> None:
    file = numbered_clip(tmp_path / "a.mp4", 4)
    assert len(clip_facts(file).times_s) == 4

    numbered_clip(file, 6, rate=Fraction(30000, 1001))

    assert len(clip_facts(file).times_s) == 6


def test_the_sound_of_a_clip_is_read_from_its_first_frame_on(tmp_path: Path) -> None:
    """A tone of 0.2 s in both channels, 0.5 s of film."""
    file = tmp_path / "loud.mkv"
    tone = np.sin(2 * np.pi * 440 * np.arange(9600) / 48_000).astype(np.float32)
    with av.open(str(file), "w") as container:
        video = container.add_stream("ffv1", rate=20)
        video.width, video.height, video.pix_fmt = 96, 64, "bgr0"
        audio = container.add_stream("pcm_s16le", rate=48_000, layout="stereo")
        for number in range(10):
            container.mux(video.encode(av.VideoFrame.from_ndarray(numbered_frame(number), format="rgb24")))
        samples = np.round(np.repeat(tone, 2)[None] * 32_000).astype(np.int16)
        part = av.AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
        part.sample_rate, part.pts = 48_000, 0
        container.mux(audio.encode(part))
        for stream in (video, audio):
            container.mux(stream.encode(None))

    heard = read_sound(file, rate_hz=24_000)

    assert clip_facts(file).has_sound
    assert heard.dtype == np.float32
    assert heard.shape == pytest.approx((4800, 2), abs=30)
    spectrum = np.abs(np.fft.rfft(heard[:4800, 0]))
    assert np.argmax(spectrum) * 24_000 / len(heard[:4800]) == pytest.approx(440, abs=6)
    with pytest.raises(ImageError, match="has no sound"):
        read_sound(numbered_clip(tmp_path / "silent.mp4", 3), rate_hz=48_000)
