"""The program as in a laboratory: a real PsychoPy window, real key events, a clip of a person as the camera."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from PIL import Image

from analysis.face.similarity.metrics import DEFAULT_METRIC
from experiment.bench.window_session import WindowProtocol, write_clip
from experiment.bench.xtest import XTest
from experiment.record.history import read_history
from experiment.record.journal import read_journal
from experiment.record.journal_lines import CameraTimesLine, TrialLine, read_lines
from experiment.record.layout import SessionPlace
from tests.conftest import PROJECT, shared_path

pytestmark = [pytest.mark.slow, pytest.mark.display]

PRESS_EVERY_S = 0.9
STAMP_SLACK_S = 0.25
"""Accepted delay of key stamps on a computer busy with other tests; the benchmark measures their accuracy."""


class LabProgram:
    """``run_experiment.py`` in its own process, on its own display."""

    def __init__(self, display: str, *arguments: str | Path) -> None:
        environment = {**os.environ, "DISPLAY": display}
        self.process = subprocess.Popen(
            [sys.executable, "run_experiment.py", *map(str, arguments)],
            cwd=PROJECT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait_for(self, file: Path, *, seconds: float = 120) -> None:
        """Wait until a file exists, while the program runs."""
        give_up = time.monotonic() + seconds
        while not file.exists():
            assert self.process.poll() is None, self.process.communicate()[0]
            assert time.monotonic() < give_up, f"{file} did not appear"
            time.sleep(0.1)

    @property
    def runs(self) -> bool:
        return self.process.poll() is None

    def end(self) -> tuple[int, str]:
        """Wait for the end; return exit status and output."""
        printed, _ = self.process.communicate(timeout=60)
        return self.process.returncode, printed

    def kill(self) -> None:
        if self.runs:
            self.process.kill()
        self.process.communicate()


@pytest.fixture
def keys(virtual_display: str) -> Iterator[XTest]:
    try:
        keys = XTest(virtual_display)
    except OSError as reason:
        pytest.skip(str(reason))
    yield keys
    keys.close()


def decoded(clip: Path) -> list[NDArray[np.uint8]]:
    """Every picture of a clip, RGB."""
    capture = cv2.VideoCapture(str(clip))
    pictures: list[NDArray[np.uint8]] = []
    while True:
        there, picture = capture.read()
        if not there:
            return pictures
        pictures.append(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.uint8))


def test_the_published_study_keeps_the_frames_shown_at_the_key_presses(
    virtual_display: str, keys: XTest, tmp_path: Path
) -> None:
    clip = shared_path("faces/video/single_face.mp4")
    dataset = tmp_path / "data"
    place = SessionPlace(dataset, "01", None)
    program = LabProgram(
        virtual_display,
        *("run", PROJECT / "protocols" / "facial_mimicry.yaml", "--participant", "01"),
        *("--dataset", dataset, "--camera", clip),
    )
    presses: list[tuple[float, float]] = []
    try:
        program.wait_for(place.journal)
        time.sleep(1.0)
        while program.runs and len(presses) < 60:
            presses.append(keys.press("space"))
            time.sleep(PRESS_EVERY_S)
        status, printed = program.end()
    finally:
        program.kill()

    assert status == 0, printed
    history = read_history(place)
    assert history.complete
    responses = [trial for trial in history.trials if trial.kind == "experiment"]
    assert sorted(trial.target for trial in responses) == [
        "anger",
        "disgust",
        "fear",
        "happiness",
        "sadness",
        "surprise",
    ]
    frames = camera_times(place)
    pictures = decoded(clip)
    for trial in read_lines(place.journal, TrialLine):  # times on the clock of this test, `time.monotonic`
        key_s, key_frame, distance_ms = trial.anchor_s, trial.key_frame, trial.key_to_frame_ms
        assert key_s is not None
        assert key_frame is not None
        assert distance_ms is not None
        assert_pressed_at(key_s, presses)
        # of all frames the camera gave, the one kept is the nearest in time to the key press
        nearest_s = min(abs(time_s - key_s) for time_s in frames.values())
        assert nearest_s == pytest.approx(abs(distance_ms) / 1000, abs=2e-6)
        assert key_frame.captured_s == pytest.approx(key_s + distance_ms / 1000, abs=2e-6)
        # and its pixels are those of the clip at that moment
        kept = np.asarray(Image.open(dataset / key_frame.file))
        assert np.array_equal(kept, pictures[key_frame.index % len(pictures)])
        assert len(trial.frames) == 15 + 1 + 5
    assert len(history.calibrations[0].frames) == 10
    assert_tables_come_out(dataset)


def assert_tables_come_out(dataset: Path) -> None:
    """`python -m analysis tables`: 6 x 6 similarities; only faces that hardly move at the key press are left out.

    Which frame is kept depends on the time of the key press, and the person of the clip does not move all the time: on
    a busy machine, one of the six moved.
    """
    command = [sys.executable, "-m", "analysis", "tables", str(dataset)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    tables = dataset / "derivatives" / "mimicry" / "tables"
    expressions = ["anger", "disgust", "fear", "happiness", "sadness", "surprise"]
    exclusions = pd.read_csv(tables / "sub-01_task-facialmimicry_exclusions.csv")
    assert set(exclusions["reason"]) <= {"below-noise-floor"}
    measured = [name for name in expressions if name not in set(exclusions["target"])]
    assert measured
    for metric in (DEFAULT_METRIC, "points"):
        table = pd.read_csv(tables / f"sub-01_task-facialmimicry_metric-{metric}_table.csv", index_col="target")
        assert list(table.index) == list(table.columns) == expressions
        assert table.drop(columns=measured).isna().to_numpy().all()
        cells = table[measured].to_numpy()
        assert np.isfinite(cells).all()
        assert len(np.unique(cells)) == cells.size
        assert np.abs(cells).max() <= 1


def camera_times(place: SessionPlace) -> dict[int, float]:
    """When each camera frame was captured, by index."""
    times: dict[int, float] = {}
    for line in read_lines(place.journal, CameraTimesLine):
        times |= dict(zip(line.index, line.captured_s, strict=True))
    return times


def assert_pressed_at(time_s: float, presses: list[tuple[float, float]]) -> None:
    """The time stamp of a key belongs to a press that was made."""
    assert any(before - 0.001 <= time_s <= after + STAMP_SLACK_S for before, after in presses), (time_s, presses)


def test_ending_at_the_pause_screen_keeps_all_data_and_resume_continues(
    virtual_display: str, keys: XTest, tmp_path: Path
) -> None:
    clip = shared_path("faces/video/single_face.mp4")
    dataset = tmp_path / "data"
    place = SessionPlace(dataset, "01", None)
    first = LabProgram(
        virtual_display,
        *("run", PROJECT / "protocols" / "facial_mimicry.yaml", "--participant", "01", "--dataset", dataset),
        *("--camera", clip, "--pilot", "--windowed"),
    )
    try:
        first.wait_for(place.journal)
        time.sleep(1.0)
        while first.runs and finished_trials(place) < 2:
            keys.press("space")
            time.sleep(PRESS_EVERY_S)
        for key in ("escape", "q", "y"):
            keys.press(key)
            time.sleep(1.0)
        status, printed = first.end()
    finally:
        first.kill()

    assert status == 0, printed
    assert "ended early" in printed
    assert "resume --dataset" in printed
    interrupted = read_history(place)
    assert not interrupted.complete
    done = list(interrupted.finished)

    second = LabProgram(virtual_display, "resume", "--dataset", dataset, "--participant", "01")
    try:
        while second.runs and not read_history(place).resumed:
            time.sleep(0.2)
        while second.runs:
            keys.press("space")
            time.sleep(PRESS_EVERY_S)
        status, printed = second.end()
    finally:
        second.kill()

    assert status == 0, printed
    history = read_history(place)
    assert history.complete
    assert history.finished[: len(done)] == done
    assert tuple(history.finished) == history.start.steps


def test_a_display_that_does_not_match_stops_a_session_unless_accepted_and_recorded(
    virtual_display: str, keys: XTest, tmp_path: Path
) -> None:
    """The screen has 1440x900 pixels. A termination signal ends the accepted session in its first trial."""
    protocol = WindowProtocol(1, camera_px=(640, 480), before=1, after=1).write(tmp_path)
    protocol.write_text(protocol.read_text().replace("size: [1440, 900]", "size: [1024, 768]"))
    clip = write_clip(tmp_path, seconds=1.0, size_px=(320, 240))
    place = SessionPlace(tmp_path / "data", "01", None)
    command = ("run", protocol, "--participant", "01", "--dataset", place.dataset, "--camera", clip)

    refused = LabProgram(virtual_display, *command)
    status, printed = refused.end()

    assert status == 1
    assert "the display is not what the protocol asks for: the screen has 1440x900 pixels" in printed
    assert "--accept-display" in printed
    assert not place.journal.exists()

    accepted = LabProgram(virtual_display, *command, "--accept-display")
    try:
        accepted.wait_for(place.journal)
        while accepted.runs and not finished_trials(place):
            keys.press("space")
            time.sleep(PRESS_EVERY_S)
        time.sleep(4.0)  # the next target is shown, without a press
        accepted.process.terminate()
        status, printed = accepted.end()
    finally:
        accepted.kill()

    assert (status, printed.strip().splitlines()[-1]) == (130, "error: stopped by the user")
    assert f"resume --dataset {place.dataset} --participant 01" in printed.strip().splitlines()[-2]
    for step in ("opening the camera and loading PsychoPy", "measuring the refresh rate of the display", "trial 1 of"):
        assert step in printed
    history = read_history(place)
    assert history.start.setting.display["verdict"] == "mismatch"
    assert "1440x900" in history.start.setting.display["problems"][0]
    assert history.start.options["accept_display"] is True
    assert not history.complete
    assert [trial.problem for trial in history.trials if trial.outcome == "aborted"] == ["stopped"]
    assert read_journal(place.journal).entries[-1].event == "session-end"
    assert not place.lock.exists()


def finished_trials(place: SessionPlace) -> int:
    return sum(trial.outcome == "response" for trial in read_history(place).trials)
