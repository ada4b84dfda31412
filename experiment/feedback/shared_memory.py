"""Hand the newest value from one process to another through shared memory; nothing ever queues.

Three slots go round: one belongs to the writer, one to the reader, and one lies between them. The writer fills its own
slot and swaps it with the one between; the reader swaps its own for the one between when that is newer. A slot has one
owner at any time, so a value is never seen half written, however slow either side is. The lock is held only while two
numbers change places, and the side that must not wait tries it without waiting.
"""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing.context import SpawnContext
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Slot: TypeAlias = NDArray[Any]
"""A 0-dimensional structured array: one value of the exchange, in shared memory."""

_MIDDLE, _FRESH, _WRITER, _READER = range(4)


class Newest:
    """One writer, one reader, the newest value only.

    A reader that has time takes first, and waits when there was nothing. Both processes hold a copy of this object,
    handed over when the second one is started. A value that was never read is overwritten. After the other side has
    died, make a new one: the lock may have died with it.
    """

    def __init__(self, context: SpawnContext, dtype: np.dtype[Any]) -> None:
        """Three slots of ``dtype``, with locks of ``context``."""
        self._dtype = dtype
        self._memory = context.RawArray("B", 3 * dtype.itemsize)
        self._owners = context.RawArray("i", 4)
        self._owners[:] = [0, 0, 1, 2]
        self._lock = context.Lock()
        self._news = context.Semaphore(0)

    def put(self, fill: Callable[[Slot], None], *, patience_s: float = 0.0) -> bool:
        """Let ``fill`` write every field of a slot, and make it the newest value.

        False if the lock could not be had within ``patience_s``: then this value is lost, as if it had been
        overwritten at once.
        """
        fill(self._slot(self._owners[_WRITER]))
        if not self._acquire(patience_s):
            return False
        try:
            owners = self._owners
            owners[_MIDDLE], owners[_WRITER] = owners[_WRITER], owners[_MIDDLE]
            owners[_FRESH] = 1
        finally:
            self._lock.release()
        self._news.release()
        return True

    def take(self, *, patience_s: float = 0.0) -> Slot | None:
        """The newest value if it has not been taken yet, else None. It belongs to the caller until the next call."""
        if not self._owners[_FRESH] or not self._acquire(patience_s):
            return None
        try:
            owners = self._owners
            owners[_MIDDLE], owners[_READER] = owners[_READER], owners[_MIDDLE]
            owners[_FRESH] = 0
        finally:
            self._lock.release()
        while self._news.acquire(block=False):
            pass
        return self._slot(self._owners[_READER])

    def wait(self, timeout_s: float) -> bool:
        """For the reader: return when a value or a `wake` has come, False after ``timeout_s`` without one."""
        return self._news.acquire(timeout=timeout_s)

    def wake(self) -> None:
        """For the writer: end the reader's `wait` without a value."""
        self._news.release()

    def _acquire(self, patience_s: float) -> bool:
        return self._lock.acquire(timeout=patience_s) if patience_s > 0 else self._lock.acquire(block=False)

    def _slot(self, number: int) -> Slot:
        return np.ndarray((), dtype=self._dtype, buffer=self._memory, offset=number * self._dtype.itemsize)
