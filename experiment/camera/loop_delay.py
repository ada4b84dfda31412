"""Measure the delay from display to camera with a flashing screen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from experiment.camera.delay import DelayEstimate, estimate_delay, flash_durations_s
from experiment.camera.thread import CameraThread
from experiment.errors import CameraError
from experiment.ports.camera import CameraFrame, CameraSource
from experiment.ports.clock import Clock
from experiment.ports.display import Display
from experiment.screens.screen import Screen

DARK, BRIGHT = Screen("blank", (), "black"), Screen("blank", (), "white")
BEFORE_S, AFTER_S = 1.0, 0.7
"""Dark time before the first flash, for the camera to settle, and after the last, for its delay."""


class BrightnessMeter:
    """Reads a camera and keeps the brightness of each frame."""

    def __init__(self, source: CameraSource) -> None:
        self._source = source
        self.facts = source.facts
        self.times_s: list[float] = []
        self.brightness: list[float] = []
        self.time_kinds: set[str] = set()

    def read(self) -> CameraFrame | None:
        """Return the next frame and keep its mean grey value."""
        frame = self._source.read()
        if frame is not None:
            self.times_s.append(frame.captured_s)
            self.time_kinds.add(frame.time_kind)
            self.brightness.append(float(frame.image[::8, ::8].mean()))
        return frame

    def close(self) -> None:
        """Release the device."""
        self._source.close()


def measure_delay(
    display: Display, source: CameraSource, *, clock: Clock, rng: np.random.Generator, flashes: int = 20
) -> DelayEstimate:
    """Flash the screen and estimate the delay of display and camera together.

    Close the camera.

    Parameters
    ----------
    display : Display
        The screen to flash.
    source : CameraSource
        A camera with the screen in its view.
    clock : Clock
        Clock of both.
    rng : Generator
        For the durations of flashes and the interval of the estimate.
    flashes : int
        Number of flashes.

    Raises
    ------
    CameraError
        If the camera does not see the screen, or its time stamps change their source.
    """
    meter = BrightnessMeter(source)
    thread = CameraThread(meter, clock=clock, rate_hz=30.0)
    flips_s = []
    try:
        _show(display, DARK, clock.now() + BEFORE_S, clock)
        for number, seconds in enumerate(flash_durations_s(rng, flashes)):
            screen = DARK if number % 2 else BRIGHT
            flips_s.append(_show(display, screen, clock.now() + float(seconds), clock))
        _show(display, DARK, clock.now() + AFTER_S, clock)
    finally:
        thread.close()
    if len(meter.time_kinds) > 1:
        kinds = " and ".join(sorted(meter.time_kinds))
        raise CameraError(f"the time stamps of the camera changed their source ({kinds}); measure again")
    estimate = estimate_delay(flips_s, meter.times_s, meter.brightness, rng=rng)
    return replace(estimate, time_kind="".join(meter.time_kinds))


def _show(display: Display, screen: Screen, until_s: float, clock: Clock) -> float:
    """Show a screen until a time; return the time of its first flip."""
    first_s = display.flip(screen).time_s
    while clock.now() < until_s:
        display.flip(screen)
    return first_s
