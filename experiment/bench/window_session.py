"""Sessions in the real window, with whatever camera and keys a measurement needs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from analysis.paths import PROTOCOLS
from experiment.bench.small_session import SEED
from experiment.ports.keyboard import Keyboard, KeyPress

TARGETS = PROTOCOLS / "targets"

PROTOCOL = """
protocol: 1
name: window-session
display: {{size: [1440, 900], refresh_rate: 60, fullscreen: true}}
camera: {{size: [{width}, {height}], rate: 30, keep_frames: {{before: {before}, after: {after}}}}}
targets:
{targets}
blocks:
  - name: mimicry
    kind: experiment
    trials: [anger, disgust, fear, happiness, sadness, surprise]
    repetitions: {repetitions}
    order: random
timing: {{fixation: {fixation} frames, target: until-response, timeout: {timeout} s, inter_trial: {inter_trial} frames}}
"""


def has_window() -> str:
    """Why no real window with synthetic keys can be used here; empty if it can."""
    if not os.environ.get("DISPLAY"):
        return "there is no X display"
    from experiment.bench.xtest import XTest

    try:
        XTest(os.environ["DISPLAY"]).close()
    except OSError as error:
        return str(error)
    return ""


def write_window_protocol(
    folder: Path,
    *,
    repetitions: int,
    camera_px: tuple[int, int] = (1280, 720),
    keep: tuple[int, int] = (15, 5),
    fixation: int = 30,
    inter_trial: int = 45,
    timeout_s: int = 20,
) -> Path:
    """Write a protocol with the six target faces that ship; the times are those of the published study."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
    for name in names:
        shutil.copy(TARGETS / f"{name}.png", folder)
    targets = "\n".join(f"  {name}: {{image: {name}.png, expression: {name}}}" for name in names)
    file = folder / "window_session.yaml"
    text = PROTOCOL.format(
        width=camera_px[0],
        height=camera_px[1],
        before=keep[0],
        after=keep[1],
        targets=targets,
        repetitions=repetitions,
        fixation=fixation,
        inter_trial=inter_trial,
        timeout=timeout_s,
    )
    file.write_text(text, encoding="utf-8")
    return file


def write_clip(folder: Path, *, seconds: float = 4.0, size_px: tuple[int, int] = (1280, 720)) -> Path:
    """Write a clip like a webcam's, 30 pictures a second, compressed one by one: a face that ships, with noise.

    Noise, since pictures without any take less time to compress than a webcam's.
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
    """Presses of both, so that a scripted participant can answer while the real keyboard is read as always."""

    def __init__(self, first: Keyboard, second: Keyboard) -> None:
        self._both = (first, second)

    def presses(self) -> Sequence[KeyPress]:
        """Every press since the last call, oldest first."""
        return sorted((p for keys in self._both for p in keys.presses()), key=lambda press: press.time_s)

    def typed(self) -> str:
        """Characters typed on either."""
        return "".join(keys.typed() for keys in self._both)

    def clear(self) -> None:
        """Forget what was not read."""
        for keys in self._both:
            keys.clear()
