from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from experiment.camera.loop_delay import measure_delay
from experiment.clock import VirtualClock
from experiment.display.simulated import SimulatedDisplay
from experiment.errors import CameraError
from experiment.ports.camera import CameraFrame
from experiment.ports.display import Flip
from experiment.screens.screen import Screen


class ScreenFilmingCamera:
    """Films the display; a frame shows it ``delay_s`` before its time stamp."""

    def __init__(self, clock: VirtualClock, *, delay_s: float, blind: bool = False) -> None:
        self._clock, self._delay_s, self._blind = clock, delay_s, blind
        self._start_s = clock.now()
        self._index = 0
        self._flips: list[tuple[float, int]] = [(0.0, 0)]

    @property
    def facts(self) -> Mapping[str, Any]:
        return {"kind": "simulated"}

    def on_flip(self, screen: Screen, flip: Flip) -> None:
        self._flips.append((flip.time_s, 255 if screen.background == "white" else 0))

    def read(self) -> CameraFrame | None:
        due_s = self._start_s + self._index / 29.7  # never in step with the display
        self._clock.sleep_until(due_s)
        now = bisect_right(self._flips, (due_s - self._delay_s, 256)) - 1
        grey = 0 if self._blind else self._flips[now][1]
        noise = np.random.default_rng(self._index).integers(0, 8, (16, 16, 3))
        frame = CameraFrame(self._index, due_s, "simulated", np.clip(grey + noise, 0, 255).astype(np.uint8))
        self._index += 1
        return frame

    def close(self) -> None:
        self._clock.release()


@pytest.mark.parametrize("delay_s", [0.040, 0.137])
def test_the_delay_of_display_and_camera_is_found_within_its_interval(delay_s: float) -> None:
    clock = VirtualClock()
    camera = ScreenFilmingCamera(clock, delay_s=delay_s)
    display = SimulatedDisplay(clock, observers=[camera])

    found = measure_delay(display, camera, clock=clock, rng=np.random.default_rng(1))

    assert found.low_s - 0.002 <= delay_s <= found.high_s + 0.002
    assert found.high_s - found.low_s < 0.02
    assert found.flashes == 20


def test_a_camera_that_does_not_see_the_screen_is_an_error() -> None:
    clock = VirtualClock()
    camera = ScreenFilmingCamera(clock, delay_s=0.0, blind=True)
    display = SimulatedDisplay(clock, observers=[camera])

    with pytest.raises(CameraError, match="does not see the screen flash"):
        measure_delay(display, camera, clock=clock, rng=np.random.default_rng(1))
