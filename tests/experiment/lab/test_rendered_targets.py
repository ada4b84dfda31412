"""Targets given as blends have pictures that are rendered once, kept, and shown in every trial."""

from __future__ import annotations

import itertools
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from analysis.face.clips import read_clip
from analysis.face.models.drawn_face import DrawnFace
from analysis.face.render.portraits import SIZE_PX
from analysis.face.synthetic.drawn_course import Course, DrawnMovement
from experiment.errors import DisplayError, ProtocolError
from experiment.lab import rendered_targets
from experiment.lab.rendered_targets import locate_drawn, render_drawn, render_for_session
from experiment.protocol.checks.courses import FRAME_BYTES
from experiment.protocol.load import Protocol, load_protocol
from experiment.protocol.plan import Trial
from experiment.protocol.planner import design
from tests.conftest import PROJECT
from tests.experiment.protocol.conftest import draw_pictures

MIXED = DrawnFace({"happiness": 0.9, "surprise": 0.4})


@pytest.fixture(scope="module")
def protocol(tmp_path_factory: pytest.TempPathFactory) -> Protocol:
    """One picture and one blend."""
    folder = tmp_path_factory.mktemp("study")
    draw_pictures(folder / "targets")
    (folder / "study.yaml").write_text(
        "protocol: 1\nname: study\ntargets:\n  anger: {image: targets/anger.png}\n"
        "  mixed: {blend: {happiness: 0.9, surprise: 0.4}}\n"
        "blocks:\n  - {name: main, kind: experiment, trials: [anger, mixed]}\n",
        encoding="utf-8",
    )
    return load_protocol(folder / "study.yaml")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.mark.slow
def test_every_blend_has_a_picture_and_the_same_face_at_rest(protocol: Protocol, kept: Path) -> None:
    plan = design(protocol, participant="01", render=partial(render_drawn, folder=kept))

    anger, mixed = plan.targets
    assert (anger.image.name, anger.neutral) == ("anger.png", None)
    assert [step.target for step in plan.steps if isinstance(step, Trial)] == [anger, mixed]
    assert mixed.neutral is not None
    with Image.open(mixed.image) as picture, Image.open(mixed.neutral) as neutral:
        assert picture.size == neutral.size == (720, 900)
        difference = np.abs(np.asarray(picture, dtype=int) - np.asarray(neutral, dtype=int)).max(axis=2)
    assert difference[:100].max() < 30  # the wall behind the head stays
    assert difference[500:760, 200:520].max() > 60  # the mouth moves


@pytest.mark.slow
def test_the_neutral_picture_is_the_one_that_ships(kept: Path) -> None:
    (neutral,) = render_drawn([DrawnFace()], kept)

    with Image.open(neutral) as drawn, Image.open(PROJECT / "protocols" / "targets" / "neutral.png") as shipped:
        difference = np.abs(np.asarray(drawn, dtype=int) - np.asarray(shipped.convert("RGB"), dtype=int))
    assert np.percentile(difference, 99) <= 2


@pytest.mark.slow
def test_pictures_are_rendered_once(tmp_path: Path) -> None:
    first = render_drawn([DrawnFace(), MIXED], tmp_path)
    stamps = {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()}

    assert render_drawn([DrawnFace(), MIXED], tmp_path) == first == locate_drawn([DrawnFace(), MIXED], tmp_path)
    assert {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()} == stamps
    assert set(stamps) == {*first, *(file.with_name(f"{file.name}.sha256") for file in first)}


def test_a_plan_has_the_final_picture_files_before_they_are_rendered(protocol: Protocol, tmp_path: Path) -> None:
    plan = design(protocol, participant="01", render=partial(locate_drawn, folder=tmp_path / "nowhere"))

    assert [plan.targets[1].neutral, plan.targets[1].image] == locate_drawn([DrawnFace(), MIXED], tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ProtocolError, match="drawn targets cannot be kept there"):
        render_drawn([MIXED], tmp_path / "file" / "kept")


@pytest.mark.slow
def test_the_frames_of_a_course_change_evenly_from_rest_to_the_apex_and_are_rendered_once(tmp_path: Path) -> None:
    """Onset and offset of five frames: rest, four positions, apex, and the same four back."""
    movement = DrawnMovement({"jawOpen": 1.0}, Course(60, delay=0, onset=5, hold=3, offset=5, length=20))
    assert SIZE_PX[0] * SIZE_PX[1] * 3 == FRAME_BYTES

    (file,) = render_drawn([movement], tmp_path)
    stamp = file.stat().st_mtime_ns
    assert render_drawn([movement], tmp_path) == [file] == locate_drawn([movement], tmp_path)
    assert file.stat().st_mtime_ns == stamp

    clip = read_clip(file)
    frames = [frame[500:820, 200:520].astype(int) for frame in clip.frames]
    np.testing.assert_allclose(clip.times_s, np.array([0, 1, 2, 3, 4, 5, 9, 10, 11, 12, 13]) / 60, atol=0.00051)
    steps = [np.abs(late - early).mean() for early, late in itertools.pairwise(frames)]
    assert min(steps) > 0
    assert max(steps) < 0.6 * np.abs(frames[5] - frames[0]).mean()
    np.testing.assert_allclose(steps[:5], steps[:4:-1], rtol=1e-9)  # the way back has the same pictures


def test_a_course_has_another_file_if_anything_of_it_changes() -> None:
    movement = DrawnMovement({"jawOpen": 1.0}, Course(60, delay=0, onset=5, hold=3, offset=5, length=20))
    changed = [
        replace(movement, apex={"jawOpen": 0.9}),
        replace(movement, course=replace(movement.course, onset=6)),
        replace(movement, course=replace(movement.course, rate_hz=59.94)),
        replace(movement, course=replace(movement.course, length=30)),
        replace(movement, course=replace(movement.course, blinks=(1,))),
        replace(movement, poser="mei"),
    ]

    assert len(set(locate_drawn([movement, *changed]))) == 7


@pytest.mark.slow
def test_another_poser_has_another_face_and_the_same_expression(tmp_path: Path) -> None:
    """The neutral face and the smile of two posers: four files; each face differs from the other and from its rest."""
    shown = [DrawnFace(strengths, poser) for poser in ("robin", "kofi") for strengths in ({}, {"happiness": 1.0})]

    files = render_drawn(shown, tmp_path)

    assert len(set(files)) == 4
    faces = []
    for file in files:
        with Image.open(file) as picture:
            faces.append(np.asarray(picture, dtype=int))
    assert np.abs(faces[0] - faces[2])[300:600, 250:470].mean() > 40  # light and dark skin
    for rest, smile in zip(faces[::2], faces[1::2], strict=True):
        assert np.abs(rest - smile)[500:760, 200:520].max() > 60


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no name of the display")
@pytest.mark.parametrize(("display", "message"), [(None, "no display: log in"), (":977", ":977 does not answer")])
def test_a_session_without_display_is_refused_before_its_targets_are_drawn(
    monkeypatch: pytest.MonkeyPatch, display: str | None, message: str
) -> None:
    def draw(*_: object) -> list[Path]:
        raise AssertionError("a target was drawn")

    monkeypatch.setattr(rendered_targets, "render_drawn", draw)
    monkeypatch.delenv("DISPLAY", raising=False)
    if display is not None:
        monkeypatch.setenv("DISPLAY", display)

    with pytest.raises(DisplayError, match=message):
        render_for_session([DrawnFace({"anger": 0.1234567, "fear": 0.00321})])
