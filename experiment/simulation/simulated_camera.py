"""The camera before a simulated participant."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from analysis.face.render.sensor import SensorNoise
from experiment.camera.played import Delivery, PlayedCamera
from experiment.ports.camera import Image
from experiment.ports.clock import Clock
from experiment.record.verification.truth import FILE
from experiment.simulation.face_schedule import FaceSchedule, FaceState, SequenceFrame
from experiment.simulation.person import SimulatedPerson
from experiment.simulation.visitor import SimulatedVisitor

LONGEST_LATE_S = 0.35
"""Late frames wait as in the buffers of a driver. If one is later than this, all that wait are lost.

If only the oldest ones were lost, a camera on a busy machine would always be late by this time. It is shorter than
`experiment.session.display_loop.STALE_FRAME_S`: a camera whose newest frame is older counts as stopped."""
_FIRST_PICTURE_S = 0.01


@dataclass(frozen=True, slots=True)
class FrameGrid:
    """The regular times of camera frames."""

    start_s: float
    """Time of frame 0."""
    rate_hz: float

    def time_s(self, index: int) -> float:
        """Return the time of a frame."""
        return self.start_s + index / self.rate_hz

    def first_at(self, time_s: float) -> int:
        """Return the index of the first frame at or after a time."""
        index = max(0, int((time_s - self.start_s) * self.rate_hz) - 1)
        while self.time_s(index) < time_s:
            index += 1
        return index


class SimulatedCamera(PlayedCamera):
    """Films the face of a schedule.

    A frame arrives one interval after its time, as from a webcam. By then the participant has processed every flip
    before that time, so the picture does not depend on the order of threads.

    The camera never waits for a picture: if it is not drawn yet, the frame shows the newest one again, with its own
    noise, and the truth has the face that is shown.

    Parameters
    ----------
    visitor : SimulatedVisitor
        The participant.
    schedule : FaceSchedule
        The face of every frame.
    grid : FrameGrid
        The time of every frame.
    clock : Clock
        Clock of the session.
    on_frame : callable
        Called with index, time and face of every frame.
    truth : str
        Name of the file with the true faces, for the record; empty without one.
    """

    def __init__(
        self,
        visitor: SimulatedVisitor,
        schedule: FaceSchedule,
        grid: FrameGrid,
        *,
        clock: Clock,
        on_frame: Callable[[int, float, SequenceFrame], None] | None = None,
        truth: str = FILE,
    ) -> None:
        self._pictures, self._schedule, self._grid = visitor.pictures, schedule, grid
        self._on_frame = on_frame
        self._newest: tuple[Image, FaceState] | None = None
        self.late = 0
        """Number of frames that show an earlier face, because theirs was not drawn yet."""
        self._noise = sensor_noise(visitor.person)
        optics = visitor.person.scene.optics
        facts = {
            "kind": "simulated",
            "person_seed": visitor.person.seed,
            "size_px": [optics.width_px, optics.height_px],
            "rate_hz": grid.rate_hz,
            "mimicry": visitor.mimicry,
            **({"truth": truth} if truth else {}),
        }
        super().__init__(self._film(), clock=clock, time_kind="simulated", facts=facts)

    def _film(self) -> Iterator[Delivery]:
        """Yield each frame one interval after its time."""
        grid, index = self._grid, 0
        while True:
            now_s = self._clock.now()
            if grid.time_s(index + 1) < now_s - LONGEST_LATE_S:
                index = grid.first_at(now_s) - 1
            yield Delivery(index, grid.time_s(index), grid.time_s(index + 1), partial(self._picture, index))
            index += 1

    def _picture(self, index: int) -> Image:
        moment = self._schedule.at(index)
        clean = self._pictures.drawn(moment.sequence, moment.number)
        if clean is not None:
            self._newest = (clean, moment.state)
        else:
            clean, shown = self._wait_for_first(moment) if self._newest is None else self._newest
            moment = replace(moment, instead=shown)
            self.late += 1
        image = self._noise.add(clean, noise_number(moment))
        if self._on_frame is not None:
            self._on_frame(index, self._grid.time_s(index), moment)
        return image

    def _wait_for_first(self, moment: SequenceFrame) -> tuple[Image, FaceState]:
        """Wait for the first picture; it is drawn before the session starts."""
        while (clean := self._pictures.drawn(moment.sequence, moment.number)) is None:
            time.sleep(_FIRST_PICTURE_S)
        self._newest = (clean, moment.state)
        return self._newest


def sensor_noise(person: SimulatedPerson) -> SensorNoise:
    """Return blur and noise of the camera before a person."""
    scene = person.scene
    return SensorNoise(scene.sensor, scene.optics.width_px, scene.optics.height_px, seed=scene.appearance.texture_seed)


def noise_number(moment: SequenceFrame) -> int:
    """Return the number of a frame's noise, which depends on the face only."""
    return zlib.crc32(moment.sequence.name.encode()) % 100_000 + moment.frame
