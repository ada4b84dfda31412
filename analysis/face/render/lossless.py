"""Write drawn frames to a lossless video."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av

from analysis.face.arrays import ImageArray


def write_lossless(file: Path, frames: Iterable[tuple[int, ImageArray]], *, rate_hz: float, length: int) -> None:
    """Write frames with their times to a lossless video (FFV1 in Matroska).

    The same frames give the same bytes. Matroska rounds times to milliseconds.

    Parameters
    ----------
    file : Path
        The video; its ending does not matter.
    frames : iterable of (int, (H, W, 3) uint8 array)
        Number of the refresh at which each frame begins, from 0, and the frame.
    rate_hz : float
        Refreshes per second.
    length : int
        Number of refreshes of the whole video.
    """
    rate = Fraction(str(rate_hz))
    waiting = list(frames)
    starts = [start for start, _ in waiting]
    height, width = waiting[0][1].shape[:2]
    with av.open(str(file), "w", format="matroska", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("ffv1", rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, "bgr0"
        stream.codec_context.flags |= 0x800000  # AV_CODEC_FLAG_BITEXACT
        stream.time_base = 1 / rate
        for (start, pixels), end in zip(waiting, [*starts[1:], length], strict=True):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base, frame.duration = start, 1 / rate, end - start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
