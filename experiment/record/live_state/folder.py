"""The folder of a session in the user's runtime folder.

::

    RUNTIME/sessions/KEY/             one session; KEY is made from the data set's path and the session's label
        state.json                    `values.LiveState`, replaced up to twice a second
        watched                       touched by a reader that wants pictures (`pictures`)
        screen.json  camera.jpg       only while pictures are wanted
        commands/ID.json              from the console or the terminal (`control`)
        answers/ID.json               from the session

Only the owner can read the folders. A folder that belongs to another user, or that is a link, is refused. On Linux the
runtime folder is in memory.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import psutil

from analysis.paths import runtime_folder
from experiment.record.errors import RecordError
from experiment.record.files import PRIVATE_FILE, PRIVATE_FOLDER, write_all

STATE = "state.json"
SESSIONS = "sessions"
LARGEST_BYTES = 4 << 20
"""Largest file that is read from a session's folder."""


def sessions_folder() -> Path:
    """Return the folder with one folder for each published session; it may not exist."""
    return runtime_folder(SESSIONS)


def session_folder(dataset: Path, participant: str, session: str | None) -> Path:
    """Return the folder of a session; it may not exist.

    Parameters
    ----------
    dataset : Path
        Folder of the data set.
    participant : str
        Label of the participant.
    session : str or None
        Label of the session; None without one.
    """
    text = f"{dataset.resolve()}\n{participant}\n{session or ''}"
    return sessions_folder() / hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def make_private_folder(path: Path) -> None:
    """Make a folder that only its owner can read; check an existing one.

    Raises
    ------
    RecordError
        If it cannot be made, is a link, or belongs to another user.
    """
    try:
        for folder in reversed((path, *path.parents)):
            if not folder.exists() or folder == path:
                folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        if not is_private(path):
            raise RecordError(f"{path} belongs to another user, can be changed by others, or is a link; delete it")
    except OSError as error:
        raise RecordError(f"cannot make {path}: {error.strerror}") from error


def make_runtime_folder(name: str) -> Path:
    """Return a private folder in the user's runtime folder, made if needed.

    The runtime folder must be private, too: who may change it could exchange its folders.

    Raises
    ------
    RecordError
        As `make_private_folder`.
    """
    folder = runtime_folder(name)
    for one in (folder.parent, folder):
        make_private_folder(one)
    return folder


def is_private(path: Path) -> bool:
    """Return whether only this user may write to something that is not a link."""
    about = path.lstat()
    if stat.S_ISLNK(about.st_mode):
        return False
    return not hasattr(os, "getuid") or (about.st_uid == os.getuid() and not about.st_mode & 0o022)


def replace_unsynced(path: Path, content: bytes) -> None:
    """Replace a file at once, without waiting for a disk.

    Every reader gets the old content or the new one. After a power cut the file is worthless anyway.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    partial = path.with_name(f".{path.name}.partial")
    handle = os.open(
        partial,
        os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0),
        PRIVATE_FILE,
    )
    try:
        write_all(handle, content)
    finally:
        os.close(handle)
    partial.replace(path)


def read_private(path: Path, *, largest_bytes: int = LARGEST_BYTES) -> bytes | None:
    """Return the content of a file of this user; None if it must not be read.

    Parameters
    ----------
    path : Path
        The file.
    largest_bytes : int
        A larger file is not read.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags)
    except OSError:
        return None
    try:
        about = os.fstat(handle)
        is_own = not hasattr(os, "getuid") or about.st_uid == os.getuid()
        if not stat.S_ISREG(about.st_mode) or not is_own or about.st_size > largest_bytes:
            return None
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(largest_bytes + 1)
    except OSError:
        return None
    finally:
        os.close(handle)


def is_in_memory(path: Path) -> bool:
    """Return whether a folder is known to be in memory, not on a disk."""
    best = max(
        (part for part in psutil.disk_partitions(all=True) if path.is_relative_to(part.mountpoint)),
        key=lambda part: len(part.mountpoint),
        default=None,
    )
    return best is not None and best.fstype in ("tmpfs", "ramfs")
