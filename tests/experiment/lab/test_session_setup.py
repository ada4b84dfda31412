"""A session with simulated devices: what the parts of the program pass to each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from analysis.face.arrays import ImageArray
from analysis.face.images import read_image
from experiment.clock import VirtualClock
from experiment.display.opening import OpenDisplay, verify_display
from experiment.display.simulated import SimulatedDisplay, SimulatedKeyboard
from experiment.feedback.controller import Training
from experiment.feedback.measuring import SynchronousMeasuring
from experiment.lab.session_options import OpenDevices, Options, ResumableSession, SessionReport
from experiment.lab.session_setup import record_session
from experiment.ports.camera import CameraFrame, CameraSource
from experiment.ports.display import Flip
from experiment.protocol.plan import SessionPlan
from experiment.record.history import read_history
from experiment.record.journal_lines import LiveCalibrationLine, read_lines
from experiment.screens.screen import Screen
from tests.experiment.devices import ClockCamera, Participant
from tests.experiment.feedback.fakes import ColourMeasurer
from tests.experiment.plans import make_plan


class Offered(SynchronousMeasuring):
    """Records the indices of the frames offered, and the neutral pictures."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(ColourMeasurer(), clock=clock)
        self.indices: list[int] = []
        self.neutrals: list[ImageArray] = []

    def calibrate(self, neutrals: Sequence[ImageArray]) -> None:
        self.neutrals = list(neutrals)
        super().calibrate(neutrals)

    def offer(self, frame: CameraFrame) -> None:
        self.indices.append(frame.index)
        super().offer(frame)


def test_live_feedback_measures_a_camera_that_is_plugged_in_again(tmp_path: Path) -> None:
    """Its frames have the same numbers in the record and in the live measurement."""
    clock = VirtualClock()
    keyboard = SimulatedKeyboard(clock)
    first = ClockCamera(clock)
    opened_again: list[ClockCamera] = []

    def unplug(screen: Screen, flip: Flip) -> bool:
        if screen.target == "fear" and first.gone is None:
            first.gone = (flip.time_s + 0.1, float("inf"))
            return True
        return False

    def reopen() -> CameraSource:
        opened_again.append(ClockCamera(clock))
        return opened_again[-1]

    plan = make_plan(tmp_path)
    display = SimulatedDisplay(clock, observers=[Participant(keyboard, on_screen=unplug)])
    opened = OpenDisplay(display, keyboard, "simulated", verify_display(display, plan.display, clock=clock))
    measuring = Offered(clock)

    report = record_session(
        plan,
        tmp_path / "data",
        Options(),
        devices=OpenDevices(clock, opened, first, reopen_camera=reopen),
        training=Training(plan, measuring, clock=clock),
    )

    history = read_history(report.place)
    kept = [frame.index for frame in history.trials[-1].frames]
    assert history.start.setting.display["priority"] == "usual", (
        "whether this display yields the processor was not measured"
    )
    assert report.ending == "complete"
    assert len(opened_again) == 1
    assert set(kept) <= set(measuring.indices)
    assert measuring.indices == sorted(set(measuring.indices))


def test_after_resume_live_feedback_has_the_neutral_face_recorded_before(tmp_path: Path) -> None:
    def end(screen: Screen, flip: Flip, participant: Participant) -> bool:
        if screen.kind == "target" and len(participant.targets) == 2:
            participant.press("escape", flip.time_s + 0.1)
            return True
        if screen.kind == "pause":
            participant.press("q", flip.time_s + 0.1)
            participant.press("y", flip.time_s + 0.5)
            return True
        return False

    plan = make_plan(tmp_path)
    first, _ = train(plan, tmp_path / "data", on_screen=end)

    second, measuring = train(plan, tmp_path / "data", resume=ResumableSession(plan, Options()))

    assert (first.ending, second.ending) == ("ended", "complete")
    (calibration,) = read_history(second.place).calibrations
    (line,) = read_lines(second.place.journal, LiveCalibrationLine)
    assert line.step == calibration.step
    files = [second.place.dataset / frame.file for frame in calibration.frames]
    assert len(files) == 3
    assert all(
        np.array_equal(picture, read_image(file)) for picture, file in zip(measuring.neutrals, files, strict=True)
    )


def train(
    plan: SessionPlan,
    dataset: Path,
    *,
    on_screen: Callable[[Screen, Flip, Participant], bool] | None = None,
    resume: ResumableSession | None = None,
) -> tuple[SessionReport, Offered]:
    """Run a session, of which nothing but the calibration reaches the measurement."""
    clock = VirtualClock()
    keyboard = SimulatedKeyboard(clock)
    participant = Participant(keyboard)
    if on_screen is not None:
        participant.on_screen = lambda screen, flip: on_screen(screen, flip, participant)
    display = SimulatedDisplay(clock, observers=[participant])
    opened = OpenDisplay(display, keyboard, "simulated", verify_display(display, plan.display, clock=clock))
    measuring = Offered(clock)
    report = record_session(
        plan,
        dataset,
        Options(),
        devices=OpenDevices(clock, opened, ClockCamera(clock)),
        resume=resume,
        training=Training(plan, measuring, clock=clock),
    )
    clock.release()
    return report, measuring
