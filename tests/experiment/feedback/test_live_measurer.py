"""Readings of the live measurer: hints, forecast, movement."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from analysis.face.arrays import ImageArray
from analysis.face.images import read_image
from analysis.face.measurement import Picture, detect_face, measure_person
from analysis.face.models.movements import HARDLY_SEEN
from analysis.face.models.registry import load_model
from analysis.face.similarity.coefficients import HARDLY_VISIBLE
from analysis.face.similarity.metrics import metric
from experiment.feedback.hint_policy import useful_hints
from experiment.feedback.live_measurer import FaceMeasurer, TargetPictures
from experiment.feedback.messages import LiveReading
from tests.conftest import PROJECT

TARGETS = PROJECT / "protocols" / "targets"


@pytest.fixture(scope="module")
def measurer() -> FaceMeasurer:
    names = ("happiness", "surprise", "anger")
    measurer = FaceMeasurer(
        load_model(), [TargetPictures(name, TARGETS / f"{name}.png", TARGETS / "neutral.png") for name in names]
    )
    measurer.calibrate([picture("neutral")])
    return measurer


def picture(name: str) -> ImageArray:
    return read_image(TARGETS / f"{name}.png")


def two_frames(measurer: FaceMeasurer, shown: str, *, target: str) -> list[LiveReading]:
    """Show a picture twice after a calibration: landmarks depend slightly on those of the frames before."""
    measurer.calibrate([picture("neutral")])
    measurer.set_target(target, want_distance=False, want_forecast=True)
    return [measurer.measure(picture(shown)) for _ in range(2)]


@pytest.mark.parametrize(
    ("shown", "target", "lacking"),
    [
        ("anger", "surprise", {("jawOpen", True), ("browInnerUp", True), ("browOuterUp", True), ("browDown", False)}),
        ("surprise", "happiness", {("mouthSmile", True), ("mouthUpperUp", True), ("jawOpen", False)}),
        ("happiness", "anger", {("browDown", True), ("mouthSmile", False)}),
    ],
)
def test_the_first_hint_asks_for_what_one_emotion_lacks_most_of_another(
    measurer: FaceMeasurer, shown: str, target: str, lacking: set[tuple[str, bool]]
) -> None:
    gains = [one.forecast for one in two_frames(measurer, shown, target=target) if one.forecast is not None]

    first = useful_hints(gains[0], measurer.info.hints)[0]
    assert first.direction in lacking
    assert first.side == ""


def test_a_face_equal_to_the_target_has_hardly_any_gain_left(measurer: FaceMeasurer) -> None:
    readings = two_frames(measurer, "happiness", target="happiness")

    assert readings[0].similarity > 0.95
    assert max(float(one.forecast.max()) for one in readings if one.forecast is not None) < 0.02


def test_combined_compares_appearance_with_the_face_at_rest() -> None:
    """The live score of a target picture is that of the tables, but for landmarks of one box."""
    model, names = load_model(), ("happiness", "fear")
    measurer = FaceMeasurer(
        model,
        [TargetPictures(name, TARGETS / f"{name}.png", TARGETS / "neutral.png") for name in names],
        metric_name="combined",
    )

    def scores() -> list[float]:
        found = []
        for name in names:
            measurer.set_target(name, want_distance=False, want_forecast=False)
            found.append(measurer.measure(picture("happiness")).similarity)
        return found

    same, other = scores()
    assert same > other, "without a calibration too"
    measurer.calibrate([picture("neutral"), picture("neutral")])
    same, other = scores()
    assert same > 0.95
    pictures = [Picture(TARGETS / f"{name}.png", name) for name in ("neutral", *names)]
    happiness, fear = measure_person("model", [detect_face(one) for one in pictures], model).faces
    assert other == pytest.approx(metric("combined").score(fear, happiness, model), abs=0.05)


def test_a_face_at_rest_is_not_distinct_at_any_similarity(measurer: FaceMeasurer) -> None:
    measurer.calibrate([picture("neutral")])
    measurer.set_target("happiness", want_distance=False, want_forecast=False)
    at_rest, smiling = (measurer.measure(picture(shown)) for shown in ("neutral", "happiness"))

    assert at_rest.distinct < 0.5
    assert smiling.distinct == 1.0


def test_the_forecast_is_computed_for_every_second_frame_and_repeated_for_the_next(measurer: FaceMeasurer) -> None:
    measurer.set_target("happiness", want_distance=False, want_forecast=True)
    forecasts = [measurer.measure(picture("anger")).forecast for _ in range(4)]

    assert all(one is not None for one in forecasts)
    assert [one is following for one, following in pairwise(forecasts)] in ([True, False, True], [False, True, False])


@pytest.mark.parametrize("frames", [1, 2])
def test_the_forecast_for_another_target_is_not_repeated(measurer: FaceMeasurer, frames: int) -> None:
    measurer.set_target("happiness", want_distance=False, want_forecast=True)
    before = [measurer.measure(picture("anger")).forecast for _ in range(frames)][-1]
    measurer.set_target("surprise", want_distance=False, want_forecast=True)
    after, *_ = [measurer.measure(picture("anger")).forecast for _ in range(frames)]

    assert before is not None
    assert after is not None
    assert not np.array_equal(before, after)


def test_there_is_no_forecast_without_hints(measurer: FaceMeasurer) -> None:
    measurer.set_target("happiness", want_distance=False, want_forecast=False)

    assert [measurer.measure(picture("anger")).forecast for _ in range(2)] == [None, None]


def test_no_hint_asks_for_what_68_landmarks_hardly_show(measurer: FaceMeasurer) -> None:
    asked = {hint.movement for hint in measurer.info.hints}

    assert not {movement for movement in asked if movement.startswith((*HARDLY_VISIBLE, "jawForward"))}
    assert not {unit for hint in measurer.info.hints for unit in hint.units} & HARDLY_SEEN
    assert {"jawOpen", "jawLeft", "mouthSmile", "browInnerUp", "eyeWide", "noseSneer"} < asked
