"""The devices of a session, as small ports. Real and simulated implementations ship; a session cannot tell them apart.

One clock: every time is in seconds on the clock of the session (monotonic); ``*_s`` names say so. Pictures are RGB.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from experiment.screens.screen import Screen

Image = NDArray[np.uint8]
TimeKind = Literal["driver", "arrival", "media", "simulated"]
"""Where a frame's time comes from: the capture driver's own stamp, the moment `read()` returned, the position in a
clip or folder played at its rate, or the simulated face's own clock."""


class Clock(Protocol):
    """Monotonic seconds. The only source of time in a session."""

    def now(self) -> float:
        """Seconds since an arbitrary start; never goes back."""
        ...

    def sleep_until(self, time_s: float) -> None:
        """Return at or after ``time_s``; at once if it has passed."""
        ...


@dataclass(frozen=True, slots=True)
class KeyPress:
    """A key that went down."""

    key: str
    """PsychoPy's name: ``space``, ``escape``, ``a``."""
    time_s: float
    is_repeat: bool = False
    """The keyboard's own repetition of a key held down, not a new press."""


class Keyboard(Protocol):
    """Key presses with times."""

    def presses(self) -> Sequence[KeyPress]:
        """Every press since the last call, oldest first."""
        ...

    def typed(self) -> str:
        """Characters typed since the last call, in the keyboard's own layout; backspace is ``\\b``, ENTER ``\\n``.

        For the fields of forms, where the character counts and the time does not. Does not take anything away from
        `presses`.
        """
        ...

    def clear(self) -> None:
        """Forget what has not been read yet."""
        ...


@dataclass(frozen=True, slots=True)
class Flip:
    """One buffer swap of the display."""

    index: int
    time_s: float


class Display(Protocol):
    """A window that shows one screen at a time."""

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the drawable area, pixels."""
        ...

    def prepare(self, screen: Screen) -> None:
        """Load what a screen needs, so that its first flip is not late for reading a file."""
        ...

    def flip(self, screen: Screen) -> Flip:
        """Draw ``screen``, swap buffers, and return when the swap has happened."""
        ...

    def close(self) -> None:
        """Give the screen back."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class CameraFrame:
    """One picture of the camera."""

    index: int
    """Counts up from 0 within a session; gaps are frames the source reported as lost."""
    time_s: float
    """When it was taken, on the clock of the session, as well as ``time_kind`` can know."""
    time_kind: TimeKind
    image: Image
    """(H, W, 3) RGB; the source never writes to it again."""


@dataclass(frozen=True, slots=True)
class FrameTime:
    """When a frame was taken and when it was here; for the journal."""

    index: int
    time_s: float
    arrival_s: float


CameraFault = Literal[
    "no-camera", "no-frame", "no-frame-after", "no-frame-before", "stalled", "frozen", "unplugged", "ended"
]


@dataclass(frozen=True, slots=True, eq=False)
class Capture:
    """The frames kept for one key press."""

    key_time_s: float
    frame: CameraFrame | None
    """The frame nearest in time to the key press (the earlier of two equally near); None if the camera gave none."""
    before: tuple[CameraFrame, ...] = ()
    """Neighbours taken before `frame`, oldest first."""
    after: tuple[CameraFrame, ...] = ()
    """Neighbours taken after `frame`, oldest first."""
    half_interval_s: float | None = None
    """Half the time between the two frames around the key press, the bound of the distance; None if one is missing."""
    fault: CameraFault | None = None
    """What was wrong with the camera at that moment; None when nothing was."""

    @property
    def key_to_frame_s(self) -> float | None:
        """Time of the frame minus time of the key press."""
        return None if self.frame is None else self.frame.time_s - self.key_time_s


class CameraSource(Protocol):
    """Something that yields frames when asked; runs in the camera's own thread."""

    def read(self) -> CameraFrame | None:
        """The next frame, blocking until there is one; None when the source has ended."""
        ...

    def close(self) -> None:
        """Give the device back."""
        ...


class ScreenObserver(Protocol):
    """Somebody who watches the display: the simulated participant."""

    def saw(self, screen: Screen, flip: Flip) -> None:
        """Called after every flip with what is now on the display."""
        ...
