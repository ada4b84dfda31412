"""The benchmark of clips: right on a simulated display, and able to notice a fault."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from experiment.bench import clips
from experiment.bench.clips import play_simulated
from experiment.bench.numbered_clips import numbered_clip, read_number
from experiment.protocol.plan import Motion
from experiment.screens.moving_targets import load_motion
from tests.conftest import PROJECT


@pytest.mark.parametrize("rate_hz", clips.DISPLAYS_HZ)
@pytest.mark.parametrize("name", clips.RATES)
def test_every_frame_is_on_its_flip(tmp_path: Path, name: str, rate_hz: float) -> None:
    file = numbered_clip(tmp_path / "a.mp4", 90, rate=clips.RATES[name])
    picture = load_motion(Motion("clip", file), height_px=64, background="black")
    assert [read_number(frame) for frame in picture.frames] == list(range(90))

    played = play_simulated(picture, rate_hz)

    assert (played.wrong_pixels(), played.off_their_flip(picture, 1 / rate_hz), played.unrecorded()) == (0, 0, 0)
    assert set(played.chosen) == set(range(90))

    shifted = replace(played, chosen=(0, 0, 0, 0, 0, *played.chosen[:-5]))
    assert shifted.off_their_flip(picture, 1 / rate_hz) > 0
    assert shifted.wrong_pixels() > 0
    assert replace(played, chosen=tuple(frame for frame in played.chosen if frame != 40)).unrecorded() == 1


@pytest.mark.slow
@pytest.mark.display
def test_the_real_window_shows_every_frame_that_was_drawn(virtual_display: str) -> None:
    """Pixels of the screen agree with the drawn frame at every flip; no skip is unrecorded, also on a busy computer."""
    done = subprocess.run(
        [sys.executable, "-m", "experiment.bench", "clips", "--clip-frames", "25", "--json"],
        cwd=PROJECT,
        env={**os.environ, "DISPLAY": virtual_display},
        capture_output=True,
        text=True,
        check=False,
    )

    found = [one for one in json.loads(done.stdout)["results"] if "real window" in one["what"]]
    assert len(found) == 4, done.stderr
    for one in found:
        values = one["values"]
        assert values["flips"] > 15
        assert (values["wrong_pixels"], values["off_their_flip"], values["unrecorded"]) == (0, 0, 0), one
