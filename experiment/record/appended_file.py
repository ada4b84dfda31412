"""A file that only grows, and is found again if another program replaces it.

Cloud folders, backup programs and file managers replace a file by a copy of it: the same name, another file on the
disk. A program that goes on writing to the old file writes to a file without a name, and loses everything.
"""

from __future__ import annotations

import errno
import hashlib
import os
import time
from itertools import chain, count
from pathlib import Path

from experiment.record.files import PRIVATE_FILE, sync_file, sync_folder, write_all, write_new

_FLAGS = os.O_RDWR | os.O_APPEND | getattr(os, "O_BINARY", 0)
_PIECE = 1 << 20
_REMEMBERED = 1 << 20
"""Bytes written last that stay in memory, to write them again into a file that a copying program emptied first."""
_FILLING_CHECKS, _FILLING_PAUSE_S = 20, 0.05
"""How often, and with which pauses, to look whether a copying program has filled the file again."""


class AppendedFile:
    """Append durably to the file at a path, also after it was replaced.

    Before each write, the file at the path is compared with the open one.
    A file that was replaced by a copy, complete or older, is opened again, and what the copy lacks is appended. So is a
    file that was deleted, or emptied and filled again. A file with other content is left alone: writing goes on in a
    new file in the same folder, and `moved_to` names it.

    Parameters
    ----------
    path : Path
        The file. Its folder must exist.
    is_new : bool
        Whether the file is made now.

    Attributes
    ----------
    replaced : int
        How often the file was replaced by a copy, or deleted, since it was opened.
    put_back : int
        Bytes that the latest copy lacked.
    moved_to : Path or None
        The new file, if the one at `path` has other content now.
    """

    def __init__(self, path: Path, *, is_new: bool) -> None:
        self.path = path
        self.replaced = 0
        self.put_back = 0
        self.moved_to: Path | None = None
        self._handle = os.open(path, _FLAGS | (os.O_CREAT | os.O_EXCL if is_new else 0), PRIVATE_FILE)
        sync_folder(path.parent)
        content = path.read_bytes()
        self._length, self._hash = len(content), hashlib.sha256(content)
        self._recent = bytearray(content[-_REMEMBERED:])
        if content and not content.endswith(b"\n"):
            self._write(b"\n")

    def append(self, content: bytes) -> None:
        """Write, and return when it is on the disk.

        Raises
        ------
        OSError
            If it cannot be written; earlier content stays, and nothing half written is left.
        """
        if self.moved_to is None:
            self._follow()
        self._write(content)

    def close(self) -> None:
        """Close the file, after a last check that it was not replaced."""
        try:
            if self.moved_to is None:
                self._follow()
        except OSError:
            pass  # the folder is gone; the latest write has reported it
        finally:
            os.close(self._handle)

    def _write(self, content: bytes) -> None:
        try:
            write_all(self._handle, content)
            sync_file(self._handle)
        except OSError:
            os.ftruncate(self._handle, self._length)
            raise
        self._length += len(content)
        self._hash.update(content)
        self._recent += content
        if len(self._recent) > 2 * _REMEMBERED:
            del self._recent[:-_REMEMBERED]

    def _follow(self) -> None:
        """Find the file at the path again if it is another one than the open one."""
        own = os.fstat(self._handle)
        try:
            found = self.path.stat()
        except FileNotFoundError:
            self._restore()
            return
        if not os.path.samestat(own, found):
            self._take_over(self.path.read_bytes())
        elif own.st_size < self._length:
            self._take_over(self._filled_again())
        elif own.st_size > self._length:
            self._move(self._own_content())

    def _restore(self) -> None:
        """Write the file again, which was deleted, if its folder is still there."""
        if not self.path.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, "gone", str(self.path))
        try:
            write_new(self.path, self._own_content())
        except FileExistsError:  # a copying program was faster
            self._follow()
            return
        self._reopen(self.path)
        self.put_back = 0

    def _take_over(self, found: bytes) -> None:
        """Go on in the file at the path if its content is the beginning of the own."""
        own = self._own_content()
        if not own.startswith(found) or hashlib.sha256(own).digest() != self._hash.digest():
            self._move(own)
            return
        self._reopen(self.path)
        self.put_back = len(own) - len(found)
        if self.put_back:
            try:
                write_all(self._handle, own[len(found) :])
                sync_file(self._handle)
            except OSError:
                os.ftruncate(self._handle, len(found))
                raise

    def _filled_again(self) -> bytes:
        """Return what a program that emptied the open file has filled it with."""
        for _ in range(_FILLING_CHECKS):
            if os.fstat(self._handle).st_size >= self._length - len(self._recent):
                break
            time.sleep(_FILLING_PAUSE_S)
        return self._read(os.fstat(self._handle).st_size)

    def _reopen(self, path: Path) -> None:
        handle = os.open(path, _FLAGS)
        os.close(self._handle)
        self._handle = handle
        if path == self.path:
            self.replaced += 1
        sync_folder(path.parent)

    def _move(self, content: bytes) -> None:
        """Keep the content in a new file and go on there."""
        names = (f"{self.path.stem}_kept{number}{self.path.suffix}" for number in chain([""], count(2)))
        free = next(place for place in map(self.path.with_name, names) if not place.exists())
        write_new(free, content)
        self._reopen(free)
        self._length, self._hash = len(content), hashlib.sha256(content)
        self._recent = bytearray(content[-_REMEMBERED:])
        self.moved_to = free

    def _own_content(self) -> bytes:
        """Return what was written so far, also if the file lost its name or lines."""
        return self._read(self._length - len(self._recent)) + bytes(self._recent)

    def _read(self, size: int) -> bytes:
        """Return the first bytes of the open file."""
        os.lseek(self._handle, 0, os.SEEK_SET)
        pieces = []
        rest = size
        while rest and (piece := os.read(self._handle, min(rest, _PIECE))):
            pieces.append(piece)
            rest -= len(piece)
        return b"".join(pieces)
