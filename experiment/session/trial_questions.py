"""Ask the questions after a trial: rating scales, choices, sliders, texts.

A response time counts from the first flip of the question to the key press or click. Keys have the time of the driver.
A click has the time at which the window reports it, up to one refresh later.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from experiment.ports.keyboard import KeyPress
from experiment.ports.pointer import PointerEvent
from experiment.protocol.plan import ChoiceQuestion, Rating, SliderQuestion, TextQuestion, TrialQuestion
from experiment.record.values import MOUSE, QuestionAnswer, QuestionKind, QuestionOutcome
from experiment.screens import question_screens, step_screens
from experiment.screens.question_screens import QuestionState, question_screen
from experiment.screens.style import Style
from experiment.session.display_loop import DisplayLoop, Tick

LARGE_STEPS = 10
"""The keys up and down move the marker of a slider by the length of its line divided by this."""


@dataclass(frozen=True, slots=True)
class _Given:
    """What the participant has answered."""

    outcome: QuestionOutcome
    answer: str | float | None = None
    time_s: float | None = None
    by: str | None = None


@dataclass(slots=True)
class _Shown:
    """A question on the display, with the state of its answer and its time limit."""

    loop: DisplayLoop
    style: Style
    asked: TrialQuestion
    state: QuestionState
    onset_s: float | None = None
    until_s: float | None = None
    """First flip without the question; presses from then on do not answer it."""

    def ticks(self) -> Iterator[Tick]:
        """Yield the frames of the question, up to its time limit.

        The driver may deliver a press just before the end one frame later; its time decides. Therefore two frames
        without the question follow.
        """
        passed, limit = 0, self.asked.time_limit_frames
        shown, screen = self.state, question_screen(self.style, self.asked, self.state)
        self.loop.prepare([screen])
        while limit is None or passed < limit:
            if self.state != shown:
                shown, screen = self.state, question_screen(self.style, self.asked, self.state)
                self.loop.prepare([screen])
            tick = self.loop.show(screen)
            passed += tick.periods if self.onset_s is not None else 1
            self.onset_s = tick.flip.time_s if self.onset_s is None else self.onset_s
            yield tick
        for _ in range(2):
            tick = self.loop.show(step_screens.blank(self.style))
            self.until_s = tick.flip.time_s if self.until_s is None else self.until_s
            yield tick

    def is_in_time(self, time_s: float) -> bool:
        """Return whether a press at a time belongs to the question."""
        assert self.onset_s is not None
        return self.onset_s <= time_s and (self.until_s is None or time_s < self.until_s)


def ask_after_trial(loop: DisplayLoop, style: Style, asked: TrialQuestion) -> QuestionAnswer:
    """Ask a question until it is answered or its time limit is reached.

    Parameters
    ----------
    loop
        Shows the screens, reads keyboard and mouse.
    style
        Colours and texts of all screens.
    asked
        The question.

    Raises
    ------
    StepInterrupted
        If the session was paused or the camera has a fault; the answer entered so far is lost.
    """
    shown = _Shown(loop, style, asked, question_screens.initial(asked))
    match asked:
        case Rating() | ChoiceQuestion():
            given = _choose(shown, asked)
        case SliderQuestion():
            given = _set_marker(shown, asked)
        case TextQuestion():
            given = _type(shown, asked)
    assert shown.onset_s is not None
    right = None if isinstance(asked, Rating) else asked.right_answer
    return QuestionAnswer(
        question=asked.id,
        kind=_kind(asked),
        outcome=given.outcome,
        answer=given.answer,
        shown_s=shown.onset_s,
        answered_s=given.time_s,
        given_by=given.by,
        right_answer=right,
        is_right=None if right is None or given.outcome != "answered" else is_right(asked, given.answer),
        choices=asked.values if isinstance(asked, ChoiceQuestion) else (),
        keys=asked.keys if isinstance(asked, ChoiceQuestion) else (),
    )


def is_right(asked: TrialQuestion, answer: str | float | None) -> bool:
    """Return whether an answer is the right one.

    Capital letters of a text make no difference.

    Parameters
    ----------
    asked
        A question with a right answer.
    answer
        The answer.
    """
    match asked:
        case SliderQuestion(right_answer=float() | int() as right):
            return isinstance(answer, float | int) and abs(answer - right) <= asked.tolerance + 1e-9
        case TextQuestion(right_answer=str() as words):
            return " ".join(str(answer).split()).casefold() == " ".join(words.split()).casefold()
        case ChoiceQuestion():
            return answer == asked.right_answer
    return False


def _kind(asked: TrialQuestion) -> QuestionKind:
    match asked:
        case Rating():
            return "rating"
        case ChoiceQuestion():
            return "choice"
        case SliderQuestion():
            return "slider"
        case TextQuestion():
            return "text"


def _choose(shown: _Shown, asked: Rating | ChoiceQuestion) -> _Given:
    """Return the first answer by key or click."""
    places = question_screens.areas(shown.style, asked) if asked.mouse else []
    values: tuple[str | float, ...] = (
        asked.values if isinstance(asked, ChoiceQuestion) else tuple(range(1, 1 + len(asked.labels)))
    )
    for tick in shown.ticks():
        found = [
            (press.time_s, asked.keys.index(press.key), press.key)
            for press in tick.presses
            if press.key in asked.keys and not press.is_repeat
        ]
        for event in tick.pointer:
            index = next((number for number, place in enumerate(places) if place.contains(event.at)), None)
            if index is not None and event.is_press:
                found.append((event.time_s, index, MOUSE))
        for time_s, index, by in sorted(found):
            if shown.is_in_time(time_s):
                return _Given("answered", values[index], time_s, by)
    return _Given("timeout")


def _set_marker(shown: _Shown, asked: SliderQuestion) -> _Given:
    """Return the marked value when it is confirmed."""
    is_dragged = False
    for tick in shown.ticks():
        for press in tick.presses:
            if shown.is_in_time(press.time_s):
                given = _take_key(shown, asked, press)
                if given is not None:
                    return given
        for event in tick.pointer if asked.mouse else ():
            if not shown.is_in_time(event.time_s):
                continue
            if event.is_press:
                is_dragged = question_screens.slider_area(shown.style).contains(event.at)
            given = _take_pointer(shown, asked, event, is_dragged=is_dragged)
            if given is not None:
                return given
    return _Given("timeout", _number(shown.state.value))


def _take_key(shown: _Shown, asked: SliderQuestion, press: KeyPress) -> _Given | None:
    """Move the marker, or return the answer.

    The first arrow key sets the marker in the middle of the line.
    """
    if press.key == "return" and not press.is_repeat:
        return _confirm(shown, asked, press.time_s, by="return")
    large = max(1, asked.steps // LARGE_STEPS)
    by = {"left": -1, "right": 1, "down": -large, "up": large}.get(press.key)
    if by is not None:
        before = shown.state.value
        shown.state = QuestionState(value=asked.nearest(0.5) if before is None else asked.moved(before, by))
    return None


def _take_pointer(shown: _Shown, asked: SliderQuestion, event: PointerEvent, *, is_dragged: bool) -> _Given | None:
    """Move the marker, or return the answer after a click on the button."""
    if is_dragged:
        share = question_screens.slider_share(shown.style, event.at[0])
        shown.state = QuestionState(value=asked.nearest(share))
    elif event.is_press and question_screens.button_area().contains(event.at):
        return _confirm(shown, asked, event.time_s, by=MOUSE)
    return None


def _confirm(shown: _Shown, asked: SliderQuestion, time_s: float, *, by: str) -> _Given | None:
    """Return the answer; None if the marker is still to be set."""
    value = shown.state.value
    if value is not None:
        return _Given("answered", _number(value), time_s, by)
    if not asked.required:
        return _Given("skipped")
    shown.state = replace(shown.state, message=shown.style.text("answer-needed"))
    return None


def _number(value: float | None) -> float | None:
    """Return a whole number as one: 70, not 70.0."""
    return int(value) if value is not None and value == int(value) else value


def _type(shown: _Shown, asked: TextQuestion) -> _Given:
    """Return the text when ENTER is pressed."""
    entered_s: float | None = None
    for tick in shown.ticks():
        assert shown.onset_s is not None
        enters = [press.time_s for press in tick.presses if press.key == "return" and shown.is_in_time(press.time_s)]
        entered_s = enters[-1] if enters else entered_s
        typed = shown.loop.keyboard.typed(since_s=shown.onset_s)
        for character in typed if shown.until_s is None else ():
            if character == "\n":
                given = _entered(shown, asked, tick.flip.time_s if entered_s is None else entered_s)
                if given is not None:
                    return given
            else:
                shown.state = _with_character(shown.state, character, asked.longest)
    return _Given("timeout", shown.state.typed.strip() or None)


def _entered(shown: _Shown, asked: TextQuestion, time_s: float) -> _Given | None:
    """Return the answer; None if there is still to be a text."""
    text = shown.state.typed.strip()
    if text:
        return _Given("answered", text, time_s, "return")
    if not asked.required:
        return _Given("skipped")
    shown.state = replace(shown.state, message=shown.style.text("answer-needed"))
    return None


def _with_character(state: QuestionState, character: str, longest: int) -> QuestionState:
    if character == "\b":
        return QuestionState(typed=state.typed[:-1])
    if character.isprintable() and len(state.typed) < longest:
        return QuestionState(typed=state.typed + character)
    return state
