"""Pictures of a simulated face, drawn in advance by other processes.

Sequences are drawn in the order of their requests, so that a 30 Hz camera finds them ready.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import replace
from typing import Protocol

from analysis.face.arrays import ImageArray
from analysis.face.render.renderer import FaceRenderer
from analysis.face.synthetic.generators import Generator
from analysis.face.synthetic.people import PersonDrawer
from analysis.face.synthetic.scenes import without_noise
from experiment.simulation.face_schedule import FaceSequence, FaceState
from experiment.simulation.person import SimulatedPerson

_SAMPLES = 1
"""Samples a pixel: the blur of the sensor hides the steps of edges."""
_CHUNK = 8
"""Pictures of one job: several processes share a sequence, and its first pictures are ready early."""


class FacePictures(Protocol):
    """Pictures of one person, without the noise of the camera."""

    def request(self, sequence: FaceSequence) -> None:
        """Request the pictures of a sequence; do not wait."""
        ...

    def ready(self, sequence: FaceSequence) -> bool:
        """Return whether every picture of a sequence is ready."""
        ...

    def picture(self, sequence: FaceSequence, number: int) -> ImageArray:
        """Return the (H, W, 3) RGB picture of one state; wait until it is ready."""
        ...

    def discard(self, sequence: FaceSequence) -> None:
        """Discard the pictures of a sequence."""
        ...

    def close(self) -> None:
        """Discard all pictures."""
        ...


def camera_renderer(model_name: str) -> FaceRenderer:
    """Return this process's renderer of 640x480 camera pictures."""
    return Generator(model_name).renderer(samples=_SAMPLES)


def state_drawer(person: SimulatedPerson, renderer: FaceRenderer) -> Callable[[FaceState], ImageArray]:
    """Return a function that draws states of a person as (H, W, 3) RGB without noise."""
    drawer, scene = PersonDrawer(person, renderer), without_noise(person.scene)
    return lambda state: drawer.draw(state.units, replace(scene, pose=state.pose))


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
            initializer=_start_process,
            initargs=(model_name,),
        )

    def render(self, person: SimulatedPerson, states: Sequence[FaceState]) -> Future[list[ImageArray]]:
        """Start to draw some states of a person."""
        return self._pool.submit(_draw, self._model_name, person, list(states))

    def close(self) -> None:
        """End the processes; cancel waiting jobs."""
        # Without waiting, a thread of the pool could still run when the program ends.
        self._pool.shutdown(wait=True, cancel_futures=True)


class PrerenderedPictures:
    """Pictures of one person from a `PictureRenderer`, kept until they are discarded.

    Parameters
    ----------
    person : SimulatedPerson
        The person to draw.
    renderer : PictureRenderer
        The drawing processes.
    """

    def __init__(self, person: SimulatedPerson, renderer: PictureRenderer) -> None:
        self._person, self._renderer = person, renderer
        self._jobs: dict[str, list[Future[list[ImageArray]]]] = {}

    def request(self, sequence: FaceSequence) -> None:
        """Request the pictures of a sequence, once."""
        if sequence.pictures_name not in self._jobs:
            self._jobs[sequence.pictures_name] = [
                self._renderer.render(self._person, sequence.states[first : first + _CHUNK])
                for first in range(0, len(sequence.states), _CHUNK)
            ]

    def ready(self, sequence: FaceSequence) -> bool:
        """Return whether every picture of a sequence is drawn."""
        name = sequence.pictures_name
        return name in self._jobs and all(job.done() for job in self._jobs[name])

    def picture(self, sequence: FaceSequence, number: int) -> ImageArray:
        """Return the picture of one state; wait until it is drawn."""
        self.request(sequence)
        return self._jobs[sequence.pictures_name][number // _CHUNK].result()[number % _CHUNK]

    def discard(self, sequence: FaceSequence) -> None:
        """Discard the pictures of a sequence and cancel its jobs."""
        for job in self._jobs.pop(sequence.pictures_name, ()):
            job.cancel()

    def close(self) -> None:
        """Cancel all jobs and discard all pictures."""
        for jobs in self._jobs.values():
            for job in jobs:
                job.cancel()
        self._jobs.clear()


def _start_process(model_name: str) -> None:
    threading.Thread(target=_exit_with_session, name="exit with session", daemon=True).start()
    os.environ.setdefault("LP_NUM_THREADS", "1")  # Mesa's own threads would compete with the other processes
    if hasattr(os, "nice"):
        os.nice(10)
    camera_renderer(model_name)


def _exit_with_session() -> None:
    """End this process with the session; a killed session cannot end it."""
    session = multiprocessing.parent_process()
    if session is not None:
        session.join()
        os._exit(1)


def _draw(model_name: str, person: SimulatedPerson, states: list[FaceState]) -> list[ImageArray]:
    draw = state_drawer(person, camera_renderer(model_name))
    return [draw(state) for state in states]
