"""Protocols with warnings are accepted; every warning is at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiment.feedback.training_texts import SCREEN_WORDS
from experiment.protocol.language.texts import TRAINING_LANGUAGES
from experiment.protocol.load import check_protocol
from tests.experiment.protocol.conftest import study
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


def test_only_a_long_text_on_a_page_with_a_duration_may_not_fit(folder: Path) -> None:
    """Other long texts are split into several pages."""
    words = "word " * 240
    pages = f"[{{text: {words}, duration: 5 s}}, {{text: {words}}}]"
    blocks = (
        f"  - {{name: a, kind: instructions, pages: {pages}}}\n  - {{name: b, kind: instructions, text: {words}}}\n"
        f"  - {{name: c, kind: instructions, text: {words}, duration: 5 s}}\n"
        "  - {name: main, kind: experiment, trials: [anger]}\n"
    )
    (folder / "study.yaml").write_text(study(blocks), encoding="utf-8")

    found = messages_by_line(check_protocol(folder / "study.yaml"), "warning")

    fitting = {line: [text for text in texts if "may not fit" in text] for (_, line), texts in found.items()}
    first = 3 + 6 + 1 + 1
    assert {line: len(texts) for line, texts in fitting.items() if texts} == {first: 1, first + 2: 1}
