"""Cameras by name: a device, a clip or a folder played as a camera. The only place that opens OpenCV captures."""

from __future__ import annotations

import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from experiment.clock import measure_offset
from experiment.errors import CameraError
from experiment.ports.camera import CameraFrame, CameraSource, Image
from experiment.ports.clock import Clock

PICTURES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})

_TEXT_FOURCC = cv2.VideoWriter.fourcc(*"ansi")
"""FFmpeg plays the letters of a text file as a terminal would show them."""


def open_camera(
    spec: str, *, clock: Clock, size_px: tuple[int, int], rate_hz: float, loop: bool = True
) -> CameraSource:
    """Open what ``--camera SPEC`` names.

    Parameters
    ----------
    spec
        A device number, a video file, or a folder of pictures.
    size_px, rate_hz
        What a device is asked for; what it gives is in its ``facts``. A folder is played at ``rate_hz``, a clip at
        its own rate.
    loop
        Whether clips and folders begin again at their end, so that a session can be longer than they are.

    Raises
    ------
    CameraError
        If there is no such thing or it gives no picture.
    """
    if spec.isdecimal():
        return DeviceCamera(int(spec), clock=clock, size_px=size_px, rate_hz=rate_hz)
    path = Path(spec)
    if path.is_dir():
        return FolderCamera(path, clock=clock, rate_hz=rate_hz, loop=loop)
    if path.is_file():
        return VideoCamera(path, clock=clock, loop=loop)
    raise CameraError(
        f"there is no camera {spec!r}; give a device number such as 0, a video file, a folder of pictures, "
        "or 'simulated'"
    )


class DeviceCamera:
    """A webcam, through OpenCV.

    On Linux the driver stamps each frame (V4L2 buffer time, `CLOCK_MONOTONIC`) and OpenCV passes the stamp on. It is
    used as long as it is plausible, that is, not in the future and not older than a second when the frame arrives;
    otherwise the moment of arrival is the frame's time, which is later than the exposure by an unknown, fairly
    constant delay.
    """

    def __init__(self, number: int, *, clock: Clock, size_px: tuple[int, int], rate_hz: float) -> None:
        # What it prints about a missing device is said more clearly by the error below.
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        self._clock = clock
        self._name = f"camera {number}"
        self._capture = cv2.VideoCapture(number, _backend())
        if not self._capture.isOpened():
            found = sorted(device.name for device in Path("/dev").glob("video*"))
            seen = f"; this computer has {', '.join(found)}" if found else ""
            raise CameraError(f"{self._name} cannot be opened: is it plugged in and free of other programs?{seen}")
        # Most webcams reach 30 frames/s above 640x480 only compressed; one that cannot compress ignores the wish.
        self._capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, size_px[0])
        self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, size_px[1])
        self._capture.set(cv2.CAP_PROP_FPS, rate_hz)
        self._stamps = DriverStamps(session_minus_monotonic_s=clock_offset_s(clock))
        self._index = 0
        self.facts: Mapping[str, Any] = {
            "kind": "device",
            "device": number,
            "backend": self._capture.getBackendName(),
            "size_px": [int(self._capture.get(p)) for p in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)],
            "rate_hz": self._capture.get(cv2.CAP_PROP_FPS),
        }

    def read(self) -> CameraFrame | None:
        """The next frame.

        Raises
        ------
        CameraError
            If the driver gives none: unplugged.
        """
        there, picture = self._capture.read()
        arrival_s = self._clock.now()
        if not there:
            raise CameraError(f"{self._name} stopped sending pictures; plug it in again")
        stamp_s = self._stamps.session_time_s(self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000, arrival_s=arrival_s)
        index, self._index = self._index, self._index + 1
        if stamp_s is None:
            return CameraFrame(index, arrival_s, "arrival", _rgb(picture))
        return CameraFrame(index, stamp_s, "driver", _rgb(picture))

    def close(self) -> None:
        """Give the device back."""
        self._capture.release()


class DriverStamps:
    """Turns a driver's stamps into session time, or finds that they are none.

    A stamp that is implausible once (in the future, more than a second old, not later than the one before) is no
    reason to trust the next: from then on the answer is None.
    """

    _OLDEST_S = 1.0
    _SLACK_S = 0.001

    def __init__(self, *, session_minus_monotonic_s: float) -> None:
        self._shift_s = session_minus_monotonic_s
        self._last_s = float("-inf")
        self._trusted = True

    def session_time_s(self, stamp_s: float, *, arrival_s: float) -> float | None:
        """Session time of a stamp on the monotonic clock; None if it cannot be one."""
        time_s = stamp_s + self._shift_s
        plausible = arrival_s - self._OLDEST_S <= time_s <= arrival_s + self._SLACK_S and time_s > self._last_s
        self._trusted = self._trusted and plausible
        if not self._trusted:
            return None
        self._last_s = time_s
        return time_s


def clock_offset_s(clock: Clock) -> float:
    """Return session time minus the system's monotonic time, seconds."""
    return measure_offset(clock.now, time.monotonic).offset_s


class _PlayedCamera(ABC):
    """Pictures handed out at a fixed rate on the session's clock; too slow a reader loses pictures, not time."""

    def __init__(self, *, clock: Clock, rate_hz: float) -> None:
        self._clock = clock
        self._rate_hz = rate_hz
        self._start_s: float | None = None
        self._index = 0

    def read(self) -> CameraFrame | None:
        """The next frame at its time; None at the end."""
        if self._start_s is None:
            self._start_s = self._clock.now()
        behind = int((self._clock.now() - self._due_s()) * self._rate_hz)
        for _ in range(behind):
            if not self._skip():
                return None
            self._index += 1
        picture = self._next()
        if picture is None:
            return None
        due_s = self._due_s()
        self._clock.sleep_until(due_s)
        frame = CameraFrame(self._index, due_s, "media", picture)
        self._index += 1
        return frame

    def _due_s(self) -> float:
        assert self._start_s is not None
        return self._start_s + self._index / self._rate_hz

    @abstractmethod
    def _skip(self) -> bool:
        """Pass over a picture; False at the end."""

    @abstractmethod
    def _next(self) -> Image | None:
        """The next picture; None at the end."""


class VideoCamera(_PlayedCamera):
    """A clip, played at its own rate. ``index`` goes on counting when the clip begins again."""

    def __init__(self, path: Path, *, clock: Clock, loop: bool) -> None:
        self._path = path
        self._loop = loop
        self._capture = cv2.VideoCapture(str(path))
        there, first = self._capture.read()
        rate_hz = self._capture.get(cv2.CAP_PROP_FPS)
        is_text = int(self._capture.get(cv2.CAP_PROP_FOURCC)) == _TEXT_FOURCC
        if not there or is_text or not 1 <= rate_hz <= 1000:
            raise CameraError(
                f"{path} cannot be played as a camera; a video file with pictures is needed (MP4, MOV, AVI)"
            )
        super().__init__(clock=clock, rate_hz=rate_hz)
        self._rewind()
        self.facts: Mapping[str, Any] = {
            "kind": "video",
            "file": path.name,
            "size_px": [first.shape[1], first.shape[0]],
            "rate_hz": rate_hz,
            "loop": loop,
        }

    def _rewind(self) -> None:
        self._capture.release()
        self._capture = cv2.VideoCapture(str(self._path))

    def _skip(self) -> bool:
        if self._capture.grab():
            return True
        if not self._loop:
            return False
        self._rewind()
        return bool(self._capture.grab())

    def _next(self) -> Image | None:
        there, picture = self._capture.read()
        if not there and self._loop:
            self._rewind()
            there, picture = self._capture.read()
        return _rgb(picture) if there else None

    def close(self) -> None:
        """Close the file."""
        self._capture.release()


class FolderCamera(_PlayedCamera):
    """The pictures of a folder in the order of their names, one a frame."""

    def __init__(self, folder: Path, *, clock: Clock, rate_hz: float, loop: bool) -> None:
        super().__init__(clock=clock, rate_hz=rate_hz)
        self._files = sorted(file for file in folder.iterdir() if file.suffix.lower() in PICTURES)
        if not self._files:
            raise CameraError(f"no picture in {folder}; expected files such as 001.png or 001.jpg")
        self._loop = loop
        self._position = 0
        first = _read_picture(self._files[0])
        self.facts: Mapping[str, Any] = {
            "kind": "folder",
            "file": folder.name,
            "pictures": len(self._files),
            "size_px": [first.shape[1], first.shape[0]],
            "rate_hz": rate_hz,
            "loop": loop,
        }

    def _skip(self) -> bool:
        if self._position == len(self._files):
            if not self._loop:
                return False
            self._position = 0
        self._position += 1
        return True

    def _next(self) -> Image | None:
        return _read_picture(self._files[self._position - 1]) if self._skip() else None

    def close(self) -> None:
        """Nothing is held open."""


def _read_picture(file: Path) -> Image:
    try:
        picture = cv2.imdecode(np.frombuffer(file.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    except (OSError, cv2.error) as error:
        raise CameraError(f"{file} cannot be read as a picture: {error}") from error
    if picture is None:
        raise CameraError(f"{file} cannot be read as a picture; remove it from the folder")
    return _rgb(picture)


def _rgb(picture: Any) -> Image:
    """OpenCV's blue-green-red, in memory of its own."""
    rgb: Image = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
    return rgb


def _backend() -> int:
    return {"linux": cv2.CAP_V4L2, "win32": cv2.CAP_DSHOW, "darwin": cv2.CAP_AVFOUNDATION}.get(
        sys.platform, cv2.CAP_ANY
    )
