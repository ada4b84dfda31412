from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.errors import DataSetError
from analysis.face.measurement import NEUTRAL, DetectedFace, Detection, Exclusion, Picture
from analysis.face.models.model import FaceModel
from analysis.face.similarity.metrics import Metric, metric
from analysis.face.similarity.uncertainty import Uncertainty
from analysis.tables.comparison import Comparison
from analysis.tables.manifest import Manifest
from analysis.tables.people import EACH, compare_people, measure_people
from analysis.tables.score_certainty import MeanInterval
from analysis.tables.similarity_table import SimilarityTable
from tests.analysis.face.toy import perfect_landmarks, toy_model, toy_pose

MODEL = toy_model()
UNITS = MODEL.bases["units"].names


class Faces:
    """Replace the detector: the name of a picture, ``person/expression.png``, is its content."""

    def __init__(self, model: FaceModel, expressions: dict[str, dict[str, float]]) -> None:
        self.model, self.expressions = model, expressions
        self.detected: list[Path] = []

    def detect(self, picture: Picture) -> Detection:
        self.detected.append(picture.path)
        person, shown = picture.path.parent.name, picture.path.stem
        if shown == "damaged":
            return Exclusion("image", f"{picture.path}: the picture is damaged", picture)
        if shown == "no face":
            return Exclusion("no-face", "no face was found", picture)
        rng = np.random.default_rng(sum(map(ord, person)))
        identity = rng.normal(size=len(self.model.identity))
        units = np.array([self.expressions.get(shown, {}).get(name, 0.0) for name in UNITS])
        return DetectedFace(picture, perfect_landmarks(self.model, toy_pose(rng, yaw_deg=3), identity, units))


@pytest.fixture
def faces(monkeypatch: pytest.MonkeyPatch) -> Faces:
    made = Faces(
        MODEL,
        {
            "smile": {"mouthSmileLeft": 0.9, "mouthSmileRight": 0.9},
            "gape": {"jawOpen": 0.9},
            "frown": {"browDownLeft": 0.9, "browDownRight": 0.9},
        },
    )
    monkeypatch.setattr("analysis.tables.people.detect_face", made.detect)
    return made


def pictures(person: str, *shown: str) -> list[Picture]:
    return [Picture(Path(person) / f"{name}.png", name) for name in shown]


def people(*names: str) -> dict[str, list[Picture]]:
    return {name: pictures(name, NEUTRAL, "smile", "gape", "frown") for name in names}


def compared(everyone: dict[str, list[Picture]], targets: str) -> Comparison:
    return compare_people(Manifest(Path("people.csv"), everyone), targets=targets, metric=metric("units"), model=MODEL)


def test_a_target_person_is_compared_with_all_other_people(faces: Faces) -> None:
    assert list(compared(people("ann", "bob", "cho"), "bob").tables) == [("bob", "ann"), ("bob", "cho")]


def test_each_compares_every_ordered_pair(faces: Faces) -> None:
    pairs = list(compared(people("ann", "bob", "cho"), EACH).tables)

    assert len(pairs) == len(set(pairs)) == 6
    assert all(a != b for a, b in pairs)


def test_same_movements_on_other_faces_score_near_one_and_different_ones_near_zero(faces: Faces) -> None:
    scores = compared(people("ann", "bob"), "ann").tables["ann", "bob"].scores

    assert scores.diagonal().min() > 0.95
    assert scores[~np.eye(3, dtype=bool)].max() < 0.3


def test_a_picture_is_detected_once_however_often_it_is_named(faces: Faces) -> None:
    everyone = people("ann", "bob")
    everyone["bob"].append(Picture(Path("ann/smile.png"), "smile"))

    measured, _ = measure_people(everyone, MODEL)

    assert len(faces.detected) == len(set(faces.detected)) == 8
    assert [face.picture.expression for face in measured["bob"].faces] == ["smile", "gape", "frown", "smile"]


def test_exclusions_are_listed_once_also_for_people_without_a_measured_picture(faces: Faces) -> None:
    everyone = people("ann", "bob") | {"cho": pictures("cho", "no face")}
    everyone["ann"] += pictures("ann", "no face")

    comparison = compared(everyone, EACH)

    assert [one.file for one in comparison.excluded] == [Path("ann/no face.png"), Path("cho/no face.png")]
    assert set(comparison.people) == {"ann", "bob"}


def test_a_picture_that_cannot_be_measured_does_not_change_the_numbers_of_later_takes(faces: Faces) -> None:
    everyone = people("ann", "bob")
    bob = Path("bob")
    everyone["bob"][1:2] = [Picture(bob / "no face.png", "smile"), Picture(bob / "smile.png", "smile")]

    comparison = compared(everyone, "ann")

    table = comparison.tables["ann", "bob"]
    assert dict(zip(table.imitated, table.takes, strict=True)) == {"smile": 2, "gape": 1, "frown": 1}
    assert list(table.frame.columns) == ["smile_2", "gape", "frown"]
    assert set(comparison.scores.query("mimic_expression == 'smile'")["take"]) == {2}
    assert table.own_columns().takes == table.takes


def test_a_person_with_neutral_pictures_only_is_in_no_table(faces: Faces) -> None:
    assert list(compared(people("ann", "bob") | {"cho": pictures("cho", NEUTRAL)}, EACH).tables) == [
        ("ann", "bob"),
        ("bob", "ann"),
    ]


def test_the_target_person_needs_a_picture_that_is_not_neutral(faces: Faces) -> None:
    everyone = people("ann") | {"cho": pictures("cho", NEUTRAL), "dan": pictures("dan", "no face")}

    with pytest.raises(
        DataSetError,
        match=r"no picture of an expression of .* 'cho' can be measured; all of theirs are labelled neutral$",
    ):
        compared(everyone, "cho")


def test_an_unmeasurable_target_person_is_reported_with_the_first_exclusion(faces: Faces, tmp_path: Path) -> None:
    there = tmp_path / "damaged.png"
    there.touch()
    everyone = people("ann") | {"bob": pictures("bob", "damaged"), "cho": [*pictures("cho", NEUTRAL, "no face")]}

    with pytest.raises(
        DataSetError,
        match=r"measured; cho/no face\.png: no face was found \(paths count from the folder of the manifest\)",
    ):
        compared(everyone, "cho")
    with pytest.raises(DataSetError, match=rf"measured; {there}: the picture is damaged$"):
        compared(everyone | {"dan": [Picture(there, "smile")]}, "dan")


def test_the_exclusion_note_names_a_neutral_picture_first(faces: Faces) -> None:
    everyone = people("ann", "bob")
    assert compared(everyone, EACH).exclusion_note == ""

    everyone["ann"] += pictures("ann", "no face")
    assert compared(everyone, EACH).exclusion_note == "1 picture left out: ann/no face.png (no face was found)"

    everyone["bob"][0] = Picture(Path("bob/damaged.png"), NEUTRAL)
    found = compared(everyone, EACH)
    assert found.exclusion_note == (
        "2 pictures left out: the neutral picture bob/damaged.png (the picture is damaged), and 1 more"
    )
    assert found.without_neutral == "bob (bob/damaged.png: the picture is damaged)"


def test_one_person_alone_is_refused_with_the_first_exclusion(faces: Faces) -> None:
    with pytest.raises(
        DataSetError, match=r"of 2 people, 1 can be measured .*; bob/no face\.png: no face was found \(paths"
    ):
        compared(people("ann") | {"bob": pictures("bob", "no face")}, EACH)
    with pytest.raises(DataSetError, match=r"; bob/damaged\.png: the picture is damaged"):
        compared(people("ann") | {"bob": pictures("bob", "damaged")}, EACH)


def test_every_step_shows_its_progress(faces: Faces) -> None:
    steps = []

    def progress(items: Iterable[Any], total: int, title: str) -> Iterable[Any]:
        passed = list(items)
        steps.append((title, total, len(passed)))
        return passed

    manifest = Manifest(Path("people.csv"), people("ann", "bob"))
    compare_people(manifest, targets=EACH, metric=metric("units"), model=MODEL, progress=progress)

    assert steps == [("finding faces", 8, 8), ("measuring people", 2, 2), ("comparing", 2, 2)]


def comparison(*pairs: tuple[str, str], scores: list[list[float]]) -> Comparison:
    made = SimilarityTable(("a", "b"), ("a", "b"), np.array(scores, dtype=float))
    return Comparison(Metric("m", lambda *_: 0.0, "by hand"), "toy", dict.fromkeys(pairs, made), {}, ())


def test_the_summary_matches_a_hand_calculation() -> None:
    # Mimic a scores highest with a; mimic b as well, which is wrong. Matching .9 .6, others .2 .7: 3 of 4 in order.
    found = comparison(("ann", "bob"), ("bob", "ann"), scores=[[0.9, 0.7], [0.2, 0.6]]).summary()

    assert found["rank1"] == 0.5
    assert found["auc"] == 0.75
    assert_allclose(found["d_prime"], (0.75 - 0.45) / np.sqrt((0.15**2 + 0.25**2) / 2))
    assert found["pairs"] == 2
    assert found["mimics"] == 4
    assert found["excluded"] == []


STATISTICS = ("rank1", "auc", "d_prime", "rank1_chance", "rank1_p_value", "double_centred")


def one_table(targets: tuple[str, ...], imitated: tuple[str, ...]) -> Comparison:
    made = SimilarityTable(targets, imitated, np.full((len(targets), len(imitated)), 0.5))
    return Comparison(
        Metric("m", lambda *_: 0.0, "by hand"), "toy", {("ann", "bob"): made, ("bob", "ann"): made}, {}, ()
    )


@pytest.mark.parametrize(
    ("targets", "imitated", "kept", "why"),
    [
        (("a",), ("a", "a"), (), "every target person shows one expression only"),
        (("a", "b"), (), (), "no person shows an expression of the target person"),
        (("a", "b"), ("b", "b"), ("rank1", "auc", "rank1_chance"), "each person imitates one expression only"),
    ],
)
def test_meaningless_statistics_are_left_out_with_the_reason(
    targets: tuple[str, ...], imitated: tuple[str, ...], kept: tuple[str, ...], why: str
) -> None:
    found = one_table(targets, imitated).summary()

    assert tuple(name for name in STATISTICS if found[name] is not None) == kept
    assert bool(found["rank1_interval_95"]) == ("rank1" in kept)
    assert found["left_out_because"].startswith(why)
    assert found["mimics"] == 2 * len(imitated)


def test_two_expressions_give_all_statistics() -> None:
    found = one_table(("a", "b"), ("a", "b")).summary()

    assert [name for name in STATISTICS if found[name] is None] == ["d_prime"]  # all cells are equal
    assert found["rank1_chance"] == 0.5
    assert found["left_out_because"] is None


def test_scores_have_a_row_for_every_cell_of_every_table(tmp_path: Path) -> None:
    first = SimilarityTable(("a", "b"), ("a", "a"), np.array([[0.1, 1 / 3], [0.3, 0.4]]), weak=frozenset({1}))
    second = SimilarityTable(("a",), ("a",), np.array([[-0.5]]))
    tables = {("a/n", "bob"): first, ("bob", "a/n"): second}
    of_first = ((Uncertainty(0.0, 0.2, 16.0, limited=True), None), (MeanInterval(0.2, 0.5), None))
    certain = {("a/n", "bob"): of_first, ("bob", "a/n"): ((None,),)}
    made = Comparison(Metric("m", lambda *_: 0.0, "by hand"), "toy", tables, {}, (), certain=certain)
    made.write(tmp_path)

    assert (tmp_path / "scores.csv").read_text().splitlines() == [
        "target_person,mimic_person,target_expression,mimic_expression,take,score,score_low,score_high,"
        "likelihood_ratio,likelihood_ratio_limit,without_expression",
        "a/n,bob,a,a,1,0.1,0.0,0.2,16.0,at least,",
        "a/n,bob,b,a,1,0.3,0.2,0.5,,,",
        "a/n,bob,a,a,2,0.3333333333333333,,,,,mimic",
        "a/n,bob,b,a,2,0.4,,,,,mimic",
        "bob,a/n,a,a,1,-0.5,,,,,",
    ]
    assert made.summary()["score_interval"] == {"median_width": pytest.approx(0.25), "scores": 2}
    assert "is 0.25 wide (median of 2)" in made.interval_note


def test_names_of_people_become_valid_file_names(tmp_path: Path) -> None:
    comparison(("a/../b", "ann"), scores=[[1, 0], [0, 1]]).write(tmp_path)

    assert [file.name for file in (tmp_path / "tables").iterdir()] == ["a-..-b_ann_table.csv"]


def test_two_pairs_with_one_file_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match="two pairs of people would be written to one file"):
        comparison(("a b", "c"), ("a?b", "c"), scores=[[1, 0], [0, 1]]).write(tmp_path)
