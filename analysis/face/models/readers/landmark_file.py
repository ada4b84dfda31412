"""The landmark map of a face model: which vertex is which of the 68 points dlib finds.

A text file, one point a line, ``POINT = VERTEX  # comment``: the point counts from 1 as in the iBUG drawings, the
vertex from 0. Points a model does not have are simply absent. Lines that start with ``#`` or ``[`` and everything
behind the section ``[contour_landmarks]`` are skipped, so that the files eos ships can be used as they are.
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
        How many vertices the model has.
    names : mapping, optional
        Vertices the model file itself has names for; they may stand on the right instead of a number.

    Returns
    -------
    (68,) int array
        Vertex of each landmark, 0-based, -1 where the file names none.

    Raises
    ------
    FaceModelError
        If a line is wrong, named with its number, or a point without which no pose can be found is missing.
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
        raise FaceModelError(f'{place}: "{text}" is neither a vertex number nor a point the model has a name for{hint}')
    if int(text) >= vertices:
        raise FaceModelError(f"{place}: vertex {text} does not exist, the model has {vertices} (0 to {vertices - 1})")
    return int(text)


def check_landmarks(landmarks: IntArray, *, vertices: int, source: str) -> IntArray:
    """Return ``landmarks`` unchanged if a face can be measured with them, else raise FaceModelError."""
    if landmarks.shape != (LANDMARKS,):
        raise FaceModelError(
            f"{source}: expected {LANDMARKS} landmark vertices, got an array of shape {landmarks.shape}"
        )
    if landmarks.max() >= vertices or landmarks.min() < -1:
        raise FaceModelError(f"{source}: landmark vertices must be between -1 (none) and {vertices - 1}")
    for what, points in NEEDED.items():
        if min(landmarks[list(points)]) < 0:
            raise FaceModelError(f"{source}: {what} are missing, no head pose can be found without them")
    return landmarks
