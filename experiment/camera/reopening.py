"""A camera source that can be opened again after it failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from experiment.errors import CameraError
from experiment.ports.camera import CameraFrame, CameraSource


class ReopeningSource:
    """Reads a source; frame indices continue after it was opened again.

    Parameters
    ----------
    source : CameraSource
        The open camera.
    reopen : callable, optional
        Opens it again; raises `CameraError` while it cannot.
    """

    def __init__(self, source: CameraSource, reopen: Callable[[], CameraSource] | None) -> None:
        self._source: CameraSource | None = source
        self._reopen = reopen
        self._first_index = 0
        self._last_index = -1

    @property
    def is_open(self) -> bool:
        """Whether the source can be read."""
        return self._source is not None

    def read(self) -> CameraFrame | None:
        """Wait for the next frame of the open source; None at its end.

        Raises what the source raises.
        """
        assert self._source is not None
        frame = self._source.read()
        if frame is None:
            return None
        if self._first_index:
            frame = replace(frame, index=frame.index + self._first_index)
        self._last_index = max(self._last_index, frame.index)
        return frame

    def open_again(self) -> bool:
        """Try to open the source again; return whether it is open."""
        if self._reopen is None:
            return False
        try:
            self._source = self._reopen()
        except CameraError:
            return False
        self._first_index = self._last_index + 1
        return True

    def close(self) -> None:
        """Release the device if it is open."""
        if self._source is not None:
            self._source.close()
            self._source = None
