"""The looks of the posers: the shapes of their faces, skin, hair and eyes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.face.arrays import FloatArray
from analysis.face.models.model import FaceModel
from analysis.face.models.poser_shapes import poser_identity
from analysis.face.render.scene import Appearance

_BLACK, _DARK_EYES = (0.06, 0.05, 0.05), (0.20, 0.13, 0.08)
_YOUNG_SKIN, _OLD_SKIN = 0.45, 0.75
"""Depth of the wrinkles."""
_GREY, _GREY_BROWS = (0.60, 0.58, 0.56), (0.36, 0.33, 0.31)


@dataclass(frozen=True, slots=True, eq=False)
class PoserLook:
    """How one poser looks at rest."""

    identity: FloatArray
    """(K,) identity coefficients of the face model."""
    appearance: Appearance


_APPEARANCES: Mapping[str, Appearance] = {
    "robin": Appearance(
        skin=(0.85, 0.66, 0.55),
        lips=(0.71, 0.42, 0.39),
        brows=(0.20, 0.14, 0.10),
        brow_strength=0.95,
        iris=(0.36, 0.26, 0.16),
        hair="short",
        hair_colour=(0.17, 0.11, 0.07),
        clothes=(0.30, 0.34, 0.40),
        texture_seed=4,
        wrinkles=_YOUNG_SKIN,
    ),
    "clara": Appearance(
        skin=(0.88, 0.70, 0.61),
        lips=(0.74, 0.44, 0.42),
        brows=(0.34, 0.23, 0.14),
        brow_strength=0.95,
        iris=(0.32, 0.40, 0.42),
        hair="long",
        hair_colour=(0.42, 0.28, 0.15),
        clothes=(0.33, 0.40, 0.36),
        texture_seed=5,
        wrinkles=_YOUNG_SKIN,
    ),
    "mei": Appearance(
        skin=(0.86, 0.68, 0.55),
        lips=(0.72, 0.41, 0.39),
        brows=(0.10, 0.08, 0.07),
        brow_strength=0.9,
        iris=_DARK_EYES,
        hair="long",
        hair_colour=(0.07, 0.06, 0.06),
        clothes=(0.40, 0.34, 0.34),
        texture_seed=6,
        wrinkles=_YOUNG_SKIN,
    ),
    "amara": Appearance(
        skin=(0.46, 0.31, 0.23),
        lips=(0.47, 0.25, 0.24),
        brows=(0.07, 0.05, 0.04),
        brow_strength=1.0,
        iris=_DARK_EYES,
        hair="short",
        hair_colour=_BLACK,
        clothes=(0.44, 0.40, 0.32),
        texture_seed=7,
        wrinkles=_YOUNG_SKIN,
    ),
    "ingrid": Appearance(
        skin=(0.87, 0.70, 0.62),
        lips=(0.70, 0.44, 0.42),
        brows=_GREY_BROWS,
        brow_strength=0.95,
        iris=(0.32, 0.39, 0.44),
        hair="short",
        hair_colour=_GREY,
        clothes=(0.36, 0.32, 0.40),
        texture_seed=8,
        wrinkles=_OLD_SKIN,
    ),
    "david": Appearance(
        skin=(0.74, 0.54, 0.42),
        lips=(0.60, 0.36, 0.32),
        brows=(0.11, 0.08, 0.06),
        brow_strength=1.0,
        brow_fullness=1.15,
        iris=(0.26, 0.17, 0.10),
        hair="short",
        hair_colour=(0.09, 0.07, 0.05),
        clothes=(0.28, 0.33, 0.36),
        stubble=0.35,
        texture_seed=9,
        wrinkles=_YOUNG_SKIN,
    ),
    "kofi": Appearance(
        skin=(0.36, 0.24, 0.18),
        lips=(0.41, 0.24, 0.22),
        brows=(0.05, 0.04, 0.03),
        brow_strength=1.0,
        brow_fullness=1.15,
        iris=_DARK_EYES,
        hair="none",
        clothes=(0.36, 0.38, 0.42),
        texture_seed=10,
        wrinkles=_YOUNG_SKIN,
    ),
    "samuel": Appearance(
        skin=(0.62, 0.45, 0.34),
        lips=(0.50, 0.30, 0.28),
        brows=(0.26, 0.24, 0.22),
        brow_strength=1.0,
        iris=_DARK_EYES,
        hair="short",
        hair_colour=(0.42, 0.40, 0.38),
        clothes=(0.34, 0.36, 0.30),
        texture_seed=11,
        wrinkles=_OLD_SKIN,
    ),
    "haruto": Appearance(
        skin=(0.80, 0.62, 0.49),
        lips=(0.65, 0.40, 0.36),
        brows=(0.20, 0.18, 0.17),
        brow_strength=1.0,
        iris=_DARK_EYES,
        hair="short",
        hair_colour=(0.33, 0.32, 0.31),
        clothes=(0.38, 0.36, 0.33),
        texture_seed=12,
        wrinkles=_OLD_SKIN,
    ),
}


def poser_look(name: str, model: FaceModel) -> PoserLook:
    """Return how a poser looks.

    Parameters
    ----------
    name : str
        One of `analysis.face.models.posers.POSERS`.
    model : FaceModel
        The face model that ships.

    Raises
    ------
    FaceModelError
        If the shapes of the posers belong to another model.
    """
    return PoserLook(poser_identity(name, model), _APPEARANCES[name])
