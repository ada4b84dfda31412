from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from analysis.face.arrays import FloatArray
from analysis.face.errors import FaceModelError
from analysis.face.models.readers.ict import arkit_name, read_ict
from tests.analysis.face.models.readers.small_face import modes, small_face
from tests.conftest import shared_path

EXPRESSIONS = ["browInnerUp_L", "eyeLookUp_L", "jawOpen", "mouthSmile_L", "mouthSmile_R"]


def obj(vertices: FloatArray, faces: Sequence[tuple[int, ...]]) -> str:
    lines = ["# a comment", *("v " + " ".join(f"{x:.6f}" for x in vertex) for vertex in vertices), "vt 0.5 0.5"]
    return "\n".join(lines + ["f " + " ".join(f"{v + 1}/1" for v in quad) for quad in faces]) + "\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The layout of the authors; `eyeLookUp_L` and `mouthSmile_R` are listed, the latter is not there."""
    mean, _, landmarks = small_face()
    cm = mean / 10
    faces = [(36, 37, 38, 41), (48, 50, 52)]
    (tmp_path / "generic_neutral_mesh.obj").write_text(obj(cm, faces))
    for k, shape in enumerate(modes(len(mean), 2, seed=4) / 10):
        (tmp_path / f"identity{k:03d}.obj").write_text(obj(cm + shape, faces))
    for name, shape in zip(EXPRESSIONS[:4], modes(len(mean), 4, seed=5) / 10, strict=True):
        (tmp_path / f"{name}.obj").write_text(obj(cm + shape, faces))
    index = {"expressions": EXPRESSIONS, "idx_to_landmark_verts": landmarks.tolist()}
    (tmp_path / "vertex_indices.json").write_text(json.dumps(index))
    return tmp_path


def test_a_folder_gives_back_the_face_in_millimetres(folder: Path) -> None:
    mean, _, landmarks = small_face()

    model = read_ict(folder)

    assert_allclose(model.mean, mean, atol=1e-5)
    assert_allclose(model.identity, modes(len(mean), 2, seed=4), atol=2e-5)
    assert_allclose(model.bases["units"].shapes, modes(len(mean), 4, seed=5)[[0, 2, 3]], atol=2e-5)
    assert_array_equal(model.landmark_vertices, landmarks)
    assert_array_equal(model.triangles, [[36, 37, 38], [36, 38, 41], [48, 50, 52]])


def test_expressions_get_arkit_names_and_gaze_is_left_out(folder: Path) -> None:
    assert read_ict(folder).bases["units"].names == ("browInnerUpLeft", "jawOpen", "mouthSmileLeft")
    assert arkit_name("mouthSmile_R") == "mouthSmileRight"


def test_a_file_of_another_mesh_is_refused(folder: Path) -> None:
    (folder / "jawOpen.obj").write_text(obj(np.zeros((3, 3)), []))
    with pytest.raises(FaceModelError, match=r"jawOpen\.obj has 3 vertices, .* another mesh"):
        read_ict(folder)


@pytest.mark.parametrize(
    ("file", "content", "complaint"),
    [
        ("generic_neutral_mesh.obj", "v 1 2\n", "not an OBJ file with vertices"),
        ("generic_neutral_mesh.obj", "v 1 2 x\n", "a line of a vertex is not three numbers"),
        ("generic_neutral_mesh.obj", "", "not an OBJ file with vertices"),
        ("generic_neutral_mesh.obj", "v 1 2 3\nf 1 x 3\n", "a line of a face has no vertex numbers"),
        ("identity000.obj", "v 1 2 3\nv 1 2\n", "not three numbers"),
        ("vertex_indices.json", '{"expressions": [', "is damaged"),
        ("vertex_indices.json", "[]", "expected a list of names"),
        ("vertex_indices.json", '{"expressions": ["jawOpen"], "idx_to_landmark_verts": [1]}', "expected 68 vertex"),
    ],
)
def test_a_damaged_file_is_named(folder: Path, file: str, content: str, complaint: str) -> None:
    (folder / file).write_text(content)
    with pytest.raises(FaceModelError, match=complaint) as caught:
        read_ict(folder)
    assert file in str(caught.value)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FaceModelError, match="is not a folder"):
        read_ict(tmp_path / "absent")


def test_a_damaged_npz_is_refused(tmp_path: Path) -> None:
    (tmp_path / "modes.npz").write_bytes(b"PK\x03\x04 not much of an archive")
    with pytest.raises(FaceModelError, match=r"modes\.npz"):
        read_ict(tmp_path / "modes.npz")


def test_the_authors_files_and_the_collection_of_their_offsets_agree() -> None:
    """Two independent readings of the published OBJ files: ours, and offsets computed by others."""
    folder = shared_path("models/ict-facekit")

    files = read_ict(folder)
    collection = read_ict(folder / "face_area_all_modes.npz")

    assert_allclose(files.mean, collection.mean, atol=1e-3)
    assert_allclose(files.identity, collection.identity[:3], atol=1e-3)
    assert_array_equal(files.landmark_vertices, collection.landmark_vertices)
    assert set(collection.bases) == {"units", "emotions"}
    assert set(files.bases) == {"units"}, "most units are not there, so no emotion can be composed"
    assert files.bases["units"].names == ("browInnerUpLeft", "jawOpen", "mouthSmileLeft", "mouthSmileRight")
    for name, shape in zip(files.bases["units"].names, files.bases["units"].shapes, strict=True):
        assert_allclose(shape, collection.bases["units"].shapes[collection.bases["units"].names.index(name)], atol=1e-3)


def test_left_is_the_persons_left() -> None:
    model = read_ict(shared_path("models/ict-facekit"))
    units = model.bases["units"]
    moved = np.linalg.norm(units.shapes[units.names.index("mouthSmileLeft")], axis=1)
    assert np.average(model.mean[:, 0], weights=moved) > 10
    assert model.mirror is not None


def test_an_npz_of_something_else_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "modes.npz", neutral=np.zeros((3, 3)))
    with pytest.raises(FaceModelError, match="lacks identity, expression"):
        read_ict(tmp_path / "modes.npz")
    with (tmp_path / "one.npz").open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(FaceModelError, match="one unnamed array"):
        read_ict(tmp_path / "one.npz")
