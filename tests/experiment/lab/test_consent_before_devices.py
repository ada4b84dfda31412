"""What the record says about consent is known before a device is used."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from experiment.clock import VirtualClock
from experiment.display.opening import OpenDisplay, verify_display
from experiment.display.simulated import SimulatedDisplay, SimulatedKeyboard
from experiment.lab import session_setup
from experiment.lab.session_options import OpenDevices, Options
from experiment.lab.session_setup import record_session, run_session
from experiment.ports.camera import CameraFrame
from experiment.record.errors import RecordError
from experiment.record.history import read_history
from experiment.simulation import simulated_session
from experiment.simulation.simulated_session import run_simulated_session
from tests.experiment.devices import ClockCamera, Participant
from tests.experiment.record.consent.test_at_start import plan_of, run_with


class UnreadCamera(ClockCamera):
    def read(self) -> CameraFrame | None:
        raise AssertionError("the camera of a participant who refused to be filmed was read")


def test_the_camera_of_a_participant_who_refused_is_closed_and_never_read(tmp_path: Path) -> None:
    run_with(plan_of(tmp_path, "pre"), tmp_path, film="n")
    clock = VirtualClock()
    keyboard, camera = SimulatedKeyboard(clock), UnreadCamera(clock)
    plan = plan_of(tmp_path, "post")
    display = SimulatedDisplay(clock, observers=[Participant(keyboard)])
    opened = OpenDisplay(display, keyboard, "simulated", verify_display(display, plan.display, clock=clock))

    report = record_session(plan, tmp_path / "data", Options(), devices=OpenDevices(clock, opened, camera))

    assert report.ending == "complete"
    assert camera.closed
    assert [trial.problem for trial in read_history(report.place).trials] == ["recording-refused"]


def test_a_missing_agreement_is_refused_before_a_device_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_nothing(*args: object, **more: object) -> None:
        raise AssertionError("a device was opened")

    monkeypatch.setattr(session_setup, "open_camera", open_nothing)
    monkeypatch.setattr(session_setup, "open_display", open_nothing)
    monkeypatch.setattr(simulated_session, "open_display", open_nothing)
    monkeypatch.setattr(simulated_session, "load_face_model", open_nothing)
    plan, options = plan_of(tmp_path, "post", when_missing="refuse"), Options(accept=("skipped-session",))

    with pytest.raises(RecordError, match="no recorded agreement"):
        run_session(plan, tmp_path / "data", options)
    simulated = replace(options, camera="simulated")
    with pytest.raises(RecordError, match="no recorded agreement"):
        run_simulated_session(plan, tmp_path / "data", simulated, visitor=None)  # type: ignore[arg-type]

    assert not (tmp_path / "data").exists()
