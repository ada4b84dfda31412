"""Recent frames and the requests for them, shared by two threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from experiment.camera.ring import FrameRing, choose, is_settled, nearest
from experiment.ports.camera import CameraFault, CameraFrame, Capture

_CHECK_S = 0.02
"""Real time between two checks of a deadline, which is on the clock of the session."""


@dataclass(slots=True, kw_only=True, eq=False)
class FrameRequest:
    """The frame of a key press or hold and its neighbours, as they arrive."""

    anchor_s: float
    before: int
    after: int
    deadline_s: float
    """On the clock of the session; what is there by then is the answer."""
    frames: list[CameraFrame]
    """In order of time."""
    await_answer: Callable[[FrameRequest], Capture]
    _answer: Capture | None = field(default=None, init=False)

    @property
    def settled(self) -> bool:
        """Whether all requested frames have arrived."""
        return is_settled(self.frames, self.anchor_s, after=self.after)

    def offer(self, frame: CameraFrame) -> None:
        """Take one more frame."""
        self.frames.append(frame)
        self.frames.sort(key=lambda one: one.captured_s)

    def choose(self, fault: CameraFault | None) -> Capture:
        """Choose from the frames that have arrived."""
        return choose(self.frames, self.anchor_s, before=self.before, after=self.after, fault=fault)

    def result(self) -> Capture:
        """Return the frames; wait for those still to come, until the deadline."""
        if self._answer is None:
            self._answer = self.await_answer(self)
            self.frames = []
        return self._answer


class RecentFrames:
    """A ring of frames with the requests that wait for more.

    Hold `changed` during every call.

    Parameters
    ----------
    size : int
        Number of frames to keep.

    Attributes
    ----------
    changed : threading.Condition
        Notified by the camera's thread after every change.
    """

    def __init__(self, size: int) -> None:
        self.changed = threading.Condition()
        self._ring = FrameRing(size)
        self._requests: list[FrameRequest] = []

    @property
    def latest(self) -> CameraFrame | None:
        """The newest frame."""
        return self._ring.latest

    @property
    def duplicates(self) -> int:
        """Number of frames that came twice."""
        return self._ring.duplicates

    def frames(self) -> list[CameraFrame]:
        """Return the kept frames, oldest first."""
        return self._ring.frames()

    def add(self, frame: CameraFrame) -> bool:
        """Keep a frame and offer it to the requests; return False for a duplicate."""
        if not self._ring.add(frame):
            return False
        for request in self._requests:
            request.offer(frame)
        self._requests = [request for request in self._requests if not request.settled]
        return True

    def open_request(self, request: FrameRequest) -> None:
        """Give a request the frames that are there and may be part of its answer."""
        frames = self._ring.frames()
        first = nearest(frames, request.anchor_s) - request.before - 1 if frames else 0
        request.frames = frames[max(0, first) :]
        self._requests.append(request)

    def wait_for(self, request: FrameRequest, *, is_over: Callable[[], bool]) -> None:
        """Wait until a request is settled or ``is_over``; then close it."""
        while not request.settled and not is_over():
            self.changed.wait(_CHECK_S)
        if request in self._requests:
            self._requests.remove(request)
