"""Installed face models, and what must be true of the one that ships."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from analysis.face.errors import FaceModelError
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.model import MATERIALS, REGIONS, FaceModel
from analysis.face.models.readers.npz import write_npz
from analysis.face.models.registry import SHIPPED_FOLDER, installed, load_model

_FLIP = np.array([-1.0, 1.0, 1.0])
_STEP_MM = 2e-3
"""What storing the shapes in 16 bits may cost."""


@pytest.fixture(scope="module")
def model() -> FaceModel:
    return load_model("makehuman")


def test_the_model_that_ships_is_installed_and_the_default() -> None:
    assert installed()["makehuman"] == SHIPPED_FOLDER / "makehuman.npz"
    assert load_model().name == "makehuman"


def test_a_model_is_read_once(model: FaceModel) -> None:
    assert load_model("makehuman") is model


def test_an_unknown_name_lists_what_is_installed() -> None:
    with pytest.raises(FaceModelError, match=r"no face model is called 'basel'; installed: .*makehuman"):
        load_model("basel")


def test_a_folder_of_the_laboratory_comes_first(
    model: FaceModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_npz(model, tmp_path / "own.npz", quantise=True)
    monkeypatch.setenv("MIMICRY_MODELS", str(tmp_path))

    assert installed()["own"] == tmp_path / "own.npz"
    assert load_model("own").name == "makehuman"


def test_the_shipped_model_is_free_and_names_the_command_that_rebuilds_it(model: FaceModel) -> None:
    assert "CC0" in model.licence
    assert "scripts/build_face_model" in model.source
    assert (SHIPPED_FOLDER / "makehuman.npz").stat().st_size < 10_000_000


def test_the_shipped_model_has_all_promised_parts(model: FaceModel) -> None:
    assert model.bases["emotions"].names == EMOTIONS
    assert len(model.bases["units"].names) == 43
    assert set(model.regions) == set(REGIONS)
    assert (model.landmark_vertices >= 0).all()
    assert len(set(model.landmark_vertices)) == 68


def test_the_shipped_model_is_as_large_as_a_head(model: FaceModel) -> None:
    width, height, depth = np.ptp(model.mean, axis=0)
    assert 150 < width < 200
    assert 230 < height < 300
    assert 180 < depth < 230
    eyes = [model.mean[model.landmark_vertices[corners]].mean(axis=0) for corners in ([36, 39], [42, 45])]
    assert 55 < np.linalg.norm(eyes[1] - eyes[0]) < 70


def test_the_mean_face_is_its_own_mirror_image(model: FaceModel) -> None:
    assert model.mirror is not None
    assert_array_equal(model.mirror[model.mirror], np.arange(len(model.mean)))
    assert_allclose(model.mean[model.mirror] * _FLIP, model.mean, atol=1e-4)


def test_left_units_are_mirror_images_of_right_ones(model: FaceModel) -> None:
    units = model.bases["units"]
    for k, name in enumerate(units.names):
        if name.endswith("Left"):
            twin = units.shapes[units.names.index(name.removesuffix("Left") + "Right")]
            assert_allclose(units.shapes[k][model.mirror] * _FLIP, twin, atol=_STEP_MM, err_msg=name)


def test_emotions_are_symmetric(model: FaceModel) -> None:
    for shape in model.bases["emotions"].shapes:
        assert_allclose(shape[model.mirror] * _FLIP, shape, atol=_STEP_MM)


def test_identity_components_are_symmetric_or_antisymmetric_strongest_first(model: FaceModel) -> None:
    for component in model.identity:
        mirrored = component[model.mirror] * _FLIP
        sign = 1.0 if np.vdot(mirrored, component) > 0 else -1.0
        assert_allclose(sign * mirrored, component, atol=_STEP_MM)
    sizes = np.linalg.norm(model.identity.reshape(len(model.identity), -1), axis=1)
    assert (np.diff(sizes) < 1e-3).all()


def test_identity_components_are_uncorrelated(model: FaceModel) -> None:
    rows = model.identity.reshape(len(model.identity), -1)
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    assert np.abs(rows @ rows.T - np.eye(len(rows))).max() < 2e-3


@pytest.mark.parametrize(
    ("unit", "moves", "leaves"),
    [
        ("jawOpen", [8, 57, 66], [19, 24, 27, 37, 44]),
        ("browInnerUp", [20, 21, 22, 23], [8, 30, 48, 54, 57]),
        ("browDownLeft", [22, 23, 24], [17, 18, 19, 48, 8]),
        ("eyeBlinkRight", [37, 38], [43, 44, 8, 48, 24]),
        ("eyeWideLeft", [43, 44], [37, 38, 48, 54]),
        ("mouthSmileLeft", [54], [48, 36, 37, 19]),
        ("mouthSmileRight", [48], [54, 45, 44, 24]),
        ("noseSneerLeft", [35], [48, 36, 8]),
        ("mouthFrownLeft", [54], [48, 27, 19, 24]),
    ],
)
def test_units_move_their_landmarks_and_leave_the_others(
    model: FaceModel, unit: str, moves: list[int], leaves: list[int]
) -> None:
    shape = model.bases["units"].shapes[model.bases["units"].names.index(unit)]
    moved = np.linalg.norm(shape[model.landmark_vertices], axis=1)
    assert moved[moves].min() > 1.0
    assert moved[leaves].max() < 0.4


def test_smiling_raises_the_corners_and_frowning_lowers_them(model: FaceModel) -> None:
    units = model.bases["units"]
    corner = model.landmark_vertices[54]
    assert units.shapes[units.names.index("mouthSmileLeft"), corner, 1] > 3
    assert units.shapes[units.names.index("mouthFrownLeft"), corner, 1] < -1


def test_expressions_do_not_move_the_eyeballs_and_the_upper_teeth(model: FaceModel) -> None:
    assert model.materials is not None
    eyeballs = model.materials == MATERIALS.index("eyeball")
    assert np.abs(model.bases["units"].shapes[:, eyeballs]).max() < 1e-9
    assert eyeballs.sum() == 144


def test_landmarks_lie_where_the_scheme_puts_them(model: FaceModel) -> None:
    """Each line is read off the definition of the 68 points, left and right being the person's."""
    x, y, z = model.mean[model.landmark_vertices].T
    assert (np.diff(x[1:16]) > 0).all()
    assert y[8] == y.min()
    assert (np.diff(x[17:27]) > 0).all()
    assert y[17:27].min() > y[36:48].max()
    assert (np.diff(y[27:31]) < 0).all()
    assert z.argmax() == 30
    assert (np.diff(x[31:36]) > 0).all()
    assert x[36] < x[37] < x[38] < x[39] < x[42] < x[43] < x[44] < x[45]
    assert (y[[37, 38, 43, 44]] > y[[41, 40, 47, 46]] + 5).all()
    assert (np.diff(x[48:55]) > 0).all()
    assert y[51] > y[62] > y[66] > y[57]
    assert y[62] - y[66] < 6
    assert_allclose(x[[8, 27, 28, 29, 30, 33, 51, 57, 62, 66]], 0, atol=1e-6)


def test_an_open_jaw_parts_the_inner_lips(model: FaceModel) -> None:
    units = model.bases["units"]
    opened = model.mean + units.shapes[units.names.index("jawOpen")]
    upper, lower = opened[model.landmark_vertices[[61, 62, 63]], 1], opened[model.landmark_vertices[[67, 66, 65]], 1]
    assert ((upper - lower) > 25).all()


def test_regions_cover_the_face_once_and_nothing_else(model: FaceModel) -> None:
    total = np.sum([model.regions[region] for region in REGIONS], axis=0)
    assert total.max() < 1.02
    assert_allclose(total[model.landmark_vertices[17:]], 1.0, atol=0.02)
    skull = (model.mean[:, 2] < -20) | (model.mean[:, 1] > 75)
    assert total[skull].max() == 0
    for region, landmark in {"brows": 19, "eyes": 41, "nose": 30, "mouth": 57, "jaw": 8}.items():
        assert model.regions[region][model.landmark_vertices[landmark]] > 0.6, region
    for region in REGIONS:
        assert_allclose(model.regions[region][model.mirror], model.regions[region], atol=0.01)


def test_triangles_face_outwards(model: FaceModel) -> None:
    """The face looks towards the viewer: the triangles around the tip of the nose have their normals along +z."""
    nose = model.landmark_vertices[30]
    around = model.triangles[(model.triangles == nose).any(axis=1)]
    a, b, c = (model.mean[around[:, corner]] for corner in range(3))
    assert (np.cross(b - a, c - a)[:, 2] > 0).all()


def test_colours_distinguish_lips_brows_and_irises_from_skin(model: FaceModel) -> None:
    assert model.colours is not None
    colour = model.colours[model.landmark_vertices].astype(int)
    assert (colour[[51, 57], 1] < colour[30, 1] - 30).all()
    assert colour[19].sum() < colour[30].sum() / 2
