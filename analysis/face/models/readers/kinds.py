"""The kinds of face-model files that can be read, by the word the command line uses for them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from analysis.face.errors import FaceModelError
from analysis.face.models.model import FaceModel
from analysis.face.models.readers.derive import completed
from analysis.face.models.readers.flame import read_flame
from analysis.face.models.readers.ict import read_ict
from analysis.face.models.readers.landmark_file import read_landmark_file
from analysis.face.models.readers.npz import read_npz
from analysis.face.models.readers.surrey import read_surrey


class Reader(Protocol):
    """Reads one kind of file."""

    def __call__(self, path: Path, *, name: str, landmarks: Path | None) -> FaceModel:
        """The model in ``path``, called ``name``; FaceModelError if it cannot be read."""
        ...


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of face-model file."""

    read: Reader
    path: str
    """What to give as the path."""
    needs_landmarks: bool = False


def _read_basel(path: Path, *, name: str, landmarks: Path | None) -> FaceModel:
    from analysis.face.models.readers.basel import read_basel  # HDF5 takes a while to load and few need it

    return read_basel(path, name=name, landmarks=landmarks)


def _read_npz(path: Path, *, name: str, landmarks: Path | None) -> FaceModel:
    model = dataclasses.replace(read_npz(path), name=name)
    if landmarks is not None:
        vertices = read_landmark_file(landmarks, vertices=len(model.mean))
        model = dataclasses.replace(model, landmark_vertices=vertices, regions={})
    return completed(model)


KINDS: Mapping[str, Kind] = {
    "surrey": Kind(read_surrey, "a folder with sfm_shape_3448.bin, expression_blendshapes_3448.bin, ibug_to_sfm.txt"),
    "ict": Kind(read_ict, "the folder of ICT-FaceKit's OBJ files, or an .npz of their offsets"),
    "basel": Kind(_read_basel, "an .h5 file of the Basel Face Model 2017 or 2019", needs_landmarks=True),
    "flame": Kind(read_flame, "generic_model.pkl or an .npz with the same arrays", needs_landmarks=True),
    "npz": Kind(_read_npz, "an .npz in the layout of analysis/face/models/readers/npz.py"),
}


def read_model(kind: str, path: Path, *, name: str | None = None, landmarks: Path | None = None) -> FaceModel:
    """Read a face model of any known kind.

    Raises
    ------
    FaceModelError
        If the kind is unknown, or the file cannot be read as that kind.
    """
    if kind not in KINDS:
        raise FaceModelError(f'no kind of face model is called "{kind}"; known are {", ".join(KINDS)}')
    if not path.exists():
        raise FaceModelError(f"there is nothing at {path}; expected {KINDS[kind].path}")
    return KINDS[kind].read(path, name=name or kind, landmarks=landmarks)
