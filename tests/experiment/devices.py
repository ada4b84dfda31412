"""Simulated devices for tests of the session: a camera on the session's clock, a scripted participant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiment.display.simulated import SimulatedKeyboard
from experiment.errors import CameraError
from experiment.ports.camera import CameraFrame
from experiment.ports.clock import Clock
from experiment.ports.display import Flip
from experiment.screens.screen import Screen, Text


class ClockCamera:
    """Frames that hold their own number, at a fixed rate of a clock."""

    def __init__(self, clock: Clock, *, rate_hz: float = 30.0) -> None:
        self._clock = clock
        self._rate_hz = rate_hz
        self._start_s = clock.now()
        self.gone: tuple[float, float] | None = None
        """From when to when the camera is unplugged, on the clock."""
        self._index = 0
        self.closed = False
        self.facts: Mapping[str, Any] = {"kind": "simulated", "rate_hz": rate_hz}

    def read(self) -> CameraFrame | None:
        now_s = self._clock.now()
        self._index = max(self._index, int((now_s - self._start_s) * self._rate_hz))
        if self.gone is not None and self.gone[0] <= now_s < self.gone[1]:
            raise CameraError("unplugged")
        due_s = self._start_s + self._index / self._rate_hz
        self._clock.sleep_until(due_s)
        image = np.zeros((12, 16, 3), np.uint8)
        image[0, 0] = (self._index // 256, self._index % 256, 1)
        frame = CameraFrame(self._index, due_s, "simulated", image)
        self._index += 1
        return frame

    def close(self) -> None:
        self.closed = True


def number_in(image: NDArray[np.uint8]) -> int:
    """The number a frame of `ClockCamera` holds."""
    return int(image[0, 0, 0]) * 256 + int(image[0, 0, 1])


@dataclass
class Participant:
    """Presses keys: SPACE on pages, SPACE ``delay_s`` after the onset of a target."""

    keyboard: SimulatedKeyboard
    delay_s: float = 0.4
    on_screen: Callable[[Screen, Flip], bool] | None = None
    """Called first at every new screen; True if it has handled it."""
    screen_kinds: list[str] = field(default_factory=list)
    """Kinds of the screens, one entry per change."""
    targets: list[str] = field(default_factory=list)
    pressed_s: list[float] = field(default_factory=list)
    onsets_s: list[float] = field(default_factory=list)
    flips_s: list[float] = field(default_factory=list)
    """Times of all flips, by index."""
    _last: Screen | None = None

    def on_flip(self, screen: Screen, flip: Flip) -> None:
        self.flips_s.append(flip.time_s)
        if screen == self._last:
            return
        self._last = screen
        self.screen_kinds.append(screen.kind)
        if screen.kind == "target" and screen.target is not None:
            self.targets.append(screen.target)
            self.onsets_s.append(flip.time_s)
        if self.on_screen is not None and self.on_screen(screen, flip):
            return
        if screen.kind == "target":
            self.press("space", flip.time_s + self.delay_s)
        elif screen.kind in ("page", "break"):
            self.press("space", flip.time_s + 0.2)
        elif screen.kind == "notice":
            self.press("space", flip.time_s + 0.2)
            self.press("return", flip.time_s + 0.2)

    def press(self, key: str, time_s: float) -> None:
        self.keyboard.press(key, time_s)
        self.pressed_s.append(time_s)


def texts_of(screen: Screen) -> str:
    return "\n".join(element.text for element in screen.elements if isinstance(element, Text))
