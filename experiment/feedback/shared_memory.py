"""Hand the newest value to another process through shared memory.

Three slots rotate: one belongs to the writer, one to the reader, and one lies between them. The writer fills its own
slot and swaps it with the middle one; the reader swaps its own slot with the middle one if that is newer. A slot has
one owner at any time, so a value is never read half written, however slow either side is. The lock is held only while
two numbers are swapped, and the side that must not wait tries it without waiting.
"""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing.context import SpawnContext
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from analysis.face.arrays import ImageArray
from analysis.face.models.emotions import EMOTIONS
from experiment.feedback.messages import (
    DISTANCE_SIZE_PX,
    FAULTS,
    MAX_SIDE_PX,
    LiveReading,
    Measurement,
    shrink_image,
)
from experiment.ports.camera import CameraFrame

Slot: TypeAlias = NDArray[Any]
"""A 0-dimensional structured array: one exchanged value, in shared memory."""

MAX_UNITS = 64
MAX_HINTS = 384

FRAME_DTYPE = np.dtype(
    [
        ("index", np.int64),
        ("captured_s", np.float64),
        ("offered_s", np.float64),
        ("height", np.int64),
        ("width", np.int64),
        ("pixels", np.uint8, (MAX_SIDE_PX * MAX_SIDE_PX * 3,)),
    ]
)
MEASUREMENT_DTYPE = np.dtype(
    [
        ("frame", np.int64),
        ("target_number", np.int64),
        ("times_s", np.float64, (4,)),
        ("fault", np.int64),
        ("similarity", np.float64),
        ("intensity_ratio", np.float64),
        ("distinct", np.float64),
        ("unit_count", np.int64),
        ("intensities", np.float64, (MAX_UNITS,)),
        ("emotions", np.float64, (len(EMOTIONS),)),
        ("hint_count", np.int64),
        ("forecast", np.float64, (MAX_HINTS,)),
        ("has_places", np.int64),
        ("places", np.float64, (68, 2)),
        ("has_distance", np.int64),
        ("distance", np.uint8, (*DISTANCE_SIZE_PX, 3)),
    ]
)

_MIDDLE, _FRESH, _WRITER, _READER = range(4)


class Newest:
    """Exchange of the newest value between one writer and one reader.

    Both processes hold a copy of this object, handed over when the second one is started. A value that was not read is
    overwritten. After the death of the other side, make a new exchange: the lock may still be held.

    Parameters
    ----------
    context
        Makes the shared memory and the locks.
    dtype
        Type of the exchanged values.
    """

    def __init__(self, context: SpawnContext, dtype: np.dtype[Any]) -> None:
        self._dtype = dtype
        self._memory = context.RawArray("B", 3 * dtype.itemsize)
        self._owners = context.RawArray("i", 4)
        self._owners[:] = [0, 0, 1, 2]
        self._lock = context.Lock()
        self._news = context.Semaphore(0)

    def put(self, fill: Callable[[Slot], None], *, patience_s: float = 0.0) -> bool:
        """Let ``fill`` write every field of a slot, and make it the newest value.

        Returns
        -------
        bool
            False if the lock was not free within ``patience_s``; then the value is lost.
        """
        fill(self._slot(self._owners[_WRITER]))
        if not self._swap(_WRITER, fresh=1, patience_s=patience_s):
            return False
        self._news.release()
        return True

    def take(self, *, patience_s: float = 0.0) -> Slot | None:
        """Return the newest value once, else None.

        It belongs to the caller until the next call.
        """
        if not self._owners[_FRESH] or not self._swap(_READER, fresh=0, patience_s=patience_s):
            return None
        while self._news.acquire(block=False):
            pass
        return self._slot(self._owners[_READER])

    def wait(self, timeout_s: float) -> bool:
        """Wait, as the reader, for a value or a `wake`.

        False after ``timeout_s`` without one.
        """
        return self._news.acquire(timeout=timeout_s)

    def wake(self) -> None:
        """End the reader's `wait` without a value."""
        self._news.release()

    def _swap(self, side: int, *, fresh: int, patience_s: float) -> bool:
        """Swap a side's slot with the middle one; False if the lock is not free."""
        free = self._lock.acquire(timeout=patience_s) if patience_s > 0 else self._lock.acquire(block=False)
        if not free:
            return False
        try:
            owners = self._owners
            owners[_MIDDLE], owners[side] = owners[side], owners[_MIDDLE]
            owners[_FRESH] = fresh
        finally:
            self._lock.release()
        return True

    def _slot(self, number: int) -> Slot:
        return np.ndarray((), dtype=self._dtype, buffer=self._memory, offset=number * self._dtype.itemsize)


def write_frame(slot: Slot, frame: CameraFrame, *, offered_s: float) -> None:
    """Fill a slot of `FRAME_DTYPE`.

    Parameters
    ----------
    slot
        Belongs to the writer.
    frame
        Its picture is made no larger than `MAX_SIDE_PX`.
    offered_s
        Time of this call.
    """
    image = shrink_image(frame.image)
    slot["index"], slot["captured_s"], slot["offered_s"] = frame.index, frame.captured_s, offered_s
    slot["height"], slot["width"] = image.shape[:2]
    slot["pixels"][: image.size].reshape(image.shape)[...] = image


def read_image(slot: Slot) -> ImageArray:
    """Return the (H, W, 3) picture in a slot of `FRAME_DTYPE`, as a view."""
    height, width = int(slot["height"]), int(slot["width"])
    image: ImageArray = slot["pixels"][: height * width * 3].reshape(height, width, 3)
    return image


def write_measurement(slot: Slot, measurement: Measurement, *, target_number: int) -> None:
    """Fill a slot of `MEASUREMENT_DTYPE`.

    Parameters
    ----------
    slot
        Belongs to the writer.
    measurement
        What is written.
    target_number
        `SetTarget.number` of the target it was measured against.
    """
    reading = measurement.reading
    slot["frame"], slot["target_number"] = measurement.frame, target_number
    slot["times_s"] = measurement.captured_s, measurement.offered_s, measurement.started_s, measurement.finished_s
    slot["fault"] = -1 if reading.fault is None else FAULTS.index(reading.fault)
    slot["similarity"], slot["intensity_ratio"] = reading.similarity, reading.intensity_ratio
    slot["distinct"] = reading.distinct
    slot["unit_count"] = len(reading.intensities)
    slot["intensities"][: len(reading.intensities)] = reading.intensities
    slot["emotions"] = reading.emotions
    slot["hint_count"] = -1 if reading.forecast is None else len(reading.forecast)
    if reading.forecast is not None:
        slot["forecast"][: len(reading.forecast)] = reading.forecast
    slot["has_places"] = reading.places is not None
    if reading.places is not None:
        slot["places"] = reading.places
    slot["has_distance"] = reading.distance is not None
    if reading.distance is not None:
        slot["distance"] = reading.distance


def read_measurement(slot: Slot, *, target: str | None) -> Measurement:
    """Return a copy of the measurement in a slot of `MEASUREMENT_DTYPE`.

    ``target`` is its target's name.
    """
    fault, hint_count = int(slot["fault"]), int(slot["hint_count"])
    reading = LiveReading(
        fault=None if fault < 0 else FAULTS[fault],
        similarity=float(slot["similarity"]),
        intensity_ratio=float(slot["intensity_ratio"]),
        distinct=float(slot["distinct"]),
        intensities=slot["intensities"][: int(slot["unit_count"])].copy(),
        emotions=slot["emotions"].copy(),
        distance=slot["distance"].copy() if slot["has_distance"] else None,
        forecast=slot["forecast"][:hint_count].copy() if hint_count >= 0 else None,
        places=slot["places"].copy() if slot["has_places"] else None,
    )
    return Measurement(reading, target, int(slot["frame"]), *slot["times_s"].tolist())
