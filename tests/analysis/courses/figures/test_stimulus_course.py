from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis.courses.figures.stimulus_course import StimulusCourse, stimulus_course
from analysis.face.models.model import FaceModel
from experiment.record.session_record import SessionRecord, TargetRecord


def no_model() -> FaceModel:
    raise AssertionError("the movement is known")


@pytest.fixture
def drawn(tmp_path: Path) -> StimulusCourse:
    """A smile with four frames at 10 Hz, stronger on the left."""
    table = tmp_path / "smile_course.tsv"
    rows = [(k, k / 10, strength, strength, strength / 2) for k, strength in enumerate((0.0, 0.5, 1.0, 0.2))]
    header = ("frame", "time_s", "intensity", "unit_mouthSmileLeft", "unit_mouthSmileRight")
    table.write_text("\n".join("\t".join(map(str, row)) for row in (header, *rows)) + "\n")
    target = TargetRecord("smile", "happiness", tmp_path / "x.png", "", None, blend={"happiness": 0.8}, course=table)
    record = SessionRecord("01", None, "watching", True, {"smile": target}, (), (), 1, "locked", {})
    return stimulus_course(
        target,
        record,
        no_model,
        ["mouthSmile", "mouthSmileRight", "browDown", "emotion_happiness", "contrast", "similarity"],
    )


def test_the_movement_of_a_drawn_face_is_known(drawn: StimulusCourse) -> None:
    assert drawn.is_known
    assert drawn.values["mouthSmile"] == pytest.approx([0.0, 0.375, 0.75, 0.15])
    assert drawn.values["mouthSmileRight"] == pytest.approx([0.0, 0.25, 0.5, 0.1])
    assert drawn.values["emotion_happiness"] == pytest.approx([0.0, 0.4, 0.8, 0.16])
    assert drawn.values["browDown"] == pytest.approx(0.0), "a unit that does not move is not in the table"
    assert drawn.values["contrast"] == pytest.approx([0.0, 0.375, 0.75, 0.15]), "mouthSmile minus browDown"
    assert "similarity" not in drawn.values


def test_in_a_trial_frames_have_the_times_at_which_they_were_shown(drawn: StimulusCourse) -> None:
    found = drawn.shown("mouthSmileRight", ((0, 0.01), (2, 0.24)), duration_s=0.4)

    assert found is not None
    assert found[0] == pytest.approx([0.01, 0.24, 0.4])
    assert found[1] == pytest.approx([0.0, 0.5, 0.5])


def test_without_a_trial_frames_have_their_nominal_times(drawn: StimulusCourse) -> None:
    found = drawn.shown("mouthSmileRight", (), duration_s=0.25)

    assert found is not None
    assert found[0] == pytest.approx([0.0, 0.1, 0.2, 0.25])
    assert drawn.shown("similarity", (), duration_s=0.25) is None


def test_a_picture_is_shown_for_the_whole_time() -> None:
    still = StimulusCourse({"mouthSmile": np.array([0.7])}, np.array([0.0]), is_known=False)

    found = still.shown("mouthSmile", (), duration_s=3.0)

    assert found is not None
    assert (found[0].tolist(), found[1].tolist()) == ([0.0, 3.0], [0.7, 0.7])
