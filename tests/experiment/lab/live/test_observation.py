"""Which camera frames may be shown, and what a checked face says."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from experiment.clock import ManualClock
from experiment.lab.live.observation import FRESH_FACE_S, Observation
from experiment.ports.camera import CameraFrame
from experiment.ports.face_check import FaceCheck
from experiment.ports.recording_permission import PermissionState, RecordingPermission


def observation(
    permission: RecordingPermission, *, checker: Any = None, clock: ManualClock | None = None
) -> Observation:
    """An observation of a camera whose newest frame is of the time 40 s."""
    newest = CameraFrame(0, 40.0, "simulated", np.zeros((4, 4, 3), np.uint8))
    devices = SimpleNamespace(
        permission=permission, camera=SimpleNamespace(latest=lambda: newest), clock=clock or ManualClock(41.0)
    )
    session: Any = SimpleNamespace(plan=SimpleNamespace(steps=()), devices=devices, checker=checker)
    return Observation(session)


@pytest.mark.parametrize(
    ("state", "is_shown"), [("not-asked", True), ("pending", False), ("granted", True), ("refused", False)]
)
def test_a_frame_is_shown_only_with_permission(state: PermissionState, is_shown: bool) -> None:
    assert (observation(RecordingPermission(state)).frame() is not None) == is_shown


def test_a_frame_from_before_the_agreement_or_during_a_new_question_is_not_shown() -> None:
    permission = RecordingPermission("pending")
    observed = observation(permission)

    permission.grant(40.5, source="agreement")
    assert observed.frame() is None

    early = RecordingPermission("pending")
    early.grant(39.0, source="agreement")
    observed = observation(early)
    assert observed.frame() is not None
    early.suspend(source="second")
    assert observed.frame() is None
    early.refuse(source="second")
    assert observed.frame() is None


@pytest.mark.parametrize(
    ("check", "later_s", "face", "reason"),
    [
        (FaceCheck(40.0, None), 1.0, "found", ""),
        (FaceCheck(40.0, "dark"), 1.0, "not-found", "dark"),
        (FaceCheck(40.0, None), FRESH_FACE_S + 1, "unknown", ""),
        (None, 1.0, "unknown", ""),
    ],
)
def test_the_newest_check_says_whether_a_face_is_found(
    check: FaceCheck | None, later_s: float, face: str, reason: str
) -> None:
    checker = SimpleNamespace(last=check, fault="")
    observed = observation(RecordingPermission(), checker=checker, clock=ManualClock(40.0 + later_s))

    report = observed._face(40.0 + later_s)

    assert (report.face, report.reason) == (face, reason)


def test_faces_that_cannot_be_checked_are_unknown_with_the_reason() -> None:
    checker = SimpleNamespace(last=None, fault="dlib is missing")
    assert observation(RecordingPermission(), checker=checker)._face(41.0).reason == "dlib is missing"
    assert observation(RecordingPermission())._face(41.0).reason == "not checked"
