"""The window shows what the preview shows, pixel by pixel, in a real PsychoPy window on a virtual display."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import PROJECT

SHOW_AND_COMPARE = """
import ctypes, sys
from pathlib import Path
import numpy as np
from experiment.clock import MonotonicClock
from experiment.display.psychopy_window import PsychoPyDisplay
from experiment.protocol.plan import DisplaySettings
from experiment.screens.raster import raster
from experiment.screens.screen import Cross, LiveImage, Picture, Rectangle, Screen, Text

picture = Path(sys.argv[1])
rng = np.random.default_rng(1)
noise = rng.integers(0, 255, (180, 144, 3), dtype=np.uint8)
smooth = np.repeat(np.linspace(0, 255, 90).astype(np.uint8)[:, None, None], 72, axis=1).repeat(3, axis=2)

def screen(number, live):
    return Screen("feedback", (
        Rectangle((0.3, -0.2), (0.4, 0.05), "#2b2f36"), Rectangle((0.2, -0.2), (0.2, 0.05), "#5ab0e8"),
        Rectangle((-0.3, -0.3), (0.1, 0.1), "#202020", "orange"), Cross((0.0, -0.35), 0.05),
        Picture(picture, (-0.53, 0.2), 0.5), LiveImage(live, (0.0, 0.2), live.shape[0] / 900, mirrored=True),
        LiveImage(smooth, (0.53, 0.2), 0.3), Text("Pull the mouth corners up", (0.0, -0.1), 0.045),
        Text(str(number), (-0.6, -0.2), 0.085, "#ffd27f"),
    ), background="#101418")

clock = MonotonicClock()
display = PsychoPyDisplay(DisplaySettings((1440, 900), 60.0, 50.0, True, "#101418"), clock=clock, fullscreen=True)
assert not {"pandas", "matplotlib", "openpyxl"} & set(sys.modules), "PsychoPy is loaded without unused parts"
first, last = screen(7, noise[::-1]), screen(42, noise)
display.prepare(first)
display.flip(first)
display.flip(last)
display._draw(last)
gl = display._gl
pixels = np.empty((900, 1440, 3), np.uint8)
gl.glPixelStorei(gl.GL_PACK_ALIGNMENT, 1)
gl.glReadPixels(0, 0, 1440, 900, gl.GL_RGB, gl.GL_UNSIGNED_BYTE, pixels.ctypes.data)
display.close()
wanted = raster(last, (1440, 900))
np.savez(sys.argv[2], drawn=pixels[::-1], wanted=wanted)
"""


@pytest.mark.slow
@pytest.mark.display
def test_the_window_shows_what_the_preview_shows(virtual_display: str, tmp_path: Path) -> None:
    picture, answer = tmp_path / "target.png", tmp_path / "screens.npz"
    pattern = np.random.default_rng(2).integers(0, 255, (450, 450, 3), dtype=np.uint8)
    Image.fromarray(pattern).save(picture)

    done = subprocess.run(
        [sys.executable, "-c", SHOW_AND_COMPARE, str(picture), str(answer)],
        cwd=PROJECT,
        env={**os.environ, "DISPLAY": virtual_display},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    with np.load(answer) as screens:
        difference = np.abs(screens["drawn"].astype(int) - screens["wanted"].astype(int)).max(axis=2)
    # Where a picture is stretched the two interpolate a little differently.
    assert difference.mean() < 0.2
    assert (difference > 8).mean() < 0.001
