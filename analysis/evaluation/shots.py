"""From the description of a picture to the face the detector sees in it; pictures and looks are kept between runs.

A picture depends on its description, on the numbers of the generating model and on the code that draws; what is seen
depends on the picture and on the code that looks. The names of the kept files are hashes of all of these, so a change
of the code makes them anew.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import pickle
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

import analysis.face
import analysis.face.render
from analysis.evaluation.generators import Generator
from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.measurement import BOXES, Detection, Picture, detect_face
from analysis.face.render.scene import Scene
from analysis.face.synthetic.people import Person

_QUALITY = 95
"""Of the JPEG files pictures are kept in, like those of a camera."""
_AFTER_LOOKING = (
    "bounded",
    "camera",
    "eos",
    "fit",
    "head_pose",
    "measure",
    "refit",
    "rows",
    "solver",
    "store",
    "tracking",
)
"""Files beside `look` that it does not use: they may change without a new look."""


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One picture to be taken of a synthetic person."""

    person: Person
    label: str
    """What the picture is said to show: `NEUTRAL` or an expression."""
    expression: FloatArray
    """(E,) units of the generating model."""
    scene: Scene
    frame: int = 0
    """Another number gives other noise of the camera."""
    take: int = 0
    """Which of several pictures of the same expression."""


@dataclass(frozen=True, slots=True)
class Studio:
    """Takes pictures of the people of one generator and looks at them."""

    generator: Generator
    cache: Path
    """Folder to keep pictures and looks in."""

    def see(self, shot: Shot) -> Detection:
        """What the detector sees in the picture, labelled by the shot."""
        name = self._name(shot)
        picture = self.cache / "pictures" / name[:2] / f"{name}.jpg"
        kept = self.cache / "looks" / name[:2] / f"{name}-{_code_that_looks()}.pickle"
        if not kept.exists():
            if not picture.exists():
                keep_picture(picture, self.draw(shot))
            _write(kept, pickle.dumps(detect_face(Picture(picture, ""))))
        return relabelled(pickle.loads(kept.read_bytes()), Picture(picture, shot.label))

    def draw(self, shot: Shot) -> ImageArray:
        """The picture."""
        model = self.generator.model()
        vertices = model.neutral(shot.person.identity) + model.displacement(shot.expression, "units")
        return self.generator.renderer().render(vertices, shot.scene, frame=shot.frame)

    def _name(self, shot: Shot) -> str:
        digest = hashlib.sha256()
        for part in (self.generator.fingerprint(), _code_that_draws(), repr(shot.scene), str(shot.frame)):
            digest.update(part.encode())
        digest.update(shot.person.identity.tobytes() + shot.expression.tobytes())
        return digest.hexdigest()[:24]


def detect_photograph(picture: Picture, cache: Path) -> Detection:
    """What the detector sees in a photograph on disk."""
    facts = picture.path.stat()
    name = hashlib.sha256(f"{picture.path} {facts.st_size} {facts.st_mtime_ns}".encode()).hexdigest()[:24]
    kept = cache / "looks" / name[:2] / f"{name}-{_code_that_looks()}.pickle"
    if not kept.exists():
        _write(kept, pickle.dumps(detect_face(picture)))
    return relabelled(pickle.loads(kept.read_bytes()), picture)


def relabelled(seen: Detection, picture: Picture) -> Detection:
    """The same look, said to be of another picture."""
    return replace(seen, picture=picture)


def keep_picture(file: Path, picture: ImageArray) -> None:
    """Write a picture, whole or not at all, in the format its name says."""
    settings = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY] if file.suffix == ".jpg" else []
    done, data = cv2.imencode(file.suffix, picture[:, :, ::-1], settings)
    if not done:
        raise RuntimeError(f"OpenCV cannot encode a picture of {picture.shape}")
    _write(file, np.asarray(data).tobytes())


def _write(file: Path, data: bytes) -> None:
    """Whole or not at all: another process may be writing the same file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_suffix(f".{os.getpid()}")
    half.write_bytes(data)
    half.replace(file)


@lru_cache(maxsize=1)
def _code_that_draws() -> str:
    return _fingerprint(Path(analysis.face.render.__path__[0]).glob("*.py"))


@lru_cache(maxsize=1)
def _code_that_looks() -> str:
    folder = Path(analysis.face.__path__[0])
    before = [file for file in folder.glob("*.py") if file.stem not in _AFTER_LOOKING]
    return hashlib.sha256((_fingerprint(before) + inspect.getsource(detect_face) + str(BOXES)).encode()).hexdigest()[
        :12
    ]


def _fingerprint(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:12]
