"""A session with simulated devices: what the parts of the program pass to each other."""

from __future__ import annotations

from pathlib import Path

from experiment.clock import VirtualClock
from experiment.display.opening import OpenDisplay, verify_display
from experiment.display.simulated import SimulatedDisplay, SimulatedKeyboard
from experiment.feedback.controller import Training
from experiment.feedback.measuring import SynchronousMeasuring
from experiment.lab.session_options import OpenDevices, Options
from experiment.lab.session_setup import record_session
from experiment.ports.camera import CameraFrame, CameraSource
from experiment.ports.display import Flip
from experiment.record.history import read_history
from experiment.screens.screen import Screen
from tests.experiment.devices import ClockCamera, Participant
from tests.experiment.feedback.fakes import ColourMeasurer
from tests.experiment.plans import make_plan


class Offered(SynchronousMeasuring):
    """Records the indices of the frames offered."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(ColourMeasurer(), clock=clock)
        self.indices: list[int] = []

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
