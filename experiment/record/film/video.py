"""One video: H.264 in a fragmented MP4 file, which plays at any moment.

Every frame is written as a fragment of its own, so that a program that is killed loses at most the last frame. Closing
turns the file into an ordinary MP4 file. Codec and quality are chosen by measurement, see ``docs/results/film.md``.
"""

from __future__ import annotations

import io
import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np

from experiment.ports.camera import Image
from experiment.record.files import PRIVATE_FILE, write_all

ENDING = ".mp4"
CRF = 20
PRESET = "ultrafast"
KEY_INTERVAL_S = 1.0
"""Time between two key frames: a player can begin at each of them."""
_TIME_BASE = Fraction(1, 1_000_000)
BEFORE_FIRST_US = -1
"""Time before that of the first frame, for `next_time_us`."""
_FLAGS = "frag_every_frame+empty_moov+default_base_moof+hybrid_fragmented"
_BT709 = 1
_LIMITED_RANGE = 1


def encoder_facts() -> dict[str, Any]:
    """Return codec, settings and library, for the record."""
    return {
        "container": "mp4",
        "codec": "libx264",
        "crf": CRF,
        "preset": PRESET,
        "key_interval_s": KEY_INTERVAL_S,
        "av": av.__version__,
    }


class PrivateFile(io.RawIOBase):
    """A new file that only its owner can read, for the muxer.

    Parameters
    ----------
    path : Path
        The file; must not exist.
    """

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), PRIVATE_FILE)

    def fileno(self) -> int:
        """Return the handle of the file."""
        return self._handle

    def writable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def write(self, content: Any) -> int:
        """Write all of ``content``."""
        write_all(self._handle, content)
        return len(content)

    def read(self, size: int = -1) -> bytes:
        """Read up to ``size`` bytes."""
        return os.read(self._handle, size)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move to a position."""
        return os.lseek(self._handle, offset, whence)

    def tell(self) -> int:
        """Return the position."""
        return os.lseek(self._handle, 0, os.SEEK_CUR)

    def close(self) -> None:
        """Close the file."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
        super().close()


class Video:
    """Encodes frames into an open file.

    Parameters
    ----------
    file
        Open for writing and seeking; the caller closes it.
    size_px : (int, int)
        Width and height.
    rate_hz : float
        Nominal frame rate; the frames have their own times.
    """

    def __init__(self, file: Any, *, size_px: tuple[int, int], rate_hz: float) -> None:
        self._container: Any = av.open(file, "w", format="mp4", options={"movflags": _FLAGS, "flush_packets": "1"})
        rate = Fraction(rate_hz).limit_denominator(1001)
        options = {
            "crf": str(CRF),
            "preset": PRESET,
            "tune": "zerolatency",
            "g": str(max(1, round(KEY_INTERVAL_S * rate_hz))),
            "threads": str(max(1, min(4, (os.cpu_count() or 1) // 2))),
        }
        self._stream: Any = self._container.add_stream("libx264", rate=rate, options=options)
        self._stream.width, self._stream.height = size_px
        # Colour at half resolution needs even sizes.
        self._pixels = "yuv444p" if size_px[0] % 2 or size_px[1] % 2 else "yuv420p"
        self._stream.pix_fmt = self._pixels
        self._stream.time_base = self._stream.codec_context.time_base = _TIME_BASE
        context = self._stream.codec_context
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = _LIMITED_RANGE
        self._first_s: float | None = None
        self._last = BEFORE_FIRST_US
        self.frames = 0

    def add(self, image: Image, time_s: float) -> list[Any]:
        """Encode a frame; return its packets for `write`.

        Parameters
        ----------
        image : (H, W, 3) uint8 array
            RGB.
        time_s : float
            Its time; in the video, times count from the first frame.
        """
        if self._first_s is None:
            self._first_s = time_s
        self._last = next_time_us(time_s - self._first_s, previous_us=self._last)
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
        frame = frame.reformat(format=self._pixels, dst_colorspace="ITU709")
        frame.pts, frame.time_base = self._last, _TIME_BASE
        self.frames += 1
        return list(self._stream.encode(frame))

    def write(self, packets: list[Any]) -> None:
        """Write encoded packets into the file."""
        self._container.mux(packets)

    def close(self) -> None:
        """Write what is left and complete the file."""
        self.write(list(self._stream.encode(None)))
        self._container.close()

    def abandon(self) -> None:
        """Leave the file unchanged."""
        self._stream = self._container = None


def next_time_us(since_first_s: float, *, previous_us: int) -> int:
    """Return the time of a frame in its video, microseconds; times ascend."""
    return max(previous_us + 1, round(since_first_s * 1_000_000))


def count_frames(file: Any) -> int:
    """Return the number of complete frames in a video.

    It may be one that was interrupted.

    Parameters
    ----------
    file
        Path, or an object with the content.
    """
    complete = 0
    try:
        with av.open(file) as container:
            for packet in container.demux(video=0):
                if packet.size and not packet.is_corrupt:
                    complete += 1
    except (av.error.FFmpegError, IndexError):
        pass  # the end of an interrupted video, or one without its first frame
    return complete
