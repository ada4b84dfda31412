"""Draw the shipped target faces: ``python -m analysis.face.render.portraits``.

They show one person of the free model: at rest, with a practice smile, and with each of the six basic emotions. The
file ``targets.json`` next to them has their exact blends. Pictures are the same on every run on one machine; another
OpenGL may differ in the last bit of a pixel.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.render.renderer import FaceRenderer
from analysis.face.render.scene import Appearance, Background, HeadPose, Lighting, Optics, Scene
from analysis.paths import PROTOCOLS

FOLDER = PROTOCOLS / "targets"
SIZE_PX = (720, 900)
_FINER = 2
"""Factor by which pictures are drawn larger and then averaged."""
_PERSON_SEED = 24
_PERSON_SPREAD = 0.4

PORTRAITS: dict[str, dict[str, float]] = {
    "neutral": {},
    "practice-smile": {"happiness": 0.5},
    **{emotion: {emotion: 1.0} for emotion in EMOTIONS},
}
"""The blend of emotions each portrait shows."""


def model_person(model: FaceModel) -> FloatArray:
    """Return the (K,) identity coefficients of the target faces."""
    rng = np.random.default_rng(_PERSON_SEED)
    coefficients: FloatArray = rng.normal(size=len(model.identity)) * _PERSON_SPREAD
    return coefficients


def portrait_scene() -> Scene:
    """Return the scene of the target faces."""
    width, height = SIZE_PX
    return Scene(
        appearance=Appearance(
            skin=(0.85, 0.66, 0.55),
            lips=(0.71, 0.42, 0.39),
            brows=(0.20, 0.14, 0.10),
            brow_strength=0.95,
            iris=(0.36, 0.26, 0.16),
            hair="short",
            hair_colour=(0.17, 0.11, 0.07),
            clothes=(0.30, 0.34, 0.40),
            stubble=0.0,
            texture_seed=4,
        ),
        pose=HeadPose(y_mm=-6.0, distance_mm=1000.0),
        optics=Optics(width * _FINER, height * _FINER, 3.1 * height * _FINER),
        light=Lighting(key_azimuth_deg=22, key_elevation_deg=28, key=0.80, room=0.52),
        background=Background(colour=(0.42, 0.44, 0.47)),
    )


class PortraitPainter:
    """Draws the person of the target faces with any expression.

    Use it in the thread that created it.

    Parameters
    ----------
    model : FaceModel
        Needs the basis ``emotions``, and ``units`` for single movements.
    samples : int
        Samples a pixel of the larger picture. With 1, drawing takes a third of the time and only edges differ.
    """

    def __init__(self, model: FaceModel, *, samples: int = 4) -> None:
        self._model = model
        self._renderer = FaceRenderer(model, refine=2, samples=samples, px_per_mm=8.0)
        self._neutral, self._scene = model.neutral(model_person(model)), portrait_scene()

    def draw(self, strengths: Mapping[str, float]) -> ImageArray:
        """Draw one picture.

        Parameters
        ----------
        strengths : mapping
            Strengths of emotions and of units, by name.

        Returns
        -------
        (900, 720, 3) uint8 array
            RGB.
        """
        vertices = self._neutral
        for name, basis in self._model.bases.items():
            expression = np.array([strengths.get(shape, 0.0) for shape in basis.names])
            if expression.any():
                vertices = vertices + self._model.displacement(expression, name)
        large = self._renderer.render(vertices, self._scene)
        return np.asarray(cv2.resize(large, SIZE_PX, interpolation=cv2.INTER_AREA), dtype=np.uint8)

    def close(self) -> None:
        """Release the graphics context."""
        self._renderer.close()


def draw_portraits(
    model: FaceModel, blends: Mapping[str, Mapping[str, float]] = PORTRAITS
) -> Iterator[tuple[str, ImageArray]]:
    """Draw the person with every blend of emotions or units.

    Parameters
    ----------
    model : FaceModel
        Needs the basis ``emotions``.
    blends : mapping
        Strengths of emotions and units by name of the picture.

    Yields
    ------
    tuple
        Name and (900, 720, 3) RGB picture.
    """
    painter = PortraitPainter(model)
    try:
        for name, blend in blends.items():
            yield name, painter.draw(blend)
    finally:
        painter.close()


def main() -> None:
    """Write the pictures and ``targets.json``."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    model = load_model()
    for name, picture in draw_portraits(model):
        Image.fromarray(picture).save(folder / f"{name}.png", optimize=True)
    facts = {
        "licence": "CC0-1.0",
        "model": model.name,
        "identity": [round(float(value), 6) for value in model_person(model)],
        "blends": PORTRAITS,
        "made_by": "python -m analysis.face.render.portraits",
    }
    (folder / "targets.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    print(f"{folder}: {len(PORTRAITS)} portraits")


if __name__ == "__main__":
    main()
