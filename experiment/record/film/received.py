"""List of received frames, written before anything else happens to them.

The camera's thread adds a frame with one call of the operating system, which is done completely or not at all, also if
the program is killed. Frames between camera and table are therefore known after every interruption. The list is
deleted when the tables of the film have all of its frames.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from experiment.record.files import PRIVATE_FILE, make_folder, record_errors
from experiment.record.film.frame_queue import FrameNote
from experiment.record.film.part import part_name, row_text

_ENDING = "_received.tsv"


@dataclass(frozen=True, slots=True)
class Received:
    """Content of a list."""

    path: Path
    first_part: int
    """Number of the first part whose frames are in the list."""
    is_writing: bool
    """Whether the encoding process of this list still runs."""
    rows: tuple[str, ...]
    """As in the table of the film, without video."""


class ReceivedFrames:
    """Writes the list; the file is made with the first frame.

    Parameters
    ----------
    folder : Path
        Folder of the film.
    first_part : int
        Number of the first part.
    inside : Path
        The data set, which must exist.
    encoder : int
        Id of the encoding process.
    """

    def __init__(self, folder: Path, first_part: int, *, inside: Path, encoder: int) -> None:
        self._folder, self._inside = folder, inside
        self._path = folder / f"{part_name(first_part)}{_ENDING}"
        self._encoder = f"{encoder}\t{_start_of(encoder)}\n"
        self._handle = -1
        self._is_closed = False

    def add(self, notes: Sequence[FrameNote]) -> None:
        """Add frames.

        Raises
        ------
        RecordError
            If the disk fails.
        """
        if self._is_closed:
            return
        text = "".join(row_text(note, file="", film_frame=None) for note in notes)
        with record_errors("write", self._path):
            if self._handle < 0:
                make_folder(self._folder, inside=self._inside)
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)
                self._handle = os.open(self._path, flags, PRIVATE_FILE)
                text = self._encoder + text
            content = text.encode()
            if os.write(self._handle, content) < len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def close(self) -> None:
        """Take no more frames; do not delete the file."""
        self._is_closed = True
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def received_lists(folder: Path) -> list[Received]:
    """Return the lists in the folder of a film; a completed film has none.

    Raises
    ------
    RecordError
        If one cannot be read.
    """
    found = []
    for path in sorted(folder.glob(f"part-*{_ENDING}")):
        text = _read(path)
        lines = text[: text.rfind("\n") + 1].splitlines()
        process = re.fullmatch(r"(\d+)\t(\S+)", lines[0]) if lines else None
        is_writing = process is not None and process[2] == _start_of(int(process[1]))
        number = int(path.name.removesuffix(_ENDING).removeprefix("part-"))
        found.append(Received(path, number, is_writing, tuple(lines[1:])))
    return found


def _read(path: Path) -> str:
    with record_errors("read", path):
        try:
            return path.read_bytes().decode("utf-8", "replace")
        except FileNotFoundError:  # the encoding process has just completed the film
            return ""


def _start_of(process_id: int) -> str:
    """Return when a process was started; ``0`` for one that has ended."""
    try:
        process = psutil.Process(process_id)
        return "0" if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
    except (psutil.Error, OSError):
        return "0"
