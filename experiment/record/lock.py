"""One writer a session: a lock that a crash cannot leave behind.

The operating system holds the lock and gives it up when the process ends, however it ends. The file says who holds it,
for the message and for the one case the system cannot see: a folder shared with another computer.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from experiment.record.errors import RecordError
from experiment.record.files import PRIVATE_FILE, make_folder, record_errors, write_all


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that holds, or held, a lock."""

    host: str
    pid: int
    boot: str
    """Changes when the computer is started anew; empty where it cannot be known."""
    since: str

    @classmethod
    def me(cls) -> Holder:
        """This process."""
        return cls(socket.gethostname(), os.getpid(), _boot(), time.strftime("%Y-%m-%dT%H:%M:%S%z"))


class SessionLock:
    """Held from construction to `release`; a context manager.

    Parameters
    ----------
    inside
        The data set, which must be there.

    Attributes
    ----------
    broken : Holder or None
        Who held the lock before and ended without releasing it: a crash, a power cut.

    Raises
    ------
    RecordError
        If somebody holds it: a process here, or another computer that has not said it is done.
    """

    def __init__(self, path: Path, *, inside: Path | None = None) -> None:
        self.path = path
        with record_errors("write", path):
            make_folder(path.parent, inside=inside)
            self._handle = self._open()
        self.broken = self._read()
        if self.broken is not None and self.broken.host != socket.gethostname():
            os.close(self._handle)
            raise RecordError(
                f"this session was left open on the computer {self.broken.host} ({self.broken.since}); "
                f"if nothing runs there any more, delete {path} and try again"
            )
        with record_errors("write", path):
            os.ftruncate(self._handle, 0)
            os.lseek(self._handle, 0, os.SEEK_SET)
            write_all(self._handle, json.dumps(asdict(Holder.me())).encode())
            os.fsync(self._handle)

    def _open(self) -> int:
        while True:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
            if not _try_lock(handle):
                os.close(handle)
                holder = _parse(self.path)
                who = f"process {holder.pid} since {holder.since}" if holder else "another process"
                raise RecordError(
                    f"this session is being recorded right now by {who} ({self.path}); end that one first"
                )
            if self.path.exists() and os.path.samestat(os.fstat(handle), self.path.stat()):
                return handle
            os.close(handle)  # released and deleted between our open and our lock: take the new one

    def _read(self) -> Holder | None:
        os.lseek(self._handle, 0, os.SEEK_SET)
        return _holder(os.read(self._handle, 4096))

    def release(self) -> None:
        """Say that nobody writes any more."""
        if self._handle < 0:
            return
        if sys.platform == "win32":  # an open file cannot be deleted there
            os.ftruncate(self._handle, 0)
            os.close(self._handle)
        else:
            self.path.unlink(missing_ok=True)
            os.close(self._handle)
        self._handle = -1

    def __enter__(self) -> SessionLock:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> bool:
        os.lseek(handle, 1 << 20, os.SEEK_SET)  # a byte past the text, so that others can read who holds it
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _parse(path: Path) -> Holder | None:
    try:
        return _holder(path.read_bytes())
    except OSError:
        return None


def _holder(text: bytes) -> Holder | None:
    try:
        return Holder(**json.loads(text))
    except (ValueError, TypeError):
        return None


def _boot() -> str:
    """Linux says it outright; elsewhere the operating system's lock alone decides."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    return boot.read_text().strip() if boot.exists() else ""
