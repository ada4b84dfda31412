"""A webcam, through OpenCV."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any

import cv2

from experiment.camera.device_lock import DeviceLock
from experiment.camera.device_names import device_identity, unopened_message
from experiment.camera.played_files import rgb
from experiment.clock import measure_offset
from experiment.errors import CameraError
from experiment.ports.camera import CameraFrame
from experiment.ports.clock import Clock


class DeviceCamera:
    """A webcam, through OpenCV.

    On Linux the driver stamps each frame (V4L2 buffer time, `CLOCK_MONOTONIC`) and OpenCV passes the stamp on. It is
    used while it is plausible: not in the future and not older than a second when the frame arrives. Otherwise
    the frame's time is that of its arrival, which is later than the exposure by an unknown, fairly constant delay.

    Parameters
    ----------
    number : int
        Device number.
    clock : Clock
        Clock of the session.
    size_px : (int, int)
        Width and height asked for.
    rate_hz : float
        Rate asked for.

    Raises
    ------
    CameraError
        If the device cannot be opened, or another session uses it.
    """

    def __init__(self, number: int, *, clock: Clock, size_px: tuple[int, int], rate_hz: float) -> None:
        # The error below is clearer than what OpenCV prints about a missing device.
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        self._clock = clock
        self._name = f"camera {number}"
        self._lock = DeviceLock(number)
        try:
            self._capture = cv2.VideoCapture(number, _backend())
            is_open = self._capture.isOpened()
        except cv2.error:  # some backends raise instead
            is_open = False
        if not is_open:
            self._lock.release()
            raise CameraError(unopened_message(number))
        # Most webcams reach 30 frames/s above 640x480 only compressed; one that cannot compress ignores this.
        self._capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, size_px[0])
        self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, size_px[1])
        self._capture.set(cv2.CAP_PROP_FPS, rate_hz)
        self._stamps = DriverStamps(measure_offset(time.monotonic, clock.now).offset_s)
        self._index = 0
        self.facts: Mapping[str, Any] = {
            "kind": "device",
            "device": number,
            "identity": device_identity(number),
            "backend": self._capture.getBackendName(),
            "size_px": [int(self._capture.get(p)) for p in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)],
            "rate_hz": self._capture.get(cv2.CAP_PROP_FPS),
        }

    def read(self) -> CameraFrame | None:
        """Wait for the next frame.

        Raises
        ------
        CameraError
            If the driver gives none: the camera is unplugged.
        """
        there, picture = self._capture.read()
        arrival_s = self._clock.now()
        if not there:
            raise CameraError(f"{self._name} stopped sending pictures; plug it in again")
        stamp_s = self._stamps.session_time_s(self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000, arrival_s=arrival_s)
        index, self._index = self._index, self._index + 1
        if stamp_s is None:
            return CameraFrame(index, arrival_s, "arrival", rgb(picture))
        return CameraFrame(index, stamp_s, "driver", rgb(picture))

    def close(self) -> None:
        """Release the device."""
        self._capture.release()
        self._lock.release()


class DriverStamps:
    """Converts a driver's stamps to session time, or finds that they are not times.

    After the first implausible stamp (in the future, more than a second old, not later than the one before) no later
    one is trusted.

    Parameters
    ----------
    offset_s : float
        The system's monotonic clock minus the session's clock.
    """

    _OLDEST_S = 1.0
    _SLACK_S = 0.001

    def __init__(self, offset_s: float) -> None:
        self._offset_s = offset_s
        self._last_s = float("-inf")
        self._trusted = True

    def session_time_s(self, stamp_s: float, *, arrival_s: float) -> float | None:
        """Return the session time of a stamp on the monotonic clock.

        None if it is not plausible.
        """
        time_s = stamp_s - self._offset_s
        plausible = arrival_s - self._OLDEST_S <= time_s <= arrival_s + self._SLACK_S and time_s > self._last_s
        self._trusted = self._trusted and plausible
        if not self._trusted:
            return None
        self._last_s = time_s
        return time_s


def _backend() -> int:
    return {"linux": cv2.CAP_V4L2, "win32": cv2.CAP_DSHOW, "darwin": cv2.CAP_AVFOUNDATION}.get(
        sys.platform, cv2.CAP_ANY
    )
