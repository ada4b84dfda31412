"""Which camera frames may be shown, and what a checked face says."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from experiment.camera.condition import CameraState
from experiment.clock import ManualClock
from experiment.lab.live.observation import FRESH_FACE_S, Observation
from experiment.ports.camera import CameraFrame
from experiment.ports.face_check import FaceCheck
from experiment.ports.recording_permission import PermissionState, RecordingPermission
from experiment.record.live_state.values import DisplayReport


def observation(
    permission: RecordingPermission, *, checker: Any = None, clock: ManualClock | None = None
) -> Observation:
    """An observation of a camera whose newest frame is of the time 40 s."""
    newest = CameraFrame(0, 40.0, "simulated", np.zeros((4, 4, 3), np.uint8))
    devices = SimpleNamespace(
        permission=permission, camera=SimpleNamespace(latest=lambda: newest), clock=clock or ManualClock(41.0)
    )
    plan = SimpleNamespace(steps=(), camera=SimpleNamespace(rate_hz=30.0))
    session: Any = SimpleNamespace(plan=plan, devices=devices, checker=checker)
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


def test_late_flips_of_the_last_minute_are_warned_of() -> None:
    observed = observation(RecordingPermission())

    assert observed._recent(DisplayReport(500, 40, 40), 100.0) == DisplayReport()
    assert observed._recent(DisplayReport(900, 41, 42), 110.0) == DisplayReport(400, 1, 2)
    assert observed._recent(DisplayReport(4500, 41, 42), 170.0) == DisplayReport(3600, 0, 0)


def test_the_fault_of_the_partners_camera_is_reported_where_only_that_one_has_a_fault() -> None:
    good = CameraState("running", 0.0, 30, 0)
    observed = observation(RecordingPermission())
    devices: Any = observed._session.devices
    devices.camera.state = lambda: good
    devices.partner_camera = SimpleNamespace(state=lambda: CameraState("unplugged", 0.0, 5, 0))

    report = observed._camera(41.0)

    assert (report.condition, report.message) == (
        "unplugged",
        "Camera of the partner: The camera is gone. Plug it in again.",
    )
    devices.partner_camera = None
    assert observed._camera(42.0).message == ""


def test_faces_that_cannot_be_checked_are_unknown_with_the_reason() -> None:
    checker = SimpleNamespace(last=None, fault="dlib is missing")
    assert observation(RecordingPermission(), checker=checker)._face(41.0).reason == "dlib is missing"
    assert observation(RecordingPermission())._face(41.0).reason == "not checked"
