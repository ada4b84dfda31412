"""Display, keyboard and camera in one loop: show a screen for one frame, hear what happened meanwhile.

Everything a participant sees goes through `Stage.show`, so that every flip is stamped and counted, no key press is lost
between two screens, and a pause or a dead camera is noticed whatever is going on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, Protocol

from experiment.camera.thread import CameraState
from experiment.display.pacing import FrameLedger, LateFlip
from experiment.ports.camera import CameraFault, CameraFrame, Capture
from experiment.ports.clock import Clock
from experiment.ports.display import Display, Flip
from experiment.ports.keyboard import Keyboard, KeyPress
from experiment.screens.screen import Screen

CAMERA_LOOKS_EVERY = 6
"""Frames between two looks at the state of the camera."""
STALE_FRAME_S = 0.5
"""A camera whose newest frame is older than this at a key press has stopped, even if nobody noticed yet."""


class Camera(Protocol):
    """What the session needs of a camera; `experiment.camera.thread.CameraThread` is one."""

    def latest(self) -> CameraFrame | None:
        """The newest frame."""
        ...

    def capture(self, anchor_s: float, *, before: int = 0, after: int = 0, timeout_s: float = 1.0) -> PendingFrames:
        """Ask for the frame nearest to a key press and its neighbours; returns at once."""
        ...

    def collect(self, count: int, *, from_s: float) -> list[CameraFrame]:
        """The first ``count`` frames at or after a time that are here by now."""
        ...

    def state(self) -> CameraState:
        """How the camera is right now."""
        ...

    def close(self) -> None:
        """Give the device back."""
        ...


class PendingFrames(Protocol):
    """The frames of a key press, on their way."""

    def result(self) -> Capture:
        """The frames; waits for those still to come."""
        ...


class StepInterrupted(Exception):
    """What was being shown must stop: the pause key was pressed, or the camera is in trouble."""

    def __init__(self, why: Literal["pause", "camera"], fault: CameraFault | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Tick:
    """One frame of the display, and what was heard since the one before."""

    flip: Flip
    periods: int
    """Refreshes that passed since the last flip: 1 if none was missed."""
    presses: tuple[KeyPress, ...]
    """Keys that went down, oldest first."""


@dataclass(frozen=True, slots=True)
class FlipLog:
    """The flips of a stretch of time."""

    times_s: tuple[float, ...]
    late: tuple[LateFlip, ...]
    """``index`` counts from the first flip of the stretch."""

    @property
    def missed(self) -> int:
        """Frames missed in all."""
        return sum(late.missed for late in self.late)


class Stage:
    """The loop all steps of a session share.

    Parameters
    ----------
    period_s
        Time between two refreshes of the display.
    pause_key
        Interrupts any step.
    camera
        None for sessions without one.
    """

    def __init__(
        self,
        *,
        display: Display,
        keyboard: Keyboard,
        clock: Clock,
        camera: Camera | None,
        period_s: float,
        pause_key: str,
    ) -> None:
        self.display = display
        self.keyboard = keyboard
        self.clock = clock
        self.camera = camera
        self.period_s = period_s
        self._pause_keys = (pause_key, "close-window")
        self._ledger = FrameLedger(period_s)
        self._flips = 0
        self._times: list[float] = []
        self._first_index = 0
        self._watching = True
        self._until_look = CAMERA_LOOKS_EVERY

    def frames(self, seconds: float) -> int:
        """Return the number of frames nearest to a duration."""
        return round(seconds / self.period_s)

    def prepare(self, screens: Sequence[Screen]) -> None:
        """Load what screens need. The display stays as it is meanwhile: if that takes a while, no frame is missed."""
        began_s = self.clock.now()
        for screen in screens:
            self.display.prepare(screen)
        if self.clock.now() - began_s > self.period_s / 2:
            self._ledger.interrupt()

    def show(self, screen: Screen) -> Tick:
        """Show a screen for one frame.

        Raises
        ------
        StepInterrupted
            If the pause key was pressed or the camera has stopped, unless `undisturbed`.
        """
        flip = self.display.flip(screen)
        periods = self._ledger.add(flip)
        self._flips += 1
        if not self._times:
            self._first_index = flip.index
        self._times.append(flip.time_s)
        tick = Tick(flip, periods, tuple(self.keyboard.presses()))
        if self._watching:
            if self.pause_asked(tick):
                raise StepInterrupted("pause")
            self._look_at_camera()
        return tick

    def show_page(self, screen: Screen) -> Tick:
        """Show a screen that is not timed in frames: the one before it stays until its texts are set.

        Setting a new text takes longer than a frame; from its second frame on this is `show`.
        """
        self.prepare([screen])
        return self.show(screen)

    def pause_asked(self, tick: Tick, *more_keys: str) -> bool:
        """Whether the pause key (or another that means the same here) was pressed in a frame."""
        return any(press.key in (*self._pause_keys, *more_keys) and not press.is_repeat for press in tick.presses)

    def hold(self, screen: Screen, frames: int) -> list[KeyPress]:
        """Show a screen for a number of frames; a missed frame counts as one, so that the time is kept.

        Returns the keys pressed meanwhile.
        """
        passed = 0
        presses: list[KeyPress] = []
        self.prepare([screen])
        while passed < frames:
            tick = self.show(screen)
            passed += tick.periods if passed else 1
            presses += tick.presses
        return presses

    def wait_for_key(self, screen: Screen, *keys: str, frames: int | None = None) -> KeyPress | None:
        """Show a screen until one of the keys is pressed anew; None after ``frames`` without one.

        A press counts from the moment the screen is on the display.
        """
        tick = self.show_page(screen)
        onset_s, passed = tick.flip.time_s, 1
        while True:
            press = next((p for p in tick.presses if p.key in keys and not p.is_repeat and p.time_s >= onset_s), None)
            if press is not None:
                return press
            if frames is not None and passed >= frames:
                return None
            tick = self.show(screen)
            passed += tick.periods

    def start_log(self) -> None:
        """Begin a new list of flips: they belong to what comes now."""
        self._ledger.take_late()
        self._times = []

    def take_log(self) -> FlipLog:
        """Return the flips since `start_log`, and begin a new list."""
        times, self._times = tuple(self._times), []
        late = (LateFlip(flip.index - self._first_index, flip.missed) for flip in self._ledger.take_late())
        return FlipLog(times, tuple(late))

    def totals(self) -> tuple[int, int, int]:
        """Return flips, late flips and missed frames since the beginning."""
        return self._flips, self._ledger.total_late, self._ledger.total_missed

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Inside this, neither the pause key nor the camera interrupts: a pause is being shown already."""
        before, self._watching = self._watching, False
        try:
            yield
        finally:
            self._watching = before

    def camera_works(self) -> bool:
        """Whether a frame can be expected for a key press now."""
        if self.camera is None:
            return True
        newest = self.camera.latest()
        return self.camera.state().usable and newest is not None and self.clock.now() - newest.time_s < STALE_FRAME_S

    def _look_at_camera(self) -> None:
        self._until_look -= 1
        if self.camera is None or self._until_look > 0:
            return
        self._until_look = CAMERA_LOOKS_EVERY
        state = self.camera.state()
        if not state.usable:
            raise StepInterrupted("camera", fault_of(state))


def fault_of(state: CameraState) -> CameraFault:
    """Return the word the record uses for a camera in trouble."""
    match state.condition:
        case "stalled" | "frozen" | "unplugged" | "ended":
            return state.condition
        case "starting" | "running":
            return "no-frame"
