"""The measuring process: the newest frame goes in, the newest measurement comes out, and nobody waits.

::

    camera's thread ── offer ──► newest frame ──► measuring process ──► newest measurement ──► latest ── drawing loop
                               (shared memory)    (dlib, fit, score)      (shared memory)

A process that dies or hangs is started again, with its calibration and its aim; the drawing loop goes on meanwhile.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any, Literal, Protocol

import cv2
import numpy as np

from analysis.face.arrays import ImageArray
from analysis.face.errors import AnalysisError
from experiment.errors import ExperimentError
from experiment.feedback.messages import (
    FRAME_DTYPE,
    MAX_SIDE_PX,
    MEASUREMENT_DTYPE,
    Measurement,
    Measurer,
    MeasurerFactory,
    Scene,
    read_image,
    read_measurement,
    write_frame,
    write_measurement,
)
from experiment.feedback.shared_memory import Newest, Slot
from experiment.feedback.streams import StreamSpec, open_streams
from experiment.ports.camera import CameraFrame
from experiment.ports.clock import Clock

MeasuringState = Literal["starting", "ready", "restarting", "failed"]

_START_PATIENCE_S = 30.0
"""Importing dlib and loading its weights on a slow disk."""
_SILENCE_S = 5.0
"""A process that says nothing for so long after a frame was offered hangs."""
_MOST_RESTARTS = 5
"""In a row, without a measurement between them."""
_PATIENCE_S = 0.01
"""What the camera's thread and the measuring process wait for the other's swap of two numbers."""


class Measuring(Protocol):
    """Something that measures the newest frame; none of its methods waits."""

    @property
    def state(self) -> MeasuringState:
        """Whether there can be measurements."""
        ...

    @property
    def problem(self) -> str:
        """Why there are none, when ``state`` is ``failed``; what was wrong with the calibration; or nothing."""
        ...

    @property
    def scene(self) -> Scene | None:
        """What the measurer knows; None while it starts."""
        ...

    @property
    def restarts(self) -> int:
        """How often measuring had to be started again."""
        ...

    def calibrate(self, neutrals: Sequence[ImageArray]) -> None:
        """Pictures of the trainee's face at rest."""
        ...

    def aim(self, target: str | None, *, want_distance: bool, want_promises: bool) -> None:
        """Measure against this target from now on."""
        ...

    def offer(self, frame: CameraFrame) -> None:
        """Here is the newest frame. Called by one thread only."""
        ...

    def latest(self) -> Measurement | None:
        """The newest measurement against the present target, once."""
        ...

    def close(self) -> None:
        """Measure no more."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class _Calibrate:
    neutrals: tuple[ImageArray, ...]


@dataclass(frozen=True, slots=True)
class _Aim:
    number: int
    target: str | None
    want_distance: bool
    want_promises: bool


@dataclass(frozen=True, slots=True)
class _Calibrated:
    problem: str


@dataclass(frozen=True, slots=True)
class _Failed:
    problem: str


def shrunk(image: ImageArray) -> ImageArray:
    """The picture at the size that is measured: its longer side `MAX_SIDE_PX` or less."""
    height, width = image.shape[:2]
    longest = max(height, width)
    if longest <= MAX_SIDE_PX:
        return image
    size = (round(width * MAX_SIDE_PX / longest), round(height * MAX_SIDE_PX / longest))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


class MeasuringProcess:
    """Measures in a process of its own."""

    def __init__(self, factory: MeasurerFactory, *, clock: Clock, streams: Sequence[StreamSpec] = ()) -> None:
        """Start the process; it is ready some seconds later."""
        self._factory = factory
        self._clock = clock
        self._streams = tuple(streams)
        self._context = multiprocessing.get_context("spawn")
        self._neutrals: _Calibrate | None = None
        self._aim = _Aim(0, None, False, False)
        self._scene: Scene | None = None
        self._state: MeasuringState = "starting"
        self._problem = ""
        self._restarts = 0
        self._fruitless = 0
        self._closed = False
        self._worker: _Worker | None = None
        self._starting: threading.Thread | None = None
        self._begin_worker()

    @property
    def state(self) -> MeasuringState:
        """Whether there can be measurements."""
        return self._state

    @property
    def problem(self) -> str:
        """Why there are none, or what was wrong with the calibration."""
        return self._problem

    @property
    def scene(self) -> Scene | None:
        """What the measurer knows; None while it starts."""
        return self._scene

    @property
    def restarts(self) -> int:
        """How often the process had to be started again."""
        return self._restarts

    @property
    def process_id(self) -> int | None:
        """Of the process, while there is one."""
        worker = self._worker
        return None if worker is None else worker.process.pid

    def calibrate(self, neutrals: Sequence[ImageArray]) -> None:
        """Pictures of the trainee's face at rest; kept for a process that has to be started again."""
        self._neutrals = _Calibrate(tuple(shrunk(image) for image in neutrals))
        self._problem = ""
        self._tell(self._neutrals)

    def aim(self, target: str | None, *, want_distance: bool, want_promises: bool) -> None:
        """Measure against this target from now on; measurements against another one are dropped."""
        self._aim = _Aim(self._aim.number + 1, target, want_distance, want_promises)
        self._tell(self._aim)

    def offer(self, frame: CameraFrame) -> None:
        """Put the newest frame where the process finds it; called by one thread only."""
        worker = self._worker
        if worker is None:
            return
        image = shrunk(frame.image)

        def fill(slot: Slot) -> None:
            write_frame(slot, image, index=frame.index, time_s=frame.time_s, offered_s=self._clock.now())

        if worker.frames.put(fill, patience_s=_PATIENCE_S) and worker.unanswered_s is None:
            worker.unanswered_s = self._clock.now()

    def latest(self) -> Measurement | None:
        """The newest measurement against the present target, once. Also looks after the process."""
        worker = self._worker
        if worker is None:
            return None
        self._listen(worker)
        slot = worker.results.take()
        if slot is not None:
            worker.unanswered_s = None
            self._fruitless = 0
            if int(slot["aim"]) == self._aim.number:
                return read_measurement(slot, target=self._aim.target)
        elif self._is_lost(worker):
            self._restart(worker)
        return None

    def close(self) -> None:
        """End the process."""
        self._closed = True
        if self._starting is not None:
            self._starting.join()
        if self._worker is not None:
            self._worker.stop()
            self._worker = None

    def _begin_worker(self) -> None:
        def begin() -> None:
            worker = _Worker(self._context, self._factory, self._clock, self._streams)
            self._worker = worker
            # Said again by `calibrate` and `aim` if they change meanwhile: only the last of each counts.
            for said in (self._neutrals, self._aim):
                if said is not None:
                    worker.tell(said)

        # Starting a process takes longer than a frame of the display: not on the drawing thread.
        self._starting = threading.Thread(target=begin, name="start measuring", daemon=True)
        self._starting.start()

    def _tell(self, said: _Calibrate | _Aim) -> None:
        worker = self._worker
        if worker is not None:
            worker.tell(said)

    def _listen(self, worker: _Worker) -> None:
        for answer in worker.answers():
            worker.unanswered_s = None
            if isinstance(answer, Scene):
                self._scene, self._state = answer, "ready"
            elif isinstance(answer, _Calibrated):
                self._problem = answer.problem
            elif isinstance(answer, _Failed):
                self._state, self._problem = "failed", answer.problem

    def _is_lost(self, worker: _Worker) -> bool:
        if self._state == "failed":
            return False
        if not worker.process.is_alive():
            return True
        patience_s = _SILENCE_S if self._state == "ready" else _START_PATIENCE_S
        asked_s = worker.unanswered_s
        return asked_s is not None and self._clock.now() - asked_s > patience_s

    def _restart(self, worker: _Worker) -> None:
        self._worker = None
        worker.kill()
        self._restarts += 1
        self._fruitless += 1
        if self._fruitless > _MOST_RESTARTS:
            self._state = "failed"
            self._problem = f"the measuring process ended {self._fruitless} times in a row"
            return
        self._state = "restarting"
        self._begin_worker()


class _Worker:
    """One life of the measuring process, with the memory and the locks it shares with us."""

    def __init__(
        self, context: SpawnContext, factory: MeasurerFactory, clock: Clock, streams: tuple[StreamSpec, ...]
    ) -> None:
        self.frames = Newest(context, FRAME_DTYPE)
        self.results = Newest(context, MEASUREMENT_DTYPE)
        self._commands: Any = context.Queue()
        self._connection, theirs = context.Pipe(duplex=False)
        offset_s = clock.now() - time.perf_counter()
        self.process: SpawnProcess = context.Process(
            target=_serve,
            args=(factory, self.frames, self.results, self._commands, theirs, offset_s, streams),
            name="measuring",
            daemon=True,
        )
        with _single_threaded_children():
            self.process.start()
        theirs.close()
        self.unanswered_s: float | None = clock.now()
        """Since when an answer is due: the start, or the first frame offered after the last answer."""

    def tell(self, said: _Calibrate | _Aim | None) -> None:
        self._commands.put(said)
        self.frames.wake()

    def answers(self) -> Iterator[Scene | _Calibrated | _Failed]:
        with contextlib.suppress(EOFError, OSError):
            while self._connection.poll(0):
                yield self._connection.recv()

    def stop(self) -> None:
        self.tell(None)
        self.process.join(1.0)
        self.kill()

    def kill(self) -> None:
        self.process.kill()
        self.process.join()
        self.process.close()
        self._connection.close()
        self._commands.cancel_join_thread()
        self._commands.close()


@contextlib.contextmanager
def _single_threaded_children() -> Iterator[None]:
    """Let the process's linear algebra use one thread: its matrices are small, and the other cores draw."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _serve(
    factory: MeasurerFactory,
    frames: Newest,
    results: Newest,
    commands: Any,
    answers: Connection,
    offset_s: float,
    stream_specs: tuple[StreamSpec, ...],
) -> None:
    """The life of the measuring process."""
    cv2.setNumThreads(1)
    parent = multiprocessing.parent_process()
    try:
        measurer = factory()
        streams = open_streams(stream_specs, measurer.scene.unit_names)
    except (AnalysisError, ExperimentError, OSError) as error:
        answers.send(_Failed(str(error)))
        return
    answers.send(measurer.scene)
    aim = _Aim(0, None, False, False)
    while parent is None or parent.is_alive():
        for said in _said(commands):
            if said is None:
                streams.close()
                return
            if isinstance(said, _Aim):
                aim = said
                measurer.aim(aim.target, want_distance=aim.want_distance, want_promises=aim.want_promises)
            else:
                answers.send(_Calibrated(_calibrate(measurer, said)))
        slot = frames.take(patience_s=_PATIENCE_S)
        if slot is None:
            frames.wait(0.2)
            continue
        started_s = time.perf_counter() + offset_s
        reading = measurer.measure(read_image(slot))
        measurement = Measurement(
            reading=reading,
            target=aim.target,
            frame=int(slot["index"]),
            frame_time_s=float(slot["time_s"]),
            offered_s=float(slot["offered_s"]),
            started_s=started_s,
            finished_s=time.perf_counter() + offset_s,
        )
        _publish(results, measurement, aim.number)
        streams.send(measurement)


def _publish(results: Newest, measurement: Measurement, number: int) -> None:
    results.put(lambda slot: write_measurement(slot, measurement, aim=number), patience_s=_PATIENCE_S)


def _said(commands: Any) -> Iterator[_Calibrate | _Aim | None]:
    with contextlib.suppress(queue.Empty):
        while True:
            yield commands.get_nowait()


def _calibrate(measurer: Measurer, said: _Calibrate) -> str:
    try:
        measurer.calibrate(said.neutrals)
    except AnalysisError as error:
        return str(error)
    return ""


class MeasuringAtOnce:
    """Measures in the calling thread when asked for the latest: for simulated time, and for tests of one frame."""

    def __init__(self, measurer: Measurer, *, clock: Clock) -> None:
        """Use this measurer."""
        self._measurer = measurer
        self._clock = clock
        self._frame: CameraFrame | None = None
        self._offered_s = 0.0
        self._target: str | None = None
        self.state: MeasuringState = "ready"
        self.problem = ""
        self.scene: Scene | None = measurer.scene
        self.restarts = 0

    def calibrate(self, neutrals: Sequence[ImageArray]) -> None:
        """Pictures of the trainee's face at rest."""
        self.problem = _calibrate(self._measurer, _Calibrate(tuple(shrunk(image) for image in neutrals)))

    def aim(self, target: str | None, *, want_distance: bool, want_promises: bool) -> None:
        """Measure against this target from now on."""
        self._target = target
        self._measurer.aim(target, want_distance=want_distance, want_promises=want_promises)

    def offer(self, frame: CameraFrame) -> None:
        """Keep the frame until the latest measurement is asked for."""
        self._frame, self._offered_s = frame, self._clock.now()

    def latest(self) -> Measurement | None:
        """Measure the newest frame, if it has not been measured yet."""
        frame, self._frame = self._frame, None
        if frame is None:
            return None
        started_s = self._clock.now()
        reading = self._measurer.measure(shrunk(frame.image))
        finished_s = self._clock.now()
        return Measurement(reading, self._target, frame.index, frame.time_s, self._offered_s, started_s, finished_s)

    def close(self) -> None:
        """Nothing to give back."""
