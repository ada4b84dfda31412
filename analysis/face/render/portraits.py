"""Draw the shipped target faces: ``python -m analysis.face.render.portraits``.

They show one poser: at rest, with a practice smile, and with each of the six basic emotions. The file ``targets.json``
next to them has their exact blends. Pictures are the same on every run on one machine; another OpenGL may differ in the
last bit of a pixel.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from analysis.face.arrays import ImageArray
from analysis.face.models.drawn_face import DrawnFace
from analysis.face.models.emotions import EMOTIONS, blend_strengths
from analysis.face.models.model import FaceModel
from analysis.face.models.posers import DEFAULT_POSER
from analysis.face.models.registry import load_model
from analysis.face.render.poser_looks import poser_look
from analysis.face.render.renderer import FaceRenderer
from analysis.face.render.scene import Appearance, Background, HeadPose, Lighting, Optics, Scene
from analysis.paths import PROTOCOLS

FOLDER = PROTOCOLS / "targets"
SIZE_PX = (720, 900)
_FINER = 2
"""Factor by which pictures are drawn larger and then averaged."""

PORTRAITS: dict[str, DrawnFace] = {
    "neutral": DrawnFace(),
    "practice-smile": DrawnFace({"happiness": 0.5}),
    **{emotion: DrawnFace({emotion: 1.0}) for emotion in EMOTIONS},
}
"""The face on each picture that ships."""


def portrait_scene(appearance: Appearance) -> Scene:
    """Return the scene of a target face.

    The lamp stands low, so that the upper lip casts no shadow on the teeth.

    Parameters
    ----------
    appearance : Appearance
        Skin, hair and eyes of the poser.
    """
    width, height = SIZE_PX
    return Scene(
        appearance=appearance,
        pose=HeadPose(y_mm=-6.0, distance_mm=1000.0),
        optics=Optics(width * _FINER, height * _FINER, 3.1 * height * _FINER),
        light=Lighting(key_azimuth_deg=18, key_elevation_deg=11, key=0.80, room=0.52),
        background=Background(colour=(0.42, 0.44, 0.47)),
    )


class PortraitPainter:
    """Draws the posers with any expression.

    Use it in the thread that created it.

    Parameters
    ----------
    model : FaceModel
        Needs the basis ``units``.
    samples : int
        Samples a pixel of the larger picture. With 1, drawing takes a third of the time and only edges differ.
    """

    def __init__(self, model: FaceModel, *, samples: int = 4) -> None:
        self._model = model
        self._renderer = FaceRenderer(model, refine=2, samples=samples, px_per_mm=8.0)

    def draw(self, face: DrawnFace) -> ImageArray:
        """Draw one picture.

        Parameters
        ----------
        face : DrawnFace
            Strengths of emotions and of units, and the poser.

        Returns
        -------
        (900, 720, 3) uint8 array
            RGB.
        """
        look = poser_look(face.poser, self._model)
        names = self._model.bases["units"].names
        blend = {name: strength for name, strength in face.strengths.items() if name in EMOTIONS}
        drawn = blend_strengths(blend, names)
        units = np.array([drawn.get(name, 0.0) + face.strengths.get(name, 0.0) for name in names])
        vertices = self._model.neutral(look.identity) + self._model.displacement(units)
        large = self._renderer.render(vertices, portrait_scene(look.appearance), units=units)
        return np.asarray(cv2.resize(large, SIZE_PX, interpolation=cv2.INTER_AREA), dtype=np.uint8)

    def close(self) -> None:
        """Release the graphics context."""
        self._renderer.close()


def draw_portraits(model: FaceModel, faces: Mapping[str, DrawnFace] = PORTRAITS) -> Iterator[tuple[str, ImageArray]]:
    """Draw faces.

    Parameters
    ----------
    model : FaceModel
        Needs the basis ``units``.
    faces : mapping
        The faces by name of the picture.

    Yields
    ------
    tuple
        Name and (900, 720, 3) RGB picture.
    """
    painter = PortraitPainter(model)
    try:
        for name, face in faces.items():
            yield name, painter.draw(face)
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
        "poser": DEFAULT_POSER,
        "identity": [round(float(value), 6) for value in poser_look(DEFAULT_POSER, model).identity],
        "blends": {name: dict(face.strengths) for name, face in PORTRAITS.items()},
        "units": {emotion: blend_strengths({emotion: 1.0}, model.bases["units"].names) for emotion in EMOTIONS},
        "made_by": "python -m analysis.face.render.portraits",
    }
    (folder / "targets.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    print(f"{folder}: {len(PORTRAITS)} portraits")


if __name__ == "__main__":
    main()
