"""Pictures of a simulated face, drawn in advance by other processes.

Sequences are drawn in the order of their requests, so that a 30 Hz camera finds them ready.
"""

from __future__ import annotations

import multiprocessing
import os
import struct
import zlib
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from analysis.face.arrays import ImageArray
from analysis.face.render.sensor import blurred
from experiment.simulation.drawing.process import start_drawing_process
from experiment.simulation.drawing.states import camera_renderer, state_drawer
from experiment.simulation.face_schedule import FaceSequence, FaceState
from experiment.simulation.person import SimulatedPerson

_SIZE = struct.Struct("<II")
"""Height and width before a packed picture."""
_CHUNK = 8
"""Pictures of one job: several processes share a sequence, and its first pictures are ready early."""


class FacePictures(Protocol):
    """Pictures of one person with the blur of the camera, without its noise."""

    def request(self, sequence: FaceSequence) -> None:
        """Request the pictures of a sequence; do not wait."""
        ...

    def ready(self, sequence: FaceSequence) -> bool:
        """Return whether every picture of a sequence is ready."""
        ...

    def missing(self, sequences: Sequence[FaceSequence]) -> list[int]:
        """Return the number of missing pictures of each sequence.

        Pictures of earlier ones in the list are not counted again.
        """
        ...

    def drawn(self, sequence: FaceSequence, number: int) -> ImageArray | None:
        """Return the (H, W, 3) RGB picture of one state; None if it is not drawn yet."""
        ...

    def discard(self, sequence: FaceSequence) -> None:
        """Discard the pictures of a sequence."""
        ...

    def close(self) -> None:
        """Discard all pictures."""
        ...


class PictureRenderer:
    """Processes that draw pictures of all simulated participants of a run.

    They run at low priority, so that they do not delay the window and the camera.

    Parameters
    ----------
    model_name : str
        Name of the face model.
    """

    def __init__(self, model_name: str) -> None:
        self._model_name = model_name
        self._pool = ProcessPoolExecutor(
            min(4, os.cpu_count() or 2),
            mp_context=multiprocessing.get_context("spawn"),
            initializer=start_drawing_process,
            initargs=(model_name,),
        )

    def render(self, person: SimulatedPerson, states: Sequence[FaceState]) -> Future[list[bytes]]:
        """Start to draw some states of a person."""
        return self._pool.submit(_draw, self._model_name, person, list(states))

    def close(self) -> None:
        """End the processes; cancel waiting jobs."""
        # Without waiting, a thread of the pool could still run when the program ends.
        self._pool.shutdown(wait=True, cancel_futures=True)


class PrerenderedPictures:
    """Pictures of one person from a `PictureRenderer`, kept until they are discarded.

    A state that several sequences show is drawn once.

    Parameters
    ----------
    person : SimulatedPerson
        The person to draw.
    renderer : PictureRenderer
        The drawing processes.
    """

    def __init__(self, person: SimulatedPerson, renderer: PictureRenderer) -> None:
        self._person, self._renderer = person, renderer
        self._jobs: dict[bytes, _Job] = {}
        self._requested: dict[str, tuple[bytes, ...]] = {}

    def request(self, sequence: FaceSequence) -> None:
        """Request the pictures of a sequence, once."""
        if sequence.pictures_name in self._requested:
            return
        keys = tuple(state.key for state in sequence.states)
        self._requested[sequence.pictures_name] = keys
        missing = {key: state for key, state in zip(keys, sequence.states, strict=True) if key not in self._jobs}
        items = list(missing.items())
        for first in range(0, len(items), _CHUNK):
            part = items[first : first + _CHUNK]
            drawing = self._renderer.render(self._person, [state for _, state in part])
            self._jobs |= {key: _Job(drawing, number) for number, (key, _) in enumerate(part)}
        for key in set(keys):
            self._jobs[key].uses += 1

    def ready(self, sequence: FaceSequence) -> bool:
        """Return whether every picture of a sequence is drawn."""
        keys = self._requested.get(sequence.pictures_name)
        return keys is not None and all(self._jobs[key].drawing.done() for key in keys)

    def missing(self, sequences: Sequence[FaceSequence]) -> list[int]:
        """Return the number of missing pictures of each sequence.

        Pictures of earlier ones in the list are not counted again.
        """
        counted: set[bytes] = set()
        counts = []
        for sequence in sequences:
            keys = set(self._requested.get(sequence.pictures_name) or (state.key for state in sequence.states))
            new = {key for key in keys - counted if key not in self._jobs or not self._jobs[key].drawing.done()}
            counted |= new
            counts.append(len(new))
        return counts

    def drawn(self, sequence: FaceSequence, number: int) -> ImageArray | None:
        """Return the picture of one state; None if it is not drawn yet."""
        self.request(sequence)
        job = self._jobs[self._requested[sequence.pictures_name][number]]
        return job.picture() if job.drawing.done() else None

    def discard(self, sequence: FaceSequence) -> None:
        """Discard the pictures of a sequence that no other one shows."""
        for key in set(self._requested.pop(sequence.pictures_name, ())):
            self._jobs[key].uses -= 1
            if not self._jobs[key].uses:
                self._cancel_if_unused(self._jobs.pop(key))

    def close(self) -> None:
        """Cancel all jobs and discard all pictures."""
        for job in self._jobs.values():
            job.drawing.cancel()
        self._jobs.clear()
        self._requested.clear()

    def _cancel_if_unused(self, job: _Job) -> None:
        """Cancel a job none of whose pictures is requested any more."""
        if not any(other.drawing is job.drawing for other in self._jobs.values()):
            job.drawing.cancel()


@dataclass(slots=True, eq=False)
class _Job:
    """One picture, as a part of a job of the drawing processes."""

    drawing: Future[list[bytes]]
    number: int
    """Index among the pictures of the job."""
    uses: int = 0
    """Number of requested sequences that show it."""

    def picture(self) -> ImageArray:
        return unpacked(self.drawing.result()[self.number])


def packed(picture: ImageArray) -> bytes:
    """Return a picture without loss in a quarter of its memory.

    Parameters
    ----------
    picture : (H, W, 3) uint8 array
        RGB.
    """
    return _SIZE.pack(*picture.shape[:2]) + zlib.compress(picture.tobytes(), 1)


def unpacked(data: bytes) -> ImageArray:
    """Return the (H, W, 3) RGB picture of `packed`."""
    height, width = _SIZE.unpack_from(data)
    pixels = np.frombuffer(bytearray(zlib.decompress(data[_SIZE.size :])), dtype=np.uint8)
    return pixels.reshape(height, width, 3)


def _draw(model_name: str, person: SimulatedPerson, states: list[FaceState]) -> list[bytes]:
    """Draw and blur pictures.

    The camera's thread, which must not be late, then only adds the noise.
    """
    draw, sensor = state_drawer(person, camera_renderer(model_name)), person.scene.sensor
    return [packed(blurred(draw(state), sensor)) for state in states]
