"""Wrinkles: where they are, whom they belong to, and that smooth skin stays the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from analysis.face.arrays import FloatArray
from analysis.face.models.registry import load_model
from analysis.face.render.creases import CreaseMap, Creases
from analysis.face.render.paint import PaintGuide
from analysis.face.render.renderer import FaceRenderer
from analysis.face.render.scene import Optics, Scene
from analysis.face.synthetic.people import draw_person

GUIDE = PaintGuide.of(load_model())
POINTS_MM = GUIDE.points_mm


def hidden_in(made: CreaseMap, low_mm: tuple[float, float], high_mm: tuple[float, float]) -> float:
    """Return the largest share of light that is lost in a rectangle of the face."""
    left, bottom, right, top = made.box_mm
    height, width, _ = made.relief.shape
    columns = [round((x - left) / (right - left) * width) for x in (low_mm[0], high_mm[0])]
    rows = [round((top - y) / (top - bottom) * height) for y in (high_mm[1], low_mm[1])]
    return float(made.relief[rows[0] : rows[1], columns[0] : columns[1], 2].max())


def test_raised_brows_wrinkle_the_forehead_and_nothing_below_the_brows() -> None:
    brow = float(POINTS_MM[17:27, 1].max())
    made = Creases(GUIDE, 3).relief({"browInnerUp": 1.0}, depth=0.5)

    still = Creases(GUIDE, 3).relief({}, depth=0.5)
    assert hidden_in(made, (-20, brow), (20, brow + 40)) > hidden_in(still, (-20, brow), (20, brow + 40)) + 0.1
    assert hidden_in(made, (-50, -90), (50, 10)) == hidden_in(still, (-50, -90), (50, 10))


@pytest.mark.parametrize("unit", ["browDown", "mouthSmile", "noseSneer", "cheekSquint", "mouthFrown"])
def test_a_unit_of_one_side_wrinkles_that_side_more(unit: str) -> None:
    left, right = (Creases(GUIDE, 4).relief({unit + side: 1.0}, depth=0.4).relief for side in ("Left", "Right"))
    still = Creases(GUIDE, 4).relief({}, depth=0.4).relief
    half = still.shape[1] // 2

    for made, moved in ((left, np.s_[:, half:, 2]), (right, np.s_[:, :half, 2])):
        changed = np.abs(made - still)
        assert changed[moved].sum() > 0.7 * changed[..., 2].sum() > 0


@pytest.mark.parametrize("unit", ["browDown", "mouthSmile", "noseSneer", "cheekSquint", "mouthFrown", "mouthStretch"])
def test_a_unit_of_one_side_folds_that_side(unit: str) -> None:
    still = Creases(GUIDE, 4).relief({}, depth=0.0, broad=1.0).relief
    half = still.shape[1] // 2
    assert_array_equal(still, 0.0)

    for side, moved in (("Left", np.s_[:, half:, 2]), ("Right", np.s_[:, :half, 2])):
        made = Creases(GUIDE, 4).relief({unit + side: 1.0}, depth=0.0, broad=1.0).relief
        assert made[moved].sum() > 0.7 * made[..., 2].sum() > 0


def test_a_fold_is_deeper_for_a_stronger_movement_and_deeper_flesh() -> None:
    creases = Creases(GUIDE, 6)
    depths = [
        creases.relief({"mouthSmileLeft": strength}, depth=0.0, broad=broad).relief[..., 2].sum()
        for strength, broad in ((0.3, 1.0), (0.9, 1.0), (0.9, 1.5))
    ]

    assert 0 < depths[0] < depths[1] < depths[2]


def test_the_slopes_are_those_of_the_heights() -> None:
    """A furrow goes down, then up: the slopes across it add up to zero."""
    relief = Creases(GUIDE, 5).relief({"browInnerUp": 1.0, "mouthSmileLeft": 1.0}, depth=1.0).relief

    assert np.abs(relief[..., 0].sum(axis=1)).max() < 1e-3 * np.abs(relief[..., 0]).sum(axis=1).max()
    assert np.abs(relief[..., 1].sum(axis=0)).max() < 1e-3 * np.abs(relief[..., 1]).sum(axis=0).max()


def test_people_differ_and_the_same_person_has_the_same_folds() -> None:
    one, same, other = (Creases(GUIDE, seed).relief({"mouthSmileLeft": 1.0}, depth=1.0).relief for seed in (1, 1, 2))

    assert_array_equal(one, same)
    assert np.abs(one - other).max() > 0.1


@pytest.fixture(scope="module")
def renderer() -> Iterator[FaceRenderer]:
    made = FaceRenderer(load_model(), refine=0, samples=1, shadows=False, px_per_mm=2.0)
    yield made
    made.close()


def wrinkled(depth: float) -> Scene:
    """Return a scene whose person has wrinkles."""
    scene = Scene(optics=Optics(480, 480, 900))
    return dataclasses.replace(scene, appearance=dataclasses.replace(scene.appearance, wrinkles=depth))


def brightness_between_brows(renderer: FaceRenderer, units: FloatArray, depth: float) -> FloatArray:
    scene = wrinkled(depth)
    brows = scene.optics.project(renderer.model.mean[renderer.model.landmark_vertices[[21, 22]]], scene.pose)
    (x, y), half = brows.mean(axis=0), np.ptp(brows[:, 0]) / 2
    picture = renderer.render(renderer.model.mean, scene, units=units).astype(float).mean(axis=2)
    return np.asarray(picture[int(y - half) : int(y + half), int(x - half) : int(x + half)])


def test_a_frown_draws_dark_lines_between_the_brows(renderer: FaceRenderer) -> None:
    """The vertices stay at rest, so that only the wrinkles differ."""
    names = renderer.model.bases["units"].names
    frown = np.array([float(name.startswith("browDown")) for name in names])
    still = np.zeros(len(names))

    change = brightness_between_brows(renderer, frown, 1.0) - brightness_between_brows(renderer, still, 1.0)
    assert change.min() < -15
    smooth = brightness_between_brows(renderer, frown, 0.0) - brightness_between_brows(renderer, still, 0.0)
    assert_array_equal(smooth, 0.0)


def test_smooth_and_wrinkled_people_follow_each_other_in_one_renderer(renderer: FaceRenderer) -> None:
    still = np.zeros(len(renderer.model.bases["units"].names))
    before = renderer.render(renderer.model.mean, wrinkled(0.0), units=still)
    renderer.render(renderer.model.mean, wrinkled(1.0), units=still + 1.0)

    assert_array_equal(renderer.render(renderer.model.mean, wrinkled(0.0), units=still), before)


def test_a_drawn_person_with_wrinkles_is_otherwise_the_same() -> None:
    smooth, creased = (draw_person("ann", 60, np.random.default_rng(5), wrinkles=one) for one in (False, True))

    assert (smooth.identity == creased.identity).all()
    assert smooth.scene.appearance.wrinkles == 0
    assert 0.4 <= creased.scene.appearance.wrinkles <= 1.2
    look = dataclasses.replace(creased.scene.appearance, wrinkles=0.0)
    assert dataclasses.replace(creased.scene, appearance=look) == smooth.scene
