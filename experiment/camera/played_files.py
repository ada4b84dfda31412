"""Clips and folders of pictures, played as a camera."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import av
import av.error
import cv2
import numpy as np

from analysis.face.errors import ImageError
from analysis.face.images import read_image
from analysis.face.picture_files import read_size
from experiment.camera.played import Delivery, PlayedCamera, at_rate
from experiment.errors import CameraError, PictureFileError
from experiment.ports.camera import Image
from experiment.ports.clock import Clock

PICTURES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})

_TEXT_CODEC = "ansi"
"""FFmpeg plays the letters of a text file as a terminal would show them."""
_FIRST_RATE_HZ = 30.0
"""Rate of a file that does not have one."""

_VideoContainer: TypeAlias = "av.container.InputContainer"


@dataclass(frozen=True, slots=True, eq=False)
class _TimedPicture:
    """A decoded frame of a clip."""

    index: int
    time_s: float
    """From the first frame of the first pass."""
    frame: av.VideoFrame


class VideoCamera(PlayedCamera):
    """A clip, played at the times of its frames, which need not have a constant rate.

    ``index`` goes on counting when the clip begins again. A reader that is too slow loses pictures, not time.

    Parameters
    ----------
    path : Path
        The video file.
    clock : Clock
        Clock of the session.
    loop : bool
        Whether the clip begins again at its end.

    Raises
    ------
    CameraError
        If the file has no pictures.
    """

    def __init__(self, path: Path, *, clock: Clock, loop: bool) -> None:
        self._path = path
        self._loop = loop
        self._container = self._open()
        try:
            stream = self._container.streams.video[0]
            rate_hz = float(stream.average_rate or stream.guessed_rate or _FIRST_RATE_HZ)
            is_text = stream.codec_context.name == _TEXT_CODEC
            first = next(self._container.decode(video=0), None)
        except (av.error.FFmpegError, IndexError, OSError, ValueError):
            first, is_text, rate_hz = None, False, _FIRST_RATE_HZ
        if first is None or is_text or not 0 < rate_hz <= 1000:
            self._container.close()
            raise self._unplayable()
        height, width = _upright(first).shape[:2]
        self._interval_s = 1 / rate_hz
        self._rewind()
        facts = {"kind": "video", "file": path.name, "size_px": [width, height], "rate_hz": rate_hz, "loop": loop}
        super().__init__(self._played(clock), clock=clock, time_kind="media", facts=facts)

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def _played(self, clock: Clock) -> Iterator[Delivery]:
        """Yield each picture that is the newest one due; the next one is decoded before."""
        start_s = clock.now()
        newest: _TimedPicture | None = None
        for following in self._pictures():
            if newest is not None and start_s + following.time_s > clock.now():
                yield _delivery(newest, start_s)
            newest = following
        if newest is not None:
            yield _delivery(newest, start_s)

    def _pictures(self) -> Iterator[_TimedPicture]:
        """Yield every picture with its own time, in passes that follow each other."""
        index, pass_s = 0, 0.0
        while True:
            first_s: float | None = None
            time_s, interval_s = pass_s - self._interval_s, self._interval_s
            for frame in self._decoded():
                own_s = frame.time if frame.time is not None else None
                first_s = own_s if first_s is None else first_s
                due_s = time_s + interval_s if own_s is None or first_s is None else pass_s + own_s - first_s
                if due_s <= time_s:  # a damaged file repeats a time: use the nominal rate
                    due_s = time_s + self._interval_s
                time_s = due_s
                yield _TimedPicture(index, time_s, frame)
                index += 1
            if not self._loop or time_s < pass_s:
                return
            pass_s = time_s + self._interval_s
            self._rewind()

    def _decoded(self) -> Iterator[av.VideoFrame]:
        """Yield the frames up to the end, or up to one that cannot be decoded."""
        try:
            yield from self._container.decode(video=0)
        except (av.error.FFmpegError, OSError, ValueError):
            return

    def _open(self) -> _VideoContainer:
        try:
            return av.open(str(self._path))
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise self._unplayable() from error

    def _rewind(self) -> None:
        self._container.close()
        self._container = self._open()

    def _unplayable(self) -> CameraError:
        return CameraError(
            f"{self._path} cannot be played as a camera; a video file with pictures is needed (MP4, MOV, AVI)"
        )


def _delivery(picture: _TimedPicture, start_s: float) -> Delivery:
    due_s, image = start_s + picture.time_s, _upright(picture.frame)
    return Delivery(picture.index, due_s, due_s, lambda: image)


def _upright(frame: av.VideoFrame) -> Image:
    """Return a frame as RGB, rotated as its file says (films of phones)."""
    image = frame.to_ndarray(format="rgb24")
    return np.ascontiguousarray(np.rot90(image, round(frame.rotation / 90) % 4))


class FolderCamera(PlayedCamera):
    """The pictures of a folder in the order of their names and numbers, one a frame.

    Numbers count as numbers: ``img2.png`` comes before ``img10.png``. Hidden files are skipped.

    Parameters
    ----------
    folder : Path
        The folder; other files are ignored.
    clock : Clock
        Clock of the session.
    rate_hz : float
        Pictures per second.
    loop : bool
        Whether the first picture follows the last.

    Raises
    ------
    CameraError
        If the folder has no picture, or one of them is not a picture.
    """

    def __init__(self, folder: Path, *, clock: Clock, rate_hz: float, loop: bool) -> None:
        try:
            found = [file for file in folder.iterdir() if _is_picture(file)]
        except OSError as error:
            raise CameraError(f"{folder} cannot be read ({error.strerror or error}); check its permissions") from error
        self._files = sorted(found, key=_natural_order)
        if not self._files:
            raise CameraError(f"no picture in {folder}; expected files such as 001.png or 001.jpg")
        for file in self._files:
            try:
                read_size(file)
            except ImageError as error:
                raise _unreadable(error) from error
        self._loop = loop
        first = _read_picture(self._files[0])
        facts = {
            "kind": "folder",
            "file": folder.name,
            "pictures": len(self._files),
            "size_px": [first.shape[1], first.shape[0]],
            "rate_hz": rate_hz,
            "loop": loop,
        }
        deliveries = at_rate(self._picture, clock=clock, rate_hz=rate_hz)
        super().__init__(deliveries, clock=clock, time_kind="media", facts=facts)

    def _picture(self, index: int) -> Callable[[], Image] | None:
        """Read the picture of an index before it is due."""
        if index >= len(self._files) and not self._loop:
            return None
        picture = _read_picture(self._files[index % len(self._files)])
        return lambda: picture


def _is_picture(file: Path) -> bool:
    """Return whether a file is a picture and not hidden, as ``._img1.png`` is."""
    return file.suffix.lower() in PICTURES and not file.name.startswith(".")


def _natural_order(file: Path) -> tuple[list[tuple[int, str]], str]:
    """Return a key that sorts ``img2.png`` before ``img10.png``."""
    parts = re.split(r"([0-9]+)", file.name.lower())
    return [(int(part), "") if number % 2 else (0, part) for number, part in enumerate(parts)], file.name


def _read_picture(file: Path) -> Image:
    try:
        return read_image(file)
    except ImageError as error:
        raise _unreadable(error) from error


def _unreadable(error: ImageError) -> PictureFileError:
    return PictureFileError(f"{error}, or remove it from the folder of the camera")


def rgb(picture: cv2.typing.MatLike) -> Image:
    """Return OpenCV's (H, W, 3) blue-green-red picture as RGB, in memory of its own."""
    converted: Image = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)  # type: ignore[assignment]
    return converted
