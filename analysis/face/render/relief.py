"""The relief of the skin as a texture."""

from __future__ import annotations

from typing import Any

import moderngl
import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.models.model import FaceModel
from analysis.face.render.creases import Creases
from analysis.face.render.kept import Kept
from analysis.face.render.paint import PaintGuide
from analysis.face.render.scene import Appearance


class Relief:
    """Makes the texture of wrinkles for one picture after the other.

    Parameters
    ----------
    context : moderngl.Context
        The graphics context.
    model : FaceModel
        Its units wrinkle the skin.
    guide : PaintGuide
        Positions of the parts of the face.
    """

    def __init__(self, context: Any, model: FaceModel, guide: PaintGuide) -> None:
        self._context, self._guide, self._kept = context, guide, Kept()
        self._names = model.bases["units"].names if "units" in model.bases else ()

    def load(self, look: Appearance, units: FloatArray | None, *, unit: int) -> tuple[float, float, float, float]:
        """Load the relief of an expression and return its box on the mean face, mm.

        Parameters
        ----------
        look : Appearance
            Whose skin.
        units : (E,) float array or None
            Strengths of the units; None: at rest.
        unit : int
            Texture unit to use.
        """
        creases: Creases = self._kept.value("creases", look.texture_seed, lambda seed: Creases(self._guide, seed))
        moved = {} if units is None else dict(zip(self._names, units.tolist(), strict=False))
        made = creases.relief(moved, depth=look.wrinkles, broad=look.folds)
        height, width, _ = made.relief.shape
        texture = self._kept.value("texture", (width, height), lambda size: self._context.texture(size, 3, dtype="f2"))
        texture.write(made.relief.astype(np.float16).tobytes())
        texture.build_mipmaps()
        texture.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
        texture.repeat_x = texture.repeat_y = False
        texture.use(unit)
        return made.box_mm
