"""Run whole sessions with live feedback on a virtual clock; the measurement reads colours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from experiment.clock import VirtualClock
from experiment.display.opening import OpenDisplay, verify_display
from experiment.display.simulated import SimulatedDisplay, SimulatedKeyboard
from experiment.feedback.controller import Training
from experiment.feedback.measuring import Measuring
from experiment.lab.session_options import OpenDevices, Options, SessionReport
from experiment.lab.session_setup import record_session
from experiment.ports.camera import CameraFrame
from experiment.ports.display import Flip
from experiment.ports.sound import SoundPlayer
from experiment.protocol.plan import SessionPlan
from experiment.screens.screen import Screen
from tests.experiment.devices import ClockCamera, Participant


class CalmCamera(ClockCamera):
    """Shows a face of similarity 0.5 in every frame (`ColourMeasurer`).

    Parameters
    ----------
    clock
        Of the session.
    distinct_percent
        How distinct the face is.
    """

    def __init__(self, clock: VirtualClock, *, distinct_percent: int = 100) -> None:
        super().__init__(clock)
        self._colour = (50, 0, distinct_percent)

    def read(self) -> CameraFrame | None:
        taken = super().read()
        return taken and replace(taken, image=np.full_like(taken.image, self._colour))


def run_training(
    plan: SessionPlan,
    dataset: Path,
    measuring: Callable[[VirtualClock], Measuring],
    *,
    on_screen: Callable[[Screen, Flip, Participant], bool],
    sound: Callable[[VirtualClock], SoundPlayer] | None = None,
    distinct_percent: int = 100,
) -> SessionReport:
    """Run and record a session with a camera of a calm face.

    Parameters
    ----------
    plan
        With training trials.
    dataset
        A new data set.
    measuring
        Makes the measurement.
    on_screen
        Called at every new screen; True if it has handled it.
    sound
        Makes the sound device; None without one.
    distinct_percent
        How distinct the face is.
    """
    clock = VirtualClock()
    keyboard = SimulatedKeyboard(clock)
    participant = Participant(keyboard)
    participant.on_screen = lambda screen, flip: on_screen(screen, flip, participant)
    display = SimulatedDisplay(clock, observers=[participant])
    opened = OpenDisplay(display, keyboard, "simulated", verify_display(display, plan.display, clock=clock))
    report = record_session(
        plan,
        dataset,
        Options(),
        devices=OpenDevices(
            clock,
            opened,
            CalmCamera(clock, distinct_percent=distinct_percent),
            sound=None if sound is None else sound(clock),
        ),
        training=Training(plan, measuring(clock), clock=clock),
    )
    clock.release()
    return report
