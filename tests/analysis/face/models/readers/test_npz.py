"""The project's own face-model file: what is written comes back, to the byte, and damage is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from analysis.face.errors import FaceModelError
from analysis.face.models.model import ExpressionBasis, FaceModel
from analysis.face.models.readers.npz import read_npz, write_npz


@pytest.fixture
def small_model(rng: np.random.Generator) -> FaceModel:
    vertices = 70
    shapes = rng.normal(size=(2, vertices, 3))
    return FaceModel(
        name="small",
        mean=rng.normal(scale=50, size=(vertices, 3)).astype(np.float32).astype(np.float64),
        identity=rng.normal(size=(3, vertices, 3)),
        bases={"units": ExpressionBasis(("jawOpen", "mouthSmileLeft"), shapes)},
        landmark_vertices=np.array([*range(67), -1]),
        triangles=np.array([[0, 1, 2], [2, 1, 3]]),
        regions={"jaw": np.linspace(0, 1, vertices)},
        mirror=np.arange(vertices)[::-1].copy(),
        colours=rng.integers(0, 256, (vertices, 3)).astype(np.uint8),
        materials=np.arange(vertices) % 4,
        licence="free",
        source="made for a test",
    )


@pytest.mark.parametrize(("quantise", "step"), [(False, 1e-6), (True, 1e-4)])
def test_a_model_comes_back_as_it_was_written(
    small_model: FaceModel, tmp_path: Path, quantise: bool, step: float
) -> None:
    write_npz(small_model, tmp_path / "small.npz", quantise=quantise)

    back = read_npz(tmp_path / "small.npz")

    assert (back.name, back.licence, back.source) == ("small", "free", "made for a test")
    assert_array_equal(back.mean, small_model.mean)
    assert_allclose(back.identity, small_model.identity, atol=step)
    assert back.bases["units"].names == ("jawOpen", "mouthSmileLeft")
    assert_allclose(back.bases["units"].shapes, small_model.bases["units"].shapes, atol=step)
    assert_array_equal(back.landmark_vertices, small_model.landmark_vertices)
    assert_array_equal(back.triangles, small_model.triangles)
    assert_allclose(back.regions["jaw"], small_model.regions["jaw"], atol=1 / 500)
    assert back.mirror is not None
    assert_array_equal(back.mirror, np.arange(70)[::-1])
    assert back.colours is not None
    assert small_model.colours is not None
    assert_array_equal(back.colours, small_model.colours)
    assert back.materials is not None
    assert back.materials[5] == 1


def test_the_same_model_gives_the_same_bytes(small_model: FaceModel, tmp_path: Path) -> None:
    write_npz(small_model, tmp_path / "a.npz", quantise=True)
    write_npz(small_model, tmp_path / "b.npz", quantise=True)

    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_quantising_keeps_a_shape_that_moves_nothing(small_model: FaceModel, tmp_path: Path) -> None:
    small_model.identity[1] = 0.0
    write_npz(small_model, tmp_path / "small.npz", quantise=True)

    assert_array_equal(read_npz(tmp_path / "small.npz").identity[1], 0.0)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FaceModelError, match=r"none\.npz cannot be read: No such file"):
        read_npz(tmp_path / "none.npz")


def test_a_file_that_is_not_an_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("vertices: many")
    with pytest.raises(FaceModelError, match=r"text\.npz is not an \.npz archive"):
        read_npz(tmp_path / "text.npz")


def test_a_truncated_file_is_refused(small_model: FaceModel, tmp_path: Path) -> None:
    write_npz(small_model, tmp_path / "cut.npz")
    (tmp_path / "cut.npz").write_bytes((tmp_path / "cut.npz").read_bytes()[:2000])
    with pytest.raises(FaceModelError, match=r"cut\.npz is not an \.npz archive, or it is cut short"):
        read_npz(tmp_path / "cut.npz")


def test_pickled_objects_are_never_executed(tmp_path: Path) -> None:
    np.savez(tmp_path / "evil.npz", format=np.array([{"a": 1}], dtype=object))
    with pytest.raises(FaceModelError, match=r"evil\.npz holds pickled objects, which are never loaded"):
        read_npz(tmp_path / "evil.npz")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("format", np.array("obj"), "is of format 'obj'"),
        ("identity", np.zeros((2, 5, 3)), r"identity has the shape \(2, 5, 3\), expected \(2, 70, 3\)"),
        ("landmark_vertices", np.full(68, 70), r"landmark_vertices names a vertex outside -1\.\.69"),
        ("landmark_vertices", np.zeros(12, int), r"landmark_vertices has the shape \(12,\)"),
        ("triangles", np.array([[0, 1, 99]]), r"triangles names a vertex outside 0\.\.69"),
        ("colours", np.zeros((3, 3), np.uint8), r"colours has the shape \(3, 3\), expected \(70, 3\)"),
        ("region_jaw", np.zeros(3), r"region_jaw has the shape \(3,\)"),
    ],
)
def test_arrays_that_do_not_fit_are_named(
    small_model: FaceModel, tmp_path: Path, key: str, value: np.ndarray, message: str
) -> None:
    write_npz(small_model, tmp_path / "small.npz")
    with np.load(tmp_path / "small.npz") as archive:
        arrays = dict(archive)
    np.savez(tmp_path / "bad.npz", **{**arrays, key: value})

    with pytest.raises(FaceModelError, match=message):
        read_npz(tmp_path / "bad.npz")


def test_a_model_without_any_expression_is_refused(small_model: FaceModel, tmp_path: Path) -> None:
    write_npz(small_model, tmp_path / "small.npz")
    with np.load(tmp_path / "small.npz") as archive:
        arrays = {key: archive[key] for key in archive.files if not key.startswith("basis_")}
    np.savez(tmp_path / "bad.npz", **arrays)

    with pytest.raises(FaceModelError, match="no expression basis"):
        read_npz(tmp_path / "bad.npz")
