"""Read the landmark map of a face model.

The vertex of each of the 68 landmarks of dlib.

It is a text file with one landmark a line, ``POINT = VERTEX  # comment``. The point counts from 1 as in the iBUG
drawings, the vertex from 0. Points that a model does not have are left out. Lines that start with ``#`` or ``[`` and
everything after the section ``[contour_landmarks]`` are skipped, so that the files of eos can be used unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from analysis.face.arrays import IntArray
from analysis.face.errors import FaceModelError
from analysis.face.models.readers.files import read_text

LANDMARKS = 68
NEEDED = {
    "the outer corners of the eyes (37, 46)": (36, 45),
    "the inner corners of the eyes (40, 43)": (39, 42),
    "the corners of the mouth (49, 55)": (48, 54),
}
_LINE = re.compile(r"(?P<point>\d+)\s*=\s*(?P<vertex>[\w.\-]+)\s*(#.*)?")


def read_landmark_file(path: Path, *, vertices: int, names: Mapping[str, int] | None = None) -> IntArray:
    """Read a landmark map.

    Parameters
    ----------
    path : Path
        The text file.
    vertices : int
        Number of vertices of the model.
    names : mapping, optional
        Vertices with names in the model file; a line may have a name instead of a number.

    Returns
    -------
    (68,) int array
        Vertex of each landmark, 0-based, -1 for none.

    Raises
    ------
    FaceModelError
        If a line is wrong (the message gives its number), or a landmark needed for the head pose is missing.
    """
    found = np.full(LANDMARKS, -1, dtype=np.int64)
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        content = line.strip()
        if content == "[contour_landmarks]":
            break
        if not content or content[0] in "#[":
            continue
        place = f"{path}:{number}"
        match = _LINE.fullmatch(content)
        if match is None:
            raise FaceModelError(
                f'{place}: expected "POINT = VERTEX", for example "31 = 114  # nose tip", got "{content}"'
            )
        point = int(match["point"])
        if not 1 <= point <= LANDMARKS:
            raise FaceModelError(f"{place}: a landmark is a number from 1 to {LANDMARKS}, got {point}")
        if found[point - 1] >= 0:
            raise FaceModelError(f"{place}: landmark {point} is given twice; keep one of the two lines")
        found[point - 1] = _vertex(match["vertex"], vertices=vertices, names=names or {}, place=place)
    return check_landmarks(found, vertices=vertices, source=str(path))


def _vertex(text: str, *, vertices: int, names: Mapping[str, int], place: str) -> int:
    if text in names:
        return names[text]
    if not text.isdigit():
        known = ", ".join(sorted(names)[:8])
        hint = f"; the model has names such as {known}" if known else "; this model has no named points"
        raise FaceModelError(f'{place}: "{text}" is neither a vertex number nor a named point of the model{hint}')
    if int(text) >= vertices:
        raise FaceModelError(f"{place}: vertex {text} does not exist, the model has {vertices} (0 to {vertices - 1})")
    return int(text)


def check_landmarks(landmarks: IntArray, *, vertices: int, source: str) -> IntArray:
    """Return the landmarks unchanged if they suffice to measure a face.

    Parameters
    ----------
    landmarks : (68,) int array
        Vertex of each landmark, -1 for none.
    vertices : int
        Number of vertices of the model.
    source : str
        File to name in messages.

    Raises
    ------
    FaceModelError
        If a vertex does not exist or a landmark needed for the head pose is missing.
    """
    if landmarks.shape != (LANDMARKS,):
        raise FaceModelError(
            f"{source}: expected {LANDMARKS} landmark vertices, got an array of shape {landmarks.shape}"
        )
    if landmarks.max() >= vertices or landmarks.min() < -1:
        raise FaceModelError(f"{source}: landmark vertices must be between -1 (none) and {vertices - 1}")
    for what, points in NEEDED.items():
        if min(landmarks[list(points)]) < 0:
            raise FaceModelError(f"{source}: {what} are missing; the head pose needs them")
    return landmarks
