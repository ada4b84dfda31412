"""`python -m analysis score` with all kinds of picture files: a score, or one sentence."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from analysis.face.images import read_image
from analysis.face.landmarks.detector import LandmarkDetector
from tests.analysis.running import Finished, run
from tests.conftest import PROJECT

TARGETS = PROJECT / "protocols" / "targets"
SMILE, REST, ANGER = (TARGETS / f"{name}.png" for name in ("happiness", "neutral", "anger"))


def scored(capsys: pytest.CaptureFixture[str], mimic: Path, *options: object) -> dict[str, Any]:
    neutrals = ("--target-neutral", REST, "--mimic-neutral", REST)
    done = run(capsys, "score", SMILE, mimic, *neutrals, "--json", *options)
    assert done.status == 0, done.err
    facts: dict[str, Any] = json.loads(done.out)
    return facts


def pixels() -> Image.Image:
    return Image.open(SMILE).convert("RGB")


def sixteen_bit(path: Path) -> None:
    assert cv2.imwrite(str(path), np.asarray(pixels()).astype(np.uint16)[:, :, ::-1] * 257)


def sideways(path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    pixels().transpose(Image.Transpose.ROTATE_90).save(path, exif=exif)


GOOD: dict[str, tuple[str, Callable[[Path], object]]] = {
    "16 bit": ("a.png", sixteen_bit),
    "grey": ("a.png", lambda path: pixels().convert("L").save(path)),
    "RGBA": ("a.png", lambda path: pixels().convert("RGBA").save(path)),
    "palette": ("a.png", lambda path: pixels().convert("P").save(path)),
    "CMYK": ("a.jpg", lambda path: pixels().convert("CMYK").save(path, quality=95)),
    "turned by EXIF": ("a.jpg", sideways),
    "50 megapixels": ("a.jpg", lambda path: pixels().resize((6480, 8100)).save(path, quality=90)),
}


@pytest.mark.parametrize("form", GOOD)
def test_the_form_of_the_file_hardly_changes_the_score(
    form: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    name, save = GOOD[form]
    save(tmp_path / name)
    assert scored(capsys, tmp_path / name)["score"] > 0.95


def missing(path: Path) -> None:
    assert not path.exists()


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "cut short": (lambda path: path.write_bytes(SMILE.read_bytes()[:4000]), "damaged or cut short"),
    "one pixel": (lambda path: Image.new("RGB", (1, 1)).save(path), "no face was found"),
    "no picture": (lambda path: path.write_text("a letter"), "not a picture that can be read"),
    "empty": (lambda path: path.write_bytes(b""), "not a picture that can be read"),
    "folder": (lambda path: path.mkdir(), "folder"),
    "missing": (missing, "the file does not exist"),
    "not numbers": (
        lambda path: Image.fromarray(np.full((9, 9), np.nan, np.float32)).save(path, format="TIFF"),
        "some pixels are not numbers",
    ),
    "no face": (lambda path: Image.new("RGB", (640, 480), "grey").save(path), "no face was found"),
    "two people": (
        lambda path: Image.fromarray(np.hstack([np.asarray(pixels())] * 2)).save(path),
        "2 faces were found",
    ),
    "far away": (lambda path: pixels().resize((54, 68)).save(path), "must be"),
    "out of focus": (
        lambda path: Image.fromarray(cv2.GaussianBlur(np.asarray(pixels()), (0, 0), 24)).save(path),
        "blurred",
    ),
}


@pytest.mark.parametrize("form", BAD)
def test_an_unmeasurable_picture_ends_in_one_sentence_that_names_the_file(
    form: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    make, reason = BAD[form]
    make(tmp_path / "bad.png")
    done: Finished = run(capsys, "score", SMILE, tmp_path / "bad.png")
    assert done.status == 1
    assert done.out == ""
    assert done.err.startswith("error: ")
    assert done.err.count("\n") == 1
    assert "bad.png" in done.err
    assert reason in done.err


def test_the_same_expression_scores_higher_than_another_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert scored(capsys, SMILE)["score"] > 0.99
    assert scored(capsys, ANGER)["score"] < 0.6


def test_the_json_reports_the_quality_of_each_measurement(capsys: pytest.CaptureFixture[str]) -> None:
    for who, quality in scored(capsys, ANGER)["measurement"].items():
        assert who in ("target", "mimic")
        assert 100 < quality["eye_distance_px"] < 250
        assert 0 < quality["reprojection_error_eyes"] < 0.03
        assert quality["reprojection_error_eyes"] == pytest.approx(
            quality["reprojection_error_px"] / quality["eye_distance_px"]
        )
        assert abs(quality["yaw_deg"]) < 5
        assert set(quality["unobservable"]) <= set(quality["uncertainty"])
        sure, unsure = quality["uncertainty"]["jawOpen"], quality["uncertainty"]["eyeWideLeft"]
        assert 0 < sure < unsure <= 1 / math.sqrt(10)


def test_a_missing_neutral_picture_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    done = run(capsys, "score", SMILE, ANGER)
    assert done.status == 0
    assert "no neutral picture of the target and the mimic" in done.out


def test_without_an_expression_neither_a_score_nor_its_parts_are_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    neutrals = ("--target-neutral", REST, "--mimic-neutral", REST)
    with_expression = run(capsys, "score", SMILE, ANGER, *neutrals).out
    without = run(capsys, "score", SMILE, REST, *neutrals).out

    assert all(said in with_expression for said in ("combined", "appearance", "units by region (cosine):", "mouth"))
    assert without.startswith("no expression in the mimic")
    assert not any(said in without for said in ("combined", "appearance", "by region", "mouth"))


@pytest.mark.parametrize("side", ["upper", "lower"])
def test_a_face_that_the_border_cuts_is_refused_with_its_reason(
    side: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    landmarks = LandmarkDetector().detect(read_image(SMILE))
    points, eyes = landmarks.points_px, landmarks.eye_distance_px
    whole = pixels()
    top = int(points[:, 1].min() + 0.15 * eyes) if side == "upper" else 0
    bottom = whole.height if side == "upper" else int(points[:, 1].max() - 0.15 * eyes)
    whole.crop((0, top, whole.width, bottom)).save(tmp_path / "cut.png")

    done = run(capsys, "score", SMILE, tmp_path / "cut.png")

    assert done.status == 1
    assert f"cut.png: the {side} border of the picture cuts the face" in done.err
