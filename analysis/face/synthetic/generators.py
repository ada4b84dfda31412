"""The face models of drawn people, and their renderers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from analysis.face.errors import FaceModelError
from analysis.face.models.model import FaceModel
from analysis.face.models.readers.kinds import read_model
from analysis.face.models.registry import DEFAULT_MODEL, load_model
from analysis.face.render.filled import filled
from analysis.face.render.renderer import FaceRenderer


@dataclass(frozen=True, slots=True)
class Generator:
    """The face model of drawn people, as a value that can be sent to other processes."""

    name: str = DEFAULT_MODEL
    kind: str = ""
    """One of `analysis.face.models.readers.kinds`; empty for an installed model of that name."""
    path: Path = Path()

    def model(self) -> FaceModel:
        """Return the model with eyes and a mouth; each process reads it once.

        Raises
        ------
        FaceModelError
            If the model does not exist or cannot be read.
        """
        return _model(self)

    def renderer(self, *, samples: int = 4, fast: bool = False) -> FaceRenderer:
        """Return the renderer of this process.

        Creating a renderer takes longer than drawing the pictures of one person.

        Parameters
        ----------
        samples : int
            Samples a pixel.
        fast : bool
            Draw without shadows and with coarser skin, for films.
        """
        return _renderer(self, samples, fast)


def ict_generator(path: Path) -> Generator:
    """Return ICT-FaceKit from the folder or file of ``--ict``.

    In a folder the .npz file is preferred, since loose files are often incomplete.

    Raises
    ------
    FaceModelError
        If the path does not exist.
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
def _renderer(generator: Generator, samples: int, fast: bool) -> FaceRenderer:  # noqa: FBT001 (arguments of a cache)
    return FaceRenderer(_model(generator), refine=0, samples=samples, shadows=not fast, px_per_mm=3.0 if fast else 4.0)
