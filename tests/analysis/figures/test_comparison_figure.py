"""The published figure: points of two faces and their distances."""

from __future__ import annotations

import io
import re
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from PIL import Image

from analysis.face.measurement import MeasuredFace, MeasuredPerson, Picture, detect_face, measure_person
from analysis.face.models.registry import load_model
from analysis.figure_style import COLOUR_SCALE, WIDTH_MM, file_content
from analysis.figures.comparison_figure import Distance, compare_points, comparison_caption, draw_comparison
from tests.analysis.conftest import Photographed
from tests.analysis.running import run

MODEL = load_model()


@pytest.fixture(scope="module")
def people(photographed: Photographed) -> dict[str, MeasuredPerson]:
    """Two people at rest, happy and angry."""
    return {
        name: measure_person(
            name,
            [
                detect_face(Picture(photographed.file(name, shown), shown))
                for shown in ("neutral", "happiness", "anger")
            ],
            MODEL,
        )
        for name in ("ann", "bob")
    }


def face(people: dict[str, MeasuredPerson], name: str, expression: str) -> MeasuredFace:
    return next(one for one in people[name].faces if one.picture.expression == expression)


@pytest.mark.parametrize("distance", ["points", "movement"])
def test_a_face_has_no_distance_from_itself(people: dict[str, MeasuredPerson], distance: Distance) -> None:
    ann = face(people, "ann", "happiness")
    assert compare_points(ann, ann, MODEL, distance=distance).distance_mm.max() < 1e-9


def test_only_the_distance_of_points_contains_the_shapes_of_the_faces(people: dict[str, MeasuredPerson]) -> None:
    ann, bob, angry = (face(people, *who) for who in (("ann", "happiness"), ("bob", "happiness"), ("bob", "anger")))
    points, movement = (compare_points(ann, bob, MODEL, distance=kind).distance_mm for kind in ("points", "movement"))
    assert np.median(points) > 3 * np.median(movement)
    other = compare_points(ann, angry, MODEL, distance="movement").distance_mm
    assert np.quantile(other, 0.99) > 2 * np.quantile(movement, 0.99)


def test_the_imitation_is_aligned_by_rotation_and_shift(people: dict[str, MeasuredPerson]) -> None:
    ann, bob = face(people, "ann", "happiness"), face(people, "bob", "happiness")
    compared = compare_points(ann, bob, MODEL, distance="points")
    assert np.allclose(compared.mimic_mm.mean(axis=0), compared.target_mm.mean(axis=0), atol=1e-6)
    own = bob.intensity_fit.vertices_mm(MODEL)
    sizes = [np.linalg.norm(points - points.mean(axis=0)) for points in (own, compared.mimic_mm)]
    assert sizes[0] == pytest.approx(sizes[1])


def test_text_is_text_and_pictures_are_shown_on_request(people: dict[str, MeasuredPerson]) -> None:
    ann, bob = face(people, "ann", "happiness"), face(people, "bob", "happiness")
    for with_faces, words in ((False, ["a  target, points"]), (True, ["a  target", "d  imitation, points"])):
        figure = draw_comparison(compare_points(ann, bob, MODEL, distance="points"), with_faces=with_faces)
        text = file_content(figure, "svg").decode()
        shown = [re.sub(r"\s+", " ", line) for line in re.findall(r"<text[^>]*>([^<]+)</text>", text)]
        for word in [*words, "distance, mm"]:
            assert re.sub(r"\s+", " ", word) in shown


@pytest.mark.parametrize("columns", [1, 2])
def test_the_width_is_that_of_the_journal_and_nothing_is_cut(people: dict[str, MeasuredPerson], columns: int) -> None:
    ann, bob = face(people, "ann", "happiness"), face(people, "bob", "happiness")
    figure = draw_comparison(compare_points(ann, bob, MODEL, distance="points"), columns=columns, with_faces=True)
    picture = Image.open(io.BytesIO(file_content(figure, "png")))
    assert picture.width == pytest.approx(WIDTH_MM[columns] / 25.4 * 300, abs=1)
    pixels = np.asarray(picture.convert("L"))
    edges = (pixels[:2], pixels[-2:], pixels[:, :2], pixels[:, -2:])
    assert all((edge == 255).all() for edge in edges), "something touches the edge"


def test_colours_get_lighter_from_low_to_high_distance() -> None:
    """So that the figure can be read in grey; luminance as ITU-R BT.709."""
    colours = matplotlib.colormaps[COLOUR_SCALE](np.linspace(0, 1, 50))[:, :3]
    assert (np.diff(colours @ [0.2126, 0.7152, 0.0722]) > 0).all()


def test_the_caption_has_the_numbers_of_the_figure(people: dict[str, MeasuredPerson]) -> None:
    ann, bob = face(people, "ann", "happiness"), face(people, "bob", "happiness")
    compared = compare_points(ann, bob, MODEL, distance="points")
    caption = comparison_caption(compared, what="Participant 01, trial 3")
    median = np.median(compared.distance_mm)
    assert caption.startswith("Participant 01, trial 3. ")
    assert f"Median {median:.1f} mm" in caption


def test_the_command_draws_a_trial_and_removes_its_earlier_formats(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"
    for kind in ("svg", "pdf"):
        done = run(capsys, "figure", "faces", dataset, "--trial", "anger", "--format", kind, "--out", folder)
        assert done.status == 0, done.err
    stem = "sub-01_task-facialmimicry_trial-anger_faces-points"
    assert {file.name for file in folder.glob("sub-*")} == {f"{stem}.pdf", f"{stem}.txt"}
    assert "target anger" in (folder / f"{stem}.txt").read_text()


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (["--trial", "t-9"], 1, "has no trial t-9 with an imitation; there is "),
        (["--trial", "anger", "--participant", "07"], 1, "there is no such session; there is sub-01"),
        (["--trial", "anger", "--distance", "far"], 2, "far is none of points, movement"),
        (["--trial", "anger", "--format", "gif"], 2, "gif is none of pdf, svg, png"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_one_sentence(
    dataset: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    status: int,
    message: str,
) -> None:
    done = run(capsys, "figure", "faces", dataset, "--out", tmp_path / "out", *options)
    assert done.status == status
    assert message in " ".join(done.err.replace("│", " ").split())
    assert "Traceback" not in done.err
