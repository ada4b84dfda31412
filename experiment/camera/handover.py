"""Frames and their times, passed on from the camera's thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from experiment.errors import CameraError
from experiment.ports.camera import CameraFrame, FrameTime
from experiment.ports.recording_permission import RecordingPermission

_TIMES_CHUNK = 256


@dataclass(frozen=True, slots=True)
class FrameHandlers:
    """Functions called from the camera's thread, and their permission."""

    on_frame: Callable[[CameraFrame], None] | None = None
    """Called with every new frame at its arrival; must return quickly."""
    on_times: Callable[[Sequence[FrameTime]], None] | None = None
    """Called with the times of the latest frames, a few hundred at once and the rest at the end."""
    permission: RecordingPermission = field(default_factory=RecordingPermission)
    """A frame that it does not cover is dropped: it is neither kept nor passed on."""


class Handover:
    """Calls handlers until one fails.

    `check` raises the failure in the session, and the camera goes on.

    Parameters
    ----------
    handlers : FrameHandlers
        The functions to call.
    """

    def __init__(self, handlers: FrameHandlers) -> None:
        self._handlers = handlers
        self._times: list[FrameTime] = []
        self._failure: Exception | None = None

    def add(self, frame: CameraFrame, arrival_s: float) -> None:
        """Pass a new frame on, and its time when enough of them have come."""
        if self._handlers.on_times is not None:
            self._times.append(FrameTime(frame.index, frame.captured_s, arrival_s))
        if self._failure is not None:
            return
        try:
            if self._handlers.on_frame is not None:
                self._handlers.on_frame(frame)
            if len(self._times) >= _TIMES_CHUNK:
                self.flush_times()
        except Exception as error:
            self._failure = error

    def flush_times(self) -> None:
        """Pass on the times of all frames so far."""
        if self._handlers.on_times is not None and self._times:
            times, self._times = self._times, []
            self._handlers.on_times(times)

    def check(self) -> None:
        """Raise the failure of a handler.

        Raises
        ------
        CameraError
            If a handler failed.
        """
        if self._failure is not None:
            raise CameraError(
                f"frames are no longer handed on, by a fault of the program: {self._failure!r}"
            ) from self._failure
