"""Tables about trials that ask for single movements."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from analysis.cli import main
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.models.registry import load_model
from analysis.face.movements.strengths import learned_movements
from analysis.tables import picture_landmarks
from tests.analysis.face.movements.moving import moving_landmarks
from tests.analysis.running import run
from tests.analysis.tables.rehearsed import Faces, record_session
from tests.experiment.record.helpers import validate

BASE = "sub-01_task-facialmimicry"
UNITS = {
    "smile": {"mouthSmileLeft": 0.8, "mouthSmileRight": 0.8},
    "smile-left": {"mouthSmileLeft": 0.8},
    "anger": {},
}


@dataclass
class Palsy(Faces):
    """The right side makes a quarter of a smile and closes the eye with it; one-sided smiles are mirrored."""

    def landmarks(self, person: str, shown: str) -> Landmarks:
        if person != "target" and shown == "smile":
            return moving_landmarks(self.model, {"mouthSmileLeft": 10.0, "mouthSmileRight": 2.5, "eyeBlinkRight": 6.0})
        if person != "target" and shown == "smile-left":
            return moving_landmarks(self.model, {"mouthSmileRight": 8.0})
        return super().landmarks(person, shown) if person == "target" else moving_landmarks(self.model, {})


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of `tables` for two targets of single movements and one of an emotion."""
    dataset = tmp_path_factory.mktemp("palsy") / "data"
    record_session(dataset, targets=tuple(UNITS), units=UNITS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(picture_landmarks, "detect_face", Palsy(load_model()).detect)
        patch.setattr("sys.argv", ["analysis", "tables", str(dataset)])
        with pytest.raises(SystemExit) as stop:
            main()
        assert not stop.value.code
    return dataset / "derivatives" / "mimicry" / "tables"


def test_each_requested_movement_has_a_row_with_both_sides(folder: Path) -> None:
    smile, left = rows(folder / f"{BASE}_requested.csv")

    assert (smile["trial_id"], smile["movement"], smile["action_unit"]) == ("smile", "lip corner puller", "AU12")
    assert (smile["made"], smile["correct"]) == ("as asked", "yes")
    assert float(smile["left_strength_mm"]) == pytest.approx(10.0, abs=1.5)
    assert float(smile["right_strength_mm"]) == pytest.approx(2.5, abs=1.0)
    assert float(smile["left_share"]) == pytest.approx(10.0 / float(smile["left_asked_mm"]), abs=0.12)
    assert smile["strongest_other"] == "eye closure, right"
    assert float(smile["strongest_other_mm"]) == pytest.approx(6.0, abs=2.0)
    assert (left["made"], left["correct"]) == ("mirrored", "no")
    assert float(left["right_asked_mm"]) == 0.0


def test_every_measured_movement_has_a_row_and_the_file_a_dictionary(folder: Path) -> None:
    found = [row for row in rows(folder / f"{BASE}_strengths.csv") if row["trial_id"] == "smile"]
    described = json.loads((folder / f"{BASE}_strengths.json").read_text("utf-8"))

    assert len(found) == 23
    assert [row["side"] for row in found if row["requested"] == "yes"] == ["left", "right"]
    (eye,) = [row for row in found if (row["movement"], row["side"]) == ("eye closure", "right")]
    assert (eye["requested"], eye["moved"], eye["share"]) == ("no", "yes", "")
    assert set(described) == set(found[0])
    assert set(json.loads((folder / f"{BASE}_requested.json").read_text("utf-8"))) == set(
        rows(folder / f"{BASE}_requested.csv")[0]
    )


def test_the_card_of_a_trial_has_both_sides_and_the_movement_that_was_not_asked_for(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(picture_landmarks, "detect_face", Palsy(load_model()).detect)
    page = tmp_path / "report.html"

    done = run(capsys, "report", folder.parents[2], "--without-faces", "--out", page)

    assert done.status == 0, done.err
    text = page.read_text("utf-8")
    assert "<caption>Lip corner puller (AU12): as asked</caption>" in text
    assert "<caption>Lip corner puller (AU12): mirrored</caption>" in text
    assert text.count("<caption>Lip corner puller (AU12):") == 2  # the third target is an emotion
    assert '<th scope="row">eye closure, right (AU43)</th>' in text
    detectable_mm = learned_movements().detectable_mm("mouthSmileLeft")
    assert f'<th scope="row">detectable change</th><td class="value">{detectable_mm:.1f} mm</td>' in text
    assert '<td class="value">no: on the other side</td>' in text
    assert "not a medical device" in text


def test_group_has_the_strengths_of_all_participants(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(picture_landmarks, "detect_face", Palsy(load_model()).detect)
    for participant in ("01", "02"):
        record_session(tmp_path / "data", participant=participant, targets=tuple(UNITS), units=UNITS)

    done = run(capsys, "group", tmp_path / "data", "--metric", "units")

    assert done.status == 0, done.err
    folder = tmp_path / "data" / "derivatives" / "mimicry" / "group"
    found = [(row["participant"], row["target"], row["made"]) for row in rows(folder / "requested.csv")]
    assert found == [
        (who, *what) for who in ("01", "02") for what in (("smile", "as asked"), ("smile-left", "mirrored"))
    ]
    assert {row["participant"] for row in rows(folder / "strengths.csv")} == {"01", "02"}
    assert "detectable_mm" in json.loads((folder / "strengths.json").read_text())


def test_the_data_set_stays_valid(folder: Path) -> None:
    validate(folder.parents[2])


def test_a_session_without_such_targets_has_no_such_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(picture_landmarks, "detect_face", Faces(load_model()).detect)
    record_session(tmp_path / "data", targets=("anger",))

    assert run(capsys, "tables", tmp_path / "data").status == 0
    assert not list((tmp_path / "data").glob("derivatives/**/*_requested.*"))
