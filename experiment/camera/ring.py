"""The frames around a key press or hold.

A ring of recent frames, and the choice of the nearest.

No threads, no devices; the camera thread fills the ring. Frames are kept in order of their times, not of their
arrival. A picture that came twice is one frame: a driver that delivers a buffer again stamps it with a later time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from zlib import crc32

import numpy as np

from experiment.ports.camera import CameraFault, CameraFrame, Capture


class FrameRing:
    """The latest frames, oldest first.

    Parameters
    ----------
    size : int
        Most frames to keep.

    Attributes
    ----------
    duplicates : int
        Number of frames that were refused because they came before.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._frames: list[CameraFrame] = []
        self._digests: list[int] = []
        self.duplicates = 0

    def add(self, frame: CameraFrame) -> bool:
        """Keep a frame; return False if it came before.

        No two pictures of a real sensor are equal in every pixel. Played and simulated pictures can be: for them only
        index and time count.
        """
        digest = _digest(frame)
        for known, known_digest in zip(self._frames, self._digests, strict=True):
            if _again(frame, known) or (digest == known_digest and _same_sensor_picture(frame, known)):
                self.duplicates += 1
                return False
        position = bisect_right(self._frames, frame.captured_s, key=_time)
        self._frames.insert(position, frame)
        self._digests.insert(position, digest)
        if len(self._frames) > self._size:
            del self._frames[0], self._digests[0]
        return True

    def frames(self) -> list[CameraFrame]:
        """Return the kept frames, oldest first."""
        return list(self._frames)

    @property
    def latest(self) -> CameraFrame | None:
        """The newest frame."""
        return self._frames[-1] if self._frames else None


def _digest(frame: CameraFrame) -> int:
    """Return a checksum of some rows of the picture; 0.1 ms."""
    return crc32(np.ascontiguousarray(frame.image[::16]).data)


def _again(frame: CameraFrame, known: CameraFrame) -> bool:
    return frame.index == known.index or frame.captured_s == known.captured_s


def _same_sensor_picture(frame: CameraFrame, known: CameraFrame) -> bool:
    sensor = frame.time_kind in ("driver", "arrival")
    return sensor and frame.image.shape == known.image.shape and bool(np.array_equal(frame.image, known.image))


def is_settled(frames: Sequence[CameraFrame], anchor_s: float, *, after: int) -> bool:
    """Return whether the nearest frame and those after it have arrived.

    The nearest is certain as soon as one frame is as late as the anchor.

    Parameters
    ----------
    frames : sequence of CameraFrame
        In order of time.
    anchor_s : float
        Time of the key press, or best moment of the hold.
    after : int
        Number of later neighbours.
    """
    if not frames or frames[-1].captured_s < anchor_s:
        return False
    return len(frames) - 1 - nearest(frames, anchor_s) >= after


def nearest(frames: Sequence[CameraFrame], anchor_s: float) -> int:
    """Return the position of the frame nearest in time; the earlier of two.

    ``frames`` is not empty and in order of time.
    """
    later = bisect_left(frames, anchor_s, key=_time)
    if later == 0:
        return 0
    if later == len(frames):
        return later - 1
    gap_before = anchor_s - frames[later - 1].captured_s
    gap_after = frames[later].captured_s - anchor_s
    return later - 1 if gap_before <= gap_after else later


def choose(
    frames: Sequence[CameraFrame], anchor_s: float, *, before: int, after: int, fault: CameraFault | None = None
) -> Capture:
    """Choose the nearest frame and its neighbours.

    Parameters
    ----------
    frames : sequence of CameraFrame
        In order of time.
    anchor_s : float
        Time of the key press, or best moment of the hold.
    before, after : int
        Most neighbours to keep on each side.
    fault : CameraFault, optional
        Fault of the camera. Without one, a missing frame before or after the anchor is the fault.
    """
    if not frames:
        return Capture(anchor_s, None, fault=fault or "no-frame")
    chosen = nearest(frames, anchor_s)
    later = bisect_left(frames, anchor_s, key=_time)
    if later == 0 and frames[0].captured_s == anchor_s:
        later = 1  # exactly at the first frame: the interval behind it is as good
    half_interval_s: float | None = None
    if 0 < later < len(frames):
        half_interval_s = (frames[later].captured_s - frames[later - 1].captured_s) / 2
    missing: CameraFault | None = None
    if frames[-1].captured_s < anchor_s:
        missing = "no-frame-after"
    elif frames[0].captured_s > anchor_s:
        missing = "no-frame-before"
    return Capture(
        anchor_s,
        frames[chosen],
        before=tuple(frames[max(0, chosen - before) : chosen]),
        after=tuple(frames[chosen + 1 : chosen + 1 + after]),
        half_interval_s=half_interval_s,
        fault=fault or missing,
    )


def _time(frame: CameraFrame) -> float:
    return frame.captured_s
