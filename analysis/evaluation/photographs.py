"""Draw photographs and detect their faces; keep both on disk between runs.

A picture depends on its description, on the face model and on the code that draws. A detected face also depends on the
code that detects. The names of the kept files are hashes of all of these, so a change of the code makes new files.
"""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

import analysis.face
from analysis.face.arrays import ImageArray
from analysis.face.landmarks.fingerprint import detection_fingerprint
from analysis.face.measurement import BOXES, Detection, Picture, detect_face
from analysis.face.synthetic.generators import Generator
from analysis.face.synthetic.people import Photograph
from analysis.tables.measurement_provenance import model_sha256

_FACE = Path(analysis.face.__path__[0])
_QUALITY = 95
"""JPEG quality of the kept pictures."""


@dataclass(frozen=True, slots=True)
class PhotographStore:
    """Photographs of the people of one face model, and the faces detected in them."""

    generator: Generator
    cache: Path
    """Folder of the kept pictures and detected faces."""

    def detect(self, photograph: Photograph) -> Detection:
        """Return the detected face, labelled as the photograph is."""
        name = self._name(photograph)
        file = self.cache / "pictures" / name[:2] / f"{name}.jpg"

        def draw_and_detect() -> Detection:
            if not file.exists():
                write_picture(file, photograph.draw(self.generator.renderer()))
            return detect_face(Picture(file, ""))

        return _kept(self.cache, name, draw_and_detect, Picture(file, photograph.label))

    def _name(self, photograph: Photograph) -> str:
        digest = hashlib.sha256()
        for part in (generator_digest(self.generator), drawing_code(), repr(photograph.scene), str(photograph.frame)):
            digest.update(part.encode())
        if photograph.glasses:
            digest.update(b"glasses")
        person = photograph.person
        digest.update(person.identity.tobytes() + photograph.expression.tobytes())
        if person.movements is not None:
            digest.update(person.movements.tobytes())
        return digest.hexdigest()[:24]


def detect_file(picture: Picture, cache: Path) -> Detection:
    """Return the face detected in a photograph on disk."""
    facts = picture.path.stat()
    name = hashlib.sha256(f"{picture.path} {facts.st_size} {facts.st_mtime_ns}".encode()).hexdigest()[:24]
    return _kept(cache, name, lambda: detect_face(picture), picture)


def write_picture(file: Path, picture: ImageArray) -> None:
    """Write a picture in the format of the file's suffix, all of it or nothing.

    Parameters
    ----------
    file : Path
        File to write.
    picture : (H, W, 3) uint8 array
        RGB.
    """
    settings = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY] if file.suffix == ".jpg" else []
    done, data = cv2.imencode(file.suffix, picture[:, :, ::-1], settings)
    if not done:
        raise RuntimeError(f"OpenCV cannot encode a picture of {picture.shape}")
    write_whole(file, np.asarray(data).tobytes())


def _kept(cache: Path, name: str, detect: Callable[[], Detection], picture: Picture) -> Detection:
    """Return the kept result of `detect` for a picture; make it if it is missing."""
    file = cache / "detections" / name[:2] / f"{name}-{detection_fingerprint(BOXES)}.pickle"
    if not file.exists():
        write_whole(file, pickle.dumps(detect()))
    found: Detection = pickle.loads(file.read_bytes())
    return replace(found, picture=picture)


def write_whole(file: Path, data: bytes) -> None:
    """Write all of a file or nothing: another process may write the same one.

    Parameters
    ----------
    file : Path
        File to write; its folder is made.
    data : bytes
        Its content.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_suffix(f".{os.getpid()}")
    half.write_bytes(data)
    half.replace(file)


@lru_cache(maxsize=2)
def generator_digest(generator: Generator) -> str:
    """Return digits that identify the face model of drawn people."""
    return model_sha256(generator.model())[:16]


@lru_cache(maxsize=1)
def drawing_code() -> str:
    """Return digits that identify the code that draws."""
    return _hash_of((_FACE / "render").glob("*.py"))


def _hash_of(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:12]
