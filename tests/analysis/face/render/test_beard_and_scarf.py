"""Beards, headscarves and glasses cover the right parts of the face."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.models.registry import load_model
from analysis.face.render.renderer import FaceRenderer
from analysis.face.render.scene import Appearance, Optics, Scene
from analysis.face.synthetic.people import Person, Photograph

BARE = Scene(appearance=Appearance(hair="none"), optics=Optics(300, 330, 560))
BLUE = (0.1, 0.1, 0.9)


@pytest.fixture(scope="module")
def renderer() -> Iterator[FaceRenderer]:
    made = FaceRenderer(load_model(), refine=0, samples=1, shadows=False, px_per_mm=2.0)
    yield made
    made.close()


def drawn(renderer: FaceRenderer, **look: object) -> ImageArray:
    scene = dataclasses.replace(BARE, appearance=dataclasses.replace(BARE.appearance, **look))  # type: ignore[arg-type]
    return renderer.render(renderer.model.mean, scene)


def colour_at(renderer: FaceRenderer, picture: ImageArray, landmark: int, *, up_mm: float = 0.0) -> FloatArray:
    """Return the mean RGB around a landmark, moved up on the face."""
    at = renderer.model.mean[renderer.model.landmark_vertices[landmark]] + (0.0, up_mm, 0.0)
    x, y = np.round(BARE.optics.project(at[None], BARE.pose)[0]).astype(int)
    patch = picture[y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3).astype(np.float64)
    return np.asarray(patch.mean(axis=0))


def test_a_beard_covers_chin_and_upper_lip_and_nothing_above_the_nose(renderer: FaceRenderer) -> None:
    bare, bearded = drawn(renderer), drawn(renderer, beard=1.0, hair_colour=(0.1, 0.08, 0.06))

    for landmark, up_mm in ((57, -15.0), (33, -8.0), (5, 8.0)):
        before, after = (colour_at(renderer, one, landmark, up_mm=up_mm) for one in (bare, bearded))
        assert after.mean() < 0.6 * before.mean()
    for landmark in (27, 30, 37, 62):
        before, after = (colour_at(renderer, one, landmark) for one in (bare, bearded))
        np.testing.assert_allclose(after, before, atol=3.0)


def test_half_a_beard_is_between_none_and_a_full_one(renderer: FaceRenderer) -> None:
    none, half, full = (
        colour_at(renderer, drawn(renderer, beard=opacity), 57, up_mm=-15.0).mean() for opacity in (0.0, 0.5, 1.0)
    )
    assert full + 10 < half < none - 10


def test_a_headscarf_covers_hair_ears_and_neck_and_leaves_the_face(renderer: FaceRenderer) -> None:
    bare, scarf = drawn(renderer), drawn(renderer, headscarf=BLUE, hair="long")

    for landmark, up_mm in ((27, 85.0), (5, -28.0), (0, 0.0)):
        red, _, blue = colour_at(renderer, scarf, landmark, up_mm=up_mm)
        assert blue > 2 * red
    for landmark in (27, 30, 36, 48, 57):
        before, after = (colour_at(renderer, one, landmark) for one in (bare, scarf))
        np.testing.assert_allclose(after, before, atol=3.0)


def test_after_a_headscarf_the_next_person_has_hair_again(renderer: FaceRenderer) -> None:
    before = drawn(renderer, hair="short")
    drawn(renderer, headscarf=BLUE)

    np.testing.assert_array_equal(drawn(renderer, hair="short"), before)


def test_glasses_are_around_the_eyes(renderer: FaceRenderer) -> None:
    model = renderer.model
    person = Person("ann", np.zeros(len(model.identity)), BARE)
    still = np.zeros(len(model.bases["units"].names))
    without, worn = (
        Photograph(person, "neutral", still, BARE, glasses=glasses).draw(renderer).astype(int)
        for glasses in (False, True)
    )

    changed = np.argwhere(np.abs(without - worn).sum(axis=2) > 30)
    eyes = BARE.optics.project(model.mean[model.landmark_vertices[36:48]], BARE.pose)
    assert len(changed) > 100
    assert np.abs(changed[:, 0] - eyes[:, 1].mean()).max() < 60
