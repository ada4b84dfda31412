"""Small pictures of the faces of a trial: participant and target as shown.

All pictures of a trial are cut at the same place, so that movements of the head are visible.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from analysis.courses.filmed_trials import FilmedTrial
from analysis.face.arrays import ImageArray
from analysis.face.clips import read_clip_frames
from analysis.face.cut_out import CutBox, cut_out, face_box, middle_box
from analysis.face.errors import FaceError
from analysis.face.images import read_image
from analysis.face.landmarks.detector import LandmarkDetector
from experiment.record.film.reading import FilmPart, frames_at
from experiment.record.session_record import TargetRecord


@dataclass(frozen=True, slots=True, eq=False)
class FacePicture:
    """A face at a moment of a trial."""

    time_s: float
    """Of the frame, from the onset of the target."""
    image: Image.Image


def participant_faces(
    filmed: FilmedTrial, times_s: Sequence[float], *, size_px: tuple[int, int]
) -> Iterator[FacePicture | None]:
    """Yield the face of the participant at each moment; None without a frame.

    Parameters
    ----------
    filmed : FilmedTrial
        The trial.
    times_s : sequence of float
        Ascending moments from the onset of the target; the nearest frame is shown.
    size_px : (int, int)
        Width and height of the pictures.

    Raises
    ------
    RecordError
        If the film cannot be read.
    """
    rows = [(row, time_s) for row in filmed.rows if not row.is_lost and (time_s := filmed.time_s(row)) is not None]
    if not rows or not isinstance(filmed.part, FilmPart):
        yield from (None for _ in times_s)
        return
    frame_s = np.array([time_s for _, time_s in rows])
    chosen = [rows[int(np.argmin(np.abs(frame_s - time_s)))] for time_s in times_s]
    needed = {row.index: row for row, _ in chosen}
    box: CutBox | None = None
    pictures: dict[int, Image.Image] = {}
    for row, image in frames_at(filmed.part, [row for row in filmed.rows if row.index in needed]):
        box = box or find_box(image, aspect=size_px[0] / size_px[1])
        pictures[row.index] = cut_out(image, box, size_px)
    for row, time_s in chosen:
        yield FacePicture(time_s, pictures[row.index]) if row.index in pictures else None


def target_faces(
    target: TargetRecord,
    motion_s: Sequence[tuple[int, float]],
    times_s: Sequence[float],
    *,
    size_px: tuple[int, int],
) -> list[FacePicture]:
    """Return the target as it was shown at each moment.

    Parameters
    ----------
    target : TargetRecord
        The target.
    motion_s : sequence of (int, float)
        Frames of a moving target, and when each was first shown, s from the onset.
    times_s : sequence of float
        Moments from the onset; before and after the target, its first and last frame.
    size_px : (int, int)
        Width and height of the pictures.

    Raises
    ------
    ImageError
        If the picture or clip cannot be read.
    """
    still = read_image(target.image, background=target.background)
    if target.motion is None or not motion_s:
        picture = cut_out(still, find_box(still, aspect=size_px[0] / size_px[1]), size_px)
        return [FacePicture(time_s, picture) for time_s in times_s]
    begins = [begin for _, begin in motion_s]
    frames = [motion_s[max(bisect_right(begins, time_s) - 1, 0)][0] for time_s in times_s]
    box: CutBox | None = None
    pictures: dict[int, Image.Image] = {}
    for number, image in read_clip_frames(target.motion, frames, background=target.background):
        box = box or find_box(image, aspect=size_px[0] / size_px[1])
        pictures[number] = cut_out(image, box, size_px)
    shown = zip(frames, times_s, strict=True)
    return [FacePicture(time_s, pictures[number]) for number, time_s in shown if number in pictures]


def find_box(image: ImageArray, *, aspect: float) -> CutBox:
    """Return the box around the face of a picture, or the picture's middle.

    Parameters
    ----------
    image : (H, W, 3) uint8 array
        The picture.
    aspect : float
        Width of the box divided by its height.
    """
    size = (image.shape[1], image.shape[0])
    try:
        points = LandmarkDetector().detect(np.ascontiguousarray(image)).points_px
    except FaceError:
        return middle_box(size, aspect=aspect)
    return face_box(points, size, aspect=aspect)
