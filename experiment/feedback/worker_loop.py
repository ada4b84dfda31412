"""What the measuring process does.

Take commands and the newest frame, publish the newest measurement.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import queue
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import cv2

from analysis.face.errors import AnalysisError
from experiment.errors import ExperimentError
from experiment.feedback.measuring import Measurer, MeasurerFactory, calibrate_measurer
from experiment.feedback.messages import Calibrate, Calibrated, Failed, Measurement, SetTarget
from experiment.feedback.shared_memory import Newest, Slot, read_image, write_measurement
from experiment.feedback.streams import StreamSpec, open_streams

SWAP_PATIENCE_S = 0.01
"""How long the camera's thread and the measuring process wait for the other side's swap of two numbers."""
_IDLE_S = 0.2
"""How often a process without frames looks for commands and for its parent."""


@dataclass(frozen=True, slots=True)
class WorkerTask:
    """What the measuring process receives when it starts."""

    factory: MeasurerFactory
    frames: Newest
    results: Newest
    commands: Any
    """Queue of `Calibrate` and `SetTarget`; None ends the process."""
    answers: Connection
    """Receives `MeasurerInfo`, `Calibrated` and `Failed`."""
    clock_offset_s: float
    """The session's clock minus `time.perf_counter`."""
    streams: tuple[StreamSpec, ...]

    def now(self) -> float:
        """Return the time on the clock of the session."""
        return time.perf_counter() + self.clock_offset_s


def run_worker(task: WorkerTask) -> None:
    """Measure until the command to end arrives or the parent process dies."""
    cv2.setNumThreads(1)
    parent = multiprocessing.parent_process()
    try:
        measurer = task.factory()
        streams = open_streams(task.streams, measurer.info.unit_names)
    except (AnalysisError, ExperimentError, OSError) as error:
        task.answers.send(Failed(str(error)))
        return
    task.answers.send(measurer.info)
    target = SetTarget(0, None)
    while parent is None or parent.is_alive():
        for command in _pending(task.commands):
            if command is None:
                streams.close()
                return
            target = _obey(command, measurer, task.answers) or target
        slot = task.frames.take(patience_s=SWAP_PATIENCE_S)
        if slot is None:
            task.frames.wait(_IDLE_S)
            continue
        measurement = _measure(slot, measurer, target.target, task)
        _publish(task.results, measurement, target.number)
        streams.send(measurement)


def _pending(commands: Any) -> Iterator[Calibrate | SetTarget | None]:
    with contextlib.suppress(queue.Empty):
        while True:
            yield commands.get_nowait()


def _obey(command: Calibrate | SetTarget, measurer: Measurer, answers: Connection) -> SetTarget | None:
    """Follow a command; return it if it sets the target."""
    if isinstance(command, Calibrate):
        answers.send(Calibrated(calibrate_measurer(measurer, command.neutrals)))
        return None
    measurer.set_target(command.target, want_distance=command.want_distance, want_forecast=command.want_forecast)
    return command


def _measure(slot: Slot, measurer: Measurer, target: str | None, task: WorkerTask) -> Measurement:
    started_s = task.now()
    reading = measurer.measure(read_image(slot))
    return Measurement(
        reading=reading,
        target=target,
        frame=int(slot["index"]),
        captured_s=float(slot["captured_s"]),
        offered_s=float(slot["offered_s"]),
        started_s=started_s,
        finished_s=task.now(),
    )


def _publish(results: Newest, measurement: Measurement, number: int) -> None:
    results.put(lambda slot: write_measurement(slot, measurement, target_number=number), patience_s=SWAP_PATIENCE_S)
