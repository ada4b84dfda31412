"""Read the Surrey Face Model in the binary files of eos.

Shape model, six emotions, landmark map.

The C++ library cereal writes these files: little-endian, no padding, first a version number, matrices as rows, columns
(int32) and the values column by column (float32), lists as a count (uint64) and their elements. Files of eos version 1
(the published Surrey files) and 4 (written by eos 1.x, may include the blendshapes) can be read. A
coefficient of 1 is one standard deviation of an identity component and the full strength of an emotion, as in eos.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.face.arrays import FloatArray, IntArray
from analysis.face.errors import FaceModelError
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.model import ExpressionBasis, FaceModel
from analysis.face.models.readers.derive import completed
from analysis.face.models.readers.files import read_bytes
from analysis.face.models.readers.landmark_file import read_landmark_file

SHAPE_FILE = "sfm_shape_3448.bin"
BLENDSHAPES_FILE = "expression_blendshapes_3448.bin"
LANDMARK_FILE = "ibug_to_sfm.txt"
LICENCE = "University of Surrey, non-commercial use only"
KNOWN_VERSIONS = (1, 4)


def read_surrey(path: Path, *, name: str = "surrey", landmarks: Path | None = None) -> FaceModel:
    """Read the Surrey Face Model.

    Parameters
    ----------
    path : Path
        A folder with ``sfm_shape_3448.bin``, ``expression_blendshapes_3448.bin`` and ``ibug_to_sfm.txt``, or the path
        of a shape file in the folder of the other two.
    name : str
        Name of the model.
    landmarks : Path, optional
        Landmark map to use instead of ``ibug_to_sfm.txt``.

    Raises
    ------
    FaceModelError
        If a file is missing, truncated or of another kind.
    """
    shape_file = path / SHAPE_FILE if path.is_dir() else path
    folder = shape_file.parent
    pca, blendshapes = _shape_model(_CerealReader(shape_file))
    if not blendshapes:
        blendshapes = _blendshapes_file(_CerealReader(folder / BLENDSHAPES_FILE))
    vertices = len(pca.mean)
    for emotion, shape in blendshapes.items():
        if shape.shape != pca.mean.shape:
            raise FaceModelError(
                f"{folder / BLENDSHAPES_FILE}: {emotion} has {len(shape)} vertices, the shape model {vertices}; "
                "the two files do not belong together"
            )
    basis = ExpressionBasis(tuple(blendshapes), np.stack(list(blendshapes.values())))
    kind = "emotions" if set(basis.names) == set(EMOTIONS) else "units"
    return completed(
        FaceModel(
            name=name,
            mean=pca.mean,
            identity=pca.identity,
            bases={kind: basis},
            landmark_vertices=read_landmark_file(landmarks or folder / LANDMARK_FILE, vertices=vertices),
            triangles=pca.triangles,
            licence=LICENCE,
            source=f"{shape_file.name}, {BLENDSHAPES_FILE} and {LANDMARK_FILE} of eos",
        )
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Pca:
    mean: FloatArray
    identity: FloatArray
    triangles: IntArray


def _shape_model(reader: _CerealReader) -> tuple[_Pca, dict[str, FloatArray]]:
    version = reader.uint32()
    if version not in KNOWN_VERSIONS:
        raise FaceModelError(
            f"{reader.path} is not a face model of eos, or it has an unknown version ({version}); "
            f"expected version {' or '.join(map(str, KNOWN_VERSIONS))}"
        )
    shape = reader.pca()
    if len(shape.mean) == 0:
        raise FaceModelError(f"{reader.path} holds an empty shape model")
    reader.pca()  # colours, empty in the shape-only files
    blendshapes: dict[str, FloatArray] = {}
    if version == 4:
        if reader.optional():
            if reader.int32() != 1:
                raise FaceModelError(
                    f"{reader.path} has statistical expressions; only named blendshapes can be read from eos files"
                )
            blendshapes = reader.blendshapes()
        if reader.optional():
            for _ in range(reader.count(element_size=12)):  # landmark definitions: a name and a vertex each
                reader.string()
                reader.int32()
    reader.skip(reader.count(element_size=16) * 16)  # texture coordinates
    if version == 4:
        reader.skip(reader.count(element_size=12) * 12)  # texture triangles
    reader.end()
    return shape, blendshapes


def _blendshapes_file(reader: _CerealReader) -> dict[str, FloatArray]:
    shapes = reader.blendshapes()
    reader.end()
    if not shapes:
        raise FaceModelError(f"{reader.path} holds no blendshapes")
    return shapes


class _CerealReader:
    """Reads a file of cereal's binary archive in sequence.

    Every step checks the length of the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._data = read_bytes(path)
        self._at = 0

    def uint32(self) -> int:
        return int.from_bytes(self._take(4), "little")

    def int32(self) -> int:
        return int.from_bytes(self._take(4), "little", signed=True)

    def optional(self) -> bool:
        """Return whether an optional value follows (stored as "is empty")."""
        return self._take(1) == b"\x00"

    def count(self, *, element_size: int) -> int:
        number = int.from_bytes(self._take(8), "little")
        self._require(number * element_size)
        return number

    def string(self) -> str:
        return self._take(self.count(element_size=1)).decode("latin-1")

    def matrix(self) -> FloatArray:
        """Return a (rows, columns) matrix of float32 as float64."""
        rows, columns = self.int32(), self.int32()
        if rows < 0 or columns < 0:
            raise self._damaged("a matrix has a negative size")
        values = np.frombuffer(self._take(4 * rows * columns), dtype="<f4").reshape(columns, rows)
        return np.ascontiguousarray(values.T, dtype=np.float64)

    def points(self) -> FloatArray:
        """Return a column of 3 V values as (V, 3)."""
        column = self.matrix()
        if column.size and (column.shape[1] != 1 or len(column) % 3):
            raise self._damaged(f"expected a column of x, y, z values, got a matrix of shape {column.shape}")
        return column.reshape(-1, 3)

    def pca(self) -> _Pca:
        mean, basis, variances = self.points(), self.matrix(), self.matrix()
        triangles = np.frombuffer(self._take(12 * self.count(element_size=12)), dtype="<i4").reshape(-1, 3)
        components = variances.size
        if mean.size == 0:
            return _Pca(mean, np.empty((0, 0, 3)), triangles.astype(np.int64))
        if basis.shape != (mean.size, components) or (variances < 0).any():
            raise self._damaged("mean, components and variances do not fit together")
        identity = (basis * np.sqrt(variances.ravel())).T.reshape(components, -1, 3)
        return _Pca(mean, identity, triangles.astype(np.int64))

    def blendshapes(self) -> dict[str, FloatArray]:
        return {self.string(): self.points() for _ in range(self.count(element_size=16))}

    def skip(self, size: int) -> None:
        self._take(size)

    def end(self) -> None:
        if self._at != len(self._data):
            raise self._damaged(f"{len(self._data) - self._at} bytes are left over at the end")

    def _take(self, size: int) -> bytes:
        self._require(size)
        self._at += size
        return self._data[self._at - size : self._at]

    def _require(self, size: int) -> None:
        if self._at + size > len(self._data):
            raise self._damaged(f"it ends at byte {len(self._data)}, {self._at + size} were expected")

    def _damaged(self, what: str) -> FaceModelError:
        return FaceModelError(f"{self.path} is damaged or not a file of eos: {what}; get it again from its source")
