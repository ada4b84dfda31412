"""Durable writing: a crash leaves the old file or the new one, never half of one.

Readable by the owner only.

Every error of the file system becomes a `RecordError` with the place and the remedy.
"""

from __future__ import annotations

import errno
import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

import psutil

from experiment.record.errors import RecordError

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
_PART_BYTES = 1 << 20

_REMEDIES = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "the disk quota is used up; free some space",
    errno.EROFS: "the disk is read-only; choose another folder",
    errno.EACCES: "writing is not allowed; change the permissions or choose another folder",
    errno.EPERM: "writing is not allowed; change the permissions or choose another folder",
    errno.ENOENT: "the folder is gone; was the disk unplugged or the folder moved?",
    errno.EEXIST: "a file lies where a folder is needed; choose another folder",
    errno.ENOTDIR: "a file lies where a folder is needed; choose another folder",
    errno.EISDIR: "a folder lies where a file is needed; name a file",
    errno.EIO: "the disk reports an error; use another disk",
    errno.ESTALE: "the network folder is gone; check the connection",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
}


def remedy(error: OSError, *, new: bool = False) -> str:
    """Return the meaning of an error of the file system, and its remedy.

    Parameters
    ----------
    error : OSError
        The error.
    new : bool
        Whether the place did not exist before, so that it cannot have vanished.
    """
    if new and error.errno == errno.ENOENT:
        return "nothing can be made there; choose another folder"
    return _REMEDIES.get(error.errno or 0, os.strerror(error.errno) if error.errno else str(error))


@contextmanager
def record_errors(what: str, path: Path, *, new: bool = False) -> Iterator[None]:
    """Raise an `OSError` as a `RecordError` with the place and the remedy.

    Parameters
    ----------
    what : str
        What is done: ``write``, ``read``, ``delete``.
    path : Path
        The place.
    new : bool
        As in `remedy`.

    Raises
    ------
    RecordError
        Instead of an `OSError`.
    """
    try:
        yield
    except OSError as error:
        raise RecordError(f"cannot {what} {path}: {remedy(error, new=new)}") from error


def make_folder(path: Path, *, inside: Path | None = None) -> None:
    """Make a folder, and those above it, durably and private to its owner.

    Parameters
    ----------
    path : Path
        The folder.
    inside : Path, optional
        A folder above it that must exist. If it vanished it is not made again: a new folder would hide the old one
        when it comes back.

    Raises
    ------
    FileNotFoundError
        If ``inside`` or the drive does not exist.
    """
    missing = []
    folder = path
    while not folder.is_dir():
        if folder == inside:
            raise FileNotFoundError(errno.ENOENT, "gone", str(inside))
        if folder == folder.parent:  # a drive that does not exist
            raise FileNotFoundError(errno.ENOENT, "no such drive", str(folder))
        missing.append(folder)
        folder = folder.parent
    for folder in reversed(missing):
        folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        sync_folder(folder.parent)


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable; Windows does not need this."""
    if sys.platform == "win32":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(handle: int) -> None:
    """Make a file durable; on macOS plain `fsync` stops at the cache of the disk."""
    if sys.platform == "darwin":
        import fcntl

        fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
    else:
        os.fsync(handle)


def write_new(path: Path, content: bytes | memoryview) -> None:
    """Write a new file durably; the caller syncs its folder."""
    _write_new_by_parts(path, [content])


def _write_new_by_parts(path: Path, parts: Iterable[bytes | memoryview]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), PRIVATE_FILE)
    try:
        for content in parts:
            write_all(handle, content)
        sync_file(handle)
    finally:
        os.close(handle)


def write_all(handle: int, content: bytes | memoryview) -> None:
    """Call `os.write` until everything is written."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]


def replace_file(path: Path, content: bytes, *, inside: Path | None = None) -> None:
    """Replace a file at once: every reader gets the old content or the new one.

    Parameters
    ----------
    path : Path
        The file; not touched if it has this content.
    content : bytes
        New content.
    inside : Path, optional
        As in `make_folder`.
    """
    if path.is_file() and path.read_bytes() == content:
        return
    replace_file_by_parts(path, [content], inside=inside)


def replace_kept_result(path: Path, content: bytes) -> None:
    """Replace a file that can be made again, without waiting for the disk.

    Every reader gets the old content or the new one. After a loss of power the file may be damaged: it has to hold a
    hash of its content.

    Parameters
    ----------
    path : Path
        The file.
    content : bytes
        New content.
    """
    make_folder(path.parent)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    partial.unlink(missing_ok=True)
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), PRIVATE_FILE)
    try:
        try:
            write_all(handle, content)
        finally:
            os.close(handle)
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def replace_file_by_parts(path: Path, parts: Iterable[bytes], *, inside: Path | None = None) -> None:
    """Replace a file at once by parts that are never in memory together.

    Parameters
    ----------
    path : Path
        The file.
    parts : iterable of bytes
        New content.
    inside : Path, optional
        As in `make_folder`.
    """
    make_folder(path.parent, inside=inside)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    partial.unlink(missing_ok=True)
    try:
        _write_new_by_parts(partial, parts)
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def remove_partial_files(folder: Path) -> None:
    """Delete what `replace_file` left in a folder when its process was killed.

    Files of processes that still run stay.
    """
    for path in folder.glob(".*.partial"):
        process = path.name.split(".")[-2]
        if process.isdecimal() and not psutil.pid_exists(int(process)):
            with suppress(OSError):
                path.unlink()


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal.

    The file is read in parts: a film may be larger than the memory.
    """
    found = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_PART_BYTES):
            found.update(part)
    return found.hexdigest()


def known_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal.

    It is read once while it keeps its size and time.
    """
    about = path.stat()
    return _known_sha256(path.absolute(), about.st_size, about.st_mtime_ns, about.st_ino)


@lru_cache(maxsize=4096)
def _known_sha256(path: Path, _size_bytes: int, _changed_ns: int, _number: int) -> str:
    return sha256_of(path)


def digest(content: bytes) -> str:
    """Return the SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
