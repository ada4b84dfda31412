"""Where the pictures of a simulated face come from: drawn ahead of time, by processes of their own.

Acts are drawn in the order they were announced, so that a 30 Hz camera finds them ready.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import replace
from functools import lru_cache
from typing import Protocol, TypeAlias

from analysis.face.arrays import ImageArray
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import DEFAULT_MODEL, load_model
from analysis.face.render.renderer import FaceRenderer
from analysis.face.render.scene import Scene, Sensor
from experiment.simulation.face_schedule import Act
from experiment.simulation.movement import FaceState
from experiment.simulation.person import Person

FaceAct: TypeAlias = Act[FaceState]
_CHUNK = 8
"""Pictures drawn by one job: several processes can share an act, and the first of them are there early."""


class Pictures(Protocol):
    """Pictures of one person, without the noise of the camera."""

    def announce(self, act: FaceAct) -> None:
        """Say that an act will be asked for: returns at once."""
        ...

    def ready(self, act: FaceAct) -> bool:
        """Whether every picture of an act could be had without waiting."""
        ...

    def picture(self, act: FaceAct, number: int) -> ImageArray:
        """(H, W, 3) RGB of one of the act's states; waits until it is there."""
        ...

    def forget(self, act: FaceAct) -> None:
        """An act will not be asked for any more."""
        ...

    def close(self) -> None:
        """Nothing will be asked for any more."""
        ...


class PersonDrawer:
    """Draws one person's states; belongs to the thread that made it."""

    def __init__(self, person: Person, model: FaceModel, renderer: FaceRenderer) -> None:
        self._model, self._renderer = model, renderer
        self._neutral = model.neutral(person.identity)
        self._scene = without_noise(person.scene)

    def draw(self, state: FaceState) -> ImageArray:
        """(H, W, 3) RGB."""
        shape = self._neutral + self._model.displacement(state.units)
        return self._renderer.render(shape, replace(self._scene, pose=state.pose))


def make_renderer(model: FaceModel) -> FaceRenderer:
    """A renderer as fine as a camera picture of 640x480 needs: the blur of the sensor hides the steps of its edges."""
    return FaceRenderer(model, refine=0, samples=1)


@lru_cache(maxsize=1)
def renderer_of_process(model_name: str = DEFAULT_MODEL) -> FaceRenderer:
    """The one renderer of a process that draws many people: making it takes longer than drawing a person's frames."""
    return make_renderer(load_model(model_name))


def without_noise(scene: Scene) -> Scene:
    """The scene before blur and noise of the sensor, which belong to the single frame."""
    return replace(scene, sensor=Sensor(exposure=scene.sensor.exposure))


class Studio:
    """Processes that draw; shared by everybody who is simulated in one run.

    They run at low priority, so that the window and the camera come first.
    """

    def __init__(self, model_name: str) -> None:
        self._model_name = model_name
        self._pool = ProcessPoolExecutor(
            min(4, os.cpu_count() or 2),
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin_work,
            initargs=(model_name,),
        )

    def draw(self, person: Person, states: Sequence[FaceState]) -> Future[list[ImageArray]]:
        """Draw some states of a person, soon."""
        return self._pool.submit(_draw, self._model_name, person, list(states))

    def close(self) -> None:
        """End the processes; what was not begun is not drawn."""
        # Not waiting for them leaves a thread of the pool behind that may meet the end of the program half way.
        self._pool.shutdown(wait=True, cancel_futures=True)


class DrawnAhead:
    """Pictures drawn by a studio, kept until they are forgotten."""

    def __init__(self, person: Person, studio: Studio) -> None:
        self._person, self._studio = person, studio
        self._jobs: dict[str, list[Future[list[ImageArray]]]] = {}

    def announce(self, act: FaceAct) -> None:
        """Send it to the studio, once."""
        if act.roll not in self._jobs:
            self._jobs[act.roll] = [
                self._studio.draw(self._person, act.states[first : first + _CHUNK])
                for first in range(0, len(act.states), _CHUNK)
            ]

    def ready(self, act: FaceAct) -> bool:
        """Whether the studio has drawn it."""
        return act.roll in self._jobs and all(job.done() for job in self._jobs[act.roll])

    def picture(self, act: FaceAct, number: int) -> ImageArray:
        """Take it from the studio's work; waits for it if it must."""
        self.announce(act)
        return self._jobs[act.roll][number // _CHUNK].result()[number % _CHUNK]

    def forget(self, act: FaceAct) -> None:
        """Free the pictures of an act."""
        for job in self._jobs.pop(act.roll, ()):
            job.cancel()

    def close(self) -> None:
        """Nothing more is needed of the studio."""
        for jobs in self._jobs.values():
            for job in jobs:
                job.cancel()
        self._jobs.clear()


def _begin_work(model_name: str) -> None:
    threading.Thread(target=_end_with_the_session, name="end with the session", daemon=True).start()
    os.environ.setdefault("LP_NUM_THREADS", "1")  # Mesa's own threads would compete with the other processes
    if hasattr(os, "nice"):
        os.nice(10)
    renderer_of_process(model_name)


def _end_with_the_session() -> None:
    """A session that was killed tells nobody, and whoever hands over a picture to it would wait for ever."""
    session = multiprocessing.parent_process()
    if session is not None:
        session.join()
        os._exit(1)


def _draw(model_name: str, person: Person, states: list[FaceState]) -> list[ImageArray]:
    drawer = PersonDrawer(person, load_model(model_name), renderer_of_process(model_name))
    return [drawer.draw(state) for state in states]
