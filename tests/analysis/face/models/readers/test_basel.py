from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from analysis.face.arrays import FloatArray
from analysis.face.errors import FaceModelError
from analysis.face.models.readers.basel import read_basel
from tests.analysis.face.models.readers.small_face import small_face

IDENTITY_VARIANCE = np.array([900.0, 400.0, 100.0])
EXPRESSION_VARIANCE = np.array([64.0, 16.0])


def unit_columns(rows: int, columns: int, seed: int) -> FloatArray:
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(rows, columns)))[0]


def write_model(path: Path, *, scaled_columns: bool = False) -> None:
    mean, triangles, _ = small_face()
    with h5py.File(path, "w") as file:
        for part, variance, seed in (("shape", IDENTITY_VARIANCE, 1), ("expression", EXPRESSION_VARIANCE, 2)):
            basis = unit_columns(mean.size, len(variance), seed)
            file[f"{part}/model/mean"] = mean.ravel() if part == "shape" else np.full(mean.size, 0.25)
            file[f"{part}/model/pcaBasis"] = (basis * np.sqrt(variance) if scaled_columns else basis).astype("f4")
            file[f"{part}/model/pcaVariance"] = variance
            file[f"{part}/model/noiseVariance"] = 0.0
        file["shape/representer/cells"] = triangles.T.astype("i4")
        named = [{"id": "center.nose.tip", "coordinates": (mean[30] + 0.01).tolist()}]
        file["metadata/landmarks/json"] = json.dumps(named)


@pytest.fixture
def landmarks(tmp_path: Path) -> Path:
    path = tmp_path / "landmarks.txt"
    path.write_text("".join(f"{k + 1} = {'center.nose.tip' if k == 30 else k}\n" for k in range(68)))
    return path


@pytest.mark.parametrize("scaled_columns", [False, True])
def test_a_file_in_the_published_layout_gives_back_its_face(
    tmp_path: Path, landmarks: Path, scaled_columns: bool
) -> None:
    write_model(tmp_path / "model2019_small.h5", scaled_columns=scaled_columns)
    mean, triangles, _ = small_face()

    model = read_basel(tmp_path / "model2019_small.h5", landmarks=landmarks)

    assert_allclose(model.mean, mean)
    assert_array_equal(model.triangles, triangles)
    assert_allclose(np.linalg.norm(model.identity.reshape(3, -1), axis=1), np.sqrt(IDENTITY_VARIANCE), rtol=1e-5)
    assert_allclose(model.identity[0].ravel(), 30 * unit_columns(mean.size, 3, 1)[:, 0], atol=1e-4)
    assert model.landmark_vertices[30] == 30


def test_expressions_go_both_ways_from_neutral(tmp_path: Path, landmarks: Path) -> None:
    write_model(tmp_path / "model.h5")

    units = read_basel(tmp_path / "model.h5", landmarks=landmarks).bases["units"]

    assert units.names == ("expressionMean", "expression01+", "expression01-", "expression02+", "expression02-")
    assert_allclose(units.shapes[0], 0.25)
    assert_allclose(units.shapes[2], -units.shapes[1])
    assert_allclose(np.linalg.norm(units.shapes[1]), 3 * np.sqrt(EXPRESSION_VARIANCE[0]), rtol=1e-5)


def test_fewer_components_can_be_kept(tmp_path: Path, landmarks: Path) -> None:
    write_model(tmp_path / "model.h5")
    model = read_basel(tmp_path / "model.h5", landmarks=landmarks, identity_components=2, expression_components=1)
    assert len(model.identity) == 2
    assert len(model.bases["units"].names) == 3


def test_a_missing_landmark_file_is_requested(tmp_path: Path) -> None:
    write_model(tmp_path / "model.h5")
    with pytest.raises(FaceModelError, match="--landmarks FILE"):
        read_basel(tmp_path / "model.h5", landmarks=None)


def test_an_unknown_point_lists_the_points_of_the_model(tmp_path: Path, landmarks: Path) -> None:
    write_model(tmp_path / "model.h5")
    landmarks.write_text("31 = nose.tip\n")
    with pytest.raises(FaceModelError, match=r"has names such as center\.nose\.tip"):
        read_basel(tmp_path / "model.h5", landmarks=landmarks)


def test_truncated_files_and_files_of_another_kind_are_refused(tmp_path: Path, landmarks: Path) -> None:
    path = tmp_path / "model.h5"
    write_model(path)
    whole = path.read_bytes()
    for content in (b"", b"no HDF5", whole[:100], whole[: len(whole) // 2], whole[:-1]):
        path.write_bytes(content)
        with pytest.raises(FaceModelError, match=r"model\.h5"):
            read_basel(path, landmarks=landmarks)


@pytest.mark.parametrize("missing", ["shape/model/mean", "expression/model/pcaBasis", "shape/representer/cells"])
def test_a_file_without_a_needed_part_is_refused(tmp_path: Path, landmarks: Path, missing: str) -> None:
    write_model(tmp_path / "model.h5")
    with h5py.File(tmp_path / "model.h5", "a") as file:
        del file[missing]
    with pytest.raises(FaceModelError, match=f"{missing} is missing"):
        read_basel(tmp_path / "model.h5", landmarks=landmarks)


def test_a_basis_of_another_size_is_refused(tmp_path: Path, landmarks: Path) -> None:
    write_model(tmp_path / "model.h5")
    with h5py.File(tmp_path / "model.h5", "a") as file:
        del file["shape/model/pcaBasis"]
        file["shape/model/pcaBasis"] = np.zeros((9, 3))
    with pytest.raises(FaceModelError, match="do not fit together"):
        read_basel(tmp_path / "model.h5", landmarks=landmarks)
