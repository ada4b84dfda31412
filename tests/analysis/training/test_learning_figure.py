"""The figure of a trainee has the same axes in every row, fits what it draws, and shows time-outs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from analysis.face.measurement import Picture
from analysis.face.models.model import FaceModel
from analysis.training.learning import Curve, TimeOut, Trainee
from analysis.training.learning_figure import draw_progress, time_out_places
from analysis.training.training_texts import headline
from experiment.record.live import LiveFrames
from tests.analysis.face.toy import toy_model
from tests.analysis.training.test_learning import curve_of

SMILE, JAW = {"mouthSmileLeft": 0.8, "mouthSmileRight": 0.8}, {"jawOpen": 0.9}


@pytest.fixture
def model() -> FaceModel:
    return toy_model()


def live(seconds: float, similarity: float) -> LiveFrames:
    time_s = np.arange(0.0, seconds, 0.5)
    count = len(time_s)
    return LiveFrames(
        time_s, np.full(count, similarity), np.zeros(count), ("",) * count, ("",) * count, np.zeros((count, 4))
    )


def numbered(curve: Curve, sessions: str, *courses: tuple[float, float]) -> Curve:
    """Number the attempts, and give them sessions and live courses of so many seconds."""
    attempts = tuple(
        replace(one, number=number, session=session, live=live(*course))
        for number, (one, session, course) in enumerate(zip(curve.attempts, sessions, courses, strict=True), start=1)
    )
    return replace(curve, attempts=attempts)


@pytest.fixture
def trainee(model: FaceModel, rng: np.random.Generator, tmp_path: Path) -> Trainee:
    """Two targets: three attempts in two sessions with time-outs, and one attempt; a third target only timed out."""
    file = tmp_path / "smile.png"
    Image.new("RGB", (640, 480), "grey").save(file)
    three = numbered(curve_of(model, rng, JAW, JAW, SMILE), "aab", (2.0, -0.7), (60.0, 0.2), (5.0, 0.9))
    one = numbered(curve_of(model, rng, SMILE), "a", (4.0, 0.5))
    outs = (TimeOut(0, "a"), TimeOut(2, "a"), TimeOut(2, "b"), TimeOut(2, "b"))
    curves = tuple(replace(curve, face=replace(curve.face, picture=Picture(file, "smile"))) for curve in (three, one))
    return Trainee("01", "training", (), (replace(curves[0], time_outs=outs), curves[1]), {"fear": 2})


def axes_of(trainee: Trainee, model: FaceModel) -> tuple[Any, list[list[Any]]]:
    figure = draw_progress(trainee, model, metric="units", headline="", caption="", faces=False)
    axes = [one for one in figure.axes if one.has_data() and not one.images]
    return figure, [axes[first : first + 3] for first in range(0, len(axes), 3)]


def test_every_row_has_the_same_axes(trainee: Trainee, model: FaceModel) -> None:
    _, (first, second) = axes_of(trainee, model)

    for one, other in zip(first, second, strict=True):
        assert one.get_ylim() == other.get_ylim()
        assert one.get_xlim() == other.get_xlim()
    assert first[0].get_xlim() == (0.0, 3.5), "room for a time-out before the first attempt"
    assert first[0].get_ylim() == first[1].get_ylim() == (-1.0, 1.03)


def test_the_time_axis_fits_the_courses_that_are_drawn(trainee: Trainee, model: FaceModel) -> None:
    """The attempt of a minute, which is neither the first nor the last, is not drawn."""
    _, rows = axes_of(trainee, model)

    assert 4.5 <= rows[0][1].get_xlim()[1] < 5.0


def test_time_outs_are_between_the_attempts_of_their_session(trainee: Trainee) -> None:
    before, within, *later = time_out_places(trainee.curves[0])

    assert 0.5 < before < 1.0
    assert 2.0 < within < 2.5 < later[0] < later[1] < 3.0


def test_the_figure_shows_time_outs_and_targets_without_an_attempt(trainee: Trainee, model: FaceModel) -> None:
    figure, rows = axes_of(trainee, model)
    crosses = [line for line in rows[0][0].lines if line.get_marker() == "x"]

    assert [len(line.get_xdata()) for line in crosses] == [4]
    assert "Without a measured attempt: fear (2 time-outs)." in [text.get_text() for text in figure.texts]
    assert "time-out" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_the_headline_counts_all_targets(trainee: Trainee) -> None:
    sentence = headline(trainee)

    assert sentence.startswith("0 sessions, 4 attempts, 6 time-outs; mean similarity of 1 repeated target in training ")
    assert sentence.endswith("; 1 of 3 targets came nearer (1 without a second attempt, 1 without a measured one)")


def test_a_long_headline_has_several_lines_above_the_first_row(trainee: Trainee, model: FaceModel) -> None:
    sentence = " ".join(["ten targets came nearer"] * 12)
    figure, boxes, room = with_headline(trainee, model, sentence)
    _, _, usual = with_headline(trainee, model, "no target came nearer")

    assert len(boxes) == 2
    assert max(box.x1 for box in boxes) < figure.bbox.x1
    assert room == pytest.approx(usual, abs=1.0), "pixels between the headline and the first row"


def with_headline(trainee: Trainee, model: FaceModel, sentence: str) -> tuple[Any, list[Any], float]:
    """Draw a figure; return it, the boxes of the lines of its headline, and the room below them, px."""
    figure = draw_progress(trainee, model, metric="units", headline=sentence, caption="", faces=False)
    canvas: Any = FigureCanvasAgg(figure)
    lines = [text for text in figure.texts if "came" in text.get_text()]
    assert " ".join(line.get_text() for line in lines) == sentence
    boxes = [line.get_window_extent(canvas.get_renderer()) for line in lines]
    return figure, boxes, min(box.y0 for box in boxes) - max(one.bbox.y1 for one in figure.axes)
