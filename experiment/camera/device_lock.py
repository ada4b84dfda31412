"""One process at a time opens a camera device.

The lock is a file in the user's runtime folder. The operating system releases it when the process ends, also after a
crash. Without it, the second program would take pictures away from the first one, or wait for a driver that is busy.
"""

from __future__ import annotations

import json
import os
import time

from analysis.paths import runtime_folder
from experiment.errors import CameraError
from experiment.file_lock import try_lock

_PRIVATE_FOLDER, _PRIVATE_FILE = 0o700, 0o600


class DeviceLock:
    """Held from construction to `release`.

    Parameters
    ----------
    number : int
        Number of the device.

    Raises
    ------
    CameraError
        If another process holds it, or the runtime folder cannot be used.
    """

    def __init__(self, number: int) -> None:
        folder = runtime_folder("cameras")
        path = folder / f"camera-{number}.lock"
        try:
            for one in (folder.parent, folder):  # `parents` alone would make a folder that others may read or change
                one.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), _PRIVATE_FILE)
        except OSError as error:
            raise CameraError(
                f"cannot write {path} ({error.strerror}); name a folder of your own in MIMICRY_RUNTIME"
            ) from error
        if not try_lock(self._handle):
            holder = _holder(os.read(self._handle, 4096))
            os.close(self._handle)
            self._handle = -1
            raise CameraError(
                f"camera {number} is used by another session or picture of this program{holder}; end that one first, "
                "or choose another camera"
            )
        os.ftruncate(self._handle, 0)
        os.lseek(self._handle, 0, os.SEEK_SET)
        os.write(self._handle, json.dumps({"pid": os.getpid(), "since": time.strftime("%H:%M")}).encode())

    def release(self) -> None:
        """Release the lock. A second call does nothing."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def _holder(text: bytes) -> str:
    try:
        found = json.loads(text)
        return f" (process {int(found['pid'])}, since {found['since']})"
    except (ValueError, KeyError, TypeError):
        return ""
