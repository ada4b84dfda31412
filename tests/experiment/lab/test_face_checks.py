"""The process that checks faces, and what the lab assistant and the journal get."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, cast

import cv2
import numpy as np
import pytest

from analysis.paths import PROTOCOLS
from experiment.clock import MonotonicClock
from experiment.lab.face_checks import FaceChecks
from experiment.lab.face_record import FaceLog
from experiment.ports.camera import CameraFrame, Image
from experiment.ports.face_check import FaceCheck
from experiment.record.journal_lines import FaceCheckLine
from experiment.record.recorder import Recorder


def face() -> Image:
    picture = cv2.imread(str(PROTOCOLS / "targets" / "neutral.png"))
    assert picture is not None
    return np.asarray(cv2.resize(picture, None, fx=0.5, fy=0.5)[..., ::-1], np.uint8)


def frame(image: Image) -> CameraFrame:
    return CameraFrame(0, 1.0, "simulated", image)


@pytest.mark.slow
def test_the_process_finds_faces_and_says_why_there_is_none() -> None:
    found: dict[str, Sequence[FaceCheck]] = {}
    checks = FaceChecks(MonotonicClock(), found.__setitem__)
    picture = face()

    checks.submit("face", [frame(picture)])
    checks.submit("nothing", [frame(np.full_like(picture, 128))])
    checks.submit("dark", [frame(np.zeros_like(picture))])
    checks.submit("two", [frame(np.hstack([picture, picture])), frame(picture)])
    give_up_s = time.monotonic() + 200
    while len(found) < 4 and not checks.fault and time.monotonic() < give_up_s:
        time.sleep(0.1)
    assert (checks.without_face, checks.latest_reasons) == (0, ("several-faces",))
    checks.glance(frame(picture))  # of the same time as the last check
    checks.glance(CameraFrame(1, 9.0, "simulated", np.zeros_like(picture)))
    while not (checks.last and checks.last.captured_s == 9.0) and not checks.fault and time.monotonic() < give_up_s:
        time.sleep(0.1)
    assert checks.last is not None
    assert checks.last.fault == "dark"
    assert checks.without_face == 0  # a glance is not a trial
    checks.close()

    assert checks.fault == ""
    assert {step: [check.fault for check in found[step]] for step in found} == {
        "face": [None],
        "nothing": ["no-face"],
        "dark": ["dark"],
        "two": ["several-faces", None],
    }
    across, down = np.array(found["face"][0].outline).T
    assert 0.1 < across.min() < across.max() < 0.9
    assert 0.1 < down.min() < down.max() < 1.0


class Lines:
    def __init__(self) -> None:
        self.lines: list[Any] = []

    def write(self, line: Any) -> None:
        self.lines.append(line)


def test_three_trials_in_a_row_without_a_face_are_reported(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines()
    log = FaceLog(cast(Recorder, lines))
    missing, found = FaceCheck(0.0, "no-face"), FaceCheck(0.0, None)

    for number, check in enumerate([missing, missing, found, missing, missing, missing]):
        log.add(f"trial-{number}", [check])
        assert bool(capsys.readouterr().err) == (number == 5)

    assert lines.lines[0] == FaceCheckLine("trial-0", 1, 0, ("no-face",))
    assert lines.lines[2] == FaceCheckLine("trial-2", 1, 1, ())


def test_a_session_that_ends_at_once_does_not_wait_for_the_process() -> None:
    checks = FaceChecks(MonotonicClock(), lambda *_: None)

    checks.close()

    assert checks.fault == ""
    assert not checks._thread.is_alive(), "it does not wait until dlib is loaded"
