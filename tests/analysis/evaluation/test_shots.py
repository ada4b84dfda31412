from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from analysis.evaluation import shots
from analysis.evaluation.generators import Generator
from analysis.evaluation.shots import Shot, Studio, detect_photograph
from analysis.face.measurement import DetectedFace, Exclusion, Picture
from analysis.face.models.registry import load_model
from analysis.face.synthetic.people import draw_person


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def shot() -> Shot:
    model = load_model()
    who = draw_person("ann", len(model.identity), np.random.default_rng(2), face_px=130)
    return Shot(who, "smile", np.zeros(len(model.bases["units"].names)), who.scene)


def seen(studio: Studio, shot: Shot) -> DetectedFace:
    found = studio.see(shot)
    assert isinstance(found, DetectedFace)
    return found


def test_a_shot_is_drawn_and_looked_at_once(shot: Shot, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    studio = Studio(Generator("makehuman"), cache)
    first = seen(studio, shot)
    monkeypatch.setattr(Studio, "draw", lambda *_: pytest.fail("it was drawn again"))
    monkeypatch.setattr(shots, "detect_face", lambda *_: pytest.fail("it was looked at again"))

    again = seen(studio, shot)

    assert (again.landmarks.points_px == first.landmarks.points_px).all()
    assert first.picture.path.exists()
    assert first.picture.expression == "smile"


def test_the_same_picture_may_be_said_to_show_something_else(shot: Shot, cache: Path) -> None:
    studio = Studio(Generator("makehuman"), cache)

    renamed = seen(studio, dataclasses.replace(shot, label="rest"))

    assert renamed.picture.expression == "rest"
    assert renamed.picture.path == seen(studio, shot).picture.path


def test_another_expression_pose_or_frame_is_another_picture(shot: Shot, cache: Path) -> None:
    studio = Studio(Generator("makehuman"), cache)
    open_jaw = shot.expression.copy()
    open_jaw[load_model().bases["units"].names.index("jawOpen")] = 0.8
    changed = [
        shot,
        dataclasses.replace(shot, expression=open_jaw),
        dataclasses.replace(shot, scene=shot.person.turned(yaw_deg=10)),
        dataclasses.replace(shot, frame=1),
    ]

    found = [seen(studio, one) for one in changed]

    assert len({one.picture.path for one in found}) == 4
    gap = [np.linalg.norm(one.landmarks.points_px[66] - one.landmarks.points_px[62]) for one in found]
    assert gap[1] > gap[0] + 5


def test_a_change_of_the_code_that_looks_makes_a_new_look(
    shot: Shot, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = Studio(Generator("makehuman"), cache)
    picture = seen(studio, shot).picture
    monkeypatch.setattr(shots, "_code_that_looks", lambda: "another")
    monkeypatch.setattr(shots, "detect_face", lambda one: Exclusion("no-face", "for a test", one))

    found = studio.see(shot)

    assert isinstance(found, Exclusion)
    assert found.picture == picture


def test_a_photograph_that_changed_is_looked_at_again(shot: Shot, cache: Path, tmp_path: Path) -> None:
    studio = Studio(Generator("makehuman"), cache)
    file = tmp_path / "photograph.jpg"
    file.write_bytes(seen(studio, shot).picture.path.read_bytes())
    found = detect_photograph(Picture(file, "rest"), cache)
    file.write_bytes(b"no picture")

    changed = detect_photograph(Picture(file, "rest"), cache)

    assert isinstance(found, DetectedFace)
    assert isinstance(changed, Exclusion)
    assert changed.reason == "image"
