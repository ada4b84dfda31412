"""Consent, clause by clause, and forms, question by question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

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
    loop.wait_for_key(step_screens.consent_text(style, step), "space", "return")
    return {clause.id: _ask_clause(loop, style, step, clause=clause, on_answer=on_answer) for clause in step.clauses}


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


def ask_form(loop: DisplayLoop, style: Style, step: Form) -> dict[str, str | int]:
    """Ask all questions of a form.

    Parameters
    ----------
    loop
        Shows the screens and reads the keyboard.
    style
        Colours and texts of all screens.
    step
        The form.

    Returns
    -------
    dict
        The answers by question id, without questions left empty.
    """
    answers: dict[str, str | int] = {}
    for question in step.questions:
        ask = _ask_choice if question.choices else _ask_text
        answer = ask(loop, style, step, question=question)
        if answer is not None:
            answers[question.id] = answer
    return answers


def _ask_choice(loop: DisplayLoop, style: Style, step: Form, *, question: Question) -> str | None:
    """Mark a choice with the arrow keys and ENTER, or take one by its number.

    At first, an optional question has no marked choice; ENTER then gives no answer.
    """
    count = len(question.choices)
    digits = [str(number + 1) for number in range(count)] if count <= 9 else []
    answer = AnswerField.initial(question)
    while True:
        key = loop.wait_for_key(
            step_screens.question(style, step, question, answer=answer), "up", "down", "return", *digits
        ).key
        if key in digits:
            return question.stored[int(key) - 1]
        if key == "return":
            return None if answer.chosen is None else question.stored[answer.chosen]
        if answer.chosen is None:
            chosen = 0 if key == "down" else count - 1
        else:
            chosen = (answer.chosen + (1 if key == "down" else -1)) % count
        answer = replace(answer, chosen=chosen)


def _ask_text(loop: DisplayLoop, style: Style, step: Form, *, question: Question) -> str | int | None:
    """Read a typed answer; ENTER takes it if it is valid."""
    answer = AnswerField()
    onset_s = loop.show_page(step_screens.question(style, step, question, answer=answer)).flip.time_s
    while True:
        for character in loop.keyboard.typed(since_s=onset_s):
            if character == "\n":
                value, message = parse_answer(question, answer.typed, style)
                if not message:
                    return value
                answer = replace(answer, message=message)
            elif character == "\b":
                answer = AnswerField(answer.typed[:-1])
            elif character.isprintable() and len(answer.typed) < LONGEST_ANSWER:
                answer = AnswerField(answer.typed + character)
        loop.show_page(step_screens.question(style, step, question, answer=answer))


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
