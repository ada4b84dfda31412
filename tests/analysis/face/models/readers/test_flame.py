from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from analysis.face.errors import FaceModelError
from analysis.face.models.readers.flame import read_flame
from tests.analysis.face.models.readers.small_face import modes, small_face


def content() -> dict[str, Any]:
    """A file in the published layout: metres, 300 identity shapes with 100 expressions behind them, five joints."""
    mean, triangles, _ = small_face()
    shapes = np.zeros((len(mean), 3, 400))
    shapes[:, :, 0] = modes(len(mean), 1, seed=1)[0] / 1000
    shapes[:, :, 300] = modes(len(mean), 1, seed=2)[0] / 1000
    regressor = np.zeros((5, len(mean)))
    regressor[2, [0, 16, 30]] = 1, 1, -1  # the jaw joint: as far behind the ears as the nose is in front of them
    weights = np.zeros((len(mean), 5))
    below_the_mouth = mean[:, 1] < -36
    weights[below_the_mouth, 2] = 1
    weights[~below_the_mouth, 1] = 1
    return {
        "v_template": mean / 1000,
        "shapedirs": shapes,
        "f": triangles.astype(np.uint32),
        "J_regressor": sparse.csc_matrix(regressor),
        "weights": weights,
        "bs_style": "lbs",
    }


@pytest.fixture
def landmarks(tmp_path: Path) -> Path:
    path = tmp_path / "landmarks.txt"
    path.write_text("".join(f"{k + 1} = {k}\n" for k in range(68)))
    return path


@pytest.fixture
def pkl(tmp_path: Path) -> Path:
    path = tmp_path / "generic_model.pkl"
    path.write_bytes(pickle.dumps(content(), protocol=2))
    return path


def test_the_face_comes_back_in_millimetres(pkl: Path, landmarks: Path) -> None:
    mean, triangles, _ = small_face()

    model = read_flame(pkl, landmarks=landmarks)

    assert_allclose(model.mean, mean)
    assert_array_equal(model.triangles, triangles)
    assert_allclose(model.identity[0], modes(len(mean), 1, seed=1)[0])
    names = model.bases["units"].names
    assert names[:5] == ("jawOpen", "jawLeft", "jawRight", "expression01+", "expression01-")
    assert_allclose(model.bases["units"].shapes[3], 3 * modes(len(mean), 1, seed=2)[0])


def test_the_jaw_opens_down_and_moves_aside(pkl: Path, landmarks: Path) -> None:
    model = read_flame(pkl, landmarks=landmarks)
    jaw_open, jaw_left, jaw_right = model.bases["units"].shapes[:3]
    assert jaw_open[8, 1] < -5
    assert_allclose(jaw_open[30], 0)
    assert jaw_left[8, 0] > 1
    assert jaw_right[8, 0] < -1


def test_npz_and_pickle_give_the_same_model(tmp_path: Path, pkl: Path, landmarks: Path) -> None:
    arrays = content()
    arrays["J_regressor"] = arrays["J_regressor"].toarray()
    np.savez(tmp_path / "flame.npz", **arrays)

    model = read_flame(tmp_path / "flame.npz", landmarks=landmarks)

    assert_array_equal(model.bases["units"].shapes, read_flame(pkl, landmarks=landmarks).bases["units"].shapes)


@pytest.mark.parametrize("suffix", [".pkl", ".npz", ".npy"])
@pytest.mark.parametrize("points", [51, 68])
def test_flames_own_embedding_is_a_landmark_map(tmp_path: Path, pkl: Path, suffix: str, points: int) -> None:
    _, triangles, _ = small_face()
    wanted = np.arange(68 - points, 68)
    faces = np.array([np.flatnonzero((triangles == vertex).any(axis=1))[0] for vertex in wanted])
    weights = np.where(triangles[faces] == wanted[:, None], 0.8, 0.1)
    embedding = {"lmk_face_idx": faces, "lmk_b_coords": weights}
    if points == 68:
        embedding = {"full_lmk_faces_idx": faces[None], "full_lmk_bary_coords": weights[None]}
    path = tmp_path / f"embedding{suffix}"
    if suffix == ".pkl":
        path.write_bytes(pickle.dumps(embedding, protocol=2))
    elif suffix == ".npz":
        np.savez(path, **embedding)  # type: ignore[arg-type]
    else:
        np.save(path, np.array(embedding, dtype=object), allow_pickle=True)

    model = read_flame(pkl, landmarks=path)

    assert_array_equal(model.landmark_vertices[68 - points :], wanted)
    assert_array_equal(model.landmark_vertices[: 68 - points], -1)


def test_an_embedding_of_another_model_is_refused(tmp_path: Path, pkl: Path) -> None:
    np.savez(tmp_path / "e.npz", lmk_face_idx=np.full(51, 99999), lmk_b_coords=np.full((51, 3), 1 / 3))
    with pytest.raises(FaceModelError, match="a triangle that does not exist"):
        read_flame(pkl, landmarks=tmp_path / "e.npz")
    np.savez(tmp_path / "e.npz", something=np.zeros(3))
    with pytest.raises(FaceModelError, match="not a landmark embedding"):
        read_flame(pkl, landmarks=tmp_path / "e.npz")


def test_a_missing_landmark_file_is_requested(pkl: Path) -> None:
    with pytest.raises(FaceModelError, match="--landmarks FILE"):
        read_flame(pkl, landmarks=None)


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("v_template", None, "v_template is missing"),
        ("v_template", np.zeros((5, 2)), r"v_template has the shape \(5, 2\)"),
        ("shapedirs", np.zeros((128, 3, 10)), "expected expressions after the first 300"),
        ("f", "text", "f is not an array of numbers"),
        ("v_template", small_face()[0], "check the landmark map and the unit of the file"),
        ("v_template", np.full((128, 3), np.nan), "values that are not numbers"),
    ],
)
def test_a_file_that_lacks_something_is_refused(
    tmp_path: Path, landmarks: Path, key: str, value: Any, complaint: str
) -> None:
    arrays = content()
    if value is None:
        del arrays[key]
    else:
        arrays[key] = value
    (tmp_path / "flame.pkl").write_bytes(pickle.dumps(arrays, protocol=2))
    with pytest.raises(FaceModelError, match=complaint):
        read_flame(tmp_path / "flame.pkl", landmarks=landmarks)


def test_a_truncated_file_is_refused(pkl: Path, landmarks: Path) -> None:
    pkl.write_bytes(pkl.read_bytes()[:-10])
    with pytest.raises(FaceModelError, match="damaged"):
        read_flame(pkl, landmarks=landmarks)
    with pytest.raises(FaceModelError, match="cannot be read"):
        read_flame(pkl.parent / "absent.pkl", landmarks=landmarks)
