"""The command on data sets written by the real recorder, with faces that are known."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from analysis.face.fitting.camera import Pose, rotation_from_angles
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.registry import load_model
from analysis.tables import picture_landmarks
from analysis.training.learning_figure import titles
from tests.analysis.running import run
from tests.analysis.tables.rehearsed import Faces, record_session
from tests.experiment.record.helpers import validate

BASE = "sub-01_task-facialmimicry"
WANTED, HABIT = EMOTIONS.index("happiness"), EMOTIONS.index("anger")


@dataclass
class Learners(Faces):
    """All trainees mix a habitual anger into happiness, less of it with every attempt; session b is better."""

    def landmarks(self, person: str, shown: str) -> Landmarks:
        model = self.model
        identity = np.random.default_rng(sum(map(ord, person))).normal(size=len(model.identity)) * 0.5
        blend = np.zeros(len(EMOTIONS))
        if person == "target":
            blend[WANTED] = 0.8 if shown == "happiness" else 0.0
        elif shown != "neutral":
            number = int(shown.split("-")[1]) if "-" in shown else 1
            skill = min(1.0, 0.25 * number + (0.4 if self.session_b else 0.0))
            blend[WANTED], blend[HABIT] = 0.8 * skill, 0.8 * (1 - skill)
        vertices = model.neutral(identity) + model.displacement(blend, "emotions")
        pose = Pose(rotation_from_angles(yaw_deg=2.0), np.array([0.0, 0.0, -550.0]), 704.0, (320.0, 240.0))
        return Landmarks(pose.project(vertices[model.landmark_vertices]), (640, 480), score=1.0, blur=0.3)

    def detect(self, picture):  # type: ignore[no-untyped-def]
        self.session_b = "ses-b" in picture.path.parts
        return super().detect(picture)


@pytest.fixture
def learners(monkeypatch: pytest.MonkeyPatch) -> Learners:
    made = Learners(load_model())
    monkeypatch.setattr(picture_landmarks, "detect_face", made.detect)
    return made


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


LIVE = (0.1, None, 0.3, 0.6)
TRAINED = {"happiness": LIVE, "happiness-2": LIVE, "happiness-3": LIVE}
THRICE = ("happiness", "happiness", "happiness")
TIMED = {"similarity": None, "frames": 180, "on_key": False}


def record_with_a_timeout(dataset: Path, **others: Any) -> None:
    """The third of three attempts is not answered in time."""
    record_session(
        dataset,
        targets=("happiness",),
        trials=THRICE,
        trained=TRAINED,
        outcomes={"happiness-3": "timeout"},
        **others,
    )


def test_two_sessions_make_one_learning_curve_in_order_of_time(
    learners: Learners, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = tmp_path / "data"
    for session, wall_s in (("b", 2_000_000.0), ("a", 1_000_000.0)):
        monkeypatch.setattr("experiment.record.provenance.time.time", lambda wall_s=wall_s: wall_s)
        record_session(dataset, session=session, targets=("happiness",), trials=THRICE, trained=TRAINED)
    folder = dataset / "derivatives" / "mimicry" / "training"

    done = run(capsys, "training", dataset)

    assert done.status == 0, done.err
    attempts = rows(folder / f"{BASE}_attempts.csv")
    scores = [float(row["score"]) for row in attempts]
    assert [(row["session"], row["attempt"]) for row in attempts] == [
        *(("a", str(number)) for number in (1, 2, 3)),
        *(("b", str(number)) for number in (4, 5, 6)),
    ]
    assert scores[:3] == sorted(scores[:3])
    assert scores[3] > scores[0]
    (target,) = rows(folder / f"{BASE}_targets.csv")
    assert target["attempts"] == "6"
    assert float(target["first"]) == scores[0]
    assert float(target["gain"]) == pytest.approx(scores[-1] - scores[0])
    assert float(target["slope_per_attempt"]) > 0
    movements = {row["movement"]: row for row in rows(folder / f"{BASE}_movements.csv")}
    smile = movements["mouthSmile"]
    assert (smile["movement_name"], smile["action_unit"]) == ("lip corner puller", "AU12")
    assert {row["seen_by_landmarks"] for row in movements.values()} == {"well", "weakly"}
    assert "cheekSquint" not in movements
    # what was measured live stays beside it
    assert attempts[0]["live_similarity"] == "0.6"
    assert attempts[0]["live_frames_without_face"] == "1"
    words = (folder / f"{BASE}_training.md").read_text("utf-8")
    assert "2 sessions, 6 attempts" in words
    assert "1 of 1 targets came nearer" in words
    assert "happiness: nearer:" in words
    assert "lip corner puller (AU12) " in words
    assert "| a | training | 3 |" in words
    with Image.open(folder / f"{BASE}_training.png") as figure:
        assert figure.width > 1000
    assert len(json.loads((folder / f"{BASE}_training.json").read_text("utf-8"))["sessions"]) == 2
    validate(dataset)


def test_an_exercise_has_its_sets_and_the_results_of_each_side(
    learners: Learners, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = {f"happiness{end}": {"set": str(n), "repetition": "1"} for n, end in enumerate(("", "-2", "-3"), start=1)}
    record_session(
        tmp_path / "data", targets=("happiness",), trials=THRICE, trained=TRAINED, conditions=numbers, hold=TIMED
    )
    folder = tmp_path / "data" / "derivatives" / "mimicry" / "training"

    assert run(capsys, "training", tmp_path / "data").status == 0

    attempts = rows(folder / f"{BASE}_attempts.csv")
    assert [(row["set"], row["repetition"]) for row in attempts] == [("1", "1"), ("2", "1"), ("3", "1")]
    shares = [float(row["left_share"]) for row in attempts]
    assert shares == sorted(shares)
    assert 0.5 < shares[-1] < 1.1
    sides = rows(folder / f"{BASE}_sides.csv")
    assert [row["side"] for row in sides] == ["left", "right"]
    assert float(sides[0]["first"]) == shares[0]
    assert float(sides[0]["mean"]) == pytest.approx(sum(shares) / 3)
    words = (folder / f"{BASE}_training.md").read_text("utf-8")
    assert "## Left and right" in words
    assert f"| happiness | training | left | 3 | {shares[0]:.2f} |" in words


def test_the_same_data_give_the_same_bytes(
    learners: Learners, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record_session(tmp_path / "data", targets=("happiness",), trials=THRICE, trained=TRAINED)
    written = []
    for name in ("first", "second"):
        assert run(capsys, "training", tmp_path / "data", "--out", tmp_path / name).status == 0
        written.append({path.name: path.read_bytes() for path in (tmp_path / name).iterdir() if path.is_file()})

    assert written[0] == written[1]
    assert len(written[0]) == 17


def test_groups_are_compared_by_the_gain_of_their_people(
    learners: Learners, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = tmp_path / "data"
    for participant, group in (("01", "live"), ("02", "none"), ("03", "live"), ("04", "live")):
        trained = TRAINED if group == "live" else dict.fromkeys(TRAINED, ())
        record_session(
            dataset,
            participant=participant,
            targets=("happiness",),
            trials=THRICE,
            trained=trained,
            groups={"feedback": group},
        )

    done = run(capsys, "training", dataset, "--without-faces")

    assert done.status == 0, done.err
    summary = (dataset / "derivatives" / "mimicry" / "training" / "training.md").read_text("utf-8")
    live, none = (line for line in summary.splitlines() if line.startswith("| feedback"))
    assert live.startswith("| feedback: live | 3 | +0.")
    assert " to +0." in live
    assert none.startswith("| feedback: none | 1 | +0.")
    assert "needs two people" in none


def test_timeouts_and_frames_without_a_face_are_listed_with_their_reason(
    learners: Learners, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    learners.refused["happiness-2"] = "no-face"
    record_with_a_timeout(tmp_path / "data")

    done = run(capsys, "training", tmp_path / "data")

    gone = rows(tmp_path / "data" / "derivatives" / "mimicry" / "training" / f"{BASE}_exclusions.csv")
    assert [(row["what"], row["reason"]) for row in gone] == [
        ("trial happiness-2", "no-face"),
        ("trial happiness-3", "timeout"),
    ]
    assert gone[1]["message"] == "no key was pressed in time"
    assert "1 attempt, 1 time-out; no target was attempted more than once" in done.out


@pytest.mark.parametrize(
    ("on_key", "told"),
    [
        (False, "the expression was not held in time at the similarity asked for, 0.85"),
        (True, "the expression was not held in time at the similarity asked for, 0.85, and no key was pressed"),
    ],
)
def test_a_timeout_of_a_hold_names_the_similarity(
    learners: Learners, tmp_path: Path, capsys: pytest.CaptureFixture[str], on_key: bool, told: str
) -> None:
    record_with_a_timeout(tmp_path / "data", hold={"similarity": 0.85, "frames": 60, "on_key": on_key})

    run(capsys, "training", tmp_path / "data")

    (gone,) = rows(tmp_path / "data" / "derivatives" / "mimicry" / "training" / f"{BASE}_exclusions.csv")
    assert gone["message"] == told


def test_a_single_attempt_has_no_gain_and_no_change(
    learners: Learners, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record_session(tmp_path / "data", targets=("happiness",), trials=("happiness",), trained=TRAINED)

    done = run(capsys, "training", tmp_path / "data")

    assert "1 trainee; summary: " in done.out
    folder = tmp_path / "data" / "derivatives" / "mimicry" / "training"
    (target,) = rows(folder / f"{BASE}_targets.csv")
    assert (target["attempts"], target["gain"], target["slope_per_attempt"]) == ("1", "", "")
    words = (folder / f"{BASE}_training.md").read_text("utf-8")
    assert "| one attempt |" in words
    assert "+0.00" not in words
    assert "What changed" not in words
    assert "By session" not in words, "there is one session, without a label"


@pytest.mark.parametrize("live", [LIVE, ()])
def test_every_similarity_is_printed_with_its_metric(
    learners: Learners, tmp_path: Path, capsys: pytest.CaptureFixture[str], live: tuple[float | None, ...]
) -> None:
    trained = dict.fromkeys(TRAINED, live)
    record_session(tmp_path / "data", targets=("happiness",), trials=THRICE, trained=trained)

    run(capsys, "training", tmp_path / "data")

    folder = tmp_path / "data" / "derivatives" / "mimicry" / "training"
    named = {(row["metric"], row["live_metric"]) for row in rows(folder / f"{BASE}_attempts.csv")}
    assert named == {("combined", "units" if live else "")}
    assert {row["metric"] for row in rows(folder / "training.csv")} == {"combined"}
    words = (folder / f"{BASE}_training.md").read_text("utf-8")
    assert "Similarity: metric combined" in words
    assert ("measured live, while trying, is another number: metric units" in words) == bool(live)
    assert "metric combined" in (folder / "training.md").read_text("utf-8")


def test_the_columns_of_the_figure_name_both_metrics() -> None:
    kept, course, _ = titles("combined", "appearance")

    assert "(metric combined)" in kept
    assert "(metric appearance, live)" in course


def test_a_trainee_without_a_measured_attempt_is_listed_with_the_reasons(
    learners: Learners, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    learners.refused.update(dict.fromkeys(("happiness", "happiness-2", "happiness-3"), "no-face"))
    record_session(tmp_path / "data", targets=("happiness",), trials=THRICE, trained=TRAINED)

    done = run(capsys, "training", tmp_path / "data")

    assert done.status == 0, done.err
    assert "sub-01, facial-mimicry: 1 session, 0 attempts" in done.out
    assert "sub-01: excluded: trial happiness-2 (no-face)" in done.out
    folder = tmp_path / "data" / "derivatives" / "mimicry" / "training"
    assert len(rows(folder / f"{BASE}_exclusions.csv")) >= 3
    assert "- sub-01, facial-mimicry: 1 session, 0 attempts" in (folder / "training.md").read_text("utf-8")


def test_a_folder_that_is_not_a_data_set_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = run(capsys, "training", tmp_path / "nothing")

    assert done.status == 1
    assert "there is no data set" in done.err
