"""The face models that synthetic people are made with: the one that fits them, and one that does not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from analysis.face.errors import FaceModelError
from analysis.face.models.model import FaceModel
from analysis.face.models.readers.kinds import read_model
from analysis.face.models.registry import load_model
from analysis.face.render.filled import filled
from analysis.face.render.renderer import FaceRenderer
from analysis.tables.outputs import model_sha256


@dataclass(frozen=True, slots=True)
class Generator:
    """Where the faces of synthetic people come from; a value that other processes can be told."""

    name: str
    kind: str = ""
    """Of `analysis.face.models.readers.kinds`; empty for an installed model of that name."""
    path: Path = Path()

    def model(self) -> FaceModel:
        """The model, with eyes and a mouth; read once per process.

        Raises
        ------
        FaceModelError
            If there is no such model, or it cannot be read.
        """
        return _model(self)

    def renderer(self) -> FaceRenderer:
        """What draws it; one per process."""
        return _renderer(self)

    def fingerprint(self) -> str:
        """Changes with every number of the model."""
        return _fingerprint(self)


def ict_generator(path: Path) -> Generator:
    """ICT-FaceKit from the folder or file of ``--ict``.

    The whole model in one file is taken where the folder has it: as loose files it is often incomplete.

    Raises
    ------
    FaceModelError
        If there is nothing there.
    """
    if not path.exists():
        raise FaceModelError(f"there is nothing at {path}; --ict takes the folder or the .npz of ICT-FaceKit")
    file = next(iter(sorted(path.glob("*.npz"))), path) if path.is_dir() else path
    return Generator("ict", "ict", file)


@lru_cache(maxsize=2)
def _model(generator: Generator) -> FaceModel:
    if not generator.kind:
        return load_model(generator.name)
    return filled(read_model(generator.kind, generator.path, name=generator.name))


@lru_cache(maxsize=2)
def _renderer(generator: Generator) -> FaceRenderer:
    return FaceRenderer(_model(generator), refine=0, samples=4)


@lru_cache(maxsize=2)
def _fingerprint(generator: Generator) -> str:
    return model_sha256(_model(generator))[:16]
