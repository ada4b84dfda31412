"""The measuring process and its supervision.

::

    camera's thread ── offer ──► newest frame ──► measuring process ──► newest measurement ──► latest ── drawing loop
                               (shared memory)    (dlib, fit, score)      (shared memory)

A process that dies or hangs is started again with its calibration and target; the drawing loop never waits for it.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import threading
import time
from collections.abc import Iterator, Sequence
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any

from analysis.face.arrays import ImageArray
from experiment.clock import measure_offset
from experiment.feedback.measuring import MeasurerFactory, MeasuringState
from experiment.feedback.messages import (
    Calibrate,
    Calibrated,
    Failed,
    Measurement,
    MeasurerInfo,
    SetTarget,
    shrink_image,
)
from experiment.feedback.shared_memory import FRAME_DTYPE, MEASUREMENT_DTYPE, Newest, read_measurement, write_frame
from experiment.feedback.streams import StreamSpec
from experiment.feedback.worker_loop import SWAP_PATIENCE_S, WorkerTask, run_worker
from experiment.ports.camera import CameraFrame
from experiment.ports.clock import Clock

_START_PATIENCE_S = 30.0
"""Time to import dlib and load its weights from a slow disk."""
_SILENCE_S = 5.0
"""A process without an answer for so long after a frame hangs."""
_MOST_RESTARTS = 5
"""In a row, without a measurement between them."""


class MeasuringProcess:
    """Measures in a process of its own; ready some seconds after it is made.

    Parameters
    ----------
    factory
        Makes the measurer in the process.
    clock
        The clock of the session.
    streams
        Where the process sends coefficients.
    """

    def __init__(self, factory: MeasurerFactory, *, clock: Clock, streams: Sequence[StreamSpec] = ()) -> None:
        self._factory = factory
        self._clock = clock
        self._streams = tuple(streams)
        self._context = multiprocessing.get_context("spawn")
        self._calibration: Calibrate | None = None
        self._target = SetTarget(0, None)
        self.info: MeasurerInfo | None = None
        self.state: MeasuringState = "starting"
        self.fault = ""
        self.restarts = 0
        self._fruitless = 0
        self._worker: _Worker | None = None
        self._starting: threading.Thread
        self._start_worker()

    @property
    def process_id(self) -> int | None:
        """Of the process; None while there is none."""
        worker = self._worker
        return None if worker is None else worker.process.pid

    def calibrate(self, neutrals: Sequence[ImageArray]) -> None:
        """Take these pictures as the trainee's neutral face.

        A process that starts again gets them too.

        Parameters
        ----------
        neutrals : sequence of (H, W, 3) uint8 arrays
            RGB.
        """
        self._calibration = Calibrate(tuple(shrink_image(image) for image in neutrals))
        self.fault = ""
        self._send(self._calibration)

    def set_target(self, target: str | None, *, want_distance: bool = False, want_forecast: bool = False) -> None:
        """Measure against this target from now on.

        Measurements against another one are dropped.

        Parameters
        ----------
        target, want_distance, want_forecast
            As in `experiment.feedback.measuring.Measuring.set_target`.
        """
        self._target = SetTarget(self._target.number + 1, target, want_distance, want_forecast)
        self._send(self._target)

    def offer(self, frame: CameraFrame) -> None:
        """Put the newest frame into shared memory. Called by one thread only."""
        worker = self._worker
        if worker is None:
            return
        put = worker.frames.put(
            lambda slot: write_frame(slot, frame, offered_s=self._clock.now()), patience_s=SWAP_PATIENCE_S
        )
        if put and worker.unanswered_s is None:
            worker.unanswered_s = self._clock.now()

    def latest(self) -> Measurement | None:
        """Return the newest measurement against the present target, once.

        Also supervises the process.
        """
        worker = self._worker
        if worker is None:
            return None
        self._read_answers(worker)
        slot = worker.results.take()
        if slot is not None:
            worker.unanswered_s = None
            self._fruitless = 0
            if int(slot["target_number"]) == self._target.number:
                return read_measurement(slot, target=self._target.target)
        elif self._is_lost(worker):
            self._restart(worker)
        return None

    def close(self) -> None:
        """End the process."""
        self._starting.join()
        if self._worker is not None:
            self._worker.stop()
            self._worker = None

    def _start_worker(self) -> None:
        # Starting a process takes longer than a frame of the display: not on the drawing thread.
        self._starting = threading.Thread(target=self._make_worker, name="start measuring", daemon=True)
        self._starting.start()

    def _make_worker(self) -> None:
        worker = _Worker(self._context, self._factory, self._clock, self._streams)
        self._worker = worker
        # `calibrate` and `set_target` send them again if they change meanwhile: only the last of each counts.
        for command in (self._calibration, self._target):
            if command is not None:
                worker.send(command)

    def _send(self, command: Calibrate | SetTarget) -> None:
        worker = self._worker
        if worker is not None:
            worker.send(command)

    def _read_answers(self, worker: _Worker) -> None:
        for answer in worker.answers():
            worker.unanswered_s = None
            if isinstance(answer, MeasurerInfo):
                self.info, self.state = answer, "ready"
            else:
                self.fault = answer.fault
                if isinstance(answer, Failed):
                    self.state = "failed"

    def _is_lost(self, worker: _Worker) -> bool:
        if self.state == "failed":
            return False
        if not worker.process.is_alive():
            return True
        patience_s = _SILENCE_S if self.state == "ready" else _START_PATIENCE_S
        since_s = worker.unanswered_s
        return since_s is not None and self._clock.now() - since_s > patience_s

    def _restart(self, worker: _Worker) -> None:
        self._worker = None
        worker.kill()
        self.restarts += 1
        self._fruitless += 1
        if self._fruitless > _MOST_RESTARTS:
            self.state = "failed"
            self.fault = f"the measuring process ended {self._fruitless} times in a row"
            return
        self.state = "restarting"
        self._start_worker()


class _Worker:
    """One measuring process, with the memory and locks it shares with this one."""

    def __init__(
        self, context: SpawnContext, factory: MeasurerFactory, clock: Clock, streams: tuple[StreamSpec, ...]
    ) -> None:
        self.frames = Newest(context, FRAME_DTYPE)
        self.results = Newest(context, MEASUREMENT_DTYPE)
        self._commands: Any = context.Queue()
        self._connection, theirs = context.Pipe(duplex=False)
        offset_s = -measure_offset(time.perf_counter, clock.now).offset_s
        task = WorkerTask(factory, self.frames, self.results, self._commands, theirs, offset_s, streams)
        self.process: SpawnProcess = context.Process(target=run_worker, args=(task,), name="measuring", daemon=True)
        with _single_threaded_children():
            self.process.start()
        theirs.close()
        self.unanswered_s: float | None = clock.now()
        """Since when an answer is due: the start, or the first frame after the last answer."""

    def send(self, command: Calibrate | SetTarget | None) -> None:
        """Send a command; None ends the process."""
        self._commands.put(command)
        self.frames.wake()

    def answers(self) -> Iterator[MeasurerInfo | Calibrated | Failed]:
        """Return the answers since the last call."""
        with contextlib.suppress(EOFError, OSError):
            while self._connection.poll(0):
                yield self._connection.recv()

    def stop(self) -> None:
        """Ask the process to end, and kill it if it does not."""
        self.send(None)
        self.process.join(1.0)
        self.kill()

    def kill(self) -> None:
        """Kill the process and release what it used."""
        self.process.kill()
        self.process.join()
        self.process.close()
        self._connection.close()
        self._commands.cancel_join_thread()
        self._commands.close()


@contextlib.contextmanager
def _single_threaded_children() -> Iterator[None]:
    """Let the process's linear algebra use one thread.

    Its matrices are small, and the other cores draw.
    """
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
