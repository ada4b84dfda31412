"""Processor time and memory of a session and its measuring process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from itertools import combinations

import numpy as np
import psutil

WARM_UP_S = 60.0
"""Memory growth counts from this time on: the first trials load weights, pictures and letters."""


class ResourceMeter(threading.Thread):
    """Reads processor time and memory of this process and of the measuring process.

    Parameters
    ----------
    pid
        Returns the id of the measuring process, if there is one.
    every_s
        Time between two readings.
    """

    def __init__(self, pid: Callable[[], int | None], *, every_s: float = 2.0) -> None:
        super().__init__(name="meter", daemon=True)
        self._pid, self._every_s = pid, every_s
        self._ending = threading.Event()
        self.times_s: list[float] = []
        self.memory_mb: list[tuple[float, float]] = []
        """Of this process and of the measuring process."""
        self.cpu_s: list[dict[str, float]] = []
        """By thread or process, since its start."""

    def run(self) -> None:
        """Read until `stop` is called."""
        own = psutil.Process()
        while not self._ending.wait(self._every_s):
            pid = self._pid()
            if pid is None:
                continue
            measuring = psutil.Process(pid)
            self.times_s.append(time.monotonic())
            self.memory_mb.append((own.memory_info().rss / 1e6, measuring.memory_info().rss / 1e6))
            self.cpu_s.append(_threads(own) | {"measuring process": sum(measuring.cpu_times()[:2])})

    def stop(self) -> None:
        """End the thread."""
        self._ending.set()
        self.join()

    def growth_mb_per_hour(self, process: int) -> tuple[float, float]:
        """Return median slope [1]_ and total growth after the warm-up (MB).

        References
        ----------
        .. [1] Theil (1950), A rank-invariant method of linear and polynomial regression analysis.
        """
        times = np.array(self.times_s) - self.times_s[0]
        late = times > min(WARM_UP_S, times[-1] / 2)
        t, m = times[late], np.array([memory[process] for memory in self.memory_mb])[late]
        slopes = [(m[i] - m[j]) / (t[i] - t[j]) for j, i in combinations(range(len(t)), 2)]
        return 3600.0 * float(np.median(slopes)) if slopes else 0.0, float(m[-1] - m[0])

    def cpu_share(self) -> dict[str, float]:
        """Return each thread's share of one core over the whole measurement."""
        passed_s = self.times_s[-1] - self.times_s[0]
        first, last = self.cpu_s[0], self.cpu_s[-1]
        return {name: (last[name] - first.get(name, 0.0)) / passed_s for name in last}


def _threads(process: psutil.Process) -> dict[str, float]:
    names = {thread.native_id: thread.name for thread in threading.enumerate()}
    spent: dict[str, float] = {}
    for one in process.threads():
        name = "drawing loop" if names.get(one.id) == "MainThread" else names.get(one.id, "OpenGL and libraries")
        spent[name] = spent.get(name, 0.0) + one.user_time + one.system_time
    return spent
