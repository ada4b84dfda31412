"""The keys with which a simulated participant answers screens."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from experiment.protocol.plan import (
    Break,
    Calibration,
    ChoiceQuestion,
    Consent,
    Form,
    Page,
    Question,
    Rating,
    SessionPlan,
    SliderQuestion,
    TextQuestion,
    Trial,
    TrialQuestion,
)
from experiment.screens import step_screens
from experiment.screens.question_screens import question_screen
from experiment.screens.screen import Screen
from experiment.screens.step_screens import AnswerField
from experiment.screens.style import Style
from experiment.session.trial_questions import LARGE_STEPS

READ_S = 0.9
"""From a page to the key that continues."""
DECIDE_S = 0.6
"""From a question to its answer."""
TYPE_S = 0.08
"""From one character to the next."""
KNOWS = 0.7
"""Share of the questions to which the participant knows the right answer; all other choices are random."""
_YOUNGEST, _OLDEST = 18, 35


def answers(plan: SessionPlan, rng: np.random.Generator) -> dict[Screen, tuple[str, ...]]:
    """Return the keys that answer every screen of a session.

    Targets and questions after trials are not included: their answers differ from time to time.
    """
    style = Style.of(plan)
    found: dict[Screen, tuple[str, ...]] = {}
    for step in plan.steps:
        found |= dict(_of_step(style, step, rng))
    return found


def _of_step(style: Style, step: object, rng: np.random.Generator) -> Iterator[tuple[Screen, tuple[str, ...]]]:
    match step:
        case Page() if step.duration_frames is None:
            yield from ((screen, (step.continue_key,)) for screen in step_screens.pages(style, step))
        case Break():
            yield step_screens.rest(style, step, seconds_left=0), (step.continue_key,)
        case Consent():
            yield from ((screen, ("space",)) for screen in step_screens.consent_pages(style, step))
            yield from ((step_screens.clause(style, step, one), style.yes_keys[:1]) for one in step.clauses)
        case Form():
            for question in step.questions:
                first = AnswerField.initial(question)
                yield step_screens.question(style, step, question, answer=first), _reply(question, rng)
        case Calibration():
            yield step_screens.calibration_page(style, step), (step.start_key,)


def questions_after_trials(plan: SessionPlan) -> dict[Screen, str]:
    """Return the screen of every question after a trial, with the id of the question."""
    style = Style.of(plan)
    trials = (step for step in plan.steps if isinstance(step, Trial))
    return {question_screen(style, asked): asked.id for trial in trials for asked in trial.asked}


def answer_after_trial(asked: TrialQuestion, rng: np.random.Generator) -> tuple[str, ...]:
    """Return the keys that answer a question after a trial.

    Most choices are right, where one is.

    Parameters
    ----------
    asked
        The question of the trial.
    rng
        Source of random numbers.
    """
    match asked:
        case Rating():
            return (str(int(rng.integers(len(asked.labels))) + 1),)
        case ChoiceQuestion():
            chosen = int(rng.integers(len(asked.values)))
            if asked.right_answer is not None and rng.random() < KNOWS:
                chosen = asked.values.index(asked.right_answer)
            return (asked.keys[chosen],)
        case SliderQuestion():
            middle = asked.steps // 2 if asked.start is None else round((asked.start - asked.minimum) / asked.step)
            moves = int(rng.integers(asked.steps + 1)) - middle
            large = max(1, asked.steps // LARGE_STEPS)
            first = ("right",) if asked.start is None else ()
            return (*first, *_moves(moves, large), "return")
        case TextQuestion():
            return (*(asked.right_answer or "simulated").lower(), "return")


def _moves(steps: int, large: int) -> tuple[str, ...]:
    """Return the arrow keys that move a marker by some steps."""
    far, near = ("up", "right") if steps > 0 else ("down", "left")
    return (*(far,) * (abs(steps) // large), *((near,) * (abs(steps) % large) if large > 1 else ()))


def _reply(question: Question, rng: np.random.Generator) -> tuple[str, ...]:
    """Return the keys that answer a question of a form."""
    if question.choices:
        chosen = int(rng.integers(len(question.choices)))
        if len(question.choices) <= 9:
            return (str(chosen + 1),)
        return (*("down",) * (chosen + (not question.required)), "return")
    if question.kind == "integer":
        low, high = _range(question.minimum, question.maximum)
        return (*str(int(rng.integers(low, high + 1))), "return")
    return (*"simulated", "return")


def _range(minimum: int | None, maximum: int | None) -> tuple[int, int]:
    """Return the allowed range within the ages of a usual study, or the allowed range."""
    low = max(_YOUNGEST, minimum) if minimum is not None else _YOUNGEST
    high = min(_OLDEST, maximum) if maximum is not None else _OLDEST
    if low <= high:
        return low, high
    if minimum is not None and maximum is not None:
        return minimum, maximum
    return (minimum, minimum) if minimum is not None else (high, high)
