from __future__ import annotations

from pathlib import Path

import pytest

from experiment.protocol.language.texts import PROGRAM_LANGUAGES, SHORT_TEXTS, program_texts, text_gaps
from experiment.protocol.plan import (
    Break,
    Calibration,
    Clause,
    Consent,
    DisplaySettings,
    Form,
    Page,
    Question,
    Rating,
)
from experiment.screens import step_screens
from experiment.screens.question_screens import question_screen
from experiment.screens.screen import Picture, Rectangle, Screen, Text
from experiment.screens.step_screens import AnswerField
from experiment.screens.style import Style
from tests.experiment.plans import make_plan, make_targets, make_trial


def texts(screen: Screen) -> list[str]:
    return [element.text for element in screen.elements if isinstance(element, Text)]


@pytest.fixture
def style(tmp_path: Path) -> Style:
    return Style.of(make_plan(tmp_path))


def test_a_target_screen_shows_the_face_alone_and_names_it(style: Style, tmp_path: Path) -> None:
    target = make_targets(tmp_path / "t")[2]

    screen = step_screens.target(style, make_trial(target, 0))

    assert screen.target == "fear"
    assert [type(element) for element in screen.elements] == [Picture]


def test_a_page_names_the_continue_key_unless_it_has_a_duration(style: Style) -> None:
    assert "Press SPACE to continue." in texts(step_screens.pages(style, Page("p", "b", "Title", "Text"))[0])
    assert texts(step_screens.pages(style, Page("p", "b", "Title", "Text", duration_frames=60))[0]) == ["Title", "Text"]


def test_a_break_counts_down_before_it_names_the_key(style: Style) -> None:
    step = Break("rest", "b", "Rest.", 300)

    assert "Please wait 5 s." in texts(step_screens.rest(style, step, seconds_left=5))
    assert "Press SPACE to continue." in texts(step_screens.rest(style, step, seconds_left=0))


def test_the_marked_choice_is_in_the_box(style: Style) -> None:
    form = Form("f", "b", "You", (Question("hand", "Which hand?", "choice", ("left", "right")),))

    screen = step_screens.question(style, form, form.questions[0], answer=AnswerField(chosen=1))

    box = next(element for element in screen.elements if isinstance(element, Rectangle))
    inside = [element.text for element in screen.elements if isinstance(element, Text) and element.at == box.at]
    assert inside == ["2.  right"]


def test_an_optional_question_has_no_marked_choice_and_a_hint_how_to_skip_it(style: Style) -> None:
    question = Question("hand", "Which hand?", "choice", ("left", "right"), required=False)

    screen = step_screens.question(
        style, Form("f", "b", "You", (question,)), question, answer=AnswerField.initial(question)
    )

    assert not any(isinstance(element, Rectangle) for element in screen.elements)
    assert "ENTER without an answer skips this question." in texts(screen)[-1]


def test_a_rating_scale_has_one_numbered_box_a_label(style: Style) -> None:
    screen = question_screen(style, Rating("r", "How hard?", ("easy", "so so", "hard")))

    assert [text for text in texts(screen) if text.isdigit()] == ["1", "2", "3"]
    assert len([element for element in screen.elements if isinstance(element, Rectangle)]) == 3


def test_calibration_progress_grows_with_the_frames_taken(style: Style) -> None:
    step = Calibration("c", "b", "Calm face, please.", None, 10)

    def done(taken: int) -> float:
        bars = [
            e.size[0] for e in step_screens.calibration(style, step, taken=taken).elements if isinstance(e, Rectangle)
        ]
        return bars[1] if len(bars) > 1 else 0.0

    assert done(0) == 0
    assert done(5) == pytest.approx(done(10) / 2)
    assert done(12) == done(10)


def test_hints_are_written_in_the_language_of_the_session(tmp_path: Path) -> None:
    german = Style.of(make_plan(tmp_path, language="de-AT"))

    assert "End" not in " ".join(texts(step_screens.pause(german, confirm=True)))
    assert "Sitzung beenden?" in texts(step_screens.pause(german, confirm=True))


@pytest.mark.parametrize(
    ("language", "own", "yes", "no"),
    [
        ("en", {}, ("y",), ("n",)),
        ("de-AT", {}, ("j", "y"), ("n",)),
        ("it", {"yes-key": "s"}, ("s", "y"), ("n",)),
        ("el", {"yes-key": "N", "no-key": "O"}, ("n", "y"), ("o",)),
    ],
)
def test_the_screen_names_the_keys_for_yes_and_no_of_the_language(
    language: str, own: dict[str, str], yes: tuple[str, ...], no: tuple[str, ...], tmp_path: Path
) -> None:
    style = Style.of(make_plan(tmp_path, language=language, texts={**program_texts(language, {}), **own}))
    step = Consent("consent", "b", "", "Text", (Clause("film", "Film me?"),))

    assert (style.yes_keys, style.no_keys) == (yes, no)
    for screen in (step_screens.clause(style, step, step.clauses[0]), step_screens.pause(style, confirm=True)):
        assert f"{yes[0].upper()}: " in " ".join(texts(screen))
        assert f"{no[0].upper()}: " in " ".join(texts(screen))
    assert f"{no[0].upper()} " in " ".join(texts(step_screens.clause(style, step, step.clauses[0], refused=True)))


def test_a_style_has_the_texts_of_its_plan(tmp_path: Path) -> None:
    own = Style.of(make_plan(tmp_path, texts={**program_texts("en", {}), "end": "Bye"}))

    assert own.text("end") == "Bye"


def test_every_text_has_the_same_gaps_in_every_language() -> None:
    for name, forms in SHORT_TEXTS.items():
        assert set(forms) == set(PROGRAM_LANGUAGES), name
        assert len({text_gaps(text) for text in forms.values()}) == 1, name


def test_every_screen_of_a_plan_has_a_different_name(tmp_path: Path) -> None:
    targets = make_targets(tmp_path / "t")
    steps = (
        Page("welcome", "b", "Welcome", "Text"),
        Consent("consent", "b", "Consent", "Text", (Clause("record", "May we record?"),)),
        Form("you", "b", "You", (Question("age", "Age?", "integer"),)),
        Calibration("baseline", "b", "Calm face", None, 5),
        make_trial(targets[0], 0, ratings=(Rating("hard", "How hard?", ("a", "b")),)),
        Break("rest", "b", "Rest"),
    )

    names = [name for name, _ in step_screens.every_screen(make_plan(tmp_path, steps))]

    assert len(set(names)) == len(names)
    assert {"welcome", "consent-record", "you-age", "trial-00-target", "trial-00-hard", "rest", "pause"} <= set(names)


def test_texts_have_the_colour_and_height_of_the_protocol(tmp_path: Path) -> None:
    display = DisplaySettings((1440, 900), 60, 50, True, "white", text_colour="black", text_height=0.05)
    style = Style.of(make_plan(tmp_path, display=display))

    body = step_screens.pages(style, Page("p", "b", "", "Text", duration_frames=1))[0].elements[0]

    assert isinstance(body, Text)
    assert (body.colour, body.height) == ("black", 0.05)
