"""Check faces during a session in a process of low priority.

::

    drawing loop ── watch ──► thread ── pixels ──► process (dlib, fit)
    writer ─────── submit ──►        ◄── result ──        ──► on_checked, newest

The drawing loop only reads `FaceChecks.newest`. dlib holds Python's lock while it works, so a thread would delay flips.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from experiment.ports.camera import CameraFrame
from experiment.ports.clock import Clock
from experiment.ports.face_check import FaceCheck

WATCH_EVERY_S = 0.15
"""Pause between two checks of the newest frame."""
LONGEST_START_S = 120.0
"""Time to import dlib and load its weights on a busy computer; a session does not wait for it without need."""
START_POLL_S = 0.1
LONGEST_CHECK_S = 60.0
"""A process that does not answer for so long is given up."""
GLANCE_EVERY_S = 5.0
"""Shortest time between two checks for `FaceChecks.glance`."""
LONGEST_WAIT_S = 8.0
"""How long the end of a session waits for checks."""

Checked = Callable[[str, Sequence[FaceCheck]], None]


class FaceChecks:
    """A thread and a process that check frames; ready some seconds after it is made.

    Parameters
    ----------
    clock
        Clock of the session.
    on_checked
        Called from the thread with the id of a step and the checks of its kept frames.

    Attributes
    ----------
    last : FaceCheck or None
        The newest check of any frame.
    without_face : int
        Number of trials and calibrations in a row whose kept frames show no measurable face.
    latest_reasons : tuple of str
        Why, for the latest of them.
    """

    def __init__(self, clock: Clock, on_checked: Checked) -> None:
        self._clock = clock
        self._on_checked = on_checked
        self._kept: deque[tuple[str, tuple[CameraFrame, ...]]] = deque()
        self._latest: Callable[[], CameraFrame | None] | None = None
        self._changed = threading.Condition()
        self._closing = False
        self._busy = False
        self.fault = ""
        self.newest: FaceCheck | None = None
        self.last: FaceCheck | None = None
        self.without_face = 0
        self.latest_reasons: tuple[str, ...] = ()
        self._glance: CameraFrame | None = None
        self._thread = threading.Thread(target=self._work, name="face checks", daemon=True)
        self._thread.start()

    def watch(self, latest: Callable[[], CameraFrame | None]) -> None:
        """Check the newest frame again and again, until `unwatch`."""
        with self._changed:
            self.newest, self._latest = None, latest
            self._changed.notify()

    def unwatch(self) -> None:
        """Stop checking the newest frame."""
        with self._changed:
            self._latest = self.newest = None

    def submit(self, step: str, frames: Sequence[CameraFrame]) -> None:
        """Check the kept frames of a trial or a calibration; returns at once."""
        with self._changed:
            if not self.fault:
                self._kept.append((step, tuple(frames)))
                self._changed.notify()

    def glance(self, frame: CameraFrame) -> None:
        """Check a frame for an experimenter who looks on; returns at once.

        Other checks come first.
        """
        with self._changed:
            is_due = self.last is None or frame.captured_s - self.last.captured_s >= GLANCE_EVERY_S
            if is_due and not (self.fault or self._kept or self._latest):
                self._glance = frame
                self._changed.notify()

    def close(self) -> None:
        """Wait for the checks of kept frames, then end the process."""
        with self._changed:
            self._latest = self._glance = None
            self._changed.wait_for(lambda: not (self._kept or self._busy) or bool(self.fault), LONGEST_WAIT_S)
            self._closing = True
            self._changed.notify()
        self._thread.join(timeout=LONGEST_WAIT_S)

    def _work(self) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=check_frames, args=(theirs,), name="face checks", daemon=True)
        process.start()
        theirs.close()
        try:
            self._check_until_closed(ours)
        except TimeoutError:
            self._give_up("the process that checks faces does not answer")
        except (EOFError, OSError):
            self._give_up("the process that checks faces has ended")
        finally:
            ours.close()
            process.join(timeout=1.0)
            if process.is_alive():
                process.kill()

    def _check_until_closed(self, connection: Connection) -> None:
        if not self._is_ready(connection):
            return
        while True:
            with self._changed:
                if not self._kept and self._glance is None:
                    self._changed.wait(WATCH_EVERY_S if self._latest is not None else None)
                if self._closing:
                    return
                kept = self._kept.popleft() if self._kept else None
                latest, self._busy = self._latest, kept is not None
                glance, self._glance = (None, self._glance) if kept is not None else (self._glance, None)
            if kept is not None:
                step, frames = kept
                checks = [_checked(connection, frame) for frame in frames]
                self._count(checks)
                self._on_checked(step, checks)
                with self._changed:
                    self._busy = False
                    self._changed.notify_all()
            elif latest is not None and (frame := latest()) is not None:
                check = _checked(connection, frame)
                with self._changed:
                    if self._latest is latest:
                        self.newest = self.last = check
            elif glance is not None:
                self.last = _checked(connection, glance)

    def _is_ready(self, connection: Connection) -> bool:
        """Wait until the process can check; return False if the session ends before."""
        give_up_s = time.monotonic() + LONGEST_START_S
        while not connection.poll(START_POLL_S):
            if self._closing:
                return False
            if time.monotonic() > give_up_s:
                raise TimeoutError
        fault = connection.recv()
        if fault:
            self._give_up(fault)
        return not fault

    def _count(self, checks: Sequence[FaceCheck]) -> None:
        if checks:
            self.last = checks[-1]
        is_measurable = any(check.fault is None for check in checks)
        self.without_face = 0 if is_measurable else self.without_face + 1
        self.latest_reasons = tuple(dict.fromkeys(check.fault for check in checks if check.fault is not None))

    def _give_up(self, fault: str) -> None:
        with self._changed:
            self.fault = fault
            self._kept.clear()
            self._changed.notify_all()


def _checked(connection: Connection, frame: CameraFrame) -> FaceCheck:
    """Let the process check one frame."""
    pixels = np.ascontiguousarray(frame.image)
    connection.send(pixels.shape)
    connection.send_bytes(pixels.data.cast("B"))
    fault, outline = _receive(connection, LONGEST_CHECK_S)
    return FaceCheck(frame.captured_s, fault, outline)


def _receive(connection: Connection, patience_s: float) -> Any:
    if not connection.poll(patience_s):
        raise TimeoutError
    return connection.recv()


def check_frames(connection: Connection) -> None:
    """Check frames until the session ends; runs in the process."""
    if hasattr(os, "nice"):
        os.nice(5)
    try:
        from experiment.lab.face_judgement import FaceJudge

        judge = FaceJudge()
    except Exception as error:  # dlib, its weights or the face model may be missing
        with contextlib.suppress(OSError):
            connection.send(" ".join(str(error).split()) or type(error).__name__)
        return
    with contextlib.suppress(EOFError, OSError):
        connection.send("")
        while True:
            shape = connection.recv()
            image = np.frombuffer(connection.recv_bytes(), np.uint8).reshape(shape)
            connection.send(judge.check(image))
