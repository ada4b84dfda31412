"""Sentences between the steps of a session.

Where it continues after an interruption, why a part is repeated, and the result of a training.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from experiment.protocol.plan import Break, Calibration, Consent, Criterion, Form, Page, SessionPlan, Step, Trial
from experiment.protocol.trials.criterion import Outcome
from experiment.screens.style import Style

MOST_FACES = 12
"""Largest number of faces whose results are shown one by one."""
NO_RESULT = "–"
"""Text for a face without a result: all its trials timed out."""


def resume_sentence(style: Style, plan: SessionPlan, step: Step | None, *, has_open_questions: bool) -> str:
    """Return the sentence that says where a session continues.

    Parameters
    ----------
    style
        Has the texts in the participant's language.
    plan
        The plan of the session.
    step
        The first step that is not finished; None if all are.
    has_open_questions
        Whether questions about the last face come before it.
    """
    if has_open_questions:
        return style.text("resume-questions")
    match step:
        case Trial() if step.round > 1:
            return style.text("resume-repeat")
        case Trial():
            faces = [one.id for one in plan.steps if isinstance(one, Trial) and one.round == 1]
            return style.text("resume-trial", number=faces.index(step.id) + 1, total=len(faces))
        case Page():
            return style.text("resume-page")
        case Consent():
            return style.text("resume-consent")
        case Form():
            return style.text("resume-form")
        case Calibration():
            return style.text("resume-calibration")
        case Break():
            return style.text("resume-break")
        case None:
            return style.text("resume-end")


def notice_after(
    style: Style, plan: SessionPlan, trial: Trial, following: Step | None, *, outcomes: Mapping[str, Outcome]
) -> str:
    """Return the sentence between a trial and the step after it; empty for none.

    Parameters
    ----------
    style
        Has the texts in the participant's language.
    plan
        The plan of the session.
    trial
        The trial that is over.
    following
        The step that comes next; None at the end of the session.
    outcomes
        Outcomes of all trials so far, by trial id.
    """
    is_last = following is None or following.block != trial.block
    is_repeated = isinstance(following, Trial) and not is_last and following.round > trial.round
    if not is_last and not is_repeated:
        return ""
    of_round = [
        outcomes.get(step.id, Outcome(answered=False))
        for step in plan.steps
        if isinstance(step, Trial) and (step.block, step.round) == (trial.block, trial.round)
    ]
    criterion = plan.criteria.get(trial.block)
    shows_result = trial.feedback is not None and trial.feedback.gauge
    if is_repeated and criterion is not None:
        return _reason(style, criterion, of_round, shows_result=shows_result)
    if is_last and trial.kind == "training" and shows_result:
        return _result(style, criterion, of_round)
    return ""


def face_results(plan: SessionPlan, trial: Trial, *, outcomes: Mapping[str, Outcome]) -> tuple[tuple[Path, str], ...]:
    """Return each face of a round with its similarity.

    Nothing for trials without a gauge, and for more than `MOST_FACES` faces.

    Parameters
    ----------
    plan
        The plan of the session.
    trial
        The last trial of the round.
    outcomes
        Outcomes of all trials so far, by trial id.
    """
    if trial.kind != "training" or trial.feedback is None or not trial.feedback.gauge:
        return ()
    found: dict[str, tuple[Path, list[float]]] = {}
    for step in plan.steps:
        if isinstance(step, Trial) and (step.block, step.round) == (trial.block, trial.round):
            _, similarities = found.setdefault(step.target.name, (step.target.image, []))
            similarity = outcomes.get(step.id, Outcome(answered=False)).similarity
            if similarity is not None:
                similarities.append(similarity)
    if len(found) > MOST_FACES:
        return ()
    return tuple(
        (picture, str(_percent(sum(similarities) / len(similarities))) if similarities else NO_RESULT)
        for picture, similarities in found.values()
    )


def _reason(style: Style, criterion: Criterion, outcomes: Sequence[Outcome], *, shows_result: bool) -> str:
    """Return why a round is not enough."""
    answered = sum(outcome.answered for outcome in outcomes)
    if answered / len(outcomes) < criterion.answered - 1e-9:
        return style.text("again-answered", answered=answered, total=len(outcomes))
    if criterion.similarity is not None and shows_result:
        numbers = {
            "similarity": _percent_below(outcomes, criterion.similarity),
            "needed": _percent(criterion.similarity),
        }
        return style.text("again-similarity", **numbers)
    return style.text("again")


def _result(style: Style, criterion: Criterion | None, outcomes: Sequence[Outcome]) -> str:
    """Return the mean similarity of the last round; empty if nothing was measured."""
    if all(outcome.similarity is None for outcome in outcomes):
        return ""
    if criterion is None or criterion.similarity is None:
        return style.text("result", similarity=_percent(_mean(outcomes)))
    needed = _percent(criterion.similarity)
    if _mean(outcomes) >= criterion.similarity:
        return style.text("result-passed", similarity=_percent(_mean(outcomes)), needed=needed)
    return style.text("result-ended", similarity=_percent_below(outcomes, criterion.similarity), needed=needed)


def _mean(outcomes: Sequence[Outcome]) -> float:
    return sum(outcome.similarity or 0.0 for outcome in outcomes) / len(outcomes)


def _percent(similarity: float) -> int:
    """Return a similarity as the whole number that the gauge shows."""
    return round(100 * max(similarity, 0.0))


def _percent_below(outcomes: Sequence[Outcome], needed: float) -> int:
    """Return a mean that is not enough as a whole number below the needed one."""
    return min(_percent(_mean(outcomes)), _percent(needed) - 1)
