"""The option `--movement` of `score`."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.commands.asked_movements import asked_units, movement_facts, movement_lines
from analysis.errors import DataSetError
from analysis.face.measurement import NEUTRAL, DetectedFace, MeasuredFace, Picture, measure_person
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.movements.strengths import learned_movements
from tests.analysis.face.movements.moving import moving_landmarks
from tests.analysis.running import run
from tests.conftest import PROJECT

TARGETS = PROJECT / "protocols" / "targets"


@pytest.fixture(scope="module")
def model() -> FaceModel:
    return load_model()


def face(model: FaceModel, **strengths: float) -> MeasuredFace:
    shown = [DetectedFace(Picture(Path("rest.png"), NEUTRAL), moving_landmarks(model, {}))]
    shown.append(DetectedFace(Picture(Path("key.png"), "smile"), moving_landmarks(model, strengths)))
    return measure_person("moving", shown, model).faces[0]


def test_movements_are_named_by_unit_plain_name_or_action_unit_with_a_side() -> None:
    assert asked_units(["AU12"]) == ("mouthSmileLeft", "mouthSmileRight")
    assert asked_units(["lip corner puller:left", "jaw drop"]) == ("mouthSmileLeft", "jawOpen")
    assert asked_units(["Lip Corner Puller:LEFT", "au26"]) == ("mouthSmileLeft", "jawOpen")
    assert asked_units(["mouthSmileRight"]) == ("mouthSmileRight",)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("lip corner pullr", "is not a movement; did you mean lip corner puller"),
        ("cheek puff", "landmarks do not show cheek puff; measured are inner brow raiser"),
        ("AU12:top", "the side must be left or right"),
        ("jaw drop:left", "jaw drop has no sides; leave :left out"),
    ],
)
def test_a_wrong_movement_is_refused_with_a_remedy(option: str, message: str) -> None:
    with pytest.raises(DataSetError, match=message):
        asked_units([option])


def test_a_mirrored_imitation_is_named_with_its_strengths(model: FaceModel) -> None:
    found = movement_facts(
        face(model, mouthSmileLeft=10.0), face(model, mouthSmileRight=8.0, jawOpen=9.0), ["mouthSmileLeft"], model
    )
    lines = movement_lines(found)

    (smile,) = found["requested"]
    assert (smile["made"], smile["correct"]) == ("mirrored", False)
    assert smile["sides"][0]["asked_mm"] == pytest.approx(10.0, abs=1.5)
    assert lines[0] == "  lip corner puller (AU12): mirrored (not correct: on the other side)"
    assert lines[1].startswith("    left      0.")
    assert "target" in lines[1]
    assert "not asked for" in lines[2]
    detectable_mm = learned_movements().detectable_mm("mouthSmileLeft")
    assert lines[3] == f"    smallest detectable change between two sessions: {detectable_mm:.1f} mm"
    assert lines[4].startswith("  not asked for: jaw drop (AU26): ")
    assert "not a medical device" in lines[5]


def test_a_stronger_movement_is_named_as_the_reason(model: FaceModel) -> None:
    smile = face(model, mouthSmileLeft=10.0, mouthSmileRight=10.0)
    found = movement_facts(
        smile,
        face(model, mouthSmileLeft=4.0, mouthSmileRight=4.0, jawOpen=25.0),
        ["mouthSmileLeft", "mouthSmileRight"],
        model,
    )

    lines = movement_lines(found)
    assert lines[0] == "  lip corner puller (AU12): as asked (not correct: jaw drop (AU26) is stronger)"
    assert lines[3].startswith("    symmetry ")


def test_a_target_that_does_not_show_the_movement_is_refused(model: FaceModel) -> None:
    with pytest.raises(DataSetError, match=r"the target does not show jawOpen: 0\.\d mm"):
        movement_facts(face(model, mouthSmileLeft=10.0), face(model), ["jawOpen"], model)


def test_the_command_prints_the_movement_below_the_score(capsys: pytest.CaptureFixture[str]) -> None:
    smile, rest = (TARGETS / f"{name}.png" for name in ("happiness", "neutral"))
    neutrals = ("--target-neutral", rest, "--mimic-neutral", rest)

    done = run(capsys, "score", smile, smile, *neutrals, "--movement", "lip corner puller")

    assert done.status == 0, done.err
    assert "  lip corner puller (AU12): as asked" in done.out
