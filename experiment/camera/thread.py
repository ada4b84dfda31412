"""The camera in a thread of its own: recent frames, the frames of a key press, and what is wrong with it.

The thread only reads, sorts and counts; whoever asks gets values and never waits for the device. A camera that
stopped is noticed by the clock, not by the thread, which may be stuck in the driver; one that can be opened again is,
until it works.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from experiment.camera.ring import FrameRing, choose, is_settled, nearest
from experiment.errors import CameraError
from experiment.ports.camera import CameraFault, CameraFrame, CameraSource, Capture, FrameTime
from experiment.ports.clock import Clock

CameraCondition = Literal["starting", "running", "stalled", "frozen", "unplugged", "ended"]

_STALLED_S = 1.0
"""Without a frame for so long (or for 10 frame intervals, if that is longer) a camera has stopped."""
_FROZEN_S = 2.0
"""The same picture for so long is no picture: frozen driver or covered lens."""
_FIRST_FRAME_S = 10.0
"""Cameras may take so long to start."""
_REOPEN_S = 1.0
_TIMES_CHUNK = 256


@dataclass(frozen=True, slots=True)
class CameraState:
    """How the camera is right now."""

    condition: CameraCondition
    since_s: float
    """When this began, on the clock of the session."""
    message: str
    """One sentence for the screen: what is wrong and what to do; empty while running."""
    frames: int
    """All frames so far."""
    duplicates: int
    reason: str = ""
    """What the driver said when it was lost last; for the journal."""

    @property
    def usable(self) -> bool:
        """Whether frames can be expected at the next key press."""
        return self.fault is None

    @property
    def fault(self) -> CameraFault | None:
        """The name of the fault in the record; None while the camera starts or runs."""
        return _FAULTS.get(self.condition)


_MESSAGES: dict[CameraCondition, str] = {
    "starting": "",
    "running": "",
    "stalled": "The camera sends no pictures. Check its cable and that no other program uses it.",
    "frozen": "The camera's picture does not change. Uncover the lens, or unplug the camera and plug it in again.",
    "unplugged": "The camera is gone. Plug it in again.",
    "ended": "The camera's recording has come to its end.",
}
_FAULTS: dict[CameraCondition, CameraFault] = {
    "stalled": "stalled",
    "frozen": "frozen",
    "unplugged": "unplugged",
    "ended": "ended",
}


class CameraThread:
    """Reads a source until closed.

    Parameters
    ----------
    source
        The camera; closed by `close`.
    rate_hz
        Frames per second it should give.
    keep
        Frames before and after a key press that will be asked for; makes the ring large enough for them and for a key
        press that is told half a second late.
    reopen
        Opens the camera again after it was unplugged; raises `CameraError` while it cannot.
    on_times
        Called from the camera's thread with the times of the latest frames, a few hundred at once and the rest at the
        end.
    on_frame
        Called from the camera's thread with every new frame, as soon as it is here; must return quickly.
    """

    def __init__(
        self,
        source: CameraSource,
        *,
        clock: Clock,
        rate_hz: float,
        keep: tuple[int, int] = (0, 0),
        reopen: Callable[[], CameraSource] | None = None,
        on_times: Callable[[Sequence[FrameTime]], None] | None = None,
        on_frame: Callable[[CameraFrame], None] | None = None,
    ) -> None:
        self._source: CameraSource | None = source
        self._clock = clock
        self._rate_hz = rate_hz
        self._reopen = reopen
        self._on_times = on_times
        self._on_frame = on_frame
        self._ring = FrameRing(sum(keep) + 2 + round(rate_hz / 2))
        self._requests: list[FrameRequest] = []
        self._times: list[FrameTime] = []
        self._changed = threading.Condition()
        self._condition: CameraCondition = "starting"
        self._since_s = clock.now()
        self._arrival_s = clock.now()
        self._new_picture_s = clock.now()
        self._offset = 0
        self._last_index = -1
        self._frames = 0
        self._reason = ""
        self._fault: Exception | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="camera", daemon=True)
        self._thread.start()

    # -- asked by the session

    def latest(self) -> CameraFrame | None:
        """The newest frame."""
        with self._changed:
            return self._ring.latest

    def capture(self, anchor_s: float, *, before: int = 0, after: int = 0, timeout_s: float = 1.0) -> FrameRequest:
        """Ask for the frame nearest to a key press and its neighbours; returns at once.

        Parameters
        ----------
        timeout_s
            How long after now the frames may come at the latest. What is there by then is the answer.
        """
        with self._changed:
            request = FrameRequest(self, anchor_s, before, after, self._clock.now() + timeout_s)
            frames = self._ring.frames()
            first = nearest(frames, anchor_s) - before - 1 if frames else 0
            request.frames = frames[max(0, first) :]
            self._requests.append(request)
            return request

    def collect(self, count: int, *, from_s: float) -> list[CameraFrame]:
        """The first ``count`` frames at or after a time that are here by now; call again until they are all here."""
        with self._changed:
            return [frame for frame in self._ring.frames() if frame.time_s >= from_s][:count]

    def state(self) -> CameraState:
        """How the camera is right now.

        Raises
        ------
        CameraError
            If what is done with the frames (``on_frame``, ``on_times``) has failed.
        """
        if self._fault is not None:
            raise CameraError(
                f"frames are no longer handed on, by a fault of the program: {self._fault!r}"
            ) from self._fault
        with self._changed:
            condition, since_s = self._judge()
            return CameraState(
                condition,
                since_s,
                _MESSAGES[condition],
                self._frames,
                self._ring.duplicates,
                self._reason,
            )

    def join(self, timeout_s: float | None = None) -> None:
        """Wait until the source has ended."""
        self._thread.join(timeout_s)

    def close(self) -> None:
        """Stop reading and give the device back; does not wait for a driver that is stuck."""
        self._closing.set()
        self._clock.sleep_until(self._clock.now() + 1 / self._rate_hz)  # the frame that is being waited for
        self._thread.join(timeout=2.0)
        if not self._thread.is_alive():
            self._hand_times(everything=True)

    # -- the thread

    def _work(self) -> None:
        while not self._closing.is_set():
            source = self._source
            if source is None:
                self._try_again()
                continue
            try:
                frame = source.read()
            except Exception as error:  # whatever a driver raises means the same to the session: no pictures
                self._lost(source, str(error))
                continue
            if frame is None:
                with self._changed:
                    self._become("ended")
                    self._changed.notify_all()
                break
            self._received(frame)
            self._done_with(self._hand_times)
        if self._source is not None:
            self._source.close()

    def _received(self, frame: CameraFrame) -> None:
        arrival_s = self._clock.now()
        if self._offset:
            frame = replace(frame, index=frame.index + self._offset)
        with self._changed:
            self._arrival_s = arrival_s
            is_new = self._ring.add(frame)
            if not is_new:
                return
            self._frames += 1
            self._last_index = max(self._last_index, frame.index)
            self._new_picture_s = arrival_s
            self._become("running")
            if self._on_times is not None:
                self._times.append(FrameTime(frame.index, frame.time_s, arrival_s))
            for request in self._requests:
                request.offer(frame)
            self._requests = [request for request in self._requests if not request.settled]
            self._changed.notify_all()
        if (tell := self._on_frame) is not None:
            self._done_with(lambda: tell(frame))

    def _done_with(self, hand_on: Callable[[], None]) -> None:
        """Hand frames or times on; a fault is told to the session, and the camera does not seem to have stalled."""
        if self._fault is None:
            try:
                hand_on()
            except Exception as error:
                self._fault = error

    def _lost(self, source: CameraSource, reason: str) -> None:
        source.close()
        with self._changed:
            self._reason = reason
            self._source = None
            self._become("unplugged")
            self._changed.notify_all()

    def _try_again(self) -> None:
        if self._closing.wait(_REOPEN_S) or self._reopen is None:
            return
        try:
            source = self._reopen()
        except CameraError:
            return
        with self._changed:
            self._source = source
            self._offset = self._last_index + 1
            self._arrival_s = self._new_picture_s = self._clock.now()
            self._become("starting")

    def _become(self, condition: CameraCondition) -> None:
        if condition != self._condition:
            self._condition, self._since_s = condition, self._clock.now()

    def _judge(self) -> tuple[CameraCondition, float]:
        """The condition, with what only the clock can tell."""
        now_s = self._clock.now()
        if self._condition == "starting" and now_s - self._since_s > _FIRST_FRAME_S:
            return "stalled", self._since_s
        if self._condition == "running":
            if now_s - self._arrival_s > max(_STALLED_S, 10 / self._rate_hz):
                return "stalled", self._arrival_s
            if now_s - self._new_picture_s > _FROZEN_S:
                return "frozen", self._new_picture_s
        return self._condition, self._since_s

    def _hand_times(self, *, everything: bool = False) -> None:
        if self._on_times is not None and self._times and (everything or len(self._times) >= _TIMES_CHUNK):
            times, self._times = self._times, []
            self._on_times(times)

    def _wait(self, request: FrameRequest) -> Capture:
        with self._changed:
            while not request.settled and self._clock.now() < request.deadline_s and self._condition != "ended":
                self._changed.wait(0.02)
            if request in self._requests:
                self._requests.remove(request)
            fault = None if request.settled else _FAULTS.get(self._judge()[0])
            return choose(request.frames, request.anchor_s, before=request.before, after=request.after, fault=fault)


class FrameRequest:
    """The frames of a key press, on their way."""

    def __init__(self, camera: CameraThread, anchor_s: float, before: int, after: int, deadline_s: float) -> None:
        self.anchor_s = anchor_s
        self.before = before
        self.after = after
        self.deadline_s = deadline_s
        self.frames: list[CameraFrame] = []
        self._camera = camera
        self._answer: Capture | None = None

    @property
    def settled(self) -> bool:
        """Whether all frames asked for are here."""
        return is_settled(self.frames, self.anchor_s, after=self.after)

    def offer(self, frame: CameraFrame) -> None:
        """One more frame has come."""
        self.frames.append(frame)
        self.frames.sort(key=lambda f: f.time_s)

    def result(self) -> Capture:
        """The frames; waits for those still to come, until the time-out."""
        if self._answer is None:
            self._answer = self._camera._wait(self)
            self.frames = []
        return self._answer
