"""Sessions in the real window.

A protocol, a clip for the camera, and two keyboards in one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from analysis.paths import PROTOCOLS
from experiment.bench.small_session import SEED
from experiment.bench.xtest import XTest
from experiment.ports.keyboard import Keyboard, KeyPress

TARGETS = PROTOCOLS / "targets"
NAMES = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")

PROTOCOL = """
protocol: 1
name: window-session
display: {{size: [1440, 900], refresh_rate: 60, fullscreen: true}}
camera: {{size: {camera_px}, rate: 30, keep_frames: {{before: {before}, after: {after}}}}}
targets:
{targets}
blocks:
  - name: mimicry
    kind: experiment
    trials: [anger, disgust, fear, happiness, sadness, surprise]
    repetitions: {repetitions}
    order: random
timing:
  {{fixation: {fixation} frames, target: until-response, timeout: {timeout_s} s, inter_trial: {inter_trial} frames}}
"""


def missing_window() -> str:
    """Return why no real window with keys is possible here, or ""."""
    if not os.environ.get("DISPLAY"):
        return "no X display"
    try:
        XTest(os.environ["DISPLAY"]).close()
    except OSError as error:
        return str(error)
    return ""


@dataclass(frozen=True, slots=True)
class WindowProtocol:
    """A protocol with the six target faces that ship.

    The times are those of the published study.
    """

    repetitions: int
    camera_px: tuple[int, int] = (1280, 720)
    before: int = 15
    """Frames kept before the one of the key press."""
    after: int = 5
    fixation: int = 30
    """Frames of the display."""
    inter_trial: int = 45
    """Frames of the display."""
    timeout_s: int = 20

    def write(self, folder: Path) -> Path:
        """Write the protocol and its pictures into a folder; return the protocol's file."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in NAMES:
            shutil.copy(TARGETS / f"{name}.png", folder)
        targets = "\n".join(f"  {name}: {{image: {name}.png, expression: {name}}}" for name in NAMES)
        values = asdict(self) | {"targets": targets, "camera_px": list(self.camera_px)}
        file = folder / "window_session.yaml"
        file.write_text(PROTOCOL.format(**values), encoding="utf-8")
        return file


def write_clip(folder: Path, *, seconds: float = 4.0, size_px: tuple[int, int] = (1280, 720)) -> Path:
    """Write a clip like a webcam's.

    A face that ships, 30 pictures a second, each compressed alone.

    With noise: pictures without noise take less time to compress than a webcam's.

    Parameters
    ----------
    folder
        Gets the clip.
    seconds
        Length of the clip.
    size_px
        Width and height.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    face = cv2.imread(str(TARGETS / "neutral.png"))
    assert face is not None
    width, height = size_px
    picture = np.full((height, width, 3), 120, np.uint8)
    small = cv2.resize(face, (round(height * face.shape[1] / face.shape[0]), height))
    left = (width - small.shape[1]) // 2
    picture[:, left : left + small.shape[1]] = small
    file = folder / "clip.avi"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 30.0, size_px)
    for _ in range(round(30 * seconds)):
        noise = rng.normal(scale=3.0, size=(height, width, 1)).astype(np.float32)
        writer.write(np.clip(picture + noise, 0, 255).astype(np.uint8))
    writer.release()
    return file


class TwoKeyboards:
    """Presses of two keyboards.

    A scripted participant answers while the real keyboard is read.
    """

    def __init__(self, first: Keyboard, second: Keyboard) -> None:
        self._both = (first, second)

    def presses(self) -> Sequence[KeyPress]:
        """Return every press since the last call, oldest first."""
        return sorted((p for keys in self._both for p in keys.presses()), key=lambda press: press.time_s)

    def typed(self, *, since_s: float) -> str:
        """Return the characters typed on both from a time on."""
        return "".join(keys.typed(since_s=since_s) for keys in self._both)

    def clear(self) -> None:
        """Discard what was not read."""
        for keys in self._both:
            keys.clear()
