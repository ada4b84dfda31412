"""Protocols with warnings are accepted; every warning is at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiment.feedback.training_texts import SCREEN_WORDS
from experiment.protocol.language.texts import TRAINING_LANGUAGES
from experiment.protocol.load import check_protocol
from tests.experiment.protocol.corpus import WARNINGS, Case, cases, messages_by_line


@pytest.mark.parametrize("case", cases(WARNINGS), ids=lambda case: case.title)
def test_a_protocol_with_warnings_is_accepted_and_each_warning_is_at_its_line(case: Case, folder: Path) -> None:
    file = folder / "study.yaml"
    file.write_text(case.text, encoding="utf-8")

    checked = check_protocol(file)

    assert checked.protocol is not None, checked.problems
    assert {problem.severity for problem in checked.problems} == {"warning"}
    found = messages_by_line(checked, "warning")
    assert set(found) == set(case.expected), found
    for place, words in case.expected.items():
        for word in words:
            assert any(word in message for message in found[place]), found[place]


def test_the_languages_of_live_feedback_are_those_that_have_texts() -> None:
    assert set(TRAINING_LANGUAGES) == set(SCREEN_WORDS)
