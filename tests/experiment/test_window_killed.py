"""A session in a real window, with real keys and a clip as camera, killed five times on its way to the end.

The clip's pictures say their own number, so that what was kept can be read from the pictures alone.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest

from experiment.camera.numbered import draw, read_off
from experiment.record.history import read_history
from experiment.record.journal import read_journal
from experiment.record.layout import SessionPlace
from tests.conftest import PROJECT
from tests.experiment.record import helpers

RATE_HZ = 30
CLIP_FRAMES = 300
ENLARGED = 6
KILLS = 5
TRIALS = 12

PROTOCOL = """
protocol: 1
name: killed
display: {size: [1440, 900], refresh_rate: 60}
camera: {size: [640, 480], rate: 30, keep_frames: {before: 2, after: 1}}
targets:
  grey: {image: grey.png, expression: neutral}
blocks:
  - {name: mimicry, kind: experiment, trials: [grey], repetitions: 12, order: fixed}
timing: {fixation: 12 frames, target: until-response, timeout: 20 s, inter_trial: 12 frames}
"""


@pytest.fixture
def laboratory(tmp_path: Path) -> Path:
    """A folder with a protocol, its target and a numbered clip."""
    (tmp_path / "killed.yaml").write_text(PROTOCOL)
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((200, 160, 3), 120, np.uint8))
    size = (draw(0, 0.0).shape[1] * ENLARGED, draw(0, 0.0).shape[0] * ENLARGED)
    clip = cv2.VideoWriter(str(tmp_path / "clip.avi"), cv2.VideoWriter.fourcc(*"MJPG"), RATE_HZ, size)
    for number in range(CLIP_FRAMES):
        picture = draw(number, number / RATE_HZ)
        clip.write(cv2.resize(picture, size, interpolation=cv2.INTER_NEAREST))
    clip.release()
    return tmp_path


@contextmanager
def program(display: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "DISPLAY": display}
    process = subprocess.Popen(
        [sys.executable, "run_experiment.py", *arguments],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def press_space(display: str) -> None:
    subprocess.run(["xdotool", "key", "space"], env={**os.environ, "DISPLAY": display}, check=True)


def segments(place: SessionPlace) -> int:
    return 1 + len(read_history(place).resumed) if place.begun else 0


def check_what_was_kept(place: SessionPlace) -> list[str]:
    """Every picture is the one the journal says, and the nearest of all; returns the trials done."""
    journal = read_journal(place.journal)
    shown: dict[int, float] = {}
    history = read_history(place)
    for trial in history.trials:
        for frame in trial["frames"]:
            stored = cv2.imread(str(place.dataset / frame["file"]))
            assert stored is not None
            small = np.asarray(stored[ENLARGED // 2 :: ENLARGED, ENLARGED // 2 :: ENLARGED], dtype=np.uint8)
            number, drawn_s = read_off(small)
            assert number == frame["index"] % CLIP_FRAMES
            assert drawn_s == pytest.approx(number / RATE_HZ, abs=1e-5)
            shown[frame["index"]] = frame["time_s"]
        if trial["outcome"] == "response":
            assert abs(trial["key_to_frame_ms"]) <= trial["half_interval_ms"] + 0.002
    assert journal.entries[0].event == "session-start"
    return [trial["id"] for trial in history.trials if trial["outcome"] != "aborted"]


@pytest.mark.slow
@pytest.mark.display
@pytest.mark.timeout(600)
@pytest.mark.skipif(shutil.which("xdotool") is None, reason="needs xdotool (scripts/setup installs it)")
def test_a_session_in_a_real_window_survives_five_kills(laboratory: Path, virtual_display: str) -> None:
    rng = np.random.default_rng(11)
    place = SessionPlace(laboratory / "data", "01", None)
    run = ("run", str(laboratory / "killed.yaml"), "--camera", str(laboratory / "clip.avi"), "--pilot")
    where = ("--participant", "01", "--dataset", str(place.dataset))
    planned: list[str] = []
    done: list[str] = []
    for kill in range(KILLS + 1):
        arguments = (*run, *where) if kill == 0 else ("resume", *where)
        with program(virtual_display, *arguments) as process:
            while segments(place) <= kill:
                assert process.poll() is None, process.stdout.read() if process.stdout else ""
                time.sleep(0.05)
            planned = planned or list(read_history(place).start["steps"])
            end_s = time.monotonic() + (rng.uniform(0.5, 3.0) if kill < KILLS else 120)
            while time.monotonic() < end_s and process.poll() is None:
                press_space(virtual_display)
                time.sleep(0.1)
            if kill < KILLS:
                process.kill()
            process.wait(timeout=60)
            assert process.returncode == (-9 if kill < KILLS else 0), process.stdout.read() if process.stdout else ""
        now_done = check_what_was_kept(place)
        assert now_done[: len(done)] == done
        assert now_done == planned[: len(now_done)]
        assert helpers.validate(place.dataset)[0] == []
        done = now_done

    assert done == planned
    assert len(done) == TRIALS
    assert read_history(place).complete
    description = json.loads((place.dataset / "dataset_description.json").read_text())
    assert description["DatasetType"] == "raw"
