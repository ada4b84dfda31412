"""Read the tables and videos of a film.

`experiment.record.film.completion` completes them.
"""

from __future__ import annotations

import io
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np

from experiment.ports.camera import Image
from experiment.record.encryption import is_encrypted, read_decrypted
from experiment.record.errors import RecordError
from experiment.record.files import record_errors
from experiment.record.film.part import COLUMNS, MISSING
from experiment.record.film.video import BEFORE_FIRST_US, count_frames, next_time_us

_ENDING = "_frames.tsv"
_FEW = 30
"""Frames that are decoded rather than searched for."""
_SAME_US = 100
"""Times of a frame in table and video differ by rounding only."""


@dataclass(frozen=True, slots=True)
class FilmRow:
    """One camera frame of a film."""

    index: int
    time_s: float | None
    """On the clock of the session, which starts again with `resume`; None for a frame that the camera lost."""
    time_kind: str
    half_interval_ms: float | None
    trial_id: str
    """Empty between trials."""
    reason: str
    """Why it is lost; empty for a frame in the film."""
    file: str
    """The video, relative to the film's folder; empty for a lost frame."""
    film_frame: int | None
    """Position in the video; None for a lost frame."""

    @property
    def is_lost(self) -> bool:
        """Whether it is not in the film."""
        return bool(self.reason)


@dataclass(frozen=True, slots=True)
class FilmPart:
    """One part of a film, as its table describes it."""

    table: Path
    rows: tuple[FilmRow, ...]

    @property
    def number(self) -> int:
        """Number of the part."""
        return int(self.table.name.removesuffix(_ENDING).removeprefix("part-"))

    @property
    def files(self) -> tuple[Path, ...]:
        """The videos, in order."""
        return tuple(self.table.parent / name for name in dict.fromkeys(row.file for row in self.rows if row.file))

    @property
    def frames(self) -> int:
        """Number of frames in the film."""
        return sum(not row.is_lost for row in self.rows)

    @property
    def lost(self) -> Mapping[str, int]:
        """Number of lost frames by reason."""
        return Counter(row.reason for row in self.rows if row.is_lost)


def table_paths(folder: Path) -> list[Path]:
    """Return the tables of a film, in the order of their parts."""
    return sorted(folder.glob(f"part-*{_ENDING}"))


def read_table(path: Path) -> FilmPart:
    """Return a part as its table describes it; a last row without its end is left out.

    Raises
    ------
    RecordError
        If the table cannot be read.
    """
    with record_errors("read", path):
        text = path.read_bytes().decode("utf-8", "replace")
    lines = text[: text.rfind("\n") + 1].splitlines()
    if lines and tuple(lines[0].split("\t")) != COLUMNS:
        raise RecordError(f"{path} is not the table of a film; restore the file from a copy")
    return FilmPart(path, tuple(_row(path, number, line) for number, line in enumerate(lines[1:], start=2)))


def _row(path: Path, number: int, line: str) -> FilmRow:
    try:
        return parse_row(line)
    except (KeyError, ValueError) as error:
        raise RecordError(f"{path}, line {number}: the row is damaged; restore the file from a copy") from error


def frames_of(part: FilmPart) -> Iterator[tuple[FilmRow, Image]]:
    """Yield every frame of a part in the film with its row, decoded to RGB.

    Raises
    ------
    EncryptionError
        If the film is encrypted and the private key is missing or wrong.
    """
    for file in part.files:
        name = file.relative_to(part.table.parent).as_posix()
        rows = iter([row for row in part.rows if row.file == name])
        with av.open(_content(file)) as container:
            for row, frame in zip(rows, _decode(container), strict=False):
                yield row, _rgb(frame)


def frames_at(
    part: FilmPart, rows: Iterable[FilmRow], *, pixels: Callable[[av.VideoFrame], Image] | None = None
) -> Iterator[tuple[FilmRow, Image]]:
    """Yield some frames of a part, without decoding all of it.

    Decoding begins at the key frame before the first of these frames in each video.

    Parameters
    ----------
    part : FilmPart
        The part.
    rows : iterable of FilmRow
        Rows of the part in their order; lost ones are left out.
    pixels : callable, optional
        Returns the array of a decoded frame; RGB without it.

    Raises
    ------
    EncryptionError
        If the film is encrypted and the private key is missing or wrong.
    """
    by_file: dict[str, dict[int, FilmRow]] = {}
    for row in rows:
        if row.film_frame is not None:
            by_file.setdefault(row.file, {})[row.film_frame] = row
    for name, chosen in by_file.items():
        file = part.table.parent / name
        times_us = _video_times_us([row for row in part.rows if row.file == name])
        with av.open(_content(file)) as container:
            for number, frame in _decode_from(container, min(chosen), times_us):
                if number in chosen:
                    yield chosen[number], (pixels or _rgb)(frame)
                if number >= max(chosen):
                    break


def table_text(rows: Iterable[FilmRow]) -> str:
    """Return the table of rows."""
    return "\n".join(["\t".join(COLUMNS), *map(_text, rows)]) + "\n"


def _content(file: Path) -> io.BytesIO | str:
    """Return what the decoder opens: the path of a video, or the decrypted content."""
    return io.BytesIO(read_decrypted(file)) if is_encrypted(file) else str(file)


def _rgb(frame: av.VideoFrame) -> Image:
    return np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8)


def _decode(container: Any) -> Iterator[av.VideoFrame]:
    try:
        yield from container.decode(video=0)
    except av.error.InvalidDataError:
        return  # the last frame of an interrupted film


def _video_times_us(rows: list[FilmRow]) -> list[int]:
    """Return the time of each frame in its video."""
    times: list[int] = []
    for row in rows:
        since_s = (row.time_s or 0.0) - (rows[0].time_s or 0.0)
        times.append(next_time_us(since_s, previous_us=times[-1] if times else BEFORE_FIRST_US))
    return times


def _decode_from(container: Any, first: int, times_us: list[int]) -> Iterator[tuple[int, av.VideoFrame]]:
    """Yield frames with their position in the video, from a key frame on."""
    if first >= _FEW:
        stream = container.streams.video[0]
        container.seek(round(times_us[first] / 1e6 / stream.time_base), stream=stream, backward=True)
        frames = _decode(container)
        frame = next(frames, None)
        number = _position(frame, times_us)
        if frame is not None and number is not None and number <= first:
            yield number, frame
            yield from enumerate(frames, start=number + 1)
            return
        container.seek(0)
    yield from enumerate(_decode(container))


def _position(frame: av.VideoFrame | None, times_us: list[int]) -> int | None:
    """Return the position of a frame in its video by its time, or None."""
    if frame is None or frame.time is None:
        return None
    at_us = 1e6 * frame.time
    nearest = min(bisect_left(times_us, at_us), len(times_us) - 1)
    near = (number for number in (nearest - 1, nearest) if number >= 0)
    best = min(near, key=lambda number: abs(times_us[number] - at_us))
    return best if abs(times_us[best] - at_us) <= _SAME_US else None


def agreeing(part: FilmPart) -> FilmPart:
    """Return a part in which the rows whose frame is not in the video are lost."""
    counts = {}
    for file in part.files:
        name = file.relative_to(part.table.parent).as_posix()
        if is_encrypted(file):  # whole or not there
            counts[name] = len(part.rows) if file.is_file() else 0
        else:
            counts[name] = count_frames(str(file)) if file.is_file() else 0
    rows = tuple(
        replace(row, reason="interrupted", file="", film_frame=None)
        if row.film_frame is not None and row.film_frame >= counts[row.file]
        else row
        for row in part.rows
    )
    return replace(part, rows=rows)


def parse_row(line: str, *, has_video: bool = True) -> FilmRow:
    """Return a line of a table as a value.

    Parameters
    ----------
    line : str
        The line, without its end.
    has_video : bool
        False for a list of received frames, which has no videos.

    Raises
    ------
    ValueError
        If it is not such a line.
    """
    cells = dict(zip(COLUMNS, line.split("\t"), strict=True))

    def number(name: str) -> float | None:
        return None if cells[name] == MISSING else float(cells[name])

    is_lost = cells["lost"] == "1"
    return FilmRow(
        index=int(cells["index"]),
        time_s=number("time_s"),
        time_kind=cells["time_kind"].replace(MISSING, ""),
        half_interval_ms=number("half_interval_ms"),
        trial_id="" if cells["trial_id"] == MISSING else cells["trial_id"],
        reason=cells["reason"] if is_lost else "",
        file="" if is_lost or not has_video else cells["file"],
        film_frame=None if is_lost or not has_video else int(cells["film_frame"]),
    )


def _text(row: FilmRow) -> str:
    return "\t".join(
        (
            str(row.index),
            MISSING if row.time_s is None else f"{row.time_s:.6f}",
            row.time_kind or MISSING,
            MISSING if row.half_interval_ms is None else f"{row.half_interval_ms:.3f}",
            row.trial_id or MISSING,
            "1" if row.is_lost else "0",
            row.reason or MISSING,
            row.file or MISSING,
            MISSING if row.film_frame is None else str(row.film_frame),
        )
    )
