"""Start and stop the process that shows a camera; keep its newest picture."""

from __future__ import annotations

import contextlib
import multiprocessing
import threading
import time
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from experiment.console.preview.camera_view import CameraView, show_camera
from experiment.protocol.plan import CameraSettings

UNWATCHED_S = 4.0
"""The camera is closed when no page has asked for this long."""
LONGEST_END_S = 3.0
"""A process that does not end by itself is killed after this time."""


class CameraPreview:
    """The camera that a page shows; at most one at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shown: _Shown | None = None

    def start(self, spec: str, asked: CameraSettings) -> None:
        """Show a camera; one that is shown is closed first.

        Parameters
        ----------
        spec
            As ``--camera``.
        asked
            Size and rate of the protocol.
        """
        with self._lock:
            self._close()
            self._shown = _Shown(spec, asked)

    def stop(self) -> None:
        """Close the camera; returns when its process has ended."""
        with self._lock:
            self._close()

    def view(self) -> CameraView | None:
        """Return the newest view; None before the first one, or if no camera is shown.

        A page that calls this keeps the camera open.
        """
        shown = self._shown
        return None if shown is None else shown.view()

    def picture(self) -> bytes:
        """Return the newest picture as JPEG; empty if there is none."""
        shown = self._shown
        return b"" if shown is None else shown.picture

    @property
    def is_shown(self) -> bool:
        """Whether a camera is shown now."""
        shown = self._shown
        return shown is not None and not shown.is_over

    def _close(self) -> None:
        if self._shown is not None:
            self._shown.close()
            self._shown = None


class _Shown:
    """One process and the thread that receives from it."""

    def __init__(self, spec: str, asked: CameraSettings) -> None:
        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe()
        # Not a daemon: it has a process of its own that searches faces.
        self._process: BaseProcess = context.Process(target=show_camera, args=(theirs, spec, asked), name="camera view")
        self._process.start()
        theirs.close()
        self._view: CameraView | None = None
        self.picture = b""
        self.is_over = False
        self._asked_s = time.monotonic()
        self._thread = threading.Thread(target=self._receive, args=(self._ours,), name="camera view", daemon=True)
        self._thread.start()

    def view(self) -> CameraView | None:
        self._asked_s = time.monotonic()
        return self._view

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._ours.send("stop")
        self._process.join(LONGEST_END_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._thread.join(LONGEST_END_S)
        self.picture = b""

    def _receive(self, connection: Connection) -> None:
        with connection, contextlib.suppress(OSError, EOFError):
            while True:
                if connection.poll(1.0):
                    self._view, self.picture = connection.recv()
                if time.monotonic() - self._asked_s > UNWATCHED_S:
                    connection.send("stop")
                    break
        self.is_over = True
        self.picture = b""
