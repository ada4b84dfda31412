"""One part of a film: its video and the table of its frames.

A row of the table is written before the frame reaches the video. After an interruption the table therefore has at
least the frames of the video; `experiment.record.film.reading` marks the others as lost.
"""

from __future__ import annotations

import io
import os
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from experiment.file_lock import try_lock
from experiment.ports.camera import Image
from experiment.record.encryption import SUFFIX, PublicKey, encrypt_bytes
from experiment.record.files import (
    PRIVATE_FILE,
    make_folder,
    record_errors,
    sha256_of,
    sync_file,
    sync_folder,
    write_all,
    write_new,
)
from experiment.record.film.frame_queue import FrameNote
from experiment.record.film.video import ENDING, PrivateFile, Video

COLUMNS = (
    "index",
    "time_s",
    "time_kind",
    "half_interval_ms",
    "trial_id",
    "lost",
    "reason",
    "file",
    "film_frame",
)
MISSING = "n/a"
RowWriter = Callable[[str], None]
SYNC_S = 1.0
SEGMENT_S = 1.0
"""Length of one encrypted file. What is not encrypted yet is only in memory."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A part that was closed."""

    number: int
    frames: int
    lost: dict[str, int]
    """Number of lost frames by reason."""
    table_sha256: str
    files: tuple[tuple[str, str], ...]
    """Name, relative to the film's folder, and SHA-256 of each video."""

    @property
    def table(self) -> str:
        """Name of the table."""
        return table_name(self.number)


def part_name(number: int) -> str:
    """Return ``part-01``."""
    return f"part-{number:02d}"


def table_name(number: int) -> str:
    """Return ``part-01_frames.tsv``."""
    return f"{part_name(number)}_frames.tsv"


def row_text(note: FrameNote, *, file: str, film_frame: int | None) -> str:
    """Return a row of the table.

    Parameters
    ----------
    note
        The frame.
    file
        The video with the frame.
    film_frame
        Its position in the video; None for a lost frame.
    """
    known = note.time_s is not None
    cells = (
        str(note.index),
        f"{note.time_s:.6f}" if known else MISSING,
        note.time_kind if known else MISSING,
        MISSING if note.half_interval_s is None else f"{1000 * note.half_interval_s:.3f}",
        note.trial or MISSING,
        "1" if note.lost else "0",
        note.lost or MISSING,
        MISSING if film_frame is None else file,
        MISSING if film_frame is None else str(film_frame),
    )
    return "\t".join(cells) + "\n"


class Part:
    """Writes one part; all pictures have the same size.

    Parameters
    ----------
    folder : Path
        Folder of the film; made if it does not exist.
    number : int
        Number of the part.
    rate_hz : float
        Nominal rate of the camera.
    inside : Path
        The data set, which must exist.
    key : PublicKey, optional
        Encrypts the video in files of a second each.

    Raises
    ------
    RecordError
        From all methods, if the disk fails.
    """

    def __init__(
        self, folder: Path, number: int, *, rate_hz: float, inside: Path, key: PublicKey | None = None
    ) -> None:
        self.number = number
        self._folder, self._rate_hz, self._key = folder, rate_hz, key
        self._path = folder / table_name(number)
        self._frames, self._lost = 0, Counter[str]()
        self._size_px: tuple[int, int] | None = None
        self._video: _ClearVideo | _EncryptedVideo | None = None
        self._failure: OSError | None = None
        with record_errors("write", self._path):
            make_folder(folder, inside=inside)
            self._table = os.open(
                self._path,
                os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0),
                PRIVATE_FILE,
            )
            try_lock(self._table)  # shows `finish_parts` that this process still writes
            write_all(self._table, ("\t".join(COLUMNS) + "\n").encode())
            sync_folder(folder)
        self._closing = threading.Event()
        self._syncing = threading.Thread(target=self._keep_syncing, name="film-sync", daemon=True)
        self._syncing.start()

    def fits(self, size_px: tuple[int, int]) -> bool:
        """Return whether width and height are those of the other pictures."""
        return self._size_px in (None, size_px)

    def lose(self, note: FrameNote) -> None:
        """Add a lost frame to the table."""
        self._check()
        self._lost[note.lost] += 1
        with record_errors("write", self._path):
            write_all(self._table, row_text(note, file="", film_frame=None).encode())

    def add(self, note: FrameNote, image: Image) -> None:
        """Add a frame.

        Parameters
        ----------
        note
            Its row.
        image : (H, W, 3) uint8 array
            RGB.
        """
        self._check()
        assert note.time_s is not None
        with record_errors("write", self._folder / part_name(self.number)):
            if self._video is None:
                self._video = self._open_video(image)
            self._video.add(note, image, self._write_row)
        self._frames += 1

    def close(self) -> Finished:
        """Complete the part; return its numbers and hashes."""
        self._stop_syncing()
        with record_errors("write", self._path):
            files = () if self._video is None else self._video.close(self._write_row)
            sync_file(self._table)
            os.close(self._table)
            sync_folder(self._folder)
            hashes = tuple((name, sha256_of(self._folder / name)) for name in files)
            return Finished(self.number, self._frames, dict(self._lost), sha256_of(self._path), hashes)

    def abandon(self) -> None:
        """Stop without another write, after an error."""
        self._stop_syncing()
        if self._video is not None:
            self._video.abandon()
        os.close(self._table)

    def _open_video(self, image: Image) -> _ClearVideo | _EncryptedVideo:
        self._size_px = (image.shape[1], image.shape[0])
        name = part_name(self.number)
        if self._key is None:
            return _ClearVideo(self._folder, name, size_px=self._size_px, rate_hz=self._rate_hz)
        return _EncryptedVideo(self._folder, name, size_px=self._size_px, rate_hz=self._rate_hz, key=self._key)

    def _write_row(self, row: str) -> None:
        write_all(self._table, row.encode())

    def _check(self) -> None:
        if self._failure is not None:
            with record_errors("write", self._path):
                raise self._failure

    def _stop_syncing(self) -> None:
        self._closing.set()
        self._syncing.join()

    def _keep_syncing(self) -> None:
        """Make everything durable once a second, without holding up the encoder."""
        while not self._closing.wait(SYNC_S):
            try:
                sync_file(self._table)
                if self._video is not None:
                    self._video.sync()
            except OSError as error:
                self._failure = error
                return


class _ClearVideo:
    """One video file that grows."""

    def __init__(self, folder: Path, name: str, *, size_px: tuple[int, int], rate_hz: float) -> None:
        self._name = name + ENDING
        self._file = PrivateFile(folder / self._name)
        sync_folder(folder)
        self._video = Video(self._file, size_px=size_px, rate_hz=rate_hz)

    def add(self, note: FrameNote, image: Image, write_row: RowWriter) -> None:
        assert note.time_s is not None
        packets = self._video.add(image, note.time_s)
        write_row(row_text(note, file=self._name, film_frame=self._video.frames - 1))
        self._video.write(packets)

    def sync(self) -> None:
        sync_file(self._file.fileno())

    def close(self, write_row: RowWriter) -> tuple[str, ...]:  # noqa: ARG002 (as the encrypted video)
        self._video.close()
        self.sync()
        self._file.close()
        return (self._name,)

    def abandon(self) -> None:
        self._video.abandon()
        self._file.close()


class _EncryptedVideo:
    """A folder of videos of about a second, each encrypted as its own file.

    A longer file could only be decrypted when it is complete, so a crash would lose all of it.
    """

    def __init__(self, folder: Path, name: str, *, size_px: tuple[int, int], rate_hz: float, key: PublicKey) -> None:
        self._folder, self._name = folder, name
        self._size_px, self._rate_hz, self._key = size_px, rate_hz, key
        self._files: list[str] = []
        self._rows: list[str] = []
        self._began_s = 0.0
        self._memory = io.BytesIO()
        self._video: Video | None = None
        make_folder(folder / name, inside=folder)

    def add(self, note: FrameNote, image: Image, write_row: RowWriter) -> None:
        assert note.time_s is not None
        if self._video is not None and note.time_s - self._began_s >= SEGMENT_S:
            self._finish_segment(write_row)
        if self._video is None:
            self._began_s, self._memory = note.time_s, io.BytesIO()
            self._video = Video(self._memory, size_px=self._size_px, rate_hz=self._rate_hz)
        self._video.write(self._video.add(image, note.time_s))
        self._rows.append(row_text(note, file=self._next_name(), film_frame=self._video.frames - 1))

    def sync(self) -> None:
        """Do nothing: every file is durable when it is written."""

    def close(self, write_row: RowWriter) -> tuple[str, ...]:
        if self._video is not None:
            self._finish_segment(write_row)
        return tuple(self._files)

    def abandon(self) -> None:
        if self._video is not None:
            self._video.abandon()

    def _next_name(self) -> str:
        return f"{self._name}/{len(self._files) + 1:05d}{ENDING}{SUFFIX}"

    def _finish_segment(self, write_row: RowWriter) -> None:
        assert self._video is not None
        self._video.close()
        for row in self._rows:
            write_row(row)
        name = self._next_name()
        write_new(self._folder / name, encrypt_bytes(self._memory.getvalue(), self._key))
        sync_folder(self._folder / self._name)
        self._files.append(name)
        self._rows, self._video = [], None
