"""Numbers and lasting names of camera devices.

The system numbers cameras in the order in which it finds them. Two cameras can change their numbers when the computer
starts again or a cable is moved. Linux also gives each camera a path with its model and serial number.
"""

from __future__ import annotations

import re
from pathlib import Path

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
