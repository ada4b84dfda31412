"""Kill a session in the real window and resume it.

Keys are real, the camera is a clip.

The clip's pictures show their own number, so that the pictures alone show which frame was kept.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from analysis.paths import PROJECT
from experiment.bench.crashes import bids_errors, validator
from experiment.bench.result import Result, ResultPart
from experiment.bench.window_session import missing_window
from experiment.bench.xtest import XTest
from experiment.camera.numbered import draw, read_off
from experiment.record.history import read_history
from experiment.record.layout import SessionPlace

RATE_HZ = 30
CLIP_FRAMES = 300
ENLARGED = 6
LONGEST_LIFE_S = 3.0
TRIALS_A_KILL = 6
"""More than a session reaches in its longest life: it must not end before the last kill."""
LONGEST_START_S = 180.0
PART = ResultPart("kill -9, real window")

PROTOCOL = """
protocol: 1
name: killed
display: {{size: [1440, 900], refresh_rate: 60}}
camera: {{size: [640, 480], rate: 30, keep_frames: {{before: 2, after: 1}}}}
targets:
  grey: {{image: grey.png, expression: neutral}}
blocks:
  - {{name: mimicry, kind: experiment, trials: [grey], repetitions: {trials}, order: fixed}}
timing: {{fixation: 12 frames, target: until-response, timeout: 20 s, inter_trial: 12 frames}}
"""


@dataclass(slots=True)
class Survived:
    """A session after its kills."""

    kills: int = 0
    planned: list[str] = field(default_factory=list)
    done: list[list[str]] = field(default_factory=list)
    """Trials done after each kill, and at the end."""
    pictures: int = 0
    faults: list[str] = field(default_factory=list)


def write_fixture(folder: Path, *, trials: int) -> Path:
    """Write a protocol, its target and a numbered clip into a folder.

    Return the protocol.
    """
    folder.mkdir(parents=True, exist_ok=True)
    protocol = folder / "killed.yaml"
    protocol.write_text(PROTOCOL.format(trials=trials), encoding="utf-8")
    cv2.imwrite(str(folder / "grey.png"), np.full((200, 160, 3), 120, np.uint8))
    size = (draw(0, 0.0).shape[1] * ENLARGED, draw(0, 0.0).shape[0] * ENLARGED)
    clip = cv2.VideoWriter(str(folder / "clip.avi"), cv2.VideoWriter.fourcc(*"MJPG"), RATE_HZ, size)
    for number in range(CLIP_FRAMES):
        picture = draw(number, number / RATE_HZ)
        clip.write(cv2.resize(picture, size, interpolation=cv2.INTER_NEAREST))
    clip.release()
    return protocol


def kill_in_window(
    folder: Path, display: str, *, kills: int, seed: int, on_kill: Callable[[int], None] = lambda _: None
) -> Survived:
    """Start the program, press SPACE, kill it, resume it, ... and let it complete.

    Parameters
    ----------
    folder
        For protocol, clip and data set.
    display
        Name of the X display.
    kills
        Number of kills.
    seed
        Of their times.
    on_kill
        Called with the number of kills so far.
    """
    rng = np.random.default_rng(seed)
    protocol = write_fixture(folder, trials=TRIALS_A_KILL * (kills + 1))
    place = SessionPlace(folder / "data", "01", None)
    where = ("--participant", "01", "--dataset", str(place.dataset))
    run = ("run", str(protocol), "--camera", str(folder / "clip.avi"), "--pilot", *where)
    keys = XTest(display)
    survived = Survived()
    before: list[str] = []
    for kill in range(kills + 1):
        with _program(display, *(run if kill == 0 else ("resume", *where))) as process:
            give_up_s = time.monotonic() + LONGEST_START_S
            while _segments(place) <= kill and process.poll() is None and time.monotonic() < give_up_s:
                time.sleep(0.05)
            end_s = time.monotonic() + (rng.uniform(0.5, LONGEST_LIFE_S) if kill < kills else LONGEST_START_S)
            while time.monotonic() < end_s and process.poll() is None:
                keys.press("space")
                time.sleep(0.1)
            if kill < kills:
                process.kill()
            printed, _ = process.communicate()
        expected = -9 if kill < kills else 0
        if process.returncode != expected:
            survived.faults.append(f"start {kill + 1} ended with {process.returncode}: {printed.strip()[-300:]}")
            break
        before = _inspect(place, before, survived)
        if kill < kills:
            survived.kills += 1
            on_kill(survived.kills)
    keys.close()
    if not survived.faults and (survived.done[-1] != survived.planned or not read_history(place).complete):
        survived.faults.append(f"not complete at the end: {survived.done[-1]}")
    return survived


def _inspect(place: SessionPlace, before: list[str], survived: Survived) -> list[str]:
    history = read_history(place)
    survived.planned = survived.planned or list(history.start.steps)
    done = history.done
    if done[: len(before)] != before or done != survived.planned[: len(done)]:
        survived.faults.append(f"{done} done, before it were {before}, planned {survived.planned}")
    for trial in history.trials:
        for frame in trial.frames:
            survived.pictures += 1
            stored = cv2.imread(str(place.dataset / frame.file))
            if stored is None:
                survived.faults.append(f"{frame.file} cannot be read")
                continue
            small = np.asarray(stored[ENLARGED // 2 :: ENLARGED, ENLARGED // 2 :: ENLARGED], dtype=np.uint8)
            if read_off(small)[0] != frame.index % CLIP_FRAMES:
                survived.faults.append(f"{frame.file} is not the frame of the journal")
        distance_ms, half_ms = trial.key_to_frame_ms, trial.half_interval_ms
        if trial.outcome == "response" and (
            distance_ms is None or half_ms is None or abs(distance_ms) > half_ms + 0.002
        ):
            survived.faults.append(f"{trial.id}: the frame kept is not the nearest")
    if validator() is not None and (errors := bids_errors(place.dataset)):
        survived.faults.append(f"the BIDS validator says {errors}")
    survived.done.append(done)
    return done


@contextmanager
def _program(display: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "run_experiment.py", *arguments],
        cwd=PROJECT,
        env={**os.environ, "DISPLAY": display},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def _segments(place: SessionPlace) -> int:
    return 1 + len(read_history(place).resumed) if place.begun else 0


def results(folder: Path, *, kills: int, on_kill: Callable[[int], None] = lambda _: None) -> Iterator[Result]:
    """Kill a session and yield the results.

    Parameters
    ----------
    folder
        For protocol, clip and data set.
    kills
        Number of kills; 0 yields nothing.
    on_kill
        Called with the number of kills so far.
    """
    if kills == 0:
        return
    reason = missing_window()
    if reason:
        yield PART.skip("sessions", reason)
        return
    survived = kill_in_window(folder, os.environ["DISPLAY"], kills=kills, seed=11, on_kill=on_kill)
    yield PART.require(
        "completed trials lost, unreadable pictures, other orders, errors of the BIDS validator",
        "0",
        f"{len(survived.faults)} after {survived.kills} kills ({survived.pictures} pictures read)"
        + (f": {survived.faults[0]}" if survived.faults else ""),
        met=not survived.faults and survived.kills == kills,
        kills=survived.kills,
        faults=len(survived.faults),
        pictures=survived.pictures,
    )
