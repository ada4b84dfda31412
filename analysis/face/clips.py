"""Read clips: every frame as an upright RGB array, with its own time.

The only reader of clips: what a session shows and what is measured are the same frames. Frames are rotated as the file
says, have square pixels, and have no transparency. Of interlaced films, the two fields of a frame are shown together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
import av.error
import numpy as np
from av.video.frame import PictureType
from numpy.typing import NDArray
from PIL import Image, ImageColor

from analysis.face.arrays import ImageArray
from analysis.face.errors import ImageError
from analysis.face.film_grey import Luma, grey_of_frame, grey_of_picture, luma_of
from analysis.face.images import PAPER

_FEW = 30
"""Frames that are decoded rather than searched for."""
_MOST_HELD = 16
"""Frames of type B in a row, of which it is not known yet whether they depend on a damaged one."""
_DEFAULT_RATE = Fraction(25)
"""Frames per second of a file that states neither a rate nor the duration of its last frame."""


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """What is known about a clip without its pixels."""

    size_px: tuple[int, int]
    """Width and height of its frames, upright and with square pixels."""
    times_s: tuple[float, ...]
    """Start of every frame, seconds, ascending; the first one is 0."""
    duration_s: float
    """End of the last frame, seconds."""
    has_sound: bool

    def index_at(self, time_s: float) -> int:
        """Return the index of the frame shown at a time, seconds from the start."""
        return max(0, sum(start <= time_s + 1e-6 for start in self.times_s) - 1)


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A decoded clip."""

    frames: tuple[ImageArray, ...]
    """(H, W, 3) RGB, all of one size."""
    times_s: tuple[float, ...]
    """Start of every frame, seconds, ascending; the first one is 0."""
    duration_s: float
    """End of the last frame, seconds."""


def read_clip(path: Path, *, height_px: int | None = None, background: str = PAPER) -> Clip:
    """Read all frames of a clip.

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
    frames, times, size = [], _Times(), None
    with _opened(path) as (container, stream):
        for frame in container.decode(stream):
            times.add(frame, stream)
            size = size or _upright_size(frame, stream, height_px)
            frames.append(_pixels(frame, size, background=background))
    starts_s, duration_s = times.finished(path)
    return Clip(tuple(frames), starts_s, duration_s)


def clip_facts(path: Path) -> ClipFacts:
    """Decode a clip and return its size and times.

    Raises
    ------
    ImageError
        As `read_clip`.
    """
    return _facts(path, *_version(path))


def read_clip_frame(path: Path, index: int, *, background: str = PAPER) -> ImageArray:
    """Read one frame of a clip as an (H, W, 3) RGB array.

    Parameters
    ----------
    path : Path
        The file.
    index : int
        Index of the frame, from 0; an index behind the end gives the last frame.
    background : str
        Colour behind transparent pixels.

    Raises
    ------
    ImageError
        As `read_clip`.
    """
    with _opened(path) as (container, stream):
        last = None
        for number, frame in enumerate(container.decode(stream)):
            last = frame
            if number == index:
                break
        if last is None:
            raise _empty(path)
        return _pixels(last, _upright_size(last, stream, None), background=background)


def read_clip_frames(
    path: Path, indices: Iterable[int], *, background: str = PAPER
) -> Iterator[tuple[int, ImageArray]]:
    """Yield frames of a clip in their order, as index and (H, W, 3) RGB array.

    Indices behind the end give nothing.

    Parameters
    ----------
    path : Path
        The file.
    indices : iterable of int
        Indices of frames, from 0, in any order.
    background : str
        Colour behind transparent pixels.

    Raises
    ------
    ImageError
        As `read_clip`.
    """
    wanted = set(indices)
    if not wanted:
        return
    last, size = max(wanted), None
    with _opened(path) as (container, stream):
        for number, frame in enumerate(container.decode(stream)):
            size = size or _upright_size(frame, stream, None)
            if number in wanted:
                yield number, _pixels(frame, size, background=background)
            if number >= last:
                break


@dataclass(frozen=True, slots=True)
class FilmIndex:
    """The frames of a film, so that some of them can be read without the others."""

    size_px: tuple[int, int]
    """Width and height of the frames, upright and with square pixels."""
    times_s: tuple[float, ...]
    """Start of every frame, seconds, ascending; the first one is 0."""
    stamps: tuple[int, ...]
    """Time of every frame in the units of the file; empty if the file has none that can be relied on."""
    luma: Luma = "bt601"
    """Weights of its grey values."""
    stated_s: float | None = None
    """Duration that the file states; None without. It is longer than the frames if the file is cut or damaged."""

    @property
    def duration_s(self) -> float:
        """End of the last frame, which is shown as long as most others."""
        return self.times_s[-1] + (float(np.median(np.diff(self.times_s))) if len(self.times_s) > 1 else 0.0)


def film_index(path: Path) -> FilmIndex:
    """Return the frames of a film without decoding all of them.

    Raises
    ------
    ImageError
        As `read_clip`.
    """
    return _index(path, *_version(path))


def _version(path: Path) -> tuple[int, int]:
    """Return size, bytes, and time of change, ns, of a file; zeros without a file."""
    try:
        state = path.stat()
    except OSError:
        return 0, 0
    return state.st_size, state.st_mtime_ns


@lru_cache(maxsize=64)
def _index(path: Path, _size_bytes: int, _changed_ns: int) -> FilmIndex:
    """Return the frames of a film; size and time of change identify its version."""
    with _opened(path) as (container, stream):
        # Without the packets themselves: together they are the whole film.
        packets = [(one.pts, one.is_discard) for one in container.demux(stream) if one.size]
        stamps = [stamp for stamp, _ in packets if stamp is not None]
        is_whole = len(set(stamps)) == len(packets) and not any(is_discarded for _, is_discarded in packets)
        base, stated_s = stream.time_base, _stated_s(container, stream)
    with _opened(path) as (container, stream):
        first = next(_decoded(container, stream), None)
        if first is None:
            raise _empty(path)
        size, luma = _upright_size(first, stream, None), luma_of(first)
    if not (stamps and is_whole and base):
        return FilmIndex(size, clip_facts(path).times_s, (), luma, stated_s)
    stamps.sort()
    times_s = tuple(float((stamp - stamps[0]) * base) for stamp in stamps)
    return FilmIndex(size, times_s, tuple(stamps), luma, stated_s)


def _stated_s(container: av.container.InputContainer, stream: av.VideoStream) -> float | None:
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    if container.duration is not None and not container.streams.audio:
        return container.duration / av.time_base
    return None


def film_frames(path: Path, *, first: int, stop: int) -> Iterator[tuple[int, ImageArray]]:
    """Yield the (H, W) grey values of some frames with their numbers.

    Damaged frames are left out.

    Decoding begins at the key frame before the first of them.

    Parameters
    ----------
    path : Path
        The film.
    first, stop : int
        Number of the first frame, and of the first one that is not wanted any more.

    Raises
    ------
    ImageError
        As `read_clip`.
    """
    index = film_index(path)
    numbers = {stamp: number for number, stamp in enumerate(index.stamps)}
    start = 0
    if numbers and first >= _FEW:
        with _opened(path) as (container, stream):
            container.seek(index.stamps[first], stream=stream, backward=True)
            frame = next(_decoded(container, stream), None)
        number = None if frame is None or frame.pts is None else numbers.get(frame.pts)
        start = first if number is not None and number <= first else 0
    with _opened(path) as (container, stream):
        if start:
            container.seek(index.stamps[first], stream=stream, backward=True)
        decoded = enumerate(_decoded(container, stream))
        for number, frame in _intact((_number(frame, count, numbers), frame) for count, frame in decoded):
            if first <= number < stop:
                yield number, _grey(frame, index.size_px)
            if number >= stop - 1:
                return


def _number(frame: av.VideoFrame, count: int, numbers: dict[int, int]) -> int | None:
    """Return the number of a frame by its time in the file, else its count."""
    if not numbers:
        return count
    return None if frame.pts is None else numbers.get(frame.pts)


def _intact(frames: Iterable[tuple[int | None, av.VideoFrame]]) -> Iterator[tuple[int, av.VideoFrame]]:
    """Yield the frames that do not depend on a missing or damaged one.

    Frames are coded as changes from others: those behind a damaged frame are wrong up to the next key frame, and those
    of type B directly before it, too.
    """
    held: list[tuple[int, av.VideoFrame]] = []
    damaged, last = False, None
    for number, frame in frames:
        if number is None:
            continue
        is_missing = last is not None and number > last + 1
        last = number
        damaged = frame.is_corrupt or ((damaged or is_missing) and not frame.key_frame)
        if is_missing or damaged:
            held.clear()
        if damaged:
            continue
        held.append((number, frame))
        if frame.pict_type != PictureType.B or len(held) > _MOST_HELD:
            yield from held
            held.clear()
    yield from held


def _decoded(container: av.container.InputContainer, stream: av.VideoStream) -> Iterator[av.VideoFrame]:
    """Yield the frames that can be decoded."""
    for packet in container.demux(stream):
        try:
            yield from (frame for frame in packet.decode() if isinstance(frame, av.VideoFrame))
        except av.error.InvalidDataError:
            continue


def read_sound(path: Path, *, rate_hz: int) -> NDArray[np.float32]:
    """Read the sound of a clip as (N, 2) samples from -1 to 1, from its first frame.

    Parameters
    ----------
    path : Path
        The file.
    rate_hz : int
        Samples per second.

    Raises
    ------
    ImageError
        If the file cannot be read or has no sound.
    """
    parts: list[NDArray[np.float32]] = []
    start_s: float | None = None
    with _opened(path) as (container, stream):
        if not container.streams.audio:
            raise ImageError(f"{path}: the clip has no sound")
        resampler = av.AudioResampler(format="flt", layout="stereo", rate=rate_hz)
        first = next(container.decode(stream), None)
        first_s = 0.0 if first is None or first.time is None else float(first.time)
        container.seek(0)
        for frame in container.decode(container.streams.audio[0]):
            start_s = float(frame.time or 0.0) if start_s is None else start_s
            parts += map(_stereo, resampler.resample(frame))
        parts += map(_stereo, resampler.resample(None))
    samples = np.concatenate(parts) if parts else np.zeros((0, 2), np.float32)
    late = round(((start_s or 0.0) - first_s) * rate_hz)
    silence = np.zeros((max(late, 0), 2), np.float32)
    return np.ascontiguousarray(np.concatenate([silence, samples[max(-late, 0) :]]), dtype=np.float32)


@lru_cache(maxsize=512)
def _facts(path: Path, _size_bytes: int, _changed_ns: int) -> ClipFacts:
    """Return the facts of a clip; size and time of change identify its version."""
    times, size = _Times(), (0, 0)
    with _opened(path) as (container, stream):
        has_sound = bool(container.streams.audio)
        for frame in container.decode(stream):
            if not times:
                size = _upright_size(frame, stream, None)
            times.add(frame, stream)
    starts_s, duration_s = times.finished(path)
    return ClipFacts(size, starts_s, duration_s, has_sound)


class _Times:
    """Collects the times of frames; a damaged file may repeat times or have none."""

    def __init__(self) -> None:
        self._starts: list[Fraction] = []
        self._interval = 1 / _DEFAULT_RATE
        self._last = Fraction(0)

    def __len__(self) -> int:
        return len(self._starts)

    def add(self, frame: av.VideoFrame, stream: av.VideoStream) -> None:
        """Add a frame."""
        self._interval = 1 / (stream.average_rate or stream.guessed_rate or _DEFAULT_RATE)
        base = frame.time_base or Fraction(0)
        start = None if frame.pts is None else frame.pts * base
        if self._starts and (start is None or start <= self._starts[-1]):
            start = self._starts[-1] + self._interval
        self._starts.append(start or Fraction(0))
        self._last = (frame.duration or 0) * base or self._interval

    def finished(self, path: Path) -> tuple[tuple[float, ...], float]:
        """Return the start of every frame from 0, and the end of the last one."""
        if not self._starts:
            raise _empty(path)
        first = self._starts[0]
        return tuple(float(start - first) for start in self._starts), float(self._starts[-1] - first + self._last)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[av.container.InputContainer, av.VideoStream]]:
    """Open a film; turn every error of the decoder into an `ImageError`."""
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise ImageError(f"{path}: the clip has no picture, only sound; export it again")
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            yield container, stream
    except FileNotFoundError:
        raise ImageError(f"{path}: the file does not exist") from None
    except PermissionError:
        raise ImageError(f"{path}: this file must not be read; change its permissions") from None
    except (av.error.FFmpegError, OSError, ValueError, EOFError, MemoryError) as error:
        detail = " ".join(str(error).split()).partition(": '")[0][:80]
        raise ImageError(f"{path}: the clip is damaged or not a film ({detail}); export it again") from None


def _stereo(part: av.AudioFrame) -> NDArray[np.float32]:
    return np.asarray(part.to_ndarray(), dtype=np.float32).reshape(-1, 2)


def _empty(path: Path) -> ImageError:
    return ImageError(f"{path}: the clip has no frames; export it again")


def _upright_size(frame: av.VideoFrame, stream: av.VideoStream, height_px: int | None) -> tuple[int, int]:
    """Return width and height of a frame on the display, at most ``height_px`` high."""
    aspect = stream.sample_aspect_ratio or Fraction(1)
    width, height = max(1, round(frame.width * aspect)), frame.height
    if round(frame.rotation / 90) % 2:
        width, height = height, width
    if height_px is not None and height > height_px:
        return max(1, round(width * height_px / height)), height_px
    return width, height


def _grey(frame: av.VideoFrame, size_px: tuple[int, int]) -> ImageArray:
    """Return the grey values of a frame, upright and of a size."""
    if not frame.rotation and (frame.width, frame.height) == size_px and not _has_alpha(frame):
        return grey_of_frame(frame)
    return grey_of_picture(_pixels(frame, size_px, background=PAPER), luma_of(frame))


def _has_alpha(frame: av.VideoFrame) -> bool:
    return frame.format.name.startswith("pal") or any(part.is_alpha for part in frame.format.components)


def _pixels(frame: av.VideoFrame, size_px: tuple[int, int], *, background: str) -> ImageArray:
    """Return a frame as RGB, upright, of a size, without transparency."""
    has_alpha = _has_alpha(frame)
    image = Image.fromarray(frame.to_ndarray(format="rgba" if has_alpha else "rgb24"))
    if has_alpha:
        behind = Image.new("RGBA", image.size, ImageColor.getrgb(background))
        image = Image.alpha_composite(behind, image).convert("RGB")
    quarter_turns = round(frame.rotation / 90) % 4
    if quarter_turns:
        image = image.rotate(90 * quarter_turns, expand=True)
    if image.size != size_px:
        image = image.resize(size_px, Image.Resampling.LANCZOS)
    return np.ascontiguousarray(image)
