from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from analysis.face.arrays import FloatArray, IntArray
from analysis.face.errors import FaceModelError
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.readers.surrey import BLENDSHAPES_FILE, LANDMARK_FILE, SHAPE_FILE, read_surrey
from tests.analysis.face.models.readers.small_face import modes, small_face
from tests.conftest import shared_path


def matrix(values: FloatArray) -> bytes:
    rows, columns = values.shape
    return struct.pack("<ii", rows, columns) + values.T.astype("<f4").tobytes()


def pca(mean: FloatArray, basis: FloatArray, variances: FloatArray, triangles: IntArray) -> bytes:
    cells = struct.pack("<Q", len(triangles)) + triangles.astype("<i4").tobytes()
    return matrix(mean.reshape(-1, 1)) + matrix(basis) + matrix(variances.reshape(-1, 1)) + cells


def blendshapes(shapes: Mapping[str, FloatArray]) -> bytes:
    parts = [struct.pack("<Q", len(shapes))]
    for name, shape in shapes.items():
        parts += [struct.pack("<Q", len(name)), name.encode(), matrix(shape.reshape(-1, 1))]
    return b"".join(parts)


NO_COLOURS = pca(np.empty(0), np.empty((0, 0)), np.empty(0), np.empty((0, 3), dtype=np.int64))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    mean, triangles, landmarks = small_face()
    basis = np.linalg.qr(np.random.default_rng(1).normal(size=(mean.size, 4)))[0]
    shape = pca(mean, basis, np.array([90.0, 40.0, 20.0, 10.0]), triangles)
    coordinates = struct.pack("<Q", len(mean)) + np.zeros((len(mean), 2)).tobytes()
    (tmp_path / SHAPE_FILE).write_bytes(struct.pack("<I", 1) + shape + NO_COLOURS + coordinates)
    emotions = dict(zip(EMOTIONS, modes(len(mean), 6, seed=2), strict=True))
    (tmp_path / BLENDSHAPES_FILE).write_bytes(blendshapes(emotions))
    lines = [f"{point + 1} = {vertex}" for point, vertex in enumerate(landmarks) if point not in (60, 64)]
    (tmp_path / LANDMARK_FILE).write_text("# comment\n[landmark_mappings]\n" + "\n".join(lines) + "  # last\n")
    return tmp_path


def test_a_small_file_gives_back_the_face_it_was_made_from(folder: Path) -> None:
    mean, triangles, landmarks = small_face()

    model = read_surrey(folder)

    assert_allclose(model.mean, mean, atol=1e-5)
    assert_array_equal(model.triangles, triangles)
    assert model.bases["emotions"].names == EMOTIONS
    assert_allclose(model.bases["emotions"].shapes, modes(len(mean), 6, seed=2), atol=1e-5)
    assert_array_equal(model.landmark_vertices[[60, 64]], [-1, -1])
    assert_array_equal(np.delete(model.landmark_vertices, [60, 64]), np.delete(landmarks, [60, 64]))


def test_one_identity_coefficient_is_one_standard_deviation(folder: Path) -> None:
    model = read_surrey(folder)
    assert_allclose(np.linalg.norm(model.identity.reshape(4, -1), axis=1), np.sqrt([90.0, 40.0, 20.0, 10.0]), rtol=1e-6)


def test_regions_and_the_mirror_are_derived(folder: Path) -> None:
    model = read_surrey(folder)
    assert model.mirror is not None
    assert model.mirror[36] == 45
    assert model.regions["mouth"][51] > 0.9
    assert model.regions["brows"][19] > 0.9
    assert_allclose(sum(weights[:68] for weights in model.regions.values()), 1, atol=0.35)


@pytest.mark.parametrize("file", [SHAPE_FILE, BLENDSHAPES_FILE])
def test_a_truncated_file_is_refused_wherever_it_ends(folder: Path, file: str) -> None:
    whole = (folder / file).read_bytes()
    for length in {0, 3, 4, 11, 100, len(whole) // 2, len(whole) - 1}:
        (folder / file).write_bytes(whole[:length])
        with pytest.raises(FaceModelError, match=file):
            read_surrey(folder)


def test_bytes_left_over_are_refused(folder: Path) -> None:
    with (folder / SHAPE_FILE).open("ab") as file:
        file.write(b"more")
    with pytest.raises(FaceModelError, match="4 bytes are left over"):
        read_surrey(folder)


def test_a_file_of_something_else_is_refused(folder: Path) -> None:
    (folder / SHAPE_FILE).write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(1000))
    with pytest.raises(FaceModelError, match="not a face model of eos"):
        read_surrey(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / BLENDSHAPES_FILE).unlink()
    with pytest.raises(FaceModelError, match=BLENDSHAPES_FILE):
        read_surrey(folder)


def test_random_damage_gives_a_face_or_an_error_and_nothing_else(folder: Path) -> None:
    rng = np.random.default_rng(5)
    whole = np.frombuffer((folder / SHAPE_FILE).read_bytes(), dtype=np.uint8)
    sentences = []
    for _ in range(200):
        damaged = whole.copy()
        damaged[rng.integers(0, 200, size=3)] = rng.integers(0, 256, size=3)
        (folder / SHAPE_FILE).write_bytes(damaged.tobytes())
        try:
            read_surrey(folder)
        except FaceModelError as error:
            sentences.append(str(error))
    assert len(sentences) > 20
    assert all(SHAPE_FILE in sentence or sentence.startswith("surrey: ") for sentence in sentences)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("31 114", 'expected "POINT = VERTEX"'),
        ("69 = 1", "from 1 to 68, got 69"),
        ("31 = 1", "landmark 31 is given twice"),
        ("61 = 128", "vertex 128 does not exist"),
        ("61 = nose.tip", "neither a vertex number"),
    ],
)
def test_a_wrong_line_of_the_landmark_map_is_named(folder: Path, line: str, complaint: str) -> None:
    with (folder / LANDMARK_FILE).open("a") as file:
        file.write(line + "\n")
    with pytest.raises(FaceModelError, match=complaint) as caught:
        read_surrey(folder)
    assert f"{LANDMARK_FILE}:69: " in str(caught.value)


def test_a_map_without_eyes_is_refused(folder: Path) -> None:
    (folder / LANDMARK_FILE).write_text("31 = 30\n49 = 48\n55 = 54\n")
    with pytest.raises(FaceModelError, match="outer corners of the eyes"):
        read_surrey(folder)


class TestThePublishedFiles:
    """Against eos-py, an independent program reading the same files."""

    def test_numbers_are_those_eos_reads(self) -> None:
        eos = pytest.importorskip("eos")
        folder = shared_path("models/surrey")
        theirs = eos.morphablemodel.load_model(str(folder / SHAPE_FILE)).get_shape_model()
        their_shapes = eos.morphablemodel.load_blendshapes(str(folder / BLENDSHAPES_FILE))

        model = read_surrey(folder)

        assert_array_equal(model.mean.reshape(-1), theirs.get_mean())
        assert_allclose(model.identity.reshape(63, -1).T, theirs.get_rescaled_pca_basis(), rtol=0, atol=2e-6)
        assert_array_equal(model.triangles, theirs.get_triangle_list())
        for ours, name, shape in zip(
            model.bases["emotions"].shapes, model.bases["emotions"].names, their_shapes, strict=True
        ):
            assert name == shape.name
            assert_array_equal(ours.reshape(-1), shape.deformation)

    def test_a_file_eos_writes_today_reads_the_same(self, tmp_path: Path) -> None:
        eos = pytest.importorskip("eos")
        folder = shared_path("models/surrey")
        published = eos.morphablemodel.load_model(str(folder / SHAPE_FILE))
        with_blendshapes = eos.morphablemodel.MorphableModel(
            published.get_shape_model(),
            eos.morphablemodel.load_blendshapes(str(folder / BLENDSHAPES_FILE)),
            color_model=eos.morphablemodel.PcaModel(),
            vertex_definitions={"nose": 114, "chin": 33},
            texture_coordinates=published.get_texture_coordinates(),
        )
        eos.morphablemodel.save_model(with_blendshapes, str(tmp_path / "model.bin"))

        model = read_surrey(tmp_path / "model.bin", landmarks=folder / LANDMARK_FILE)

        assert_array_equal(model.mean, read_surrey(folder).mean)
        assert model.bases["emotions"].names == EMOTIONS

    def test_mouth_opens_downwards_in_surprise(self) -> None:
        model = read_surrey(shared_path("models/surrey"))
        surprise = model.bases["emotions"].shapes[EMOTIONS.index("surprise")]
        assert surprise[model.landmark_vertices[57], 1] < -5
