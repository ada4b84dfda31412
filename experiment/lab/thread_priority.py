"""Priority of the drawing thread.

Keep garbage collection, other Python threads and other processes from delaying the drawing thread.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

SWITCH_S = 0.0005
"""Python's switch interval during a session; 0.005 otherwise."""
DRAWING_PRIORITY = 2
"""Real-time priority of the drawing thread; 1 is the lowest there is."""
HELPER_PRIORITY = 1
"""Real-time priority of a thread that holds Python's lock for moments while the drawing thread runs."""


@contextmanager
def prioritise_drawing(*, real_time: bool) -> Iterator[bool]:
    """Give the calling thread priority as far as the system allows it.

    - Switch interval: Python lets a thread run for 5 ms before a waiting thread continues. With camera and recorder
      busy, a flip loses a third of a frame. Inside this context the interval is 0.5 ms.
    - Garbage collection: with PsychoPy loaded there are 200,000 objects, and one full collection takes up to 110 ms
      (six frames). Inside this context, Python examines only objects created since.
    - Real-time class (Linux): a thread that wakes waits for other threads of the same class, one or two ticks of 4 ms
      each. This causes most late flips. A thread of the real-time class waits 0.8 ms at most instead of up to 70 ms.
      Accounts in the group that PsychoPy recommends may use this class.

    Parameters
    ----------
    real_time
        Whether to request the real-time class. Only for a thread that sleeps while it waits for the display: Linux
        stops a real-time thread that never sleeps for 50 ms of every second.

    Yields
    ------
    bool
        Whether the thread is in the real-time class.
    """
    before = sys.getswitchinterval()
    gc.collect()
    sys.setswitchinterval(SWITCH_S)
    gc.freeze()
    try:
        granted = real_time and _enter_real_time_class()
        try:
            yield granted
        finally:
            if granted:
                _leave_real_time_class()
    finally:
        gc.unfreeze()
        sys.setswitchinterval(before)


def _enter_real_time_class() -> bool:
    """Request the real-time class for this thread, but not for those it starts."""
    if sys.platform != "linux":
        return False
    try:
        if os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK != os.SCHED_OTHER:
            return False
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(DRAWING_PRIORITY))
    except OSError:  # this account may not use it, or this system does not answer
        return False
    return True


def _leave_real_time_class() -> None:
    if sys.platform == "linux":
        os.sched_setscheduler(0, os.SCHED_OTHER | os.SCHED_RESET_ON_FORK, os.sched_param(0))


def keep_up_with_drawing(thread: int, *, real_time: bool) -> None:
    """Give a helping thread a priority just below drawing, or its usual one.

    A thread of usual priority that is suspended while it holds Python's lock delays even a real-time thread. On two
    cores with a load of 15 to 27, 16 of 22,994 flips were late while a thread of usual priority published the session,
    and 5 of 22,863 without it.

    Parameters
    ----------
    thread
        Native id of the thread.
    real_time
        Whether it enters the real-time class or leaves it. The drawing thread must be of this class.
    """
    if sys.platform != "linux":
        return
    scheduler, priority = (os.SCHED_RR, HELPER_PRIORITY) if real_time else (os.SCHED_OTHER, 0)
    with suppress(OSError):  # the thread has ended, or the system refuses it
        os.sched_setscheduler(thread, scheduler | os.SCHED_RESET_ON_FORK, os.sched_param(priority))
