"""Clips and folders of pictures, played as a camera."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from experiment.camera.played import PlayedCamera, at_rate
from experiment.errors import CameraError
from experiment.ports.camera import Image
from experiment.ports.clock import Clock

PICTURES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})

_TEXT_FOURCC = cv2.VideoWriter.fourcc(*"ansi")
"""FFmpeg plays the letters of a text file as a terminal would show them."""


class VideoCamera(PlayedCamera):
    """A clip, played at its own rate.

    ``index`` goes on counting when the clip begins again.

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
        self._position = 0
        self._capture = cv2.VideoCapture(str(path))
        there, first = self._capture.read()
        rate_hz = self._capture.get(cv2.CAP_PROP_FPS)
        is_text = int(self._capture.get(cv2.CAP_PROP_FOURCC)) == _TEXT_FOURCC
        if not there or is_text or not 1 <= rate_hz <= 1000:
            raise CameraError(
                f"{path} cannot be played as a camera; a video file with pictures is needed (MP4, MOV, AVI)"
            )
        self._rewind()
        facts = {
            "kind": "video",
            "file": path.name,
            "size_px": [first.shape[1], first.shape[0]],
            "rate_hz": rate_hz,
            "loop": loop,
        }
        deliveries = at_rate(self._picture, clock=clock, rate_hz=rate_hz)
        super().__init__(deliveries, clock=clock, time_kind="media", facts=facts)

    def close(self) -> None:
        """Close the file."""
        self._capture.release()

    def _picture(self, index: int) -> Callable[[], Image] | None:
        """Decode the picture of an index before it is due."""
        for _ in range(index - self._position):
            if not self._grab():
                return None
        self._position = index + 1
        there, picture = self._capture.read()
        if not there and self._loop:
            self._rewind()
            there, picture = self._capture.read()
        if not there:
            return None
        decoded = rgb(picture)
        return lambda: decoded

    def _grab(self) -> bool:
        if self._capture.grab():
            return True
        if not self._loop:
            return False
        self._rewind()
        return bool(self._capture.grab())

    def _rewind(self) -> None:
        self._capture.release()
        self._capture = cv2.VideoCapture(str(self._path))


class FolderCamera(PlayedCamera):
    """The pictures of a folder in the order of their names, one a frame.

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
        If the folder has no picture, or the first one cannot be read.
    """

    def __init__(self, folder: Path, *, clock: Clock, rate_hz: float, loop: bool) -> None:
        self._files = sorted(file for file in folder.iterdir() if file.suffix.lower() in PICTURES)
        if not self._files:
            raise CameraError(f"no picture in {folder}; expected files such as 001.png or 001.jpg")
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


def _read_picture(file: Path) -> Image:
    try:
        picture = cv2.imdecode(np.frombuffer(file.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    except (OSError, cv2.error) as error:
        raise CameraError(f"{file} cannot be read as a picture: {error}") from error
    if picture is None:
        raise CameraError(f"{file} cannot be read as a picture; remove it from the folder")
    return rgb(picture)


def rgb(picture: cv2.typing.MatLike) -> Image:
    """Return OpenCV's (H, W, 3) blue-green-red picture as RGB, in memory of its own."""
    converted: Image = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)  # type: ignore[assignment]
    return converted
