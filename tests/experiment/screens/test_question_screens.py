"""Labels of scales: one height, never on a number, inside the display; long texts on several pages."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from experiment.protocol.plan import ChoiceQuestion, Clause, Consent, DisplaySettings, Page, Rating, SliderQuestion
from experiment.screens import step_screens
from experiment.screens.question_screens import QuestionState, areas, question_screen
from experiment.screens.screen import Rectangle, Screen, Text
from experiment.screens.style import Style
from experiment.screens.text_fit import misfits, overlaps_box
from experiment.screens.text_size import split_text
from tests.experiment.plans import make_plan

WORDS = (
    "very weak",
    "weak or rather weak than strong",
    "Überraschung",
    "とても強い感情だと思います",
    "extraordinarily",
)


def style_of(tmp_path: Path, size_px: tuple[int, int] = (1440, 900)) -> Style:
    return Style.of(make_plan(tmp_path, display=DisplaySettings(size_px, 60.0, 50.0, False, "black")))


def labels_of(screen: Screen, labels: tuple[str, ...]) -> list[Text]:
    return [one for one in screen.elements if isinstance(one, Text) and one.text in labels]


@pytest.mark.parametrize("size_px", [(1440, 900), (1920, 1080), (1024, 768)])
@pytest.mark.parametrize("count", [2, 5, 9])
def test_labels_begin_at_one_height_below_their_numbers_and_inside_the_display(
    tmp_path: Path, count: int, size_px: tuple[int, int]
) -> None:
    labels = tuple(f"{WORDS[n % 5]} {n}" for n in range(count))
    scale = Rating("r", "How strong was the emotion of the face that you saw just now? " * 3, labels)

    screen = question_screen(style_of(tmp_path, size_px), scale)

    assert list(misfits(screen, size_px)) == []
    shown = labels_of(screen, labels)
    assert len(shown) == count
    assert {(one.at[1], one.height, one.anchor) for one in shown} == {(shown[0].at[1], shown[0].height, "top")}
    boxes = [one for one in screen.elements if isinstance(one, Rectangle)]
    assert not any(overlaps_box(label, box, size_px[1]) for label in shown for box in boxes)


def test_the_labels_of_the_ends_are_wider_than_their_points(tmp_path: Path) -> None:
    style = style_of(tmp_path)
    labels = ("extraordinarily unpleasant", *[""] * 7, "extraordinarily pleasant")

    ends, full = (labels_of(question_screen(style, Rating("r", "How?", ones)), labels) for ones in (labels, WORDS * 2))

    assert ends[0].height > 0.9 * 0.8 * style.text_height
    assert full == []


def test_choices_with_long_labels_are_a_column_and_their_areas_do_not_meet(tmp_path: Path) -> None:
    style = style_of(tmp_path)
    long = tuple(f"a label of choice {n} that is much too long for a row of nine answers" for n in range(9))
    choice = ChoiceQuestion("c", "Which?", long, tuple("abcdefghi"), tuple("123456789"))

    found = areas(style, choice)

    assert list(misfits(question_screen(style, choice), (1440, 900))) == []
    assert len({(one.left, one.right) for one in found}) == 1
    assert all(
        one.top <= other.bottom + 1e-9 or other.top <= one.bottom + 1e-9 for one, other in combinations(found, 2)
    )
    row = areas(style, ChoiceQuestion("c", "Which?", ("same", "different"), ("s", "d"), ("f", "j")))
    assert len({(one.bottom, one.top) for one in row}) == 1


@pytest.mark.parametrize("size_px", [(1440, 900), (1024, 768)])
def test_a_slider_fits_with_its_labels_its_value_and_a_message(tmp_path: Path, size_px: tuple[int, int]) -> None:
    slider = SliderQuestion("s", "How certain are you? " * 8, WORDS, shows_value=True, required=False)

    screen = question_screen(style_of(tmp_path, size_px), slider, QuestionState(value=0, message="An answer!"))

    assert list(misfits(screen, size_px)) == []


def test_a_long_text_is_split_between_blocks_and_nothing_is_lost() -> None:
    block = "\n".join(f"line {n}" for n in range(6))
    text = f"{block}\n\n{block}\n\n{block}"

    parts = split_text(text, 0.035, width=1.3, tall=0.7)

    assert parts == (f"{block}\n\n{block}", block)
    assert split_text(block, 0.035, width=1.3, tall=0.7) == (block,)


def test_a_block_that_is_too_long_is_split_between_lines() -> None:
    words = [f"word{n}" for n in range(400)]

    parts = split_text(" ".join(words), 0.035, width=1.3, tall=0.7)

    assert len(parts) > 2
    assert " ".join(parts).split() == words
    assert max(part.count("\n") for part in parts) < 14


def test_long_pages_and_consents_have_several_screens_with_numbers_that_fit(tmp_path: Path) -> None:
    style = style_of(tmp_path)
    text = "\n\n".join("A sentence that fills about half of a line, and one more. " * 4 for _ in range(5))

    screens = [
        *step_screens.pages(style, Page("p", "p", "Title", text)),
        *step_screens.consent_pages(style, Consent("c", "c", "Title", text, (Clause("film", "Film?"),))),
    ]

    assert len(screens) >= 4
    assert [why for screen in screens for why in misfits(screen, (1440, 900))] == []
    footers = [" ".join(one.text for one in screen.elements[-2:] if isinstance(one, Text)) for screen in screens]
    assert "1 / 3" in footers[0]
    assert "←: back" not in footers[0]
    assert "←: back" in footers[1]
    assert len(step_screens.pages(style, Page("p", "p", "", text, duration_frames=60))) == 1
