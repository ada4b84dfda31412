"""The camera that films a simulated participant."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from typing import Any

from analysis.face.render.sensor import SensorNoise
from experiment.ports.camera import CameraFrame
from experiment.ports.clock import Clock
from experiment.simulation.drawn_pictures import Pictures
from experiment.simulation.face_schedule import Moment, Schedule
from experiment.simulation.movement import FaceState
from experiment.simulation.person import Person

LONGEST_LATE_S = 0.5
"""Frames that could not be delivered in time wait, like those in a driver's buffers; older ones are lost."""


class FrameGrid:
    """When each frame of a camera is taken: known beforehand, since the camera does not exist."""

    def __init__(self, start_s: float, rate_hz: float) -> None:
        self.start_s = start_s
        self.rate_hz = rate_hz

    def time_s(self, index: int) -> float:
        """The moment a frame is taken."""
        return self.start_s + index / self.rate_hz

    def first_at(self, time_s: float) -> int:
        """Index of the first frame taken at or after a time."""
        index = max(0, int((time_s - self.start_s) * self.rate_hz) - 1)
        while self.time_s(index) < time_s:
            index += 1
        return index


class SimulatedCamera:
    """Films what the schedule says a face does.

    A frame arrives one interval after it was taken, as a webcam's does. By then everything that was on the display
    when it was taken has been seen by the participant, so what a frame shows does not depend on which thread was
    quicker.

    Parameters
    ----------
    on_frame
        Hears of every frame: index, time, and what the face really did.
    """

    def __init__(
        self,
        person: Person,
        pictures: Pictures,
        schedule: Schedule[FaceState],
        grid: FrameGrid,
        *,
        clock: Clock,
        on_frame: Callable[[int, float, Moment[FaceState]], None] | None = None,
    ) -> None:
        self._pictures, self._schedule, self._grid, self._clock = pictures, schedule, grid, clock
        self._on_frame = on_frame
        self._index = 0
        optics = person.scene.optics
        self._noise = sensor_noise(person)
        self.facts: Mapping[str, Any] = {
            "kind": "simulated",
            "person_seed": person.seed,
            "size_px": [optics.width_px, optics.height_px],
            "rate_hz": grid.rate_hz,
            "truth": "truth.jsonl",
        }

    def read(self) -> CameraFrame | None:
        """The next frame, one interval after it was taken."""
        grid = self._grid
        now_s = self._clock.now()
        while grid.time_s(self._index + 1) < now_s - LONGEST_LATE_S:
            self._index += 1
        index, self._index = self._index, self._index + 1
        self._clock.sleep_until(grid.time_s(index + 1))
        moment = self._schedule.at(index)
        clean = self._pictures.picture(moment.act, moment.number)
        image = self._noise.expose(clean, noise_number(moment))
        time_s = grid.time_s(index)
        if self._on_frame is not None:
            self._on_frame(index, time_s, moment)
        return CameraFrame(index, time_s, "simulated", image)

    def close(self) -> None:
        """Nothing is held open."""


def sensor_noise(person: Person) -> SensorNoise:
    """Blur and noise of the camera a person sits before."""
    scene = person.scene
    return SensorNoise(scene.sensor, scene.optics.width_px, scene.optics.height_px, seed=scene.appearance.texture_seed)


def noise_number(moment: Moment[FaceState]) -> int:
    """Which noise a frame gets: by what it shows and not by when, so that it is the same in every run."""
    return zlib.crc32(moment.act.name.encode()) % 100_000 + moment.frame
