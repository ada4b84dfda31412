"""The clock of a session, real or simulated, and its offset to other clocks.

`MonotonicClock` is the operating system's monotonic clock; video drivers under Linux stamp frames with the same one.
`VirtualClock` moves only when a thread sleeps on it: two hours of a simulated session pass in seconds, and every run is
the same.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

SPIN_S = 0.001
"""The last part of a wait is a busy loop, since sleeping may end too late by about as much."""


class ClockOffset(NamedTuple):
    """Another clock minus the clock of the session.

    ``session time = other time - offset``.
    """

    error_s: float
    """Bound of the error: half the time between two readings of the session's clock."""
    offset_s: float


def measure_offset(read_other: Callable[[], float], read_own: Callable[[], float], *, readings: int = 9) -> ClockOffset:
    """Measure the offset between two clocks by nested readings.

    Parameters
    ----------
    read_other, read_own
        Return the time of a clock, seconds.
    readings
        The offset with the smallest error of so many readings is returned.
    """
    offsets = []
    for _ in range(readings):
        before_s, other_s, after_s = read_own(), read_other(), read_own()
        offsets.append(ClockOffset((after_s - before_s) / 2, other_s - (before_s + after_s) / 2))
    return min(offsets)


class MonotonicClock:
    """Seconds of `time.monotonic`."""

    def now(self) -> float:
        """Return seconds since an arbitrary start."""
        return time.monotonic()

    def sleep_until(self, time_s: float) -> None:
        """Return at ``time_s``; on an idle computer late by some microseconds."""
        remaining = time_s - time.monotonic()
        if remaining > SPIN_S:
            time.sleep(remaining - SPIN_S)
        while time.monotonic() < time_s:
            pass


class VirtualClock:
    """A clock that moves when its owner, the thread that made it, sleeps.

    When the owner sleeps, every other thread that sleeps on this clock is woken at its own time, in order, and the
    clock waits until that thread sleeps again or ends before it moves on. With threads that only work and sleep, every
    run is the same.

    Parameters
    ----------
    start_s : float
        First value of `now`.
    patience_s : float
        Real seconds the clock waits for a thread it has woken, in case that thread waits for something else.
    """

    def __init__(self, start_s: float = 1000.0, *, patience_s: float = 5.0) -> None:
        self._now = start_s
        self._patience_s = patience_s
        self._owner = threading.get_ident()
        self._changed = threading.Condition()
        self._sleepers: dict[int, float] = {}
        self._awake: set[int] = set()
        self._released = False

    def now(self) -> float:
        """Return virtual seconds."""
        with self._changed:
            return self._now

    def sleep_until(self, time_s: float) -> None:
        """Move the clock to ``time_s`` (owner), or wait for it (other threads)."""
        with self._changed:
            if threading.get_ident() == self._owner:
                self._advance(time_s)
            else:
                self._wait(time_s)

    def release(self) -> None:
        """Wake all sleeping threads and end all later sleeps at once.

        The owner has finished.
        """
        with self._changed:
            self._released = True
            self._changed.notify_all()

    def _advance(self, time_s: float) -> None:
        self._wait_until_asleep()
        while self._sleepers:
            sleeper = min(self._sleepers, key=lambda ident: self._sleepers[ident])
            due_s = self._sleepers[sleeper]
            if due_s > time_s:
                break
            self._now = max(self._now, due_s)
            self._wake(sleeper)
            self._changed.notify_all()
            self._wait_until_asleep()
        self._now = max(self._now, time_s)

    def _wait(self, time_s: float) -> None:
        me = threading.get_ident()
        if time_s <= self._now or self._released:
            self._awake.add(me)  # late, so it works: the clock waits for it
            return
        self._sleepers[me] = time_s
        self._awake.discard(me)
        self._changed.notify_all()
        while self._now < time_s and not self._released:
            self._changed.wait()
        if me in self._sleepers:  # another thread was due at the same time
            self._wake(me)

    def _wake(self, sleeper: int) -> None:
        del self._sleepers[sleeper]
        self._awake.add(sleeper)

    def _wait_until_asleep(self) -> None:
        """Wait until the threads that are awake sleep or end, at most ``patience_s``."""
        give_up = time.monotonic() + self._patience_s
        while self._awake and time.monotonic() < give_up:
            self._awake = {thread for thread in self._awake if _alive(thread)}
            if self._awake:
                self._changed.wait(timeout=0.02)
        self._awake.clear()


def _alive(ident: int) -> bool:
    return any(thread.ident == ident for thread in threading.enumerate())


class ManualClock:
    """A clock that stands still until it is set or a sleep moves it on.

    For one order of events.

    Parameters
    ----------
    time_s
        What `now` returns at first.
    """

    def __init__(self, time_s: float = 50.0) -> None:
        self.time_s = time_s

    def now(self) -> float:
        """Return the time in seconds."""
        return self.time_s

    def sleep_until(self, time_s: float) -> None:
        """Move the clock to ``time_s``, unless that is past."""
        self.time_s = max(self.time_s, time_s)
