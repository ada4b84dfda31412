"""The window shows the pixels that are measured, for every kind of picture file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from analysis.face.images import read_image
from tests.conftest import PROJECT
from tests.picture_kinds import BACKGROUND, write_kinds, write_transparent

SHOW = """
import sys
from pathlib import Path
import numpy as np
from experiment.clock import MonotonicClock
from experiment.display.psychopy_window import PsychoPyDisplay
from experiment.protocol.plan import DisplaySettings
from experiment.screens.screen import Picture, Screen

out, background, *files = sys.argv[1:]
settings = DisplaySettings((640, 480), 60.0, 50.0, False, background)
display = PsychoPyDisplay(settings, clock=MonotonicClock(), fullscreen=False)
gl, shown = display._gl, {}
width, height = display.size_px
for file in files:
    screen = Screen("target", (Picture(Path(file), (0.0, 0.0), 16 / height),), background)
    display.prepare(screen)
    display._draw(screen)
    pixels = np.empty((height, width, 3), np.uint8)
    gl.glPixelStorei(gl.GL_PACK_ALIGNMENT, 1)
    gl.glReadPixels(0, 0, width, height, gl.GL_RGB, gl.GL_UNSIGNED_BYTE, pixels.ctypes.data)
    top, left = height // 2 - 8, width // 2 - 16
    shown[Path(file).name] = pixels[::-1][top:top + 16, left:left + 32]
display.close()
np.savez(out, **shown)
"""


@pytest.mark.slow
@pytest.mark.display
def test_the_window_shows_every_kind_of_picture_as_it_is_measured(virtual_display: str, tmp_path: Path) -> None:
    shades = np.arange(256, dtype=np.uint8).reshape(16, 16).repeat(2, axis=1)
    for folder in ("kinds", "transparent"):
        (tmp_path / folder).mkdir()
    files = write_kinds(tmp_path / "kinds", np.dstack([shades, shades[::-1], shades[:, ::-1]]))
    files |= write_transparent(tmp_path / "transparent", np.dstack([shades.clip(0, 254)] * 3))

    done = subprocess.run(
        [sys.executable, "-c", SHOW, str(tmp_path / "shown.npz"), BACKGROUND, *map(str, files.values())],
        cwd=PROJECT,
        env={**os.environ, "DISPLAY": virtual_display},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    with np.load(tmp_path / "shown.npz") as shown:
        for name, file in files.items():
            assert np.array_equal(shown[name], read_image(file, background=BACKGROUND)), name
