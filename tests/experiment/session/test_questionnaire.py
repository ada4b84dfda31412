"""Consent and forms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from experiment.clock import VirtualClock
from experiment.display.simulated import SimulatedDisplay, SimulatedKeyboard
from experiment.ports.display import Flip
from experiment.protocol.plan import (
    Break,
    Clause,
    Consent,
    Form,
    Page,
    Question,
    Rating,
)
from experiment.screens.screen import Rectangle, Screen
from experiment.screens.style import Style
from experiment.session.display_loop import Devices, DisplayLoop
from experiment.session.questionnaire import ConsentDeclined, ask_consent, ask_form, parse_answer
from tests.experiment.devices import texts_of
from tests.experiment.plans import make_plan, make_targets, make_trial
from tests.experiment.session.simulated_run import Run, SlowTextDisplay, run_script


def keys_for(screen: Screen) -> tuple[str, ...]:
    """The keys that answer a question of `ask_everything`; the first age is out of range."""
    text = texts_of(screen)
    if screen.kind == "notice":
        return ("return",)
    if "Age?" in text:
        if "from 18 to 99" in text:
            return ("backspace", "backspace", "2", "1", "return")
        return ("1", "7", "return") if "|" in text.splitlines() else ()
    is_marked = any(isinstance(element, Rectangle) for element in screen.elements)
    answers = {
        "Film me?": "y",
        "Show it?": "n",
        "Hand?": "2",
        "Gender?": "return",
        "Glasses?": "return" if is_marked else "up",
        "Mood?": "return",
        "How hard": "3",
    }
    return tuple(key for question, key in answers.items() if question in text)


def ask_everything(tmp_path: Path, **devices: Any) -> Run:
    """Consent, five questions, a trial with a rating, a break; answered by keys."""
    targets = make_targets(tmp_path / "targets")
    hard = Rating("hard", "How hard was it?", ("easy", "so so", "hard"))
    steps = (
        Consent("consent", "b", "Consent", "Text", (Clause("film", "Film me?"), Clause("show", "Show it?", False))),
        Form(
            "you",
            "b",
            "You",
            (
                Question("age", "Age?", "integer", minimum=18, maximum=99),
                Question("hand", "Hand?", "choice", ("links", "rechts"), values=("left", "right")),
                Question("gender", "Gender?", "choice", ("w", "m"), values=("female", "male"), required=False),
                Question("glasses", "Glasses?", "choice", ("ja", "nein"), values=("yes", "no"), required=False),
                Question("mood", "Mood?", "text", required=False, demographic=False),
            ),
        ),
        make_trial(targets[0], 0, ratings=(hard,)),
        Break("rest", "b", "Rest", 60),
    )
    keyboards: list[SimulatedKeyboard] = []

    def script(screen: Screen, flip: Flip) -> bool:
        keys = keys_for(screen)
        for key in keys:
            keyboards[0].press(key, flip.time_s + 0.1)
        return bool(keys)

    return run_script(make_plan(tmp_path, steps), tmp_path, script, keyboards, **devices)


def test_consent_forms_and_ratings_are_recorded_apart(tmp_path: Path) -> None:
    done = ask_everything(tmp_path)

    assert done.history.demographics == {"age": "21", "hand": "right", "glasses": "no"}
    answers = {answer.question: answer.answer for answer in done.history.answers}
    assert answers == {"film": "true", "show": "false"} or answers == {"film": "yes", "show": "no"}
    assert done.trial(0).ratings == {"hard": 3}


def test_setting_a_new_text_makes_no_flip_late(tmp_path: Path) -> None:
    """Pages, typed answers, countdowns, the pause and the farewell are loaded before they are shown."""
    done = ask_everything(tmp_path, display=SlowTextDisplay)

    assert done.ending == "complete"
    assert (done.totals.late, done.totals.missed) == (0, 0)


def test_in_german_the_key_j_agrees_and_ends_the_session(tmp_path: Path) -> None:
    targets = make_targets(tmp_path / "targets")
    steps = (Consent("consent", "b", "", "Text", (Clause("film", "Film me?"),)), make_trial(targets[0], 0))
    keyboards: list[SimulatedKeyboard] = []

    def script(screen: Screen, flip: Flip) -> bool:
        shown, at_s = texts_of(screen), flip.time_s + 0.1
        if "Film me?" in shown or "Sitzung beenden?" in shown:
            assert "J: " in shown
            keyboards[0].press("j", at_s)
        elif screen.kind == "target":
            keyboards[0].press("escape", at_s)
        elif screen.kind == "pause":
            keyboards[0].press("q", at_s)
        else:
            return False
        return True

    done = run_script(make_plan(tmp_path, steps, language="de"), tmp_path, script, keyboards)

    assert done.ending == "ended"
    assert [(answer.question, answer.answer) for answer in done.history.answers] == [("film", "yes")]


def test_declining_a_required_clause_twice_ends_the_session(tmp_path: Path) -> None:
    steps = (
        Consent("consent", "b", "Consent", "Text", (Clause("film", "Film me?"),)),
        make_trial(make_targets(tmp_path / "targets")[0], 0),
    )
    keyboards: list[SimulatedKeyboard] = []
    shown: list[str] = []

    def script(screen: Screen, flip: Flip) -> bool:
        shown.append(texts_of(screen))
        if "Film me?" in texts_of(screen):
            keyboards[0].press("n", flip.time_s + 0.1)
            return True
        return False

    done = run_script(make_plan(tmp_path, steps), tmp_path, script, keyboards)

    assert done.ending == "declined"
    assert done.history.trials == []
    assert done.participant.targets == []
    assert shown[-1] == "You did not agree, so the session ends here. " + (
        "No picture of yours is stored, only your answers to this consent."
    )
    assert done.history.kept == []
    assert list(done.history.place.source.rglob("*.png")) == []


@pytest.mark.parametrize(
    ("typed", "answer", "message"),
    [
        ("21", 21, ""),
        (" 18 ", 18, ""),
        ("17", None, "from 18 to 99"),
        ("100", None, "from 18 to 99"),
        ("twenty", None, "from 18 to 99"),
        ("", None, "answer"),
    ],
)
def test_a_typed_number_must_be_in_its_range(tmp_path: Path, typed: str, answer: int | None, message: str) -> None:
    question = Question("age", "Age?", "integer", minimum=18, maximum=99)

    value, found = parse_answer(question, typed, Style.of(make_plan(tmp_path)))

    assert value == answer
    assert (message in found) if message else found == ""


def open_loop() -> tuple[DisplayLoop, SimulatedKeyboard]:
    clock = VirtualClock()
    keyboard = SimulatedKeyboard(clock)
    return DisplayLoop(Devices(SimulatedDisplay(clock), keyboard, clock, None, 1 / 60), pause_key="escape"), keyboard


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (("down", "return"), "left"),
        (("down", "down", "return"), "right"),
        (("up", "return"), "both"),
        (("up", "up", "return"), "right"),
        (("up", "down", "return"), "left"),
        (("2",), "right"),
        (("return",), None),
    ],
)
def test_a_choice_is_marked_with_the_arrow_keys_or_taken_by_its_number(
    tmp_path: Path, keys: tuple[str, ...], answer: str | None
) -> None:
    values = ("left", "right", "both")
    question = Question("hand", "Hand?", "choice", ("links", "rechts", "beide"), values=values, required=False)
    loop, keyboard = open_loop()
    for number, key in enumerate((*keys, "return"), 1):  # the last one confirms
        keyboard.press(key, loop.clock.now() + 0.1 * number)

    answers = ask_form(loop, Style.of(make_plan(tmp_path)), Form("you", "b", "You", (question,)))

    assert answers == ({} if answer is None else {"hand": answer})


def test_an_optional_clause_may_be_declined(tmp_path: Path) -> None:
    consent = Consent("consent", "b", "", "Text", (Clause("film", "Film me?"), Clause("show", "Show it?", False)))
    loop, keyboard = open_loop()
    for number, key in enumerate(("space", "y", "n"), 1):
        keyboard.press(key, loop.clock.now() + 0.1 * number)

    assert ask_consent(loop, Style.of(make_plan(tmp_path)), consent) == {"film": True, "show": False}


def test_a_required_clause_is_asked_a_second_time(tmp_path: Path) -> None:
    consent = Consent("consent", "b", "", "Text", (Clause("film", "Film me?"),))
    loop, keyboard = open_loop()
    for number, key in enumerate(("space", "n", "y"), 1):
        keyboard.press(key, loop.clock.now() + 0.1 * number)

    assert ask_consent(loop, Style.of(make_plan(tmp_path)), consent) == {"film": True}

    for number, key in enumerate(("space", "n", "n"), 1):
        keyboard.press(key, loop.clock.now() + 0.1 * number)
    with pytest.raises(ConsentDeclined, match="film"):
        ask_consent(loop, Style.of(make_plan(tmp_path)), consent)


def test_keys_pressed_just_before_a_screen_do_not_answer_it(tmp_path: Path) -> None:
    """After the keys of each screen come all keys that could answer the next one, before its first flip."""
    keyboards: list[SimulatedKeyboard] = []
    shown: list[str] = []
    questions = (
        Question("siblings", "Siblings?", "choice", ("a", "b", "c")),
        Question("age", "Age?", "integer", minimum=2),
        Question("years", "Years?", "integer", minimum=1),
        Question("mood", "Mood?", "text", required=False),
    )
    steps = (
        Page("welcome", "b", "", "Welcome"),
        Consent("consent", "b", "", "Text", (Clause("film", "Film me?"), Clause("show", "Show it?", required=False))),
        Form("you", "b", "", questions),
        make_trial(
            make_targets(tmp_path / "targets")[0], 0, ratings=(Rating("hard", "How hard?", ("a", "b", "c", "d", "e")),)
        ),
        Break("rest", "b", "Rest", 60),
        Page("bye", "b", "", "Bye"),
    )
    keys = {
        "Film me?": ("y",),
        "Show it?": ("n",),
        "Siblings?": ("2",),
        "Age?": ("5", "return"),
        "Years?": ("7", "return"),
        "Mood?": ("o", "k", "return"),
        "How hard?": ("3",),
    }

    def script(screen: Screen, flip: Flip) -> bool:
        own = next((own for words, own in keys.items() if words in texts_of(screen)), ("space",))
        own = ("return",) if screen.kind == "notice" else own
        if screen.kind in ("fixation", "blank") or "wait" in texts_of(screen) or own in answered:
            return True
        if own != ("space",):
            answered.append(own)
        shown.append(texts_of(screen))
        for number, key in enumerate((*own, "y", "2", "5", "1", "return", "space", "n")):
            keyboards[0].press(key, flip.time_s + 0.1 + 1e-6 * number)
        return True

    answered: list[tuple[str, ...]] = []
    done = run_script(make_plan(tmp_path, steps), tmp_path, script, keyboards)

    assert done.ending == "complete"
    assert {answer.question: answer.answer for answer in done.history.answers} == {"film": "yes", "show": "no"}
    assert done.history.demographics == {"siblings": "b", "age": "5", "years": "7", "mood": "ok"}
    assert done.trial(0).ratings == {"hard": 3}
    assert [text for text in shown if "Bye" in text]
