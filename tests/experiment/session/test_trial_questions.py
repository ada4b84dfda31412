"""Questions after a trial: answers by key and mouse, response times, time limits, right answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from experiment.clock import VirtualClock
from experiment.display.simulated import SimulatedDisplay, SimulatedKeyboard, SimulatedPointer
from experiment.ports.display import Flip
from experiment.protocol.plan import ChoiceQuestion, Rating, SliderQuestion, TextQuestion, TrialQuestion
from experiment.record.bids import session_tables
from experiment.record.journal_lines import TrialAnswerLine, TrialLine, read_lines
from experiment.record.values import QuestionAnswer
from experiment.screens import question_screens
from experiment.screens.screen import Screen
from experiment.screens.style import Style
from experiment.session.display_loop import Devices, DisplayLoop
from experiment.session.trial_questions import ask_after_trial
from tests.experiment.devices import texts_of
from tests.experiment.plans import make_plan, make_targets, make_trial
from tests.experiment.record.helpers import validate
from tests.experiment.record.verification.comparing import differences
from tests.experiment.session.simulated_run import Run, run

FRAME_S = 1 / 60
EMOTION = ChoiceQuestion(
    "emotion", "Which emotion?", ("Wut", "Angst", "Freude"), ("anger", "fear", "joy"), ("a", "s", "d"), "fear"
)
CERTAIN = SliderQuestion("certain", "How certain?", ("not at all", "completely"))
NOTE = TextQuestion("note", "What did you notice?", longest=6, right_answer="Eyes")
HARD = Rating("hard", "How hard?", ("easy", "so so", "hard"))


class Asked:
    """One question on simulated devices; times of keys and clicks count from its first flip."""

    def __init__(self, tmp_path: Path, asked: TrialQuestion) -> None:
        self.style = Style.of(make_plan(tmp_path, language="de"))
        self.clock = VirtualClock()
        self.keyboard, self.pointer = SimulatedKeyboard(self.clock), SimulatedPointer(self.clock)
        self.asked, self.shown = asked, list[Screen]()
        self.onset_s: float | None = None
        self.plan: list[tuple[Any, float, Any]] = []

    def key(self, key: str, after_s: float, *, is_repeat: bool = False) -> Asked:
        self.plan.append((lambda at_s: self.keyboard.press(key, at_s, is_repeat=is_repeat), after_s, None))
        return self

    def click(self, at: tuple[float, float], after_s: float) -> Asked:
        self.plan.append((lambda at_s: self.pointer.press(at, at_s), after_s, None))
        return self

    def drag(self, at: tuple[float, float], after_s: float) -> Asked:
        self.plan.append((lambda at_s: self.pointer.drag(at, at_s), after_s, None))
        return self

    def on_flip(self, screen: Screen, flip: Flip) -> None:
        self.shown.append(screen)
        if self.onset_s is None:
            self.onset_s = flip.time_s
            for act, after_s, _ in self.plan:
                act(flip.time_s + after_s)

    def answer(self) -> QuestionAnswer:
        display = SimulatedDisplay(self.clock, observers=[self])
        devices = Devices(display, self.keyboard, self.clock, None, FRAME_S, pointer=self.pointer)
        return ask_after_trial(DisplayLoop(devices, pause_key="escape"), self.style, self.asked)


def test_a_choice_by_key_has_its_value_the_time_of_the_press_and_whether_it_is_right(tmp_path: Path) -> None:
    answer = Asked(tmp_path, EMOTION).key("x", 0.1).key("a", 0.2, is_repeat=True).key("s", 0.4321).answer()

    assert (answer.answer, answer.given_by, answer.outcome) == ("fear", "s", "answered")
    assert answer.response_time_s == pytest.approx(0.4321)
    assert (answer.right_answer, answer.is_right) == ("fear", True)
    assert (answer.choices, answer.keys) == (("anger", "fear", "joy"), ("a", "s", "d"))


def test_a_click_on_a_label_answers_and_a_click_elsewhere_does_not(tmp_path: Path) -> None:
    asked = Asked(tmp_path, EMOTION)
    place = question_screens.areas(asked.style, EMOTION)[2]
    inside = ((place.left + place.right) / 2, place.bottom + 0.01)

    answer = asked.click((0.0, 0.3), 0.1).click(inside, 0.5).answer()

    assert (answer.answer, answer.given_by, answer.is_right) == ("joy", "mouse", False)
    assert answer.response_time_s == pytest.approx(0.5)
    assert all(screen.pointer for screen in asked.shown)


def test_without_the_mouse_a_click_answers_nothing_and_no_pointer_is_shown(tmp_path: Path) -> None:
    asked = Asked(tmp_path, HARD)
    place = question_screens.areas(asked.style, HARD)[0]

    answer = asked.click((place.left + 0.01, place.top - 0.01), 0.1).key("3", 0.3).answer()

    assert (answer.kind, answer.answer, answer.given_by) == ("rating", 3, "3")
    assert not any(screen.pointer for screen in asked.shown)


@pytest.mark.parametrize(("after_s", "outcome"), [(0.99, "answered"), (1.001, "timeout")])
def test_a_time_limit_counts_frames_and_the_time_of_a_press_decides(
    tmp_path: Path, after_s: float, outcome: str
) -> None:
    limited = ChoiceQuestion("emotion", "Which?", ("a", "b"), ("a", "b"), ("1", "2"), "b", time_limit_frames=60)
    asked = Asked(tmp_path, limited).key("2", after_s)

    answer = asked.answer()

    assert answer.outcome == outcome
    assert answer.is_right is (True if outcome == "answered" else None)
    if outcome == "timeout":
        assert [screen.kind for screen in asked.shown] == ["question"] * 60 + ["blank"] * 2
        assert (answer.answer, answer.response_time_s, answer.given_by) == (None, None, None)


def test_a_slider_is_set_by_arrow_keys_also_held_ones_and_confirmed_by_enter(tmp_path: Path) -> None:
    asked = Asked(tmp_path, CERTAIN).key("return", 0.1).key("right", 0.2).key("up", 0.3).key("up", 0.4)
    for number in range(3):
        asked.key("left", 0.5 + 0.05 * number, is_repeat=number > 0)

    answer = asked.key("return", 0.9).answer()

    assert (answer.kind, answer.answer, answer.given_by) == ("slider", 50 + 2 * 10 - 3, "return")
    assert isinstance(answer.answer, int)
    assert answer.response_time_s == pytest.approx(0.9)
    assert any("Diese Frage braucht eine Antwort." in texts_of(screen) for screen in asked.shown)


def test_a_slider_follows_the_mouse_and_the_button_confirms_it(tmp_path: Path) -> None:
    asked = Asked(tmp_path, CERTAIN)
    line, button = question_screens.slider_area(asked.style), question_screens.button_area()
    middle = ((button.left + button.right) / 2, (button.bottom + button.top) / 2)
    y = (line.bottom + line.top) / 2

    answer = asked.click((0.0, y), 0.1).drag((0.3, y + 0.2), 0.2).click(middle, 0.4).drag((0.0, y), 0.41).answer()

    assert (answer.answer, answer.given_by) == (75, "mouse")
    assert answer.response_time_s == pytest.approx(0.4)


@pytest.mark.parametrize(("share", "value"), [(-1.0, 1.0), (0.0, 1.0), (0.49, 3.0), (0.6, 3.5), (2.0, 5.0)])
def test_the_marker_is_at_the_nearest_step_within_the_line(share: float, value: float) -> None:
    asked = SliderQuestion("s", "?", ("1", "5"), minimum=1, maximum=5, step=0.5)

    assert asked.nearest(share) == value
    assert asked.moved(asked.moved(value, 100), 100) == 5.0


def test_a_slider_is_right_within_its_tolerance_and_keeps_its_marker_at_the_time_limit(tmp_path: Path) -> None:
    exact = {"start": 40.0, "right_answer": 45.0, "tolerance": 5.0, "time_limit_frames": 60}
    asked = SliderQuestion("strength", "How strong?", ("0", "100"), **exact)  # type: ignore[arg-type]

    right = Asked(tmp_path, asked).key("return", 0.2).answer()
    wrong = Asked(tmp_path, asked).key("left", 0.1).key("return", 0.2).answer()
    late = Asked(tmp_path, asked).key("right", 0.2).answer()

    assert (right.answer, right.is_right) == (40, True)
    assert (wrong.answer, wrong.is_right) == (39, False)
    assert (late.answer, late.outcome, late.is_right) == (41, "timeout", None)


def test_a_text_is_typed_with_corrections_up_to_its_longest_length(tmp_path: Path) -> None:
    asked = Asked(tmp_path, NOTE)
    for number, key in enumerate(("return", *"eyyesxyz", "backspace", "backspace", "backspace", "backspace", *"es")):
        asked.key(key, 0.1 + 0.05 * number)

    answer = asked.key("return", 2.0).answer()

    assert answer.answer == "eyes"
    assert (answer.kind, answer.given_by, answer.is_right) == ("text", "return", True)
    assert answer.response_time_s == pytest.approx(2.0)


def test_a_text_that_is_not_required_is_skipped_with_enter(tmp_path: Path) -> None:
    answer = Asked(tmp_path, TextQuestion("note", "Notes?", required=False)).key("return", 0.3).answer()

    assert (answer.outcome, answer.answer, answer.response_time_s) == ("skipped", None, None)


# -- in a session


def session(tmp_path: Path, script: Any, **devices: Any) -> Run:
    """Two trials with a rating, a choice and a slider each."""
    targets = make_targets(tmp_path / "targets")
    trials = tuple(make_trial(targets[n], n, ratings=(HARD,), questions=(EMOTION, CERTAIN)) for n in range(2))
    keyboards: list[SimulatedKeyboard] = []
    return run(
        make_plan(tmp_path, trials),
        tmp_path / "data",
        on_screen=lambda screen, flip: script(screen, flip, keyboards[0]),
        keyboards=keyboards,
        **devices,
    )


def answering(screen: Screen, flip: Flip, keyboard: SimulatedKeyboard) -> bool:
    shown = texts_of(screen)
    if "How hard?" in shown:
        keyboard.press("2", flip.time_s + 0.25)
    elif "Which emotion?" in shown:
        keyboard.press("s", flip.time_s + 0.5)
    elif "How certain?" in shown and "Press" not in shown and len(screen.elements) == 9:
        for number, key in enumerate(("right", "up", "return")):
            keyboard.press(key, flip.time_s + 0.1 * (number + 1))
    else:
        return False
    return True


def test_every_answer_has_a_line_and_columns_of_its_own(tmp_path: Path) -> None:
    done = session(tmp_path, answering)

    assert done.ending == "complete"
    assert [answer.answer for answer in done.trial(1).answers] == [2, "fear", 60]
    assert done.trial(1).ratings == {"hard": 2}
    lines = read_lines(done.history.place.journal, TrialAnswerLine)
    assert [(line.trial, line.question) for line in lines[:3]] == [
        ("trial-00", "hard"),
        ("trial-00", "emotion"),
        ("trial-00", "certain"),
    ]
    assert all(line.frames is not None and line.frames.flips > 10 for line in lines)
    events = next(table for table in session_tables(done.history) if table.file.name.endswith("events.tsv"))
    row = dict(zip(events.columns, events.rows[0], strict=True))
    times = {
        name: float(row.pop(f"{name}_response_time"))
        for name in ("rating_hard", "question_emotion", "question_certain")
    }
    assert times == pytest.approx({"rating_hard": 0.25, "question_emotion": 0.5, "question_certain": 0.3}, abs=1e-5)
    assert {name: cell for name, cell in row.items() if name.startswith(("rating_", "question_"))} == {
        "rating_hard": "2",
        "question_emotion": "fear",
        "question_emotion_outcome": "answered",
        "question_emotion_given_by": "s",
        "question_emotion_right_answer": "fear",
        "question_emotion_accuracy": "1",
        "question_certain": "60",
        "question_certain_outcome": "answered",
        "question_certain_given_by": "return",
    }
    assert events.text == events.file.read_text()
    described = json.loads(events.sidecar.read_text())
    assert set(events.columns) <= set(described)
    assert [name for name, _, _ in done.received if name in ("rating", "question")] == ["rating", *["question"] * 2] * 2


def test_the_data_set_with_answers_is_valid_bids_and_equals_its_journal(tmp_path: Path) -> None:
    done = session(tmp_path, answering)
    dataset = done.history.place.dataset

    assert validate(dataset)[0] == []
    assert [line for line in differences(dataset) if "_events" in line or "journal.jsonl" in line] == []
    table = done.history.place.table("mimicrytest", "events")
    table.write_text(table.read_text().replace("\tfear\t", "\tanger\t", 1))
    (difference,) = (line for line in differences(dataset) if "_events" in line)
    assert "line 2: question_emotion is anger, in the journal it is fear" in difference


def test_a_pause_in_a_question_repeats_the_question_and_not_the_imitation(tmp_path: Path) -> None:
    paused: list[str] = []

    def script(screen: Screen, flip: Flip, keyboard: SimulatedKeyboard) -> bool:
        shown = texts_of(screen)
        if screen.kind == "pause":
            keyboard.press("space", flip.time_s + 1.0)
        elif ("How hard?" in shown or "Which emotion?" in shown) and shown not in paused:
            paused.append(shown)
            keyboard.press("escape", flip.time_s + 0.2)
        else:
            return answering(screen, flip, keyboard)
        return True

    done = session(tmp_path, script)

    assert done.ending == "complete"
    assert len(paused) == 2
    assert [(trial.id, trial.outcome, trial.attempt) for trial in done.history.trials] == [
        ("trial-00", "response", 1),
        ("trial-01", "response", 1),
    ]
    assert len(done.participant.targets) == 2
    assert done.trial(0).ratings == {"hard": 2}
    assert done.trial(0).answers[1].response_time_s == pytest.approx(0.5, abs=1e-5)


def test_a_session_ended_in_a_question_keeps_the_imitation_and_resume_asks_the_rest(tmp_path: Path) -> None:
    def ending(screen: Screen, flip: Flip, keyboard: SimulatedKeyboard) -> bool:
        if "Which emotion?" in texts_of(screen):
            keyboard.press("escape", flip.time_s + 0.2)
        elif screen.kind == "pause":
            keyboard.press("q" if "Pause" in texts_of(screen) else "y", flip.time_s + 0.2)
        else:
            return answering(screen, flip, keyboard)
        return True

    first = session(tmp_path, ending)
    assert first.ending == "ended"
    assert first.trial(0).outcome == "response"
    assert first.trial(0).frames
    assert [answer.question for answer in first.trial(0).answers] == ["hard"]

    second = session(tmp_path, answering, resume=True)

    assert second.ending == "complete"
    assert [trial.id for trial in second.history.trials] == ["trial-00", "trial-01"]
    assert [answer.question for answer in second.trial(0).answers] == ["hard", "emotion", "certain"]
    assert second.trial(0).answers[1].response_time_s == pytest.approx(0.5, abs=1e-5)
    assert second.participant.targets == ["disgust"]
    trials = read_lines(second.history.place.journal, TrialLine)
    assert [line.id for line in trials] == ["trial-00", "trial-01"]
