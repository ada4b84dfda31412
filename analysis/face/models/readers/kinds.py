"""The kinds of face-model files, by their names on the command line."""

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
        """Read the model in ``path`` and name it.

        Raise FaceModelError if it cannot be read.
        """
        ...


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of face-model file."""

    read: Reader
    path: str
    """The path expected."""
    needs_landmarks: bool = False


def _read_basel(path: Path, *, name: str, landmarks: Path | None) -> FaceModel:
    from analysis.face.models.readers.basel import read_basel  # HDF5 loads slowly and is rarely needed

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

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    path : Path
        File or folder, as the kind expects.
    name : str, optional
        Name of the model; by default the kind.
    landmarks : Path, optional
        File with the vertices of the 68 landmarks.

    Raises
    ------
    FaceModelError
        If the kind is unknown, or the file cannot be read as that kind.
    """
    if kind not in KINDS:
        raise FaceModelError(f'unknown kind of face model "{kind}"; known are {", ".join(KINDS)}')
    if not path.exists():
        raise FaceModelError(f"{path} does not exist; expected {KINDS[kind].path}")
    return KINDS[kind].read(path, name=name or kind, landmarks=landmarks)
