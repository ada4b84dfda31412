"""The session accepts the answers of simulated participants."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from experiment.protocol.plan import Break, Form, Page, Question
from experiment.screens import step_screens
from experiment.screens.step_screens import AnswerField
from experiment.screens.style import Style
from experiment.session.questionnaire import parse_answer
from experiment.simulation.screen_answers import answers
from tests.experiment.plans import make_plan


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    "question",
    [
        Question("age", "How old?", "integer", minimum=18, maximum=99),
        Question("born", "Born in?", "integer", minimum=1900, maximum=2010),
        Question("siblings", "How many?", "integer", maximum=3),
        Question("cups", "How many cups?", "integer"),
        Question("job", "What do you do?", "text"),
    ],
    ids=lambda question: question.id,
)
def test_typed_answers_are_accepted(question: Question, seed: int, tmp_path: Path) -> None:
    form = Form("form", "about", "About you", (question,))
    plan = make_plan(tmp_path, (form,))
    style = Style.of(plan)

    *typed, enter = answers(plan, np.random.default_rng(seed))[
        step_screens.question(style, form, question, answer=AnswerField())
    ]

    assert enter == "return"
    value, message = parse_answer(question, "".join(typed), style)
    assert message == ""
    assert value is not None


def test_every_page_is_left_by_its_own_key(tmp_path: Path) -> None:
    steps = (
        Page("one", "b", "", "Read this.", continue_key="return"),
        Break("two", "b", "Rest.", continue_key="c"),
        Page("three", "b", "", "This goes by itself.", duration_frames=60),
    )
    plan = make_plan(tmp_path, steps)
    style = Style.of(plan)

    keys = answers(plan, np.random.default_rng(0))

    assert keys[step_screens.pages(style, steps[0])[0]] == ("return",)
    assert keys[step_screens.rest(style, steps[1], seconds_left=0)] == ("c",)
    assert step_screens.rest(style, steps[1], seconds_left=3) not in keys
    assert step_screens.pages(style, steps[2])[0] not in keys


def test_of_many_choices_one_is_reached_with_the_arrows(tmp_path: Path) -> None:
    choices = tuple(f"country {number}" for number in range(12))
    question = Question("country", "Where?", "choice", choices=choices, values=choices)
    form = Form("form", "about", "", (question,))
    plan = make_plan(tmp_path, (form,))

    keys = answers(plan, np.random.default_rng(3))[
        step_screens.question(Style.of(plan), form, question, answer=AnswerField())
    ]

    assert keys[-1] == "return"
    assert set(keys[:-1]) <= {"down"}
    assert len(keys) <= 12
