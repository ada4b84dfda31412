"""Consent, clause by clause, and forms, question by question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from experiment.protocol.plan import Clause, Consent, Form, Question
from experiment.screens import step_screens
from experiment.screens.screen import Screen
from experiment.screens.step_screens import AnswerField
from experiment.screens.style import Style
from experiment.session.display_loop import DisplayLoop

LONGEST_ANSWER = 200


class ConsentDeclined(Exception):
    """The participant declined a required clause of a consent."""

    def __init__(self, clause: Clause, *, step: str) -> None:
        super().__init__(clause.id)
        self.clause = clause
        self.step = step


def ask_consent(
    loop: DisplayLoop, style: Style, step: Consent, *, on_answer: Callable[[Clause, bool], None] | None = None
) -> dict[str, bool]:
    """Show the consent text, then ask every clause.

    Parameters
    ----------
    loop
        Shows the screens and reads the keyboard.
    style
        Colours and texts of all screens.
    step
        The consent step of the plan.
    on_answer
        Called with every answer when it is given, also with the first refusal of a clause that is asked again.

    Returns
    -------
    dict
        For every clause id, whether the participant agreed.

    Raises
    ------
    ConsentDeclined
        If a required clause was declined twice.
    """
    read_pages(loop, step_screens.consent_pages(style, step), "space", "return")
    return {clause.id: _ask_clause(loop, style, step, clause=clause, on_answer=on_answer) for clause in step.clauses}


def read_pages(loop: DisplayLoop, screens: Sequence[Screen], *keys: str) -> None:
    """Show pages one after the other until the last one is left.

    Parameters
    ----------
    loop
        Shows the screens and reads the keyboard.
    screens
        The pages.
    *keys
        The keys that go on. `step_screens.BACK` returns to the page before.
    """
    position = 0
    while position < len(screens):
        back = () if position == 0 or step_screens.BACK in keys else (step_screens.BACK,)
        position += -1 if loop.wait_for_key(screens[position], *keys, *back).key in back else 1


def _ask_clause(
    loop: DisplayLoop,
    style: Style,
    step: Consent,
    *,
    clause: Clause,
    on_answer: Callable[[Clause, bool], None] | None,
) -> bool:
    """Ask a clause; ask a required one again if it was refused."""
    for refused in (False, True) if clause.required else (False,):
        agrees = ask_yes_no(loop, style, step_screens.clause(style, step, clause, refused=refused))
        if on_answer is not None:
            on_answer(clause, agrees)
        if agrees:
            return True
    if clause.required:
        raise ConsentDeclined(clause, step=step.id)
    return False


def ask_yes_no(loop: DisplayLoop, style: Style, screen: Screen) -> bool:
    """Show a question until a key for yes or no is pressed; return whether it was yes.

    Parameters
    ----------
    loop
        Shows the screen and reads the keyboard.
    style
        Has the keys for yes and no in the participant's language.
    screen
        The question.
    """
    return loop.wait_for_key(screen, *style.yes_keys, *style.no_keys).key in style.yes_keys


@dataclass(slots=True)
class FormProgress:
    """How far a participant has come with a form; it survives a pause."""

    position: int = 0
    """Number of the present question; the number of questions while the answers are checked."""
    entered: dict[str, AnswerField] = field(default_factory=dict)
    """What was entered, by question."""
    answers: dict[str, str | int] = field(default_factory=dict)
    """The answers by question, without those left empty."""


def ask_form(loop: DisplayLoop, style: Style, step: Form, progress: FormProgress | None = None) -> dict[str, str | int]:
    """Ask all questions of a form, then show the answers to check them.

    The key `step_screens.BACK` returns to the question before.

    Parameters
    ----------
    loop
        Shows the screens and reads the keyboard.
    style
        Colours and texts of all screens.
    step
        The form.
    progress
        Where to begin, and what was answered before; changed by every answer.

    Returns
    -------
    dict
        The answers by question id, without questions left empty.
    """
    progress = FormProgress() if progress is None else progress
    while True:
        if progress.position < len(step.questions):
            question = step.questions[progress.position]
            ask = _ask_choice if question.choices else _ask_text
            progress.position += 1 if ask(loop, style, step, question=question, progress=progress) else -1
        elif _check_answers(loop, style, step, progress):
            ids = [question.id for question in step.questions]
            return {id_: progress.answers[id_] for id_ in ids if id_ in progress.answers}
        else:
            progress.position -= 1


def _check_answers(loop: DisplayLoop, style: Style, step: Form, progress: FormProgress) -> bool:
    """Show the answers; return whether the participant confirmed them."""
    shown = {
        question.id: question.choices[question.stored.index(str(answer))] if question.choices else str(answer)
        for question in step.questions
        if (answer := progress.answers.get(question.id)) is not None
    }
    for screen in step_screens.answer_pages(style, step, shown):
        if loop.wait_for_key(screen, "return", step_screens.BACK).key == step_screens.BACK:
            return False
    return True


def _ask_choice(loop: DisplayLoop, style: Style, step: Form, *, question: Question, progress: FormProgress) -> bool:
    """Mark a choice with the arrow keys and ENTER, or take one by its number.

    At first, an optional question has no marked choice; ENTER then gives no answer. Returns False if the participant
    went back.
    """
    count = len(question.choices)
    digits = [str(number + 1) for number in range(count)] if count <= 9 else []
    back = (step_screens.BACK,) if progress.position > 0 else ()
    while True:
        answer = progress.entered.get(question.id, AnswerField.initial(question))
        key = loop.wait_for_key(
            step_screens.question(style, step, question, answer=answer), "up", "down", "return", *back, *digits
        ).key
        if key in back:
            return False
        if key in digits or key == "return":
            chosen = int(key) - 1 if key in digits else answer.chosen
            progress.entered[question.id] = replace(answer, chosen=chosen)
            _keep(progress, question, None if chosen is None else question.stored[chosen])
            return True
        if answer.chosen is None:
            chosen = 0 if key == "down" else count - 1
        else:
            chosen = (answer.chosen + (1 if key == "down" else -1)) % count
        progress.entered[question.id] = replace(answer, chosen=chosen)


def _keep(progress: FormProgress, question: Question, value: str | int | None) -> None:
    """Keep an answer, or forget an earlier one to a question that is left empty now."""
    progress.answers.pop(question.id, None)
    if value is not None:
        progress.answers[question.id] = value


def _ask_text(loop: DisplayLoop, style: Style, step: Form, *, question: Question, progress: FormProgress) -> bool:
    """Read a typed answer; ENTER takes it if it is valid.

    Returns False if the participant went back.
    """
    answer = replace(progress.entered.get(question.id, AnswerField()), message="")
    tick = loop.show_page(step_screens.question(style, step, question, answer=answer))
    onset_s = tick.flip.time_s
    while True:
        if progress.position > 0 and any(
            press.key == step_screens.BACK and not press.is_repeat and press.time_s >= onset_s for press in tick.presses
        ):
            return False
        for character in loop.keyboard.typed(since_s=onset_s):
            if character == "\n":
                value, message = parse_answer(question, answer.typed, style)
                if not message:
                    _keep(progress, question, value)
                    return True
                answer = replace(answer, message=message)
            elif character == "\b":
                answer = AnswerField(answer.typed[:-1])
            elif character.isprintable() and len(answer.typed) < LONGEST_ANSWER:
                answer = AnswerField(answer.typed + character)
            progress.entered[question.id] = answer
        tick = loop.show_page(step_screens.question(style, step, question, answer=answer))


def parse_answer(question: Question, typed: str, style: Style) -> tuple[str | int | None, str]:
    """Return the typed answer to a question, and why it is not valid.

    Parameters
    ----------
    question
        The question.
    typed
        The characters typed.
    style
        Has the messages in the participant's language.

    Returns
    -------
    answer : str, int or None
        None for an empty or invalid answer.
    message : str
        Why the answer is not valid; empty if it is.
    """
    text = typed.strip()
    if not text:
        return None, style.text("answer-needed") if question.required else ""
    if question.kind != "integer":
        return text, ""
    low, high = question.minimum, question.maximum
    try:
        number = int(text)
    except ValueError:
        number = None
    if number is None or (low is not None and number < low) or (high is not None and number > high):
        return None, style.text(
            "number-range", minimum="…" if low is None else low, maximum="…" if high is None else high
        )
    return number, ""
