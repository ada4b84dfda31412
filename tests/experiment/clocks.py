"""Clocks for tests."""

from __future__ import annotations

import threading
import time


class RealClock:
    """The system's monotonic clock plus an offset, so that the two cannot be confused."""

    def __init__(self) -> None:
        self._zero = time.monotonic() - 1000

    def now(self) -> float:
        return time.monotonic() - self._zero

    def sleep_until(self, time_s: float) -> None:
        time.sleep(max(0.0, time_s - self.now()))


class SetClock:
    """A clock that moves only by sleeping; several threads may sleep."""

    def __init__(self, now_s: float = 1000.0) -> None:
        self._now_s = now_s
        self._lock = threading.Lock()

    def now(self) -> float:
        return self._now_s

    def sleep_until(self, time_s: float) -> None:
        with self._lock:
            self._now_s = max(self._now_s, time_s)
