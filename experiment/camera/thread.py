"""The camera in a thread of its own.

Recent frames, the frames of a key press, and the camera's condition.

The thread only reads, sorts and counts; the session gets values and never waits for the device. A camera that stopped
is noticed by the clock, not by the thread, which may hang in the driver. A camera that was unplugged is opened again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from experiment.camera.condition import CameraState, ConditionMonitor
from experiment.camera.handover import FrameHandlers, Handover
from experiment.camera.recent_frames import FrameRequest, RecentFrames
from experiment.camera.reopening import ReopeningSource
from experiment.errors import PictureFileError
from experiment.ports.camera import CameraFrame, CameraSource, Capture
from experiment.ports.clock import Clock

_REOPEN_S = 1.0


class CameraThread:
    """Reads a source until closed.

    Parameters
    ----------
    source : CameraSource
        The camera; closed by `close`.
    clock : Clock
        Clock of the session.
    rate_hz : float
        Nominal frame rate.
    keep : (int, int)
        Most frames before and after a key press that are requested. The ring holds them and half a second more, for
        key presses that are reported late.
    reopen : callable, optional
        Opens the camera again after it was unplugged; raises `CameraError` while it cannot.
    handlers : FrameHandlers, optional
        Functions that get every frame or its time, and the permission to keep frames.
    """

    def __init__(
        self,
        source: CameraSource,
        *,
        clock: Clock,
        rate_hz: float,
        keep: tuple[int, int] = (0, 0),
        reopen: Callable[[], CameraSource] | None = None,
        handlers: FrameHandlers | None = None,
    ) -> None:
        self._source = ReopeningSource(source, reopen)
        self._clock = clock
        self._rate_hz = rate_hz
        self._recent = RecentFrames(sum(keep) + 2 + round(rate_hz / 2))
        self._monitor = ConditionMonitor(clock.now(), rate_hz=rate_hz)
        handlers = handlers or FrameHandlers()
        self._permission = handlers.permission
        self._handover = Handover(handlers)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="camera", daemon=True)
        self._thread.start()

    # -- called by the session

    def latest(self) -> CameraFrame | None:
        """Return the newest frame."""
        with self._recent.changed:
            return self._recent.latest

    def capture(self, anchor_s: float, *, before: int = 0, after: int = 0, timeout_s: float = 1.0) -> FrameRequest:
        """Request the frame nearest to a key press or hold and its neighbours.

        Return at once.

        Parameters
        ----------
        anchor_s : float
            Time of the key press, or best moment of the hold.
        before, after : int
            Number of neighbours on each side.
        timeout_s : float
            How long from now the frames may take. What is there by then is the answer.
        """
        request = FrameRequest(
            anchor_s=anchor_s,
            before=before,
            after=after,
            deadline_s=self._clock.now() + timeout_s,
            frames=[],
            await_answer=self._answer,
        )
        with self._recent.changed:
            self._recent.open_request(request)
        return request

    def collect(self, count: int, *, from_s: float) -> list[CameraFrame]:
        """Return the first ``count`` frames at or after a time that have arrived.

        Call again until all have.
        """
        with self._recent.changed:
            return [frame for frame in self._recent.frames() if frame.captured_s >= from_s][:count]

    def state(self) -> CameraState:
        """Return the condition of the camera now.

        Raises
        ------
        CameraError
            If one of the handlers failed.
        """
        self._handover.check()
        with self._recent.changed:
            return self._state()

    def join(self, timeout_s: float | None = None) -> None:
        """Wait until the source has ended."""
        self._thread.join(timeout_s)

    def close(self) -> None:
        """Stop reading and release the device; do not wait for a driver that hangs."""
        self._closing.set()
        self._clock.sleep_until(self._clock.now() + 1 / self._rate_hz)  # the frame that is being waited for
        self._thread.join(timeout=2.0)
        if not self._thread.is_alive():
            self._handover.flush_times()

    def _state(self) -> CameraState:
        return self._monitor.state(self._clock.now(), duplicates=self._recent.duplicates)

    def _answer(self, request: FrameRequest) -> Capture:
        with self._recent.changed:
            self._recent.wait_for(
                request, is_over=lambda: self._clock.now() >= request.deadline_s or self._monitor.is_ended
            )
            return request.choose(None if request.settled else self._state().fault)

    # -- the thread

    def _work(self) -> None:
        while not self._closing.is_set():
            if not self._source.is_open:
                self._open_again()
                continue
            try:
                frame = self._source.read()
            except Exception as error:  # every error of a driver means the same to the session: no pictures
                self._source.close()
                with self._recent.changed:
                    by_file = isinstance(error, PictureFileError)
                    self._monitor.lost(self._clock.now(), reason=str(error), by_file=by_file)
                    self._recent.changed.notify_all()
                continue
            if frame is None:
                with self._recent.changed:
                    self._monitor.ended(self._clock.now())
                    self._recent.changed.notify_all()
                break
            self._take(frame)
        self._source.close()

    def _take(self, frame: CameraFrame) -> None:
        arrival_s = self._clock.now()
        if not self._permission.covers(frame.captured_s):
            with self._recent.changed:
                self._monitor.arrived(arrival_s, is_new=True)
            return
        with self._recent.changed:
            is_new = self._recent.add(frame)
            self._monitor.arrived(arrival_s, is_new=is_new)
            if is_new:
                self._recent.changed.notify_all()
        if is_new:
            self._handover.add(frame, arrival_s)

    def _open_again(self) -> None:
        if not self._closing.wait(_REOPEN_S) and self._source.open_again():
            with self._recent.changed:
                self._monitor.reopened(self._clock.now())


def state_of_both(camera: CameraThread, partner: CameraThread | None) -> CameraState:
    """Return the condition of the cameras: the partner's if only that one has a fault.

    Parameters
    ----------
    camera : CameraThread
        The camera of the participant.
    partner : CameraThread or None
        The camera of the second person; None without one.

    Raises
    ------
    CameraError
        As `CameraThread.state`.
    """
    state = camera.state()
    if partner is None or not state.usable:
        return state
    of_partner = partner.state()
    return state if of_partner.usable else replace(of_partner, of_partner=True)
