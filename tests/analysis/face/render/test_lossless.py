"""Videos of drawn frames: every pixel comes back, at its time, and the bytes are always the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from analysis.face.clips import read_clip
from analysis.face.render.lossless import write_lossless


def test_frames_come_back_exactly_and_at_their_times(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    pictures = [rng.integers(0, 256, (50, 38, 3), dtype=np.uint8) for _ in range(3)]
    starts = [0, 7, 8]

    for name in ("first.mkv", "second.mkv"):
        write_lossless(tmp_path / name, zip(starts, pictures, strict=True), rate_hz=59.94, length=30)

    clip = read_clip(tmp_path / "first.mkv")
    for shown, drawn in zip(clip.frames, pictures, strict=True):
        np.testing.assert_array_equal(shown, drawn)
    np.testing.assert_allclose(clip.times_s, np.array(starts) / 59.94, atol=0.00051)
    assert (tmp_path / "first.mkv").read_bytes() == (tmp_path / "second.mkv").read_bytes()
