"""The thread that writes to the disk, so that the drawing loop never waits for it."""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Callable

from experiment.record.errors import RecordError

_LONGEST_QUEUE = 256
"""Jobs that may wait for the disk; a session that is this far ahead waits instead."""
_MOST_CAPTURES = 3
"""Captures that may wait for the disk: 21 pictures of 1280x720 take 58 MB. The next one waits."""
_CHECK_S = 0.1


class WriterThread:
    """Runs jobs in their order. After the first failure it runs no job any more.

    Every method then raises it.
    """

    def __init__(self) -> None:
        self._jobs: queue.Queue[Callable[[], None] | threading.Event | None] = queue.Queue(_LONGEST_QUEUE)
        self._captures = threading.Semaphore(_MOST_CAPTURES)
        self._failure: RecordError | None = None
        self._lower_priority = not is_real_time()
        self._thread = threading.Thread(target=self._work, name="recorder", daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Raise the failure of an earlier job.

        Raises
        ------
        RecordError
            If a job failed.
        """
        if self._failure is not None:
            raise RecordError(str(self._failure)) from self._failure

    def submit(self, job: Callable[[], None] | threading.Event) -> None:
        """Run a job after those submitted before; an event is set then."""
        self.check()
        self._jobs.put(job)

    def submit_capture(self, job: Callable[[], None]) -> None:
        """Run a job that holds pictures in memory.

        Waits while too many of them wait for the disk.
        """
        while not self._captures.acquire(timeout=_CHECK_S):
            self.check()

        def write() -> None:
            try:
                job()
            finally:
                self._captures.release()

        self.submit(write)

    def flush(self) -> None:
        """Return when all jobs submitted so far are done."""
        done = threading.Event()
        self.submit(done)
        while not done.wait(_CHECK_S):
            self.check()
        self.check()

    @property
    def is_busy(self) -> bool:
        """Whether jobs are unfinished."""
        return self._jobs.unfinished_tasks > 0

    def stop(self) -> None:
        """End the thread after the jobs submitted so far."""
        self._jobs.put(None)
        self._thread.join()

    def _work(self) -> None:
        if self._lower_priority:
            lower_priority(threading.get_native_id())
        while True:
            job = self._jobs.get()
            if isinstance(job, threading.Event):  # a flush: it counts as done before the waiting thread goes on
                self._jobs.task_done()
                job.set()
                continue
            try:
                if job is None:
                    return
                if self._failure is None:
                    job()
            except RecordError as error:
                self._failure = error
            except Exception as error:  # a bug must reach the session, not end in a silent thread
                self._failure = RecordError(f"recording stopped by a fault of the program: {error!r}")
                self._failure.__cause__ = error
            finally:
                self._jobs.task_done()


def is_real_time() -> bool:
    """Whether the calling thread, the one that draws, runs before all others anyway."""
    if sys.platform != "linux":
        return False
    try:
        return os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK == os.SCHED_RR
    except OSError:  # some systems refuse the question
        return False


def lower_priority(thread: int) -> None:
    """Let the drawing thread run before another, where threads have priorities.

    On two busy cores, of a thousand flips 24 were more than 2 ms off with this and 47 without, 12 in a loop that only
    draws. A separate process of the lowest class for encoding and writing was not better: 29. Where the drawing
    thread is of the real-time class this would only harm: suspended while it holds Python's lock, a thread of low
    priority delayed the drawing thread by 13 ms.

    Parameters
    ----------
    thread
        Native id of the other thread.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, thread, 10)
