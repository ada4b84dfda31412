from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from analysis.face.measurement import DetectedFace, Exclusion, Picture
from analysis.tables import picture_landmarks
from analysis.tables.picture_landmarks import detect_pictures
from tests.analysis.tables.rehearsed import Faces


@pytest.fixture
def picture(tmp_path: Path) -> Picture:
    path = tmp_path / "sub-01" / "001-anger" / "key.png"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"a picture")
    return Picture(path, "anger")


def test_a_picture_is_detected_once(faces: Faces, picture: Picture, tmp_path: Path) -> None:
    first = detect_pictures({picture: tmp_path / "kept"})[picture]
    second = detect_pictures({picture: tmp_path / "kept"})[picture]

    assert len(faces.detected) == 1
    assert isinstance(first, DetectedFace)
    assert isinstance(second, DetectedFace)
    assert_array_equal(second.landmarks.points_px, first.landmarks.points_px)
    assert (second.landmarks.score, second.landmarks.blur, second.landmarks.image_size) == (1.0, 0.3, (640, 480))


def test_exclusions_are_kept_too(faces: Faces, picture: Picture, tmp_path: Path) -> None:
    faces.refused["anger"] = "no-face"
    for _ in range(2):
        seen = detect_pictures({picture: tmp_path / "kept"})[picture]
        assert isinstance(seen, Exclusion)
        assert (seen.reason, seen.picture) == ("no-face", picture)
    assert len(faces.detected) == 1


def test_a_changed_picture_and_another_version_are_detected_again(
    faces: Faces, picture: Picture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    detect_pictures({picture: tmp_path / "kept"})
    picture.path.write_bytes(b"another picture")
    detect_pictures({picture: tmp_path / "kept"})
    assert len(faces.detected) == 2
    monkeypatch.setattr(picture_landmarks, "landmark_fingerprint", lambda: "another")
    detect_pictures({picture: tmp_path / "kept"})
    assert len(faces.detected) == 3


@pytest.mark.parametrize("content", ["", "{", "[]", '{"fingerprint": 3}', "null"])
def test_a_damaged_landmark_file_is_replaced(faces: Faces, picture: Picture, tmp_path: Path, content: str) -> None:
    detect_pictures({picture: tmp_path / "kept"})
    kept = next((tmp_path / "kept").iterdir())
    kept.write_text(content)
    assert isinstance(detect_pictures({picture: tmp_path / "kept"})[picture], DetectedFace)
    assert len(json.loads(kept.read_text())["landmarks"]["points_px"]) == 68


def test_a_wrong_number_of_landmarks_is_not_used(faces: Faces, picture: Picture, tmp_path: Path) -> None:
    detect_pictures({picture: tmp_path / "kept"})
    kept = next((tmp_path / "kept").iterdir())
    content = json.loads(kept.read_text())
    content["landmarks"]["points_px"].pop()
    kept.write_text(json.dumps(content))
    seen = detect_pictures({picture: tmp_path / "kept"})[picture]
    assert isinstance(seen, DetectedFace)
    assert seen.landmarks.points_px.shape == (68, 2)


def test_a_missing_picture_is_excluded_and_not_kept(tmp_path: Path) -> None:
    missing = Picture(tmp_path / "absent.png", "anger")
    seen = detect_pictures({missing: tmp_path / "kept"})[missing]
    assert isinstance(seen, Exclusion)
    assert seen.reason == "image"
    assert not (tmp_path / "kept").exists()


def test_kept_files_are_readable_by_their_owner_only(faces: Faces, picture: Picture, tmp_path: Path) -> None:
    detect_pictures({picture: tmp_path / "kept"})
    kept = next((tmp_path / "kept").iterdir())
    assert kept.stat().st_mode & 0o077 == 0
    assert np.array(json.loads(kept.read_text())["landmarks"]["points_px"]).shape == (68, 2)
