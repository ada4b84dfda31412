"""Show a screen for one frame, then read the keyboard and check the camera.

Every screen of a session is shown by `DisplayLoop.show`. Therefore every flip is stamped and counted, no key press is
lost between two screens, and the pause key and a camera fault are noticed during every step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from experiment.camera.condition import CameraState
from experiment.camera.thread import CameraThread, state_of_both
from experiment.display.pacing import FrameLedger, LateFlip
from experiment.ports.camera import CameraFault
from experiment.ports.clock import Clock
from experiment.ports.display import Display, Flip
from experiment.ports.face_check import FaceChecker
from experiment.ports.film import FilmControl
from experiment.ports.keyboard import Keyboard, KeyPress
from experiment.ports.pointer import Pointer, PointerEvent
from experiment.ports.recording_permission import RecordingPermission
from experiment.ports.sound import SoundPlayer
from experiment.screens.screen import Element, Screen
from experiment.session.experimenter import ExperimenterLink, Request

CAMERA_CHECK_FRAMES = 6
"""Display frames between two checks of the camera."""
MOST_WARM = 150
"""Most elements of screens that are drawn before the session; the others are loaded before their trial. A target
picture takes 30 ms and 2 MB of graphics memory."""
STALE_FRAME_S = 0.5
"""A camera whose newest frame is older than this at a key press has stopped."""


@dataclass(frozen=True, slots=True)
class Devices:
    """The devices of a session, real or simulated."""

    display: Display
    keyboard: Keyboard
    clock: Clock
    camera: CameraThread | None
    """None for a session without a camera."""
    period_s: float
    """Time between two refreshes, from the display's verdict."""
    permission: RecordingPermission = field(default_factory=RecordingPermission)
    """Whether camera frames may be kept; the one that the camera's thread obeys."""
    film: FilmControl | None = None
    """Films the trials whose plan asks for it."""
    sound: SoundPlayer | None = None
    """Plays sounds; without it, the session is silent."""
    partner_camera: CameraThread | None = None
    """Films the second person of the session; None without one."""
    pointer: Pointer | None = None
    """The mouse; without it, all questions are answered with keys."""
    checker: FaceChecker | None = None
    """Checks faces before a calibration; without it, a calibration starts with its key alone."""
    link: ExperimenterLink = field(default_factory=ExperimenterLink)
    """What an experimenter at another screen sees and requests."""


class StepInterrupted(Exception):
    """The step must stop: the pause key was pressed, or the camera has a fault."""

    def __init__(self, reason: Literal["pause", "camera"], fault: CameraFault | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Tick:
    """One frame of the display and the keys pressed since the frame before."""

    flip: Flip
    periods: int
    """Refreshes since the last flip: 1 if none was missed."""
    presses: tuple[KeyPress, ...]
    """Keys pressed, oldest first."""
    pointer: tuple[PointerEvent, ...] = ()
    """Events of the mouse, oldest first."""


@dataclass(frozen=True, slots=True)
class FlipLog:
    """The flips between `DisplayLoop.start_log` and `DisplayLoop.take_log`."""

    times_s: tuple[float, ...]
    late: tuple[LateFlip, ...]
    """``index`` counts from the first flip of the log."""

    @property
    def missed(self) -> int:
        """Number of missed frames."""
        return sum(late.missed for late in self.late)


@dataclass(frozen=True, slots=True)
class FrameTotals:
    """Frames of a whole session."""

    flips: int
    late: int
    missed: int


class DisplayLoop:
    """The loop that all steps of a session share.

    Parameters
    ----------
    devices
        Display, keyboard, clock and camera.
    pause_key
        The key that interrupts every step.
    """

    def __init__(self, devices: Devices, *, pause_key: str) -> None:
        self.display = devices.display
        self.keyboard = devices.keyboard
        self.clock = devices.clock
        self.camera = devices.camera
        self.partner_camera = devices.partner_camera
        self.permission = devices.permission
        self.sound = devices.sound
        self._pointer = devices.pointer
        self.films = devices.film is not None
        self.link = devices.link
        self.period_s = devices.period_s
        self._pause_keys = (pause_key, "close-window")
        self._ledger = FrameLedger(devices.period_s)
        self._flips = 0
        self._times: list[float] = []
        self._first_index = 0
        self._interruptible = True
        self._after_flip: Callable[[Flip], None] | None = None
        self._until_camera_check = CAMERA_CHECK_FRAMES

    def frames(self, seconds: float) -> int:
        """Return the number of frames nearest to a duration."""
        return round(seconds / self.period_s)

    def prepare(self, screens: Sequence[Screen]) -> None:
        """Load texts and pictures of screens; this counts as no missed frame."""
        began_s = self.clock.now()
        for screen in screens:
            self.display.prepare(screen)
        if self.clock.now() - began_s > self.period_s / 2:
            self._ledger.interrupt()

    def warm_up(self, screens: Iterable[Screen]) -> None:
        """Load screens and draw each once out of sight; this counts as no missed frame.

        The number of different texts and pictures is limited by `MOST_WARM`.
        """
        loaded: set[Element] = set()
        for screen in screens:
            if len(loaded) >= MOST_WARM:
                break
            if not loaded.issuperset(screen.elements):
                loaded.update(screen.elements)
                self.display.warm_up(screen)
        self._ledger.interrupt()

    def after_next_flip(self, call: Callable[[Flip], None] | None) -> None:
        """Call a function right after the next flip, before anything else; once."""
        self._after_flip = call

    def show(self, screen: Screen) -> Tick:
        """Show a screen for one frame.

        Raises
        ------
        StepInterrupted
            If the pause key was pressed or the camera has a fault, except inside `uninterruptible`.
        """
        self.link.screen = screen
        flip = self.display.flip(screen)
        periods = self._ledger.add(flip)
        self._flips += 1
        if not self._times:
            self._first_index = flip.index
        self._times.append(flip.time_s)
        call, self._after_flip = self._after_flip, None
        if call is not None:
            call(flip)
        moved = () if self._pointer is None else tuple(self._pointer.events())
        tick = Tick(flip, periods, tuple(self.keyboard.presses()), moved)
        if self._interruptible:
            if self.pause_requested(tick):
                raise StepInterrupted("pause")
            self._check_camera()
        return tick

    def show_page(self, screen: Screen) -> Tick:
        """Show a screen whose first frame is not timed: load it, then `show` it.

        Setting a new text takes longer than a frame. The screen before stays on the display meanwhile.
        """
        self.prepare([screen])
        return self.show(screen)

    def pause_requested(self, tick: Tick, *more_keys: str) -> bool:
        """Return whether the pause key, or one of ``more_keys``, was pressed in a frame.

        The experimenter may also have requested a pause or the end from elsewhere.
        """
        keys = (*self._pause_keys, *more_keys)
        return self.link.wants_pause or any(press.key in keys and not press.is_repeat for press in tick.presses)

    def hold(self, screen: Screen, frames: int) -> list[KeyPress]:
        """Show a screen for a number of refreshes, missed ones included.

        Returns the keys pressed during this time.
        """
        passed = 0
        presses: list[KeyPress] = []
        self.prepare([screen])
        while passed < frames:
            tick = self.show(screen)
            passed += tick.periods if passed else 1
            presses += tick.presses
        return presses

    def wait_for_key(self, screen: Screen, *keys: str) -> KeyPress:
        """Show a screen until one of the keys is pressed after its first flip."""
        press = self.wait_for_key_or_timeout(screen, *keys, frames=None)
        assert press is not None
        return press

    def wait_for_key_or_timeout(self, screen: Screen, *keys: str, frames: int | None) -> KeyPress | None:
        """Do the same as `wait_for_key`, but return None after ``frames`` refreshes."""
        tick = self.show_page(screen)
        onset_s, passed = tick.flip.time_s, 1
        while True:
            for press in tick.presses:
                if press.key in keys and not press.is_repeat and press.time_s >= onset_s:
                    return press
            if frames is not None and passed >= frames:
                return None
            tick = self.show(screen)
            passed += tick.periods

    def wait_for_key_or_request(self, screen: Screen, *keys: str) -> KeyPress | Request:
        """Show a screen until a key, or a request to continue or to end."""
        tick = self.show_page(screen)
        onset_s = tick.flip.time_s
        while True:
            for press in tick.presses:
                if press.key in keys and not press.is_repeat and press.time_s >= onset_s:
                    return press
            if (request := self.link.take("end", "continue")) is not None:
                return request
            tick = self.show(screen)

    def start_log(self) -> None:
        """Start a new log of flips."""
        self._ledger.take_late()
        self._times = []

    def take_log(self) -> FlipLog:
        """Return the flips since `start_log`, and start a new log."""
        times, self._times = tuple(self._times), []
        late = (LateFlip(flip.index - self._first_index, flip.missed) for flip in self._ledger.take_late())
        return FlipLog(times, tuple(late))

    @property
    def logged(self) -> int:
        """Number of flips since `start_log`."""
        return len(self._times)

    def totals(self) -> FrameTotals:
        """Return the numbers of flips, late flips and missed frames so far."""
        return FrameTotals(self._flips, self._ledger.total_late, self._ledger.total_missed)

    @contextmanager
    def uninterruptible(self) -> Iterator[None]:
        """Ignore the pause key and camera faults inside this context."""
        before, self._interruptible = self._interruptible, False
        try:
            yield
        finally:
            self._interruptible = before

    def camera_works(self) -> bool:
        """Return whether the cameras work.

        The camera of the participant must be able to give a frame for a key press now.
        """
        if self.camera is None:
            return True
        if self.partner_camera is not None and not self.partner_camera.state().usable:
            return False
        if not self.permission.is_granted:
            return self.camera.state().usable
        newest = self.camera.latest()
        return (
            self.camera.state().usable and newest is not None and self.clock.now() - newest.captured_s < STALE_FRAME_S
        )

    def camera_state(self) -> CameraState:
        """Return the condition of the camera.

        It is that of the partner's camera if only that camera has a fault.
        """
        assert self.camera is not None
        return state_of_both(self.camera, self.partner_camera)

    def release_camera(self) -> None:
        """Close the camera for the rest of the session; this counts as no missed frame."""
        if self.camera is not None:
            self.camera.close()
            self.camera = None
            if self.partner_camera is not None:
                self.partner_camera.close()
                self.partner_camera = None
            self._ledger.interrupt()

    def _check_camera(self) -> None:
        self._until_camera_check -= 1
        if self.camera is None or self._until_camera_check > 0:
            return
        self._until_camera_check = CAMERA_CHECK_FRAMES
        fault = self.camera_state().fault
        if fault is not None:
            raise StepInterrupted("camera", fault)
