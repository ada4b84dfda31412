from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from analysis.evaluation import photographs
from analysis.evaluation.photographs import PhotographStore, detect_file
from analysis.face.measurement import DetectedFace, Exclusion, Picture
from analysis.face.models.registry import load_model
from analysis.face.synthetic.generators import Generator
from analysis.face.synthetic.people import Photograph, draw_person, with_own_movements


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def smile() -> Photograph:
    model = load_model()
    person = draw_person("ann", len(model.identity), np.random.default_rng(2), face_px=130)
    return Photograph(person, "smile", np.zeros(len(model.bases["units"].names)), person.scene)


def detected(store: PhotographStore, photograph: Photograph) -> DetectedFace:
    found = store.detect(photograph)
    assert isinstance(found, DetectedFace)
    return found


def test_a_photograph_is_drawn_and_its_face_detected_once(
    smile: Photograph, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = PhotographStore(Generator("makehuman"), cache)
    first = detected(store, smile)
    monkeypatch.setattr(Photograph, "draw", lambda *_: pytest.fail("it was drawn again"))
    monkeypatch.setattr(photographs, "detect_face", lambda *_: pytest.fail("its face was detected again"))

    again = detected(store, smile)

    assert (again.landmarks.points_px == first.landmarks.points_px).all()
    assert first.picture.path.exists()
    assert first.picture.expression == "smile"


def test_the_same_picture_can_have_another_label(smile: Photograph, cache: Path) -> None:
    store = PhotographStore(Generator("makehuman"), cache)

    renamed = detected(store, dataclasses.replace(smile, label="rest"))

    assert renamed.picture.expression == "rest"
    assert renamed.picture.path == detected(store, smile).picture.path


def test_another_expression_pose_or_frame_is_another_picture(smile: Photograph, cache: Path) -> None:
    store = PhotographStore(Generator("makehuman"), cache)
    open_jaw = smile.expression.copy()
    open_jaw[load_model().bases["units"].names.index("jawOpen")] = 0.8
    changed = [
        smile,
        dataclasses.replace(smile, expression=open_jaw),
        dataclasses.replace(smile, scene=smile.person.turned(yaw_deg=10)),
        dataclasses.replace(smile, frame=1),
    ]

    found = [detected(store, one) for one in changed]

    assert len({one.picture.path for one in found}) == 4
    lively = dataclasses.replace(smile, person=with_own_movements(smile.person, load_model()))
    assert detected(store, lively).picture.path not in {one.picture.path for one in found}
    gap = [np.linalg.norm(one.landmarks.points_px[66] - one.landmarks.points_px[62]) for one in found]
    assert gap[1] > gap[0] + 5


def test_a_change_of_the_detecting_code_detects_again(
    smile: Photograph, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = PhotographStore(Generator("makehuman"), cache)
    picture = detected(store, smile).picture
    monkeypatch.setattr(photographs, "detection_fingerprint", lambda _: "another")
    monkeypatch.setattr(photographs, "detect_face", lambda one: Exclusion("no-face", "for a test", one))

    found = store.detect(smile)

    assert isinstance(found, Exclusion)
    assert found.picture == picture


def test_a_changed_file_is_detected_again(smile: Photograph, cache: Path, tmp_path: Path) -> None:
    store = PhotographStore(Generator("makehuman"), cache)
    file = tmp_path / "photograph.jpg"
    file.write_bytes(detected(store, smile).picture.path.read_bytes())
    found = detect_file(Picture(file, "rest"), cache)
    file.write_bytes(b"no picture")

    changed = detect_file(Picture(file, "rest"), cache)

    assert isinstance(found, DetectedFace)
    assert isinstance(changed, Exclusion)
    assert changed.reason == "image"


def test_a_picture_with_glasses_is_another_picture(smile: Photograph, cache: Path) -> None:
    store = PhotographStore(Generator("makehuman"), cache)
    worn = detected(store, dataclasses.replace(smile, glasses=True))

    assert worn.picture.path != detected(store, smile).picture.path
