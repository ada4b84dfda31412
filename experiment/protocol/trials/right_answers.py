"""The right answer to a question after a trial."""

from __future__ import annotations

from collections.abc import Mapping

from experiment.protocol.language.schema_models import TrialQuestionSection
from experiment.protocol.trials.trial_lists import Draft, template_fields


def right_answer(question: TrialQuestionSection, trial: Draft, expressions: Mapping[str, str]) -> str | None:
    """Return the right answer to a question in one trial; None if it has none.

    Parameters
    ----------
    question
        The question.
    trial
        The trial; names in braces are replaced by its target, its expression, or a factor.
    expressions
        Expression of every target.
    """
    template = question.right_answer
    if template is None:
        return None
    if not isinstance(template, str):
        return f"{template:.12g}"
    names = template_fields(template)
    return template.format_map({name: trial.property(name, expressions) for name in names})
