"""Reading of some frames of a film, without the others."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import pytest

from analysis.face.clips import clip_facts, film_frames, film_index, read_clip
from experiment.bench.numbered_clips import numbered_frame, write_clip

FRAMES = 70


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format", "options"),
    [
        ("a.mp4", "libx264", "yuv420p", {"g": "12", "bf": "3"}),
        ("a.mov", "mjpeg", "yuvj420p", {}),
        ("a.webm", "libvpx-vp9", "yuv420p", {"g": "20"}),
        ("a.avi", "mpeg4", "yuv420p", {"g": "12", "bf": "2"}),
        ("a.mkv", "ffv1", "bgr0", {}),
    ],
)
def test_frames_of_an_interval_are_those_of_the_whole_film(
    tmp_path: Path, name: str, codec: str, pixel_format: str, options: Mapping[str, str]
) -> None:
    file = tmp_path / name
    write_clip(
        file, map(numbered_frame, range(FRAMES)), rate=25, codec=codec, pixel_format=pixel_format, options=dict(options)
    )
    whole = read_clip(file)

    index = film_index(file)

    assert index.times_s == pytest.approx(whole.times_s, abs=1e-9)
    assert index.size_px == clip_facts(file).size_px
    assert index.duration_s == pytest.approx(whole.duration_s, abs=2e-3)
    everything = dict(film_frames(file, first=0, stop=FRAMES))
    for number, image in everything.items():
        shown = cv2.cvtColor(whole.frames[number], cv2.COLOR_RGB2GRAY).astype(float)
        assert np.abs(image - shown).mean() < 5  # another number differs by 21 and more
    for first, stop in ((0, FRAMES), (31, 33), (47, 61), (69, 70)):
        found = dict(film_frames(file, first=first, stop=stop))
        assert list(found) == list(range(first, stop))
        assert all(np.array_equal(image, everything[number]) for number, image in found.items())


def test_times_of_a_variable_rate_are_kept(tmp_path: Path) -> None:
    times = [0.5, 0.54, 0.7, 0.71, 1.5]
    file = write_clip(tmp_path / "a.mp4", map(numbered_frame, range(5)), times_s=times)

    assert film_index(file).times_s == pytest.approx([time - 0.5 for time in times], abs=1e-4)


def test_a_damaged_part_takes_only_its_frames(tmp_path: Path) -> None:
    file = write_clip(tmp_path / "a.mkv", map(numbered_frame, range(40)), codec="ffv1", pixel_format="bgr0")
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 40] = bytes(40)
    file.write_bytes(content)

    numbers = [number for number, _ in film_frames(file, first=0, stop=len(film_index(file).times_s))]

    assert numbers[:10] == list(range(10))
    assert numbers[-1] == 39
