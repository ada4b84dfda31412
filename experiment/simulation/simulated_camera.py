"""The camera that films a simulated participant."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from functools import partial

from analysis.face.render.sensor import SensorNoise
from experiment.camera.played import Delivery, PlayedCamera
from experiment.ports.camera import Image
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


class SimulatedCamera(PlayedCamera):
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
        self._pictures, self._schedule, self._grid = pictures, schedule, grid
        self._on_frame = on_frame
        optics = person.scene.optics
        self._noise = sensor_noise(person)
        facts = {
            "kind": "simulated",
            "person_seed": person.seed,
            "size_px": [optics.width_px, optics.height_px],
            "rate_hz": grid.rate_hz,
            "truth": "truth.jsonl",
        }
        super().__init__(self._film(), clock=clock, time_kind="simulated", facts=facts)

    def _film(self) -> Iterator[Delivery]:
        """Yield each frame one interval after it was taken."""
        grid, index = self._grid, 0
        while True:
            now_s = self._clock.now()
            while grid.time_s(index + 1) < now_s - LONGEST_LATE_S:
                index += 1
            yield Delivery(index, grid.time_s(index), grid.time_s(index + 1), partial(self._picture, index))
            index += 1

    def _picture(self, index: int) -> Image:
        moment = self._schedule.at(index)
        image = self._noise.expose(self._pictures.picture(moment.act, moment.number), noise_number(moment))
        if self._on_frame is not None:
            self._on_frame(index, self._grid.time_s(index), moment)
        return image


def sensor_noise(person: Person) -> SensorNoise:
    """Blur and noise of the camera a person sits before."""
    scene = person.scene
    return SensorNoise(scene.sensor, scene.optics.width_px, scene.optics.height_px, seed=scene.appearance.texture_seed)


def noise_number(moment: Moment[FaceState]) -> int:
    """Which noise a frame gets: by what it shows and not by when, so that it is the same in every run."""
    return zlib.crc32(moment.act.name.encode()) % 100_000 + moment.frame
