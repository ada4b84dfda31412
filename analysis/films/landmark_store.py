"""Keep the landmarks of a part of a film, for interrupted runs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from analysis.courses.frames import FrameFace
from analysis.face.landmarks.landmarks import Landmarks
from analysis.tables.output_files import put
from experiment.record.film.reading import FilmRow


def keep_faces(file: Path, faces: Sequence[FrameFace]) -> None:
    """Write the landmarks of some frames, whole or not at all.

    Parameters
    ----------
    file : Path
        The file.
    faces : sequence of FrameFace
        The landmarks.

    Raises
    ------
    RecordError
        If the file cannot be written.
    """
    found = [one.landmarks for one in faces]
    nothing = Landmarks(np.full((68, 2), np.nan), (0, 0))
    content = io.BytesIO()
    np.savez(
        content,
        found=np.array([one is not None for one in found]),
        reasons=np.array([one.reason for one in faces], dtype=np.str_),
        points=np.array([(one or nothing).points_px for one in found], dtype=np.float64).reshape(-1, 68, 2),
        sizes=np.array([(one or nothing).image_size for one in found], dtype=np.int64).reshape(-1, 2),
        boxes=np.array([(one or nothing).face_box or (np.nan,) * 4 for one in found], dtype=np.float64).reshape(-1, 4),
        numbers=np.array([_numbers(one or nothing) for one in found], dtype=np.float64).reshape(-1, 3),
    )
    put(file, content.getvalue())


def kept_faces(file: Path, rows: Sequence[FilmRow]) -> list[FrameFace] | None:
    """Return the kept landmarks of some frames; None if there are none.

    Parameters
    ----------
    file : Path
        The file.
    rows : sequence of FilmRow
        The frames.
    """
    try:
        with np.load(file, allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        if len(arrays["found"]) != len(rows):
            return None
        return [
            FrameFace(row, _landmarks(arrays, number) if arrays["found"][number] else None, str(reason))
            for number, (row, reason) in enumerate(zip(rows, arrays["reasons"], strict=True))
        ]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _numbers(one: Landmarks) -> list[float]:
    return [np.nan if value is None else value for value in (one.score, one.blur, one.scatter_px)]


def _landmarks(arrays: dict[str, np.ndarray], number: int) -> Landmarks:
    score, blur, scatter = (None if np.isnan(value) else float(value) for value in arrays["numbers"][number])
    left, top, right, bottom = arrays["boxes"][number].tolist()
    width, height = arrays["sizes"][number].tolist()
    box = None if np.isnan(left) else (left, top, right, bottom)
    # A copy: a view would keep the landmarks of all frames of the piece in memory as long as one of them is needed.
    return Landmarks(arrays["points"][number].copy(), (width, height), box, score, blur, scatter)
