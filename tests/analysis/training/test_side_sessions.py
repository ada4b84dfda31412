"""Sides over sessions: change compared with the smallest detectable one, synkinesis, the page."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from analysis.cli import main
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.models.movements import NAMES
from analysis.face.models.registry import load_model
from analysis.face.movements.strengths import learned_movements
from analysis.tables import picture_landmarks
from analysis.training.side_chart import side_chart
from analysis.training.side_sessions import (
    MovementSeries,
    SessionPoint,
    SideMean,
    affected_side,
)
from experiment.record.errors import RecordError
from tests.analysis.face.movements.moving import moving_landmarks
from tests.analysis.tables.rehearsed import Faces, record_session
from tests.browser import check_look, collect_console_errors, open_browser
from tests.experiment.record.helpers import validate

BASE = "sub-01_task-facialmimicry"
UNITS = {"smile": {"mouthSmileLeft": 0.8, "mouthSmileRight": 0.8}, "pucker": {"mouthPucker": 0.8}}
LEARNED = learned_movements()


@dataclass
class Patient(Faces):
    """The left side smiles 2 mm in session a and 8 mm in session b, and the right eye closes with it in a."""

    session: str = "a"

    def detect(self, picture):  # type: ignore[no-untyped-def]
        self.session = "b" if "ses-b" in picture.path.parts else "a"
        return super().detect(picture)

    def landmarks(self, person: str, shown: str) -> Landmarks:
        if person == "target":
            return super().landmarks(person, shown)
        left_mm, eye_mm = (2.0, 6.0) if self.session == "a" else (8.0, 0.0)
        if shown.startswith("smile"):
            strengths = {"mouthSmileLeft": left_mm, "mouthSmileRight": 10.0, "eyeBlinkRight": eye_mm}
            return moving_landmarks(self.model, strengths)
        return moving_landmarks(self.model, {"mouthPucker": 5.0} if shown.startswith("pucker") else {})


def add_affected_side(dataset: Path, side: str) -> None:
    table = dataset / "participants.tsv"
    head, row = table.read_text("utf-8").splitlines()
    table.write_text(f"{head}\taffected_side\n{row}\t{side}\n", "utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of `training` for two sessions of a person with an affected left side."""
    dataset = tmp_path_factory.mktemp("patient") / "data"
    trials = ("smile", "smile", "pucker", "pucker")
    trained = dict.fromkeys(("smile", "smile-2", "pucker", "pucker-2"), (0.5, 0.6))
    with pytest.MonkeyPatch.context() as patch:
        for session, wall_s in (("a", 1_000_000.0), ("b", 2_000_000.0)):
            patch.setattr("experiment.record.provenance.time.time", lambda wall_s=wall_s: wall_s)
            record_session(
                dataset,
                session=session,
                targets=tuple(UNITS),
                units=UNITS,
                trials=trials,
                trained=trained,
                outcomes={"pucker-2": "timeout"},
            )
        add_affected_side(dataset, "left")
        patch.setattr(picture_landmarks, "detect_face", Patient(load_model()).detect)
        patch.setattr("sys.argv", ["analysis", "training", str(dataset)])
        with pytest.raises(SystemExit) as stop:
            main()
        assert not stop.value.code
    return dataset / "derivatives" / "mimicry" / "training"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_change_of_each_side_is_compared_with_the_smallest_detectable_one(folder: Path) -> None:
    found = rows(folder / f"{BASE}_side_sessions.csv")
    last = {(row["target"], row["side"]): row for row in found if row["session"] == "b"}
    left, right = last["smile", "left"], last["smile", "right"]

    assert (left["affected"], right["affected"]) == ("yes", "no")
    assert float(left["change_mm"]) == pytest.approx(6.0, abs=1.5)
    assert float(left["change_detectable_mm"]) == pytest.approx(LEARNED.detectable_mm("mouthSmileLeft", (2, 2)))
    assert (left["change_result"], right["change_result"]) == ("more", "within measurement error")
    assert float(left["session_symmetry"]) == pytest.approx(0.8, abs=0.1)
    assert last["pucker", "middle"]["pictures"] == "1"
    assert [row["change_result"] for row in found if row["session"] == "a"] == ["", "", ""]


def test_the_page_names_the_affected_side_the_other_movement_and_what_was_left_out(folder: Path) -> None:
    page = (folder / f"{BASE}_sides.html").read_text("utf-8")

    assert "This is not a medical device" in page
    assert "Affected side: <strong>left</strong>" in page
    assert page.count("eye closure (AU43)") == 1  # in the matrix of the first session
    assert "<td>as asked 2<span>correct 2 of 2</span></td>" in page
    assert page.count("left (affected)") == 2  # in the key and in the table of changes
    assert '<th scope="col">session b</th>' in page
    assert "<td>pucker</td><td>training</td>" in page


def test_a_side_that_moved_without_being_asked_for_is_in_its_own_place(folder: Path) -> None:
    page = (folder / f"{BASE}_sides.html").read_text("utf-8")

    matrix = page[page.index("Movements that were not asked for") :]
    assert re.findall(r'<td class="number moved">(.*?)</td>', matrix) == ["\N{MIDDLE DOT} / 5.6"]


def test_the_page_has_no_errors_and_fits_a_telephone_and_a_screen(folder: Path) -> None:
    with open_browser() as browser:
        narrow = browser.new_page(viewport={"width": 390, "height": 900}, color_scheme="dark")
        for page in (narrow, browser.new_page(viewport={"width": 1280, "height": 900})):
            errors = collect_console_errors(page)
            page.goto((folder / f"{BASE}_sides.html").as_uri())
            check_look(page)
            assert errors == []
            assert page.locator("svg.chart").count() == 2


def test_movements_below_the_noise_floor_refer_to_their_strengths(folder: Path) -> None:
    words = (folder / f"{BASE}_training.md").read_text("utf-8")

    assert "excluded: target smile (below-noise-floor)" in words
    assert "- Single movements below the noise floor: their strengths in mm are on the page of sides." in words


def test_targets_of_movements_that_are_not_measured_have_a_page_that_says_so(tmp_path: Path) -> None:
    data = tmp_path / "data"
    record_session(data, targets=("puff",), units={"puff": {"cheekPuff": 0.8}}, trials=("puff",))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(picture_landmarks, "detect_face", Patient(load_model()).detect)
        patch.setattr("sys.argv", ["analysis", "training", str(data)])
        with pytest.raises(SystemExit) as stop:
            main()
    assert not stop.value.code
    page = (data / "derivatives" / "mimicry" / "training" / f"{BASE}_sides.html").read_text("utf-8")
    assert "Not measured, because landmarks do not show them: cheek puff (AU34)." in page


def test_the_data_set_stays_valid(folder: Path) -> None:
    validate(folder.parents[2])


def test_a_wrong_side_is_named_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "participants.tsv").write_text("participant_id\taffected_side\nsub-01\tleft face\nsub-02\tn/a\n")

    with pytest.raises(RecordError, match=r"participants.tsv: affected_side of sub-01 is 'left face'; write left"):
        affected_side(tmp_path, "01")
    assert affected_side(tmp_path, "02") == ""
    assert affected_side(tmp_path, "03") == ""


def point(left: float, right: float, *, session: str = "a", asked: float = 12.4) -> SessionPoint:
    sides = (SideMean("left", "mouthSmileLeft", 12.4, (left,)), SideMean("right", "mouthSmileRight", asked, (right,)))
    return SessionPoint(session, 1, {"as asked": 1}, 1, sides)


def test_symmetry_is_that_of_the_affected_side_and_needs_a_movement_on_both() -> None:
    assert point(4.0, 8.0).symmetry("left") == pytest.approx(0.5)
    assert point(4.0, 8.0).symmetry("right") == pytest.approx(2.0)
    assert point(8.0, 4.0).symmetry("") == pytest.approx(0.5)
    assert point(0.0, 0.01).symmetry("left") is None
    assert point(4.0, 8.0, asked=0.0).symmetry("left") is None


def test_a_single_session_has_no_change_and_a_side_that_was_not_asked_for_none_either() -> None:
    smile = NAMES["AU12"]
    one, two = point(4.0, 8.0), point(9.0, 8.0, session="b")
    half = [point(4.0, 8.0, asked=0.0), point(9.0, 8.0, session="b", asked=0.0)]

    assert MovementSeries("smile", "training", smile, (one,)).changes == ()
    assert [change.verdict for change in MovementSeries("smile", "training", smile, (one, two)).changes] == [
        "more",
        "within measurement error",
    ]
    together = MovementSeries("smile", "training", smile, (one, two), alone=False)
    assert {change.verdict for change in together.changes} == {"not judged: several movements at once"}
    assert [change.side for change in MovementSeries("smile", "training", smile, tuple(half)).changes] == ["left"]


def test_the_chart_has_the_words_of_its_values_and_escapes_names() -> None:
    smile = MovementSeries("smile", "training", NAMES["AU12"], (point(4.0, 8.0, session="<a>"),))
    chart = side_chart(smile, highest_mm=14.0)

    assert "session &lt;a&gt;: left 4.0 mm, right 8.0 mm" in chart
    assert "<a>" not in chart
    assert chart.count("<circle") == chart.count("<rect") == 1
