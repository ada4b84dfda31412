from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.face.errors import FaceError, NoFaceError
from analysis.face.images import read_image
from analysis.face.landmarks.detector import LandmarkDetector
from analysis.face.landmarks.landmarks import Landmarks
from experiment.camera.frame_times import judge_times
from experiment.display.display_judgement import DisplayFacts, judge_display
from experiment.display.refresh import RefreshVerdict
from experiment.lab.preflight_judgement import (
    bytes_needed,
    camera_remedy,
    display_findings,
    has_error,
    judge_camera,
    judge_disk,
    judge_face,
    judge_key,
    judge_load,
    judge_priority,
)
from experiment.ports.keyboard import KeyPress
from experiment.protocol.plan import CameraSettings, DisplaySettings, Trial
from tests.conftest import PROJECT
from tests.experiment.plans import make_plan

ASKED = DisplaySettings((1440, 900), 60.0, 50.0, True, "black")
RIGHT = DisplayFacts((1440, 900), (1440, 900), (1440, 900), True, "any")
LOCKED = RefreshVerdict("locked", 60.0, 59.95, 0.1, 0.0, 120)
CAMERA = CameraSettings((1280, 720), 30.0, 15, 5)


def marks(findings: list) -> dict[str, str]:  # type: ignore[type-arg]
    return {finding.name: finding.mark for finding in findings}


def face(eye_distance_px: float) -> Landmarks:
    """68 landmarks with a given distance between the eyes."""
    points = np.tile([[300.0, 300.0]], (68, 1))
    points[36:42, 0], points[42:48, 0] = 300 - eye_distance_px / 2, 300 + eye_distance_px / 2
    points[8], points[19] = (300, 420), (300, 200)
    return Landmarks(points, (640, 480))


def test_a_display_that_matches_has_no_warning_and_no_error() -> None:
    assert set(marks(display_findings(judge_display(ASKED, RIGHT, LOCKED))).values()) == {"ok"}


@pytest.mark.parametrize("kind", ["halved", "other-rate", "unstable"])
def test_a_wrong_refresh_rate_is_an_error_with_a_remedy(kind: str) -> None:
    refresh = replace(LOCKED, kind=kind, measured_hz=30.0)  # type: ignore[arg-type]

    findings = display_findings(judge_display(ASKED, RIGHT, refresh))

    assert marks(findings) == {"display size": "ok", "refresh rate": "failed", "vertical sync": "ok"}
    assert next(finding for finding in findings if finding.mark == "failed").remedy


def test_a_missing_vertical_sync_is_a_warning_because_the_session_is_paced() -> None:
    findings = display_findings(judge_display(ASKED, RIGHT, replace(LOCKED, kind="no-vsync")))

    assert marks(findings) == {"display size": "ok", "refresh rate": "warning", "vertical sync": "warning"}
    assert not has_error(findings)


def test_a_wrong_size_is_an_error() -> None:
    findings = display_findings(judge_display(ASKED, replace(RIGHT, framebuffer_px=(2880, 1800)), LOCKED))

    assert marks(findings)["display size"] == "failed"
    assert has_error(findings)


def test_a_key_press_that_was_not_detected_is_an_error() -> None:
    assert judge_key(None, stamped_by="driver", read_at_s=1.0).mark == "failed"
    assert judge_key(KeyPress("space", 0.99), stamped_by="driver", read_at_s=1.0).mark == "ok"
    assert judge_key(KeyPress("space", 0.99), stamped_by="window", read_at_s=1.0).mark == "warning"


@pytest.mark.parametrize(
    ("rate_hz", "drop", "mark"), [(30.0, 0, "ok"), (15.0, 0, "failed"), (30.0, 7, "failed"), (29.97, 0, "ok")]
)
def test_a_slow_camera_or_lost_frames_are_an_error(rate_hz: float, drop: int, mark: str) -> None:
    times = [index / rate_hz for index in range(90) if not drop or index % drop]
    timing = judge_times(times, rate_hz=30.0)

    findings = judge_camera(timing, CAMERA, {"size_px": [1280, 720]}, delays_s=[0.03], kind="driver")

    assert marks(findings) == {"camera rate": mark, "camera picture": "ok", "camera delay": "ok"}


def test_a_camera_without_time_stamps_points_to_the_camera_loop() -> None:
    timing = judge_times([index / 30 for index in range(90)], rate_hz=30.0)

    delay = judge_camera(timing, CAMERA, {}, delays_s=[0.0], kind="arrival")[-1]

    assert delay.mark == "warning"
    assert "camera-loop" in delay.remedy


@pytest.mark.parametrize(
    ("distance", "grey", "expected"),
    [
        (90, 120, {"face": "ok", "light": "ok"}),
        (30, 120, {"face": "warning", "light": "ok"}),
        (90, 20, {"face": "ok", "light": "failed"}),
        (90, 240, {"face": "ok", "light": "failed"}),
    ],
)
def test_size_and_brightness_of_the_face_are_judged(distance: float, grey: int, expected: dict[str, str]) -> None:
    image = np.full((480, 640, 3), grey, np.uint8)

    assert marks(judge_face(image, face(distance))) == expected


def test_no_face_is_an_error_with_its_reason() -> None:
    finding = judge_face(np.zeros((4, 4, 3), np.uint8), NoFaceError("no face was found"))[0]

    assert (finding.mark, finding.found) == ("failed", "no face was found")


@pytest.mark.parametrize(("brightness", "top", "words"), [(1.0, 0.15, "upper border"), (3.0, None, "is white")])
def test_a_cut_and_an_overexposed_face_are_errors_with_their_reason(
    brightness: float, top: float | None, words: str
) -> None:
    image = read_image(PROJECT / "protocols" / "targets" / "happiness.png")
    landmarks = LandmarkDetector().detect(image)
    if top is not None:
        image = image[int(landmarks.points_px[:, 1].min() + top * landmarks.eye_distance_px) :]
    image = (image * brightness).clip(0, 255).astype(np.uint8)

    with pytest.raises(FaceError) as refused:
        LandmarkDetector().detect(image)

    (finding,) = judge_face(image, refused.value)
    assert finding.mark == "failed"
    assert words in finding.found


def test_a_full_disk_is_an_error_and_the_space_needed_depends_on_the_plan(tmp_path: Path) -> None:
    plan = make_plan(tmp_path)
    # 3 calibration frames and 6 trials of 3 + 1 + 2 frames of 640x480, two bytes a pixel, and 500 MB to spare
    assert bytes_needed(plan) == 500 * 2**20 + 39 * 640 * 480 * 2

    assert judge_disk(10**9, bytes_needed(plan), folder="/data").mark == "ok"
    full = judge_disk(10**8, bytes_needed(plan), folder="/data")
    assert (full.mark, "make room in /data" in full.remedy) == ("failed", True)


def test_a_film_needs_its_space(tmp_path: Path) -> None:
    plan = make_plan(tmp_path)
    filmed = replace(plan, steps=tuple(replace(s, film=True) if isinstance(s, Trial) else s for s in plan.steps))

    # 6 trials of 6 + 120 + 6 display frames at 60 Hz, 30 frames/s, 0.15 bytes a pixel
    assert bytes_needed(filmed) - bytes_needed(plan) == 6 * 132 / 60 * 30 * 640 * 480 * 0.15


def test_a_busy_computer_and_a_battery_are_warnings() -> None:
    assert judge_load(95.0, on_battery=False).mark == "warning"
    assert judge_load(5.0, on_battery=True).mark == "warning"
    assert judge_load(5.0, on_battery=False).mark == "ok"


def test_an_account_without_real_time_priority_gets_the_remedy() -> None:
    usual = judge_priority(real_time=False, yields_processor=True)

    assert (judge_priority(real_time=True, yields_processor=True).mark, usual.mark) == ("ok", "warning")
    assert judge_priority(real_time=False, yields_processor=False).mark == "ok"
    assert "rtprio" in usual.remedy


def test_the_remedy_depends_on_whether_the_camera_is_a_device_a_folder_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no video")

    assert "plug the camera in" in camera_remedy("3")
    assert "put pictures such as 001.png into the folder" in camera_remedy(str(tmp_path))
    assert "name a file with --camera that a video player shows" in camera_remedy(str(tmp_path / "notes.txt"))
    assert camera_remedy(str(tmp_path / "none.mp4")) == "correct what --camera names"
