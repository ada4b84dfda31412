"""The frames around a key press: a bounded ring of recent ones, and the choice of the nearest.

Pure of threads and devices; the camera thread feeds it. Frames are kept in order of their times, whatever order they
came in. A picture that came twice is one frame: a driver that delivers a buffer again gives it a later time than it
has.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from zlib import crc32

import numpy as np

from experiment.ports.camera import CameraFault, CameraFrame, Capture


class FrameRing:
    """The latest frames, a bounded number of them, oldest first.

    Attributes
    ----------
    duplicates : int
        Frames that were refused because they had come before.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._frames: list[CameraFrame] = []
        self._digests: list[int] = []
        self.duplicates = 0

    def add(self, frame: CameraFrame) -> bool:
        """Keep a frame; False if it had come before.

        No two pictures of a real sensor agree in every pixel. Played and simulated pictures can: there, the source's
        own count alone decides.
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
        """What is there, oldest first."""
        return list(self._frames)

    @property
    def latest(self) -> CameraFrame | None:
        """The newest frame."""
        return self._frames[-1] if self._frames else None


def _digest(frame: CameraFrame) -> int:
    """Of some rows of the picture: tells different pictures apart in a tenth of a millisecond."""
    return crc32(np.ascontiguousarray(frame.image[::16]).data)


def _again(frame: CameraFrame, known: CameraFrame) -> bool:
    return frame.index == known.index or frame.captured_s == known.captured_s


def _same_sensor_picture(frame: CameraFrame, known: CameraFrame) -> bool:
    sensor = frame.time_kind in ("driver", "arrival")
    return sensor and frame.image.shape == known.image.shape and bool(np.array_equal(frame.image, known.image))


def is_settled(frames: Sequence[CameraFrame], anchor_s: float, *, after: int) -> bool:
    """Whether the nearest frame and ``after`` neighbours behind it are among ``frames`` for certain.

    The nearest is certain as soon as one frame is as late as the key press.
    """
    if not frames or frames[-1].captured_s < anchor_s:
        return False
    return len(frames) - 1 - nearest(frames, anchor_s) >= after


def nearest(frames: Sequence[CameraFrame], anchor_s: float) -> int:
    """Position of the frame nearest in time to the key press, of two equally near the earlier one.

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
    """The frame of a key press with its neighbours, from frames in order of time.

    Parameters
    ----------
    before, after
        How many neighbours to keep on each side, as far as there are any.
    fault
        What is wrong with the camera, if something is; else whatever is missing around the key press is named.
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
