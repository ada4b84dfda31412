"""A coloured face is the same, whatever else this process draws."""

from __future__ import annotations

import numpy as np
from numpy.testing import assert_array_equal

from analysis.face.models.registry import load_model
from analysis.face.render.coloured import ColouredFace
from analysis.face.render.renderer import FaceRenderer
from analysis.face.render.scene import Optics, Scene, Sensor


def test_another_renderer_does_not_change_the_picture() -> None:
    model = load_model()
    colours = np.full((len(model.mean), 3), (200, 120, 40), dtype=np.uint8)
    painter = ColouredFace(model, size_px=(120, 150))
    before = painter.draw(model.mean, colours)
    other = FaceRenderer(model, refine=0, samples=1, shadows=False, px_per_mm=2.0)
    other.render(model.mean, Scene(optics=Optics(160, 120, 150), sensor=Sensor(noise=0.0, blur_px=0.5)))
    painter.light(model.mean)
    after = painter.draw(model.mean, colours)

    assert before.std() > 20
    assert_array_equal(after, before)
    other.close()
    painter.close()
