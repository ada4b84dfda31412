"""Cameras by name: a device, a clip or a folder played as a camera."""

from __future__ import annotations

from pathlib import Path

from experiment.camera.device import DeviceCamera
from experiment.camera.device_names import device_number, require_camera_spec
from experiment.camera.played_files import FolderCamera, VideoCamera
from experiment.ports.camera import CameraSource
from experiment.ports.clock import Clock


def open_camera(
    spec: str, *, clock: Clock, size_px: tuple[int, int], rate_hz: float, loop: bool = True
) -> CameraSource:
    """Open what ``--camera SPEC`` names.

    Parameters
    ----------
    spec : str
        A device number, the path of a device, a video file, or a folder of pictures.
    clock : Clock
        Clock of the session.
    size_px : (int, int)
        Width and height a device is asked for; what it gives is in its ``facts``.
    rate_hz : float
        Rate a device is asked for, and at which a folder is played. A clip is played at its own rate.
    loop : bool
        Whether clips and folders begin again at their end, so that a session can be longer than they are.

    Raises
    ------
    CameraError
        If the camera does not exist or gives no picture.
    """
    number = device_number(spec)
    if number is not None:
        return DeviceCamera(number, clock=clock, size_px=size_px, rate_hz=rate_hz)
    require_camera_spec(spec)
    path = Path(spec)
    if path.is_dir():
        return FolderCamera(path, clock=clock, rate_hz=rate_hz, loop=loop)
    return VideoCamera(path, clock=clock, loop=loop)
