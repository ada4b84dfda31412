"""Answers to a form can be corrected: a way back, a page to check them, a pause that loses nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from experiment.clock import VirtualClock
from experiment.display.simulated import SimulatedDisplay, SimulatedKeyboard
from experiment.ports.display import Flip
from experiment.protocol.plan import Form, Question
from experiment.screens.screen import Screen
from experiment.screens.style import Style
from experiment.session.display_loop import Devices, DisplayLoop
from experiment.session.questionnaire import ask_form, read_pages
from tests.experiment.devices import texts_of
from tests.experiment.plans import make_plan
from tests.experiment.session.simulated_run import run

QUESTIONS = (
    Question("age", "Age?", "integer", minimum=18, maximum=99),
    Question("hand", "Hand?", "choice", ("links", "rechts"), values=("left", "right")),
    Question("note", "Note?", "text", required=False),
)
FORM = Form("you", "you", "You", QUESTIONS)


class Typist:
    """Presses the keys of a list, one on each new screen."""

    def __init__(self, keys: str) -> None:
        self.clock = VirtualClock()
        self.keyboard = SimulatedKeyboard(self.clock)
        self.keys, self.shown = iter(keys.split()), list[Screen]()

    def on_flip(self, screen: Screen, flip: Flip) -> None:
        if not self.shown or screen != self.shown[-1]:
            self.shown.append(screen)
            key = next(self.keys, None)
            if key is not None:
                self.keyboard.press(key, flip.time_s + 0.1)

    def loop(self) -> DisplayLoop:
        display = SimulatedDisplay(self.clock, observers=[self])
        return DisplayLoop(Devices(display, self.keyboard, self.clock, None, 1 / 60), pause_key="escape")


def answers_of(tmp_path: Path, keys: str) -> tuple[dict[str, str | int], list[str]]:
    typist = Typist(keys)
    answers = ask_form(typist.loop(), Style.of(make_plan(tmp_path)), FORM)
    return answers, [texts_of(screen) for screen in typist.shown]


def test_the_way_back_shows_what_was_entered_and_a_correction_replaces_it(tmp_path: Path) -> None:
    answers, shown = answers_of(tmp_path, "2 1 return 1 left left backspace 5 return 2 x return return")

    assert answers == {"age": 25, "hand": "right", "note": "x"}
    assert [text.splitlines()[3] for text in shown if "Age?" in text and "check" not in text] == [
        *("|", "2|", "21|"),
        *("21|", "2|", "25|"),
    ]


def test_the_first_question_has_no_way_back(tmp_path: Path) -> None:
    form = replace(FORM, questions=QUESTIONS[1:])
    typist = Typist("2 return left return return")
    typist.keyboard.press("left", 0.05)

    assert ask_form(typist.loop(), Style.of(make_plan(tmp_path)), form) == {"hand": "right"}
    assert [("back" in texts_of(screen), screen.kind) for screen in typist.shown] == [
        *((False, "form"), (True, "form"), (False, "notice"), (True, "form"), (False, "notice")),
    ]


def test_the_answers_are_checked_at_the_end_and_the_last_one_can_be_emptied(tmp_path: Path) -> None:
    answers, shown = answers_of(tmp_path, "3 0 return 2 y return left backspace return return")

    assert answers == {"age": 30, "hand": "right"}
    checks = [text for text in shown if "Please check your answers." in text]
    assert ["Age?\n30" in text and "Hand?\nrechts" in text for text in checks] == [True, True]
    assert ["Note?\ny" in checks[0], "Note?\n(no answer)" in checks[1]] == [True, True]


def test_a_pause_in_a_form_continues_at_the_same_question_with_all_answers(tmp_path: Path) -> None:
    keyboards: list[SimulatedKeyboard] = []
    seen: list[str] = []
    keys = iter(["2", "1", "return", "escape", "space", "2", "return", "return"])

    def script(screen: Screen, flip: Flip) -> bool:
        seen.append(texts_of(screen))
        key = next(keys, None)
        if key is not None and screen.kind in ("form", "pause", "notice"):
            keyboards[0].press(key, flip.time_s + 0.1)
            return True
        return False

    done = run(make_plan(tmp_path, (FORM,)), tmp_path / "data", on_screen=script, keyboards=keyboards)

    assert done.ending == "complete"
    assert done.history.demographics == {"age": "21", "hand": "right"}
    assert sum("Age?" in text and "1 / 3" in text for text in seen) == 3


def test_pages_can_be_turned_back_but_not_before_the_first(tmp_path: Path) -> None:
    typist = Typist("space left space space")
    pages = [Screen("page", (), colour) for colour in ("red", "green")]
    typist.keyboard.press("left", 0.05)

    read_pages(typist.loop(), pages, "space")

    assert [screen.background for screen in typist.shown] == ["red", "green", "red", "green"]
