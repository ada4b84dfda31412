"""The devices of a session, as small ports. Real and simulated implementations ship; a session cannot tell them apart.

One clock: every time is in seconds on the clock of the session (monotonic); ``*_s`` names say so. Pictures are RGB.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from experiment.screens import Screen

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

    def clear(self) -> None:
        """Forget presses that have not been read yet."""
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
    """(H, W, 3) RGB."""


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
