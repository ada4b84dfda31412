"""Questions on the screen: consent, clause by clause, and forms, question by question."""

from __future__ import annotations

from dataclasses import replace

from experiment.protocol.plan import Clause, Consent, Form, Question
from experiment.screens import step_screens
from experiment.screens.screen import Screen
from experiment.screens.step_screens import Answer, Look
from experiment.session.display_loop import Stage

LONGEST_ANSWER = 200


class ConsentDeclined(Exception):
    """A clause that is required was not agreed to."""


def ask_consent(stage: Stage, look: Look, step: Consent) -> dict[str, bool]:
    """Show the information, then ask clause by clause.

    Raises
    ------
    ConsentDeclined
        If a required clause was refused twice.
    """
    stage.wait_for_key(step_screens.consent_text(look, step), "space", "return")
    return {clause.id: _agrees(stage, look, step, clause) for clause in step.clauses}


def _agrees(stage: Stage, look: Look, step: Consent, clause: Clause) -> bool:
    agrees = says_yes(stage, look, step_screens.clause(look, step, clause))
    if not agrees and clause.required:
        agrees = says_yes(stage, look, step_screens.clause(look, step, clause, refused=True))
        if not agrees:
            raise ConsentDeclined(clause.id)
    return agrees


def says_yes(stage: Stage, look: Look, screen: Screen) -> bool:
    """Show a question until it is answered by one of the keys that say yes or no in the participant's language."""
    press = stage.wait_for_key(screen, *look.yes_keys, *look.no_keys)
    assert press is not None
    return press.key in look.yes_keys


def ask_form(stage: Stage, look: Look, step: Form) -> dict[str, str | int]:
    """Ask question by question; questions left empty are not in the answers."""
    answers: dict[str, str | int] = {}
    for question in step.questions:
        answer = _choose(stage, look, step, question) if question.choices else _type(stage, look, step, question)
        if answer is not None:
            answers[question.id] = answer
    return answers


def _choose(stage: Stage, look: Look, step: Form, question: Question) -> str | None:
    """Let one choice be marked with the arrows or taken by its number; ENTER takes the marked one.

    Nothing is marked at first where no answer is needed, and ENTER then gives none.
    """
    count = len(question.choices)
    digits = [str(number + 1) for number in range(count)] if count <= 9 else []
    answer = Answer.at_first(question)
    while True:
        press = stage.wait_for_key(step_screens.question(look, step, question, answer), "up", "down", "return", *digits)
        assert press is not None
        if press.key in digits:
            return question.stored[int(press.key) - 1]
        if press.key == "return":
            return None if answer.chosen is None else question.stored[answer.chosen]
        if answer.chosen is None:
            answer = replace(answer, chosen=0 if press.key == "down" else count - 1)
        else:
            answer = replace(answer, chosen=(answer.chosen + (1 if press.key == "down" else -1)) % count)


def _type(stage: Stage, look: Look, step: Form, question: Question) -> str | int | None:
    """Let an answer be typed; ENTER takes it if it is one."""
    answer = Answer()
    stage.keyboard.clear()
    while True:
        stage.show_page(step_screens.question(look, step, question, answer))
        for character in stage.keyboard.typed():
            if character == "\n":
                value, complaint = parse_answer(question, answer.typed, look)
                if not complaint:
                    return value
                answer = replace(answer, complaint=complaint)
            elif character == "\b":
                answer = Answer(answer.typed[:-1])
            elif character.isprintable() and len(answer.typed) < LONGEST_ANSWER:
                answer = Answer(answer.typed + character)


def parse_answer(question: Question, typed: str, look: Look) -> tuple[str | int | None, str]:
    """Return what was typed as the answer to a question, and what is wrong with it (empty: nothing).

    An empty answer to a question that needs none is None.
    """
    text = typed.strip()
    if not text:
        return None, look.say("answer-needed") if question.required else ""
    if question.kind != "integer":
        return text, ""
    low, high = question.minimum, question.maximum
    try:
        number = int(text)
    except ValueError:
        return None, _range_complaint(low, high, look)
    if (low is not None and number < low) or (high is not None and number > high):
        return None, _range_complaint(low, high, look)
    return number, ""


def _range_complaint(low: int | None, high: int | None, look: Look) -> str:
    return look.say("number-range", minimum="…" if low is None else low, maximum="…" if high is None else high)
