"""The face of a clip, frame by frame: landmarks that are kept, units, apex, reasons."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest

from analysis.face import clip_faces
from analysis.face.clip_faces import find_faces, measure_clip
from analysis.face.errors import NoFaceError
from analysis.face.images import read_image
from analysis.face.models.registry import load_model
from analysis.paths import PROTOCOLS
from experiment.bench.numbered_clips import numbered_clip, write_clip

T = TypeVar("T")
SMILES = (0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0)
TARGETS = PROTOCOLS / "targets"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn face that smiles for four frames, then four frames without a face."""
    rest, smile = (read_image(TARGETS / f"{name}.png")[::2, ::2] for name in ("neutral", "happiness"))
    empty = np.full_like(rest, 90)
    frames = [smile if strength else rest for strength in SMILES] + [empty] * 4
    return write_clip(tmp_path_factory.mktemp("clips") / "smile.mp4", frames, options={"crf": "12"})


def test_the_smile_of_a_drawn_clip_is_measured_in_every_frame(clip: Path, tmp_path: Path) -> None:
    measured = measure_clip(clip, load_model(), neutral=0.0, folder=tmp_path)

    assert measured.rest == "moment"
    faces = measured.frames[: len(SMILES)]
    changes = [face.change_mm or 0.0 for face in faces]
    assert np.corrcoef(changes, SMILES)[0, 1] > 0.95
    assert measured.apex in (4, 5, 6, 7)
    smile = measured.names.index("mouthSmileLeft")
    assert faces[6].units is not None
    assert faces[6].units[smile] > 0.3
    assert [frame.reason for frame in measured.frames[len(SMILES) :]] == ["no-face"] * 4
    assert measured.frames[-1].units is None
    assert measured.frames[3].time_s == pytest.approx(3 / 25, abs=1e-3)


def test_landmarks_are_found_once_and_kept_unless_they_were_changed(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed: list[tuple[int, str]] = []

    def progress(items: Iterable[T], *, total: int, title: str) -> Iterable[T]:
        followed.append((total, title))
        return items

    first = find_faces(clip, folder=tmp_path, progress=progress)
    (kept,) = tmp_path.glob("*.json")
    monkeypatch.setattr(clip_faces, "read_clip_frames", None)

    again = find_faces(clip, folder=tmp_path, progress=progress)

    assert followed == [(len(first), "finding faces in smile.mp4")]
    assert [one.reason for one in again] == [one.reason for one in first]
    assert first[2].landmarks is not None
    assert again[2].landmarks is not None
    assert np.array_equal(again[2].landmarks.points_px, first[2].landmarks.points_px)

    content = json.loads(kept.read_text())
    content["frames"][2]["points_px"][0][0] += 1.0
    kept.write_text(json.dumps(content))
    with pytest.raises(TypeError):  # it is read again
        find_faces(clip, folder=tmp_path)


def test_a_clip_without_a_face_is_refused(tmp_path: Path) -> None:
    file = numbered_clip(tmp_path / "a.mp4", 3, size_px=(120, 80))

    with pytest.raises(NoFaceError, match=r"a\.mp4: no frame of the clip has a face .*no-face"):
        measure_clip(file, load_model(), folder=tmp_path)


def test_a_moment_of_rest_without_a_face_is_refused(clip: Path, tmp_path: Path) -> None:
    with pytest.raises(NoFaceError, match=r"the frame at 0\.5 s, the face at rest, cannot be measured"):
        measure_clip(clip, load_model(), neutral=0.5, folder=tmp_path)
