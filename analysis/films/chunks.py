"""Measure a part of a film: the work that several processes share.

A film is divided at frames of fixed numbers, each of which is an anchor of the tracking. So the numbers depend neither
on the number of processes nor on the interval that is measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from analysis.courses.frames import DAMAGED, CourseFrame, FrameFace, measure_faces, track_faces
from analysis.courses.neutral_face import NeutralFace
from analysis.face.arrays import ImageArray
from analysis.face.clip_faces import ANCHOR
from analysis.face.clips import FilmIndex, film_frames
from analysis.face.models.registry import load_model
from analysis.films.landmark_store import keep_faces, kept_faces
from experiment.record.film.reading import FilmRow

CHUNK = 10 * ANCHOR
"""Frames of a part."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a film."""

    film: Path
    first: int
    """Number of its first frame."""
    times_s: tuple[float, ...]
    """Of its frames."""
    kept: Path
    """Folder that keeps landmarks."""

    @property
    def stop(self) -> int:
        """Number of the first frame behind it."""
        return self.first + len(self.times_s)

    @property
    def rows(self) -> list[FilmRow]:
        """Its frames."""
        return [_row(self.film, number, time_s) for number, time_s in enumerate(self.times_s, start=self.first)]


@dataclass(frozen=True, slots=True, eq=False)
class ChunkTask:
    """What is needed to measure one part."""

    chunk: Chunk
    neutral: NeutralFace | None
    model_name: str


def chunks_of(film: Path, index: FilmIndex, *, interval_s: tuple[float, float] | None, kept: Path) -> list[Chunk]:
    """Return the parts of a film.

    Parameters
    ----------
    film : Path
        The film.
    index : FilmIndex
        Its frames.
    interval_s : (float, float), optional
        Only frames from the first of these times, before the second.
    kept : Path
        Folder that keeps landmarks.
    """
    first, stop = frames_between(index, interval_s)
    edges = [first, *range((first // CHUNK + 1) * CHUNK, stop, CHUNK), stop]
    return [Chunk(film, begin, index.times_s[begin:end], kept) for begin, end in pairwise(edges) if begin < end]


def frames_between(index: FilmIndex, interval_s: tuple[float, float] | None) -> tuple[int, int]:
    """Return the first frame of an interval and the first one behind it.

    Parameters
    ----------
    index : FilmIndex
        The frames of the film.
    interval_s : (float, float), optional
        Begin and end; the whole film without it.
    """
    if interval_s is None:
        return 0, len(index.times_s)
    begin_s, end_s = interval_s
    first = sum(time_s < begin_s - _ROUNDING_S for time_s in index.times_s)
    return first, max(first, sum(time_s < end_s - _ROUNDING_S for time_s in index.times_s))


def find_chunk_faces(chunk: Chunk) -> list[FrameFace]:
    """Return the landmarks of a part, kept or new.

    Parameters
    ----------
    chunk : Chunk
        The part.

    Raises
    ------
    ImageError
        If the film cannot be read.
    RecordError
        If the landmarks cannot be kept.
    """
    file = chunk.kept / f"frames-{chunk.first:08d}-{chunk.stop:08d}.npz"
    rows = chunk.rows
    faces = kept_faces(file, rows)
    if faces is None:
        found = {face.row.index: face for face in track_faces(_frames(chunk))}
        faces = [
            FrameFace(row, found[row.index].landmarks, found[row.index].reason)
            if row.index in found
            else FrameFace(row, None, DAMAGED)
            for row in rows
        ]
        keep_faces(file, faces)
    return faces


@dataclass(frozen=True, slots=True)
class FilmFaces:
    """The landmarks of parts of a film, read again from the kept ones each time."""

    chunks: tuple[Chunk, ...]

    def __iter__(self) -> Iterator[FrameFace]:
        """Yield the faces of all frames; those of one part are in memory."""
        for chunk in self.chunks:
            yield from find_chunk_faces(chunk)


def keep_chunk_faces(chunk: Chunk) -> None:
    """Find the landmarks of a part and keep them.

    Parameters
    ----------
    chunk : Chunk
        The part.

    Raises
    ------
    ImageError
        If the film cannot be read.
    RecordError
        If the landmarks cannot be kept.
    """
    find_chunk_faces(chunk)


def measure_chunk(task: ChunkTask) -> list[CourseFrame]:
    """Return the measured frames of a part.

    Parameters
    ----------
    task : ChunkTask
        The part and the face at rest.

    Raises
    ------
    ImageError
        If the film cannot be read.
    RecordError
        If the landmarks cannot be kept.
    """
    model = load_model(task.model_name)
    faces = find_chunk_faces(task.chunk)
    return list(measure_faces(faces, task.neutral, model, times_s=[face.row.time_s for face in faces]))


_ROUNDING_S = 1e-6


def _frames(chunk: Chunk) -> Iterator[tuple[FilmRow, ImageArray]]:
    anchor = chunk.first // ANCHOR * ANCHOR
    for number, image in film_frames(chunk.film, first=anchor, stop=chunk.stop):
        yield _row(chunk.film, number, None), image


def _row(film: Path, number: int, time_s: float | None) -> FilmRow:
    return FilmRow(number, time_s, "film", None, "", "", film.name, number)
