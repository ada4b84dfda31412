"""What is legal but unwise is told at its line, and the protocol is accepted all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiment.feedback.training_texts import SCREEN_WORDS
from experiment.protocol.language.texts import TRAINING_LANGUAGES
from experiment.protocol.load import check_protocol
from tests.experiment.protocol.corpus import ADVISED, Case, cases


@pytest.mark.parametrize("case", cases(ADVISED), ids=lambda case: case.title)
def test_an_unwise_protocol_is_accepted_and_warned_about_at_its_line(case: Case, folder: Path) -> None:
    file = folder / "study.yaml"
    file.write_text(case.text, encoding="utf-8")

    checked = check_protocol(file)

    assert checked.protocol is not None, checked.problems
    assert {problem.severity for problem in checked.problems} == {"warning"}
    told: dict[tuple[str, int], list[str]] = {}
    for problem in checked.problems:
        told.setdefault((problem.place.file.name, problem.place.line), []).append(problem.message)
    assert set(told) == set(case.expected), told
    for place, words in case.expected.items():
        for word in words:
            assert any(word in message for message in told[place]), told[place]


def test_the_languages_of_live_feedback_are_those_that_are_named() -> None:
    assert set(TRAINING_LANGUAGES) == set(SCREEN_WORDS)
