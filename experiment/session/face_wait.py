"""Wait for the start key and for a face before a calibration.

The page shows the outline of the face as in a mirror, and what is wrong. The start key may come first; the calibration
then starts as soon as the face can be measured. The lab assistant continues without a face with `OVERRIDE_KEYS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from experiment.camera.thread import CameraThread
from experiment.ports.face_check import FaceCheck, FaceChecker
from experiment.ports.keyboard import KeyPress
from experiment.protocol.plan import Calibration
from experiment.screens import step_screens
from experiment.screens.screen import Screen
from experiment.screens.style import Style
from experiment.session.display_loop import DisplayLoop

OVERRIDE_KEYS = ("f8", "f9")
TOGETHER_S = 1.0
"""Longest time between the two override keys."""
HINT_AFTER_S = 5.0
"""How long the participant waits for a face until the page names the override keys."""
NOT_CHECKED = "not-checked"

Start = Literal["face", "override", "not-checked"]


class FaceWait:
    """Waits for a face before one calibration.

    Parameters
    ----------
    loop
        Shows the page and reads the keyboard.
    style
        Style of the session.
    step
        The calibration.
    checker
        Checks the newest frame.
    """

    def __init__(self, loop: DisplayLoop, style: Style, step: Calibration, *, checker: FaceChecker) -> None:
        self._loop, self._style, self._step, self._checker = loop, style, step, checker
        self._requested_s: float | None = None
        self._override: dict[str, float] = {}
        self._check: FaceCheck | None = None

    @property
    def reason(self) -> str:
        """What was wrong with the newest frame."""
        return NOT_CHECKED if self._check is None else self._check.fault or ""

    def run(self, camera: CameraThread) -> Start:
        """Return when the calibration may start, and why."""
        self._checker.watch(camera.latest)
        try:
            screen = step_screens.calibration_page(self._style, self._step)
            tick = self._loop.show_page(screen)
            onset_s = tick.flip.time_s
            while True:
                self._read(tick.presses, onset_s)
                if (start := self._start()) is not None:
                    return start
                after = self._screen(tick.flip.time_s)
                tick = self._loop.show(screen) if after == screen else self._loop.show_page(after)
                screen = after
        finally:
            self._checker.unwatch()

    def _read(self, presses: Sequence[KeyPress], onset_s: float) -> None:
        for press in presses:
            if press.is_repeat or press.time_s < onset_s:
                continue
            if press.key == self._step.start_key and self._requested_s is None:
                self._requested_s = press.time_s
            elif press.key in OVERRIDE_KEYS:
                self._override[press.key] = press.time_s

    def _start(self) -> Start | None:
        times_s = [self._override.get(key) for key in OVERRIDE_KEYS]
        pressed_s = [time_s for time_s in times_s if time_s is not None]
        if len(pressed_s) == len(OVERRIDE_KEYS) and max(pressed_s) - min(pressed_s) <= TOGETHER_S:
            return "override"
        if self._requested_s is None:
            return None
        if self._checker.fault:
            return "not-checked"
        return "face" if self._check is not None and self._check.fault is None else None

    def _screen(self, now_s: float) -> Screen:
        newest = self._checker.newest
        if newest is not None:
            self._check = newest
        waited_s = 0.0 if self._requested_s is None else now_s - self._requested_s
        if self._check is None and not waited_s:
            return step_screens.calibration_page(self._style, self._step)
        message = self._message(waited_s)
        hint = self._style.text("face-override") if message and waited_s > HINT_AFTER_S else ""
        outline = () if self._check is None else self._check.outline
        return step_screens.calibration_waits(self._style, self._step, outline=outline, message=message, hint=hint)

    def _message(self, waited_s: float) -> str:
        if self._check is None:
            return self._style.text("face-starting") if waited_s else ""
        if self._check.fault is None:
            return ""
        name = f"face-{self._check.fault}"
        return self._style.text(name if name in self._style.texts else "face-fit")
