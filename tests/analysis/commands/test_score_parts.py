"""`python -m analysis score`: the output below the score, and changes that leave the score as it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from numpy.testing import assert_allclose
from PIL import Image

from analysis.face.models.model import REGIONS
from analysis.face.models.movements import HARDLY_SEEN, VALIDITY
from analysis.face.similarity.metrics import DEFAULT_METRIC, metric
from analysis.face.similarity.parts import NOISE_FLOOR_MM
from tests.analysis.conftest import Photographed
from tests.analysis.running import run
from tests.conftest import shared_path


def facts(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    done = run(capsys, "score", *arguments, "--json")
    assert (done.status, done.err) == (0, "")
    found: dict[str, Any] = json.loads(done.out)
    return found


def with_neutrals(photographed: Photographed, target: tuple[str, str], mimic: tuple[str, str]) -> list[object]:
    return [
        photographed.file(*target),
        photographed.file(*mimic),
        "--target-neutral",
        photographed.file(target[0], "neutral"),
        "--mimic-neutral",
        photographed.file(mimic[0], "neutral"),
    ]


def test_the_score_is_printed_first_and_its_parts_below(
    photographed: Photographed, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = with_neutrals(photographed, ("ann", "happiness"), ("bob", "happiness"))

    done = run(capsys, "score", *pictures)
    found = facts(capsys, *pictures)

    lines = done.out.splitlines()
    assert done.status == 0
    assert lines[0] == f"{found['score']:.3f}  {DEFAULT_METRIC}: {metric().formula}"
    low, high = found["interval"]
    assert low < found["score"] < high
    assert lines.pop(1) == f"  95 % interval {low:.2f} to {high:.2f}"
    assert f" {found['likelihood_ratio']:.2g} times as probable if this target is imitated" in lines.pop(1)
    words = [line.split()[0] for line in lines]
    parts = metric().parts
    assert words[1 : 1 + len(parts)] == list(parts)
    assert lines[1 + len(parts)] == "  units by region (cosine):"
    rest = 2 + len(parts)
    assert words[rest : rest + 6] == list(REGIONS)
    assert lines[rest + 6].startswith(f"  strength: {found['intensity_ratio']:.2f} times the target's (")
    assert lines[rest + 7].startswith("  sides (-1 right ... 1 left): ")


def test_json_holds_the_score_and_all_its_parts(photographed: Photographed, capsys: pytest.CaptureFixture[str]) -> None:
    found = facts(capsys, *with_neutrals(photographed, ("ann", "happiness"), ("bob", "happiness")))

    assert found["metric"] == DEFAULT_METRIC
    assert found["formula"] == metric().formula
    assert found["model"] == "makehuman"
    assert found["no_expression"] == []
    assert set(found["regions"]) == set(REGIONS)
    assert found["calibration"] == {"target": "neutral", "mimic": "neutral"}
    smile = found["units"]["mouthSmileLeft"]
    assert smile["target"] > 0.2
    assert (smile["name"], smile["action_unit"], smile["side"]) == ("lip corner puller", "AU12", "left")
    assert (smile["seen"], smile["r"]) == ("well", VALIDITY["mouthSmileLeft"].r)
    assert found["distance_mm"]["largest"] > found["distance_mm"]["mean"] > 0
    strengths = found["strength_mm"]
    assert min(strengths.values()) > NOISE_FLOOR_MM
    assert_allclose(found["intensity_ratio"], strengths["mimic"] / strengths["target"])


def test_units_that_are_hardly_seen_are_printed_on_request_only(
    photographed: Photographed, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = with_neutrals(photographed, ("ann", "happiness"), ("bob", "happiness"))
    seen = [facts(capsys, *pictures), facts(capsys, *pictures, "--all-units")]

    for found, hidden in zip(seen, (set(), HARDLY_SEEN), strict=True):
        for names in (found["units"], found["measurement"]["mimic"]["uncertainty"]):
            assert set(names) & HARDLY_SEEN == hidden
    done = run(capsys, "score", *pictures)
    (smile,) = (line for line in done.out.splitlines() if "lip corner puller, left (AU12)" in line)
    assert smile.split("  well: ")[1] == VALIDITY["mouthSmileLeft"].text
    assert "AU6" not in done.out


@pytest.mark.parametrize("name", [DEFAULT_METRIC, "points:mobile"])
def test_the_same_expression_on_another_face_scores_higher_than_another_expression(
    photographed: Photographed, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    same = facts(capsys, *with_neutrals(photographed, ("ann", "surprise"), ("bob", "surprise")), "--metric", name)
    other = facts(capsys, *with_neutrals(photographed, ("ann", "surprise"), ("bob", "anger")), "--metric", name)

    assert same["metric"] == other["metric"] == name
    assert same["score"] > other["score"]


def test_the_score_is_symmetric_and_reproducible(
    photographed: Photographed, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = ("ann", "happiness"), ("bob", "surprise")
    there = facts(capsys, *with_neutrals(photographed, one, other))

    assert facts(capsys, *with_neutrals(photographed, one, other)) == there
    back = facts(capsys, *with_neutrals(photographed, other, one))
    assert back["score"] == pytest.approx(there["score"], abs=1e-12)  # sums in another order


def test_without_neutral_pictures_the_result_is_reported_as_less_certain(
    photographed: Photographed, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = [photographed.file("ann", "happiness"), photographed.file("bob", "happiness")]

    found = facts(capsys, *pictures, "--mimic-neutral", photographed.file("bob", "neutral"))
    done = run(capsys, "score", *pictures, "--mimic-neutral", photographed.file("bob", "neutral"))

    assert found["calibration"] == {"target": "alone", "mimic": "neutral"}
    assert (found["interval"], found["likelihood_ratio"]) == (None, None)
    assert "interval" not in done.out
    assert (
        done.out.splitlines()[-1]
        == "  no neutral picture of the target: the score is less certain; add --target-neutral FILE"
    )


def test_a_mimic_at_rest_has_no_score(
    photographed: Photographed, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    resting = Image.open(photographed.file("bob", "neutral"))
    resting.resize((resting.width * 9 // 10, resting.height * 9 // 10)).save(tmp_path / "rest.png")
    pictures = with_neutrals(photographed, ("ann", "happiness"), ("bob", "happiness"))
    pictures[1] = tmp_path / "rest.png"

    done = run(capsys, "score", *pictures)

    assert facts(capsys, *pictures)["no_expression"] == ["mimic"]
    assert done.out.splitlines()[0] == "no expression in the mimic: nothing to compare"


def moved(picture: Image.Image) -> Image.Image:
    wide = Image.new("RGB", (picture.width + 90, picture.height + 40), (120, 120, 120))
    wide.paste(picture, (60, 30))
    return wide


def larger(picture: Image.Image) -> Image.Image:
    return picture.resize((picture.width * 3, picture.height * 3), Image.Resampling.BICUBIC)


@pytest.mark.parametrize("changed", [moved, larger])
def test_place_and_size_of_the_face_hardly_change_the_score(
    photographed: Photographed,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    changed: Callable[[Image.Image], Image.Image],
) -> None:
    pictures = with_neutrals(photographed, ("ann", "happiness"), ("bob", "happiness"))
    plain = facts(capsys, *pictures)["score"]
    for place, shown in ((1, "happiness"), (5, "neutral")):
        pictures[place] = tmp_path / f"{shown}.png"
        changed(Image.open(photographed.file("bob", shown))).save(str(pictures[place]))

    assert abs(facts(capsys, *pictures)["score"] - plain) < 0.06


def test_small_grey_faces_of_real_people_are_scored(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Faces 128 px wide, as in old photographs."""
    pictures = {}
    for name in ("005_neutral", "005_smiling", "014_neutral", "014_smiling"):
        photograph = Image.open(shared_path(f"faces/london/{name}.jpg")).convert("L")
        face_px = 0.42 * photograph.width
        size = (round(photograph.width * 128 / face_px), round(photograph.height * 128 / face_px))
        pictures[name] = tmp_path / f"{name}.png"
        photograph.resize(size, Image.Resampling.LANCZOS).save(pictures[name])

    found = facts(
        capsys,
        pictures["005_smiling"],
        pictures["014_smiling"],
        "--target-neutral",
        pictures["005_neutral"],
        "--mimic-neutral",
        pictures["014_neutral"],
    )

    assert found["no_expression"] == []
    assert found["score"] > 0.5


def test_a_neutral_picture_without_a_face_is_named(
    photographed: Photographed, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    Image.new("RGB", (200, 240), "grey").save(tmp_path / "wall.png")
    pictures = with_neutrals(photographed, ("ann", "anger"), ("bob", "anger"))
    pictures[3] = tmp_path / "wall.png"

    done = run(capsys, "score", *pictures)

    assert done.status == 1
    assert done.err.startswith(f"error: {tmp_path / 'wall.png'}: no face was found")


def test_an_unknown_metric_is_refused_before_anything_is_measured(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    done = run(capsys, "score", tmp_path / "a.png", tmp_path / "b.png", "--metric", "unitz")

    assert done.status == 1
    assert done.err.startswith("error: unknown metric 'unitz'; choose one of ")


def test_one_picture_is_wrong_usage(photographed: Photographed, capsys: pytest.CaptureFixture[str]) -> None:
    done = run(capsys, "score", photographed.file("ann", "anger"))

    assert done.status == 2
    assert "Missing argument 'MIMIC'" in done.err
