"""Read clips: every frame as an upright RGB array, with its own time.

The only reader of clips: what a session shows and what is measured are the same frames.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.error
import numpy as np
from PIL import Image, ImageColor

from analysis.face.arrays import ImageArray
from analysis.face.errors import ImageError
from analysis.face.images import PAPER

CLIP_ENDINGS = (".mp4", ".mov", ".m4v", ".webm", ".mkv", ".avi", ".gif")
_DEFAULT_RATE = Fraction(25)
"""Frames per second of a file that states neither a rate nor the duration of its last frame."""


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A decoded film."""

    frames: tuple[ImageArray, ...]
    """(H, W, 3) RGB, all of one size."""
    times_s: tuple[float, ...]
    """Start of every frame, seconds, ascending; the first one is 0."""
    duration_s: float
    """End of the last frame, seconds."""


def read_clip(path: Path, *, height_px: int | None = None, background: str = PAPER) -> Clip:
    """Read all frames of a film.

    Parameters
    ----------
    path : Path
        The file.
    height_px : int or None
        Reduce frames that are higher than this; None: keep the size of the file.
    background : str
        Colour behind transparent pixels, as Pillow names colours.

    Raises
    ------
    ImageError
        If the file is missing, is not a film, has no frame or is damaged.
    """
    frames: list[ImageArray] = []
    starts: list[float] = []
    end_s: float | None = None
    with clip_errors(path), av.open(str(path)) as container:
        stream = _video(container, path)
        rate = stream.average_rate or stream.guessed_rate or _DEFAULT_RATE
        aspect = stream.sample_aspect_ratio or Fraction(1)
        for frame in container.decode(stream):
            time_s = float(frame.time) if frame.time is not None else None
            if time_s is None or (starts and time_s <= starts[-1]):
                time_s = starts[-1] + float(1 / rate) if starts else 0.0  # a damaged file repeats a time
            starts.append(time_s)
            if frame.duration and frame.time_base is not None:
                end_s = time_s + float(frame.duration * frame.time_base)
            frames.append(_pixels(frame, aspect, height_px=height_px, background=background))
    if not frames:
        raise ImageError(f"{path}: the clip has no frames; export it again")
    last_s = float(1 / rate)
    end_s = end_s if end_s is not None and end_s > starts[-1] else starts[-1] + last_s
    first_s = starts[0]
    return Clip(tuple(frames), tuple(start - first_s for start in starts), end_s - first_s)


@contextmanager
def clip_errors(path: Path) -> Iterator[None]:
    """Turn every error of the decoder into an `ImageError` that names the file."""
    try:
        yield
    except FileNotFoundError:
        raise ImageError(f"{path}: the file does not exist") from None
    except PermissionError:
        raise ImageError(f"{path}: this file must not be read; change its permissions") from None
    except (av.error.FFmpegError, OSError, ValueError, EOFError, MemoryError) as error:
        detail = " ".join(str(error).split())[:80]
        raise ImageError(f"{path}: the clip is damaged or not a film ({detail}); export it again") from None


def _video(container: av.container.InputContainer, path: Path) -> av.VideoStream:
    if not container.streams.video:
        raise ImageError(f"{path}: the clip has no picture, only sound; export it again")
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    return stream


def _pixels(frame: av.VideoFrame, aspect: Fraction, *, height_px: int | None, background: str) -> ImageArray:
    """Return a frame upright, with square pixels, without transparency."""
    has_alpha = any(part.is_alpha for part in frame.format.components) or frame.format.name.startswith("pal")
    image = Image.fromarray(frame.to_ndarray(format="rgba" if has_alpha else "rgb24"))
    if has_alpha:
        behind = Image.new("RGBA", image.size, ImageColor.getrgb(background))
        image = Image.alpha_composite(behind, image).convert("RGB")
    quarter_turns = round(frame.rotation / 90) % 4
    width, height = round(image.width * aspect), image.height
    if quarter_turns % 2:
        width, height = height, width
    image = image.rotate(90 * quarter_turns, expand=True) if quarter_turns else image
    if height_px is not None and height > height_px:
        width, height = max(1, round(width * height_px / height)), height_px
    if image.size != (width, height):
        image = image.resize((width, height), Image.Resampling.LANCZOS)
    return np.ascontiguousarray(image)
