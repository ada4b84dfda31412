"""Numbers and lasting names of camera devices.

The system numbers cameras in the order in which it finds them. Two cameras can change their numbers when the computer
starts again or a cable is moved. Linux also gives each camera a path with its model and serial number.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from experiment.errors import CameraError

_DEVICE = re.compile(r"video(\d+)")
_LINKS = ("v4l/by-id", "v4l/by-path")


def device_number(spec: str) -> int | None:
    """Return the number of the device that ``--camera SPEC`` names.

    None if it is not a device. On Linux a device can be named by a path such as ``/dev/video2`` or
    ``/dev/v4l/by-id/...``.
    """
    if spec.isdecimal():
        return int(spec)
    path = Path(spec)
    try:
        found = _DEVICE.fullmatch(path.resolve().name) if path.is_char_device() else None
    except OSError:
        return None
    return int(found[1]) if found else None


def require_camera_spec(spec: str, *, devices: Path = Path("/dev")) -> None:
    """Require that what ``--camera SPEC`` names is there; does not open it.

    Parameters
    ----------
    spec : str
        A device number, the path of a device, a video file, or a folder of pictures.
    devices : Path
        Folder of the devices.

    Raises
    ------
    CameraError
        If there is no such file, or on Linux no such device.
    """
    number = device_number(spec)
    if number is None and not Path(spec).exists():
        raise CameraError(
            f"there is no camera {spec!r}; give a device number such as 0, a video file, a folder of pictures, "
            "or 'simulated'"
        )
    if number is not None and sys.platform.startswith("linux") and not (devices / f"video{number}").exists():
        raise CameraError(unopened_message(number, devices=devices))


def unopened_message(number: int, *, devices: Path = Path("/dev")) -> str:
    """Return the sentence about a device that cannot be opened.

    Parameters
    ----------
    number : int
        Number of the device.
    devices : Path
        Folder of the devices.
    """
    found = sorted(device.name for device in devices.glob("video*"))
    others = f"; this computer has {', '.join(found)}" if found else ""
    return f"camera {number} cannot be opened: is it plugged in and free of other programs?{others}"


def device_identity(
    number: int, *, devices: Path = Path("/dev"), classes: Path = Path("/sys/class/video4linux")
) -> str:
    """Return the lasting name of a camera, where the system has one.

    On Linux: the link with model and serial number; without one, the model and the USB port. Elsewhere the number.

    Parameters
    ----------
    number : int
        Number of the device.
    devices, classes : Path
        Folders of the devices and of the facts about them.
    """
    device = f"video{number}"
    links = {folder: _link_to(device, devices / folder) for folder in _LINKS}
    if links["v4l/by-id"]:
        return links["v4l/by-id"]
    model = _fact(classes / device / "name")
    name = " ".join(part for part in (model, links["v4l/by-path"]) if part)
    return name or f"camera {number}"


def _link_to(device: str, folder: Path) -> str:
    """Return the name of the first link to a device; empty without one."""
    try:
        found = sorted(link.name for link in folder.iterdir() if link.resolve().name == device)
    except OSError:
        return ""
    return found[0] if found else ""


def camera_devices(
    *, devices: Path = Path("/dev"), classes: Path = Path("/sys/class/video4linux")
) -> list[tuple[int, str]]:
    """Return number and model of each camera of this computer.

    A webcam has several devices on Linux; only the one that gives pictures is named. On other systems the list is
    empty: they cannot be asked without opening each camera.

    Parameters
    ----------
    devices, classes : Path
        Folders of the devices and of the facts about them.
    """
    try:
        numbers = sorted(int(found[1]) for path in devices.iterdir() if (found := _DEVICE.fullmatch(path.name)))
    except OSError:
        return []
    cameras = []
    for number in numbers:
        folder = classes / f"video{number}"
        if _fact(folder / "index") in ("", "0"):
            cameras.append((number, _fact(folder / "name").partition(":")[0] or f"camera {number}"))
    return cameras


def _fact(file: Path) -> str:
    """Return a fact about a device; empty if the system does not give it."""
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
