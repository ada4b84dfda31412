"""Lock of a session, so that only one process writes it; a crash releases it.

The operating system holds the lock and releases it when the process ends. The file has the holder, for messages and
for the case that the system cannot detect: a folder shared with another computer.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from experiment.file_lock import try_lock
from experiment.record.errors import RecordError
from experiment.record.files import PRIVATE_FILE, make_folder, record_errors, write_all


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that holds, or held, a lock."""

    host: str
    pid: int
    boot: str
    """Id of the last start of the computer; empty where the system has none."""
    since: str

    @classmethod
    def current(cls) -> Holder:
        """Return the current process."""
        return cls(socket.gethostname(), os.getpid(), _boot(), time.strftime("%Y-%m-%dT%H:%M:%S%z"))


class SessionLock:
    """Held from construction to `release`; a context manager.

    Parameters
    ----------
    path : Path
        The lock file.
    inside : Path, optional
        The data set, which must exist.

    Attributes
    ----------
    broken : Holder or None
        The process that held the lock before and ended without releasing it: a crash, a power cut.

    Raises
    ------
    RecordError
        If a process holds it, or another computer did not release it.
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
            write_all(self._handle, json.dumps(asdict(Holder.current())).encode())
            os.fsync(self._handle)

    def _open(self) -> int:
        while True:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
            if not try_lock(handle):
                os.close(handle)
                raise _held(self.path, _parse(self.path))
            if self.path.exists() and os.path.samestat(os.fstat(handle), self.path.stat()):
                return handle
            os.close(handle)  # released and deleted between our open and our lock: take the new one

    def _read(self) -> Holder | None:
        os.lseek(self._handle, 0, os.SEEK_SET)
        return _holder(os.read(self._handle, 4096))

    def release(self, *, keep_broken: bool = False) -> None:
        """Release the lock. A second call does nothing.

        Parameters
        ----------
        keep_broken : bool
            Leave the file as it was found, if a process ended without releasing it: the session is still interrupted.
        """
        if self._handle < 0:
            return
        if keep_broken and self.broken is not None:
            os.ftruncate(self._handle, 0)
            os.lseek(self._handle, 0, os.SEEK_SET)
            write_all(self._handle, json.dumps(asdict(self.broken)).encode())
            os.close(self._handle)
        elif sys.platform == "win32":  # an open file cannot be deleted there
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


def require_not_held(path: Path) -> None:
    """Refuse a session that a process of this computer records now.

    Parameters
    ----------
    path : Path
        Its lock file; it need not exist.

    Raises
    ------
    RecordError
        If one does.
    """
    holder = living_holder(path)
    if holder is not None:
        raise _held(path, holder)


def _held(path: Path, holder: Holder | None) -> RecordError:
    who = f"process {holder.pid} since {holder.since}" if holder else "another process"
    return RecordError(f"this session is being recorded right now by {who} ({path}); end that one first")


def living_holder(path: Path) -> Holder | None:
    """Return the process of this computer that holds a lock; None if none does.

    The lock is not touched, so that a session that begins at this moment gets it.

    Parameters
    ----------
    path : Path
        The lock file; it need not exist.
    """
    holder = _parse(path)
    if holder is None or holder.host != socket.gethostname() or holder.boot != _boot():
        return None
    import psutil

    try:
        process = psutil.Process(holder.pid)
        since_s = datetime.strptime(holder.since, "%Y-%m-%dT%H:%M:%S%z").timestamp()
        is_own = process.create_time() < since_s + 2.0  # else the number was given to another process since
        return holder if is_own and process.status() != psutil.STATUS_ZOMBIE else None
    except (psutil.Error, ValueError):
        return None


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
    """Return the boot id of Linux; elsewhere only the operating system's lock counts."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    return boot.read_text().strip() if boot.exists() else ""
