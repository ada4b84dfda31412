"""Clips whose frames show their own number as black and white squares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
BITS = 12


def numbered_frame(number: int, size_px: tuple[int, int] = (96, 64)) -> Pixels:
    """Return a frame with a column for each bit of a number.

    White on top for 1, at the bottom for 0.

    Parameters
    ----------
    number
        The number, below 4096.
    size_px
        Width and height.
    """
    width, height = size_px
    frame = np.full((height, width, 3), 128, np.uint8)
    for bit in range(BITS):
        left, right = width * bit // BITS, width * (bit + 1) // BITS
        is_one = bool(number >> bit & 1)
        frame[: height // 2, left:right] = 255 if is_one else 0
        frame[height // 2 :, left:right] = 0 if is_one else 255
    return frame


def read_number(frame: Pixels) -> int:
    """Return the number that a frame shows.

    Parameters
    ----------
    frame : (H, W, 3) or (H, W, 4) uint8 array
        The frame.
    """
    height = len(frame)
    return read_rows(frame[height // 4], frame[3 * height // 4])


def read_rows(upper: Pixels, lower: Pixels) -> int:
    """Return the number that a frame shows, from one row of each half.

    Parameters
    ----------
    upper, lower : (W, 3) or (W, 4) uint8 array
        A row of the upper and of the lower half.
    """
    width = len(upper)
    columns = [round(width * (bit + 0.5) / BITS) for bit in range(BITS)]
    return sum(int(upper[x, :3].sum() > lower[x, :3].sum()) << bit for bit, x in enumerate(columns))


def write_clip(  # noqa: PLR0913 (what a film depends on, all by name)
    file: Path,
    frames: Iterable[Pixels],
    *,
    rate: Fraction | int = 25,
    times_s: Sequence[float] | None = None,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    options: dict[str, str] | None = None,
) -> Path:
    """Write frames as a film at a fixed rate, or at times of their own.

    Parameters
    ----------
    file
        The file.
    frames
        (H, W, 3) RGB or (H, W, 4) RGBA arrays.
    rate
        Frames per second.
    times_s
        Start of every frame, seconds; None: at the rate.
    codec, pixel_format, options
        As FFmpeg names them.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    base = Fraction(1, 90000) if times_s is not None else 1 / Fraction(rate)
    with av.open(str(file), "w") as container:
        stream: Any = container.add_stream(codec, rate=Fraction(rate), options=options or {})
        for index, pixels in enumerate(frames):
            if index == 0:
                stream.height, stream.width = pixels.shape[:2]
                stream.pix_fmt = pixel_format
                stream.codec_context.time_base = base
            frame = av.VideoFrame.from_ndarray(pixels, format="rgba" if pixels.shape[2] == 4 else "rgb24")
            frame.pts = index if times_s is None else round(times_s[index] / base)
            frame.time_base = base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file


def numbered_clip(file: Path, count: int, *, rate: Fraction | int = 25, size_px: tuple[int, int] = (96, 64)) -> Path:
    """Write a clip whose frame ``n`` shows the number ``n``.

    Parameters
    ----------
    file
        The file.
    count
        Number of frames.
    rate
        Frames per second.
    size_px
        Width and height.
    """
    return write_clip(file, (numbered_frame(number, size_px) for number in range(count)), rate=rate)
