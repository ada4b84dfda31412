"""While a session runs, nothing of Python and nothing else on the computer comes before the thread that draws."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SWITCH_S = 0.0005
"""Python's switch interval while a session runs."""
LOWEST_REAL_TIME = 1


@contextmanager
def prioritise_drawing(*, real_time: bool) -> Iterator[bool]:
    """Let the thread that calls this go first, as far as the system allows it.

    Python lets a thread run for 5 ms before another one that waits may go on; with camera and recorder busy, that is a
    third of a frame lost at every flip. Inside this it is half a millisecond.

    Now and then Python looks through all objects for garbage, on whatever thread comes by: with PsychoPy loaded there
    are 200,000, and 110 ms were measured, six frames. Inside this it looks only at those that were made since.

    Linux lets a thread that wakes wait for others of its rank, one or two ticks of 4 ms each, and longer on a computer
    that is busy: most late flips come from that. A thread of the real-time class has the processor at once (0.8 ms at
    the most where it had been 70). Accounts that may ask for it are those of the group PsychoPy tells to make for this.

    Parameters
    ----------
    real_time
        Ask for that class. Not for a thread that waits for the display by looking at it again and again: a real-time
        thread that never sleeps is stopped by the system for 50 ms of every second.

    Yields
    ------
    bool
        Whether the thread is of the real-time class.
    """
    before = sys.getswitchinterval()
    gc.collect()
    sys.setswitchinterval(SWITCH_S)
    gc.freeze()
    try:
        granted = real_time and _become_real_time()
        try:
            yield granted
        finally:
            if granted:
                _become_usual()
    finally:
        gc.unfreeze()
        sys.setswitchinterval(before)


def _become_real_time() -> bool:
    """Ask for it; threads and processes started from now on are not of it."""
    if sys.platform != "linux":
        return False
    try:
        if os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK != os.SCHED_OTHER:
            return False
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(LOWEST_REAL_TIME))
    except OSError:  # not for this account, or not on this system: some refuse even the question
        return False
    return True


def _become_usual() -> None:
    if sys.platform == "linux":
        os.sched_setscheduler(0, os.SCHED_OTHER | os.SCHED_RESET_ON_FORK, os.sched_param(0))
