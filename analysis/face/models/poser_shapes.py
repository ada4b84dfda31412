"""The shapes of the posers: identity coefficients of the face model."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.errors import FaceModelError
from analysis.face.models.model import FaceModel
from analysis.face.models.posers import DEFAULT_POSER

SHAPES_FILE = Path(__file__).with_name("poser_shapes.txt")
_DEFAULT_SEED, _DEFAULT_SPREAD = 24, 0.4


def poser_identity(name: str, model: FaceModel) -> FloatArray:
    """Return the (K,) identity coefficients of a poser.

    Parameters
    ----------
    name : str
        One of `analysis.face.models.posers.POSERS`. The default one is a random person of the model.
    model : FaceModel
        The face model that ships.

    Raises
    ------
    FaceModelError
        If the model has another number of components than the file of the shapes.
    """
    if name == DEFAULT_POSER:
        coefficients: FloatArray = np.random.default_rng(_DEFAULT_SEED).normal(size=len(model.identity))
        return coefficients * _DEFAULT_SPREAD
    shape = _shapes()[name]
    if len(shape) != len(model.identity):
        raise FaceModelError(
            f"the face model {model.name} has {len(model.identity)} identity components, and {SHAPES_FILE.name} has "
            f"{len(shape)}; write the file again: python -m analysis.face.models.makehuman.posers WHEEL"
        )
    return shape


def write_shapes(shapes: Mapping[str, FloatArray], file: Path = SHAPES_FILE) -> None:
    """Write the identity coefficients of posers.

    Parameters
    ----------
    shapes : mapping
        (K,) coefficients of each poser.
    file : Path
        The file.
    """
    lines = [
        "# Identity coefficients of the posers; one line a poser, in the order of the components of the face model.",
        "# Made by: python -m analysis.face.models.makehuman.posers WHEEL",
    ]
    lines += [" ".join([name, *(f"{value:.3f}" for value in shape)]) for name, shape in shapes.items()]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


@lru_cache(maxsize=1)
def _shapes() -> dict[str, FloatArray]:
    lines = SHAPES_FILE.read_text(encoding="utf-8").splitlines()
    rows = [line.split() for line in lines if line and not line.startswith("#")]
    return {name: np.array(values, dtype=np.float64) for name, *values in rows}
