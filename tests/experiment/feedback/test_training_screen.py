"""Training screens as values: which elements are there, and that they lie on the display."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from analysis.face.models.units import UNITS
from experiment.feedback.hint_forecast import Hint
from experiment.feedback.training_screen import (
    Bar,
    View,
    captured_screen,
    emotion_bars,
    time_out_screen,
    training_screen,
)
from experiment.feedback.training_texts import (
    MOVEMENT_WORDS,
    SCREEN_WORDS,
    hint_sentence,
    screen_words,
    unit_label,
)
from experiment.protocol.plan import Feedback
from experiment.screens.raster import typeset
from experiment.screens.screen import LiveImage, Picture, Rectangle, Screen, Text

ALL = Feedback(units=True)
NONE = Feedback(gauge=False, mirror=False, emotions=False, units=False, difference=False, hint=False, sound=False)
FAULTS = (
    "no-face",
    "several-faces",
    "too-small",
    "cut",
    "overexposed",
    "turned",
    "blurred",
    "fit",
    "dark",
    "no-camera",
    "starting",
)


@pytest.fixture
def view(tmp_path: Path) -> View:
    picture = tmp_path / "target.png"
    Image.new("RGB", (60, 60), "grey").save(picture)
    return View(
        target_name="smile",
        target_picture=picture,
        target_aspect=1.0,
        feedback=ALL,
        words=screen_words("en"),
        mirror=np.full((100, 80, 3), 90, dtype=np.uint8),
        similarity=0.72,
        number=72,
        threshold=0.85,
        held=0.4,
        emotions=emotion_bars(
            screen_words("en"), target=[0.1, 0.2, 0.0, 0.9, 0.0, 0.3], own=[0.2, 0.1, 0.0, 0.6, 0.1, 0.4]
        ),
        units=(Bar("mouth corner up, left", 0.8, 0.5), Bar("mouth open", 0.2, 0.0)),
        distance=np.full((300, 240, 3), 60, dtype=np.uint8),
        hint="Pull the mouth corners up",
        hint_units=(("mouthSmileLeft", 0.3), ("mouthSmileRight", 0.3)),
    )


def texts(screen: Screen) -> list[str]:
    return [element.text for element in screen.elements if isinstance(element, Text)]


def picture_of(screen: Screen) -> Picture:
    return next(element for element in screen.elements if isinstance(element, Picture))


def edges(element: object, size_px: tuple[int, int]) -> tuple[float, float, float, float]:
    """Left, bottom, right, top of what is drawn, in fractions of the display's height."""
    height = size_px[1]
    match element:
        case Rectangle():
            width, tall = element.size
        case Text():
            pixels = typeset(element, height)
            width, tall = pixels.shape[1] / height, pixels.shape[0] / height
            if element.anchor == "top":
                return element.at[0] - width / 2, element.at[1] - tall, element.at[0] + width / 2, element.at[1]
        case LiveImage():
            tall = element.height
            width = tall * element.image.shape[1] / element.image.shape[0]
        case Picture():
            tall = width = element.height
        case _:
            raise AssertionError(element)
    x, y = element.at
    return x - width / 2, y - tall / 2, x + width / 2, y + tall / 2


def test_the_screen_carries_the_hint_and_the_name_of_the_target(view: View) -> None:
    screen = training_screen(view)

    assert screen.kind == "feedback"
    assert screen.target == "smile"
    assert screen.hint == view.hint_units


@pytest.mark.parametrize(
    ("switched_off", "gone"),
    [
        ("hint", "Pull the mouth corners up"),
        ("gauge", "Similarity"),
        ("emotions", "happiness"),
        ("units", "mouth open"),
        ("mirror", "You"),
    ],
)
def test_an_element_that_is_switched_off_is_not_on_the_screen(view: View, switched_off: str, gone: str) -> None:
    assert gone in texts(training_screen(view))
    assert gone not in texts(training_screen(replace(view, feedback=replace(ALL, **{switched_off: False}))))


def test_the_target_keeps_its_place_while_any_element_is_shown(view: View) -> None:
    alone = training_screen(replace(view, feedback=replace(NONE, hint=True)))

    assert picture_of(alone) == picture_of(training_screen(view))


def test_without_feedback_the_target_is_at_the_centre(view: View) -> None:
    shown = replace(view, feedback=NONE)
    without = training_screen(shown)

    assert picture_of(without).at == (0.0, 0.0)
    assert picture_of(without).height == picture_of(training_screen(view)).height
    assert next(element for element in without.elements if isinstance(element, Text)).at[0] == 0.0
    assert without.hint == ()
    assert texts(without) == ["Imitate this face", "Press SPACE at your best"]


def test_no_text_is_on_a_target_at_the_centre(view: View) -> None:
    shown = replace(view, feedback=NONE)
    for screen in (training_screen(shown), time_out_screen(shown), training_screen(replace(shown, fault="turned"))):
        _, bottom, _, top = edges(picture_of(screen), (1440, 900))
        for element in screen.elements:
            if isinstance(element, Text):
                low, high = edges(element, (1440, 900))[1::2]
                assert high <= bottom or low >= top, element.text


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_replaces_all_numbers_and_says_what_to_do(view: View, fault: str) -> None:
    screen = training_screen(replace(view, fault=fault))

    assert screen_words("en")[fault] in texts(screen)
    assert "It goes on by itself." in texts(screen)
    assert "7" not in texts(screen)
    assert screen.hint == ()


def test_the_mirror_stays_while_the_face_is_lost(view: View) -> None:
    screen = training_screen(replace(view, fault="no-face"))

    assert any(isinstance(element, LiveImage) and element.mirrored for element in screen.elements)


def test_after_a_permanent_failure_the_screen_asks_to_go_on_by_key(view: View) -> None:
    screen = training_screen(replace(view, fault="failed"))

    assert any("press SPACE" in text for text in texts(screen))
    assert "It goes on by itself." not in texts(screen)


@pytest.mark.parametrize("language", SCREEN_WORDS)
@pytest.mark.parametrize("size_px", [(1440, 900), (1024, 768)])
def test_everything_lies_on_the_display(view: View, language: str, size_px: tuple[int, int]) -> None:
    aspect = size_px[0] / size_px[1]
    words = screen_words(language)
    usual = replace(view, aspect=aspect, words=words, emotions=emotion_bars(words, target=[0.5] * 6, own=[0.5] * 6))
    numbers = {"level": 10, "levels": 12, "number": 20, "total": 30}
    counter = words["round"].format(progress=words["level"].format(**numbers), round=10)
    longest = sorted((unit_label(unit, language) for unit in UNITS), key=len)[-5:]
    units = [Bar(label, 0.5, 0.5) for label in longest]
    usual = replace(usual, best=100, number=100, counter=counter, units=units)
    screens = [training_screen(replace(usual, fault=fault)) for fault in (None, *FAULTS)]
    screens += [captured_screen(replace(usual, best=0)), time_out_screen(usual)]

    for element in dict.fromkeys(element for screen in screens for element in screen.elements):
        left, bottom, right, top = edges(element, size_px)
        assert left >= -aspect / 2, element
        assert right <= aspect / 2, element
        assert bottom >= -0.505, element
        assert top <= 0.505, element


@pytest.mark.parametrize("language", SCREEN_WORDS)
@pytest.mark.parametrize("feedback", [ALL, replace(ALL, emotions=False), replace(ALL, units=False)], ids=str)
def test_the_labels_of_bars_do_not_touch_each_other_or_the_footer(
    view: View, language: str, feedback: Feedback
) -> None:
    words = screen_words(language)
    usual = replace(view, words=words, feedback=feedback, held=0.0, threshold=None)
    names = [unit_label(unit, language) for unit in UNITS]
    emotions = emotion_bars(words, target=[0.5] * 6, own=[0.5] * 6)
    for first in range(0, len(names), 5):
        units = [Bar(name, 0.5, 0.5) for name in names[first : first + 5]]
        shown = training_screen(replace(usual, units=units, emotions=emotions))
        labels = [bar.label for bar in (*units, *emotions)]
        texts_below = [e for e in shown.elements if isinstance(e, Text) and (e.text in labels or e.at[1] < -0.47)]
        boxes = [edges(text, (1440, 900)) for text in texts_below]
        for (one, a), (other, b) in itertools.combinations(zip(texts_below, boxes, strict=True), 2):
            apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] + 0.004 or b[3] <= a[1] + 0.004
            assert apart, (one.text, other.text)


@pytest.mark.parametrize("language", SCREEN_WORDS)
def test_the_longest_hint_fits_between_the_pictures_and_the_gauge(view: View, language: str) -> None:
    for movement in MOVEMENT_WORDS[language]:
        for change in (0.2, -0.2):
            hint = hint_sentence(Hint(movement, "right", change, ()), language)
            drawn = next(
                element
                for element in training_screen(replace(view, hint=hint)).elements
                if isinstance(element, Text) and element.text == hint
            )
            left, bottom, right, top = edges(drawn, (1440, 900))
            assert right - left <= 1.5
            assert top - bottom <= 0.09, hint


def test_the_similarity_is_printed_digit_by_digit_at_fixed_places(view: View) -> None:
    tens, ones = (e for e in training_screen(view).elements if isinstance(e, Text) and e.text in ("7", "2"))
    all_three = [e for e in training_screen(replace(view, number=100)).elements if isinstance(e, Text)]

    assert (tens.text, ones.text) == ("7", "2")
    assert {tens.at, ones.at} <= {e.at for e in all_three if e.text in ("1", "0")}


def test_a_wide_target_picture_is_made_small_enough_not_to_reach_the_mirror(view: View) -> None:
    screen = training_screen(replace(view, target_aspect=16 / 9))
    picture = picture_of(screen)

    assert picture.height * 16 / 9 == pytest.approx(0.52)


def test_no_number_is_shown_before_the_first_measurement(view: View) -> None:
    screen = training_screen(
        replace(
            view, similarity=None, emotions=emotion_bars(view.words, target=[0.5] * 6, own=None), hint="", distance=None
        )
    )

    assert "7" not in texts(screen)


def test_the_best_earlier_attempt_is_a_mark_and_a_number_on_the_gauge(view: View) -> None:
    before, screen = training_screen(view), training_screen(replace(view, best=64))

    assert set(texts(screen)) - set(texts(before)) == {"Best 64"}
    (mark,) = (e for e in screen.elements if isinstance(e, Rectangle) and e not in before.elements)
    assert mark.at[0] == pytest.approx(-0.44 + 0.64 * 1.18)
    assert "Best 64" not in texts(training_screen(replace(view, best=64, feedback=replace(ALL, gauge=False))))


@pytest.mark.parametrize(("best", "text"), [(None, "Captured"), (72, "Captured"), (71, "Captured: your best so far")])
def test_a_captured_attempt_is_compared_with_the_best(view: View, best: int | None, text: str) -> None:
    assert text in texts(captured_screen(replace(view, best=best)))


def test_a_time_out_shows_the_best_of_the_attempt_where_there_is_a_gauge(view: View) -> None:
    shown = time_out_screen(view)

    assert shown.kind == "blank"
    assert {"Time is up", "Best this time", "7", "2"} <= set(texts(shown))
    assert texts(time_out_screen(replace(view, feedback=NONE))) == ["Imitate this face", "Time is up"]
    assert "7" not in texts(time_out_screen(replace(view, similarity=None, number=0)))


def test_a_hint_that_was_followed_is_green(view: View) -> None:
    def colour(shown: View) -> str:
        return next(e.colour for e in training_screen(shown).elements if isinstance(e, Text) and e.text == view.hint)

    assert colour(view) == "white"
    assert colour(replace(view, is_hint_done=True)) == "#8fd19e"


def test_boxes_come_first_so_that_they_can_be_drawn_at_once(view: View) -> None:
    kinds = [isinstance(element, Rectangle) for element in training_screen(view).elements]

    assert kinds == sorted(kinds, reverse=True)
