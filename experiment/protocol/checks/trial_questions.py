"""Questions after trials: their answers, keys and right answers."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from experiment.protocol.checks.context import Context, Finding, check_length, duplicates
from experiment.protocol.checks.trials import drafts_of
from experiment.protocol.language.problems import did_you_mean
from experiment.protocol.language.schema_models import TrialBlock, TrialQuestionSection
from experiment.protocol.language.tree import Path_
from experiment.protocol.trials.right_answers import right_answer
from experiment.protocol.trials.trial_lists import Draft, template_fields

MOST_CHOICES = 12
DIGITS = 9
"""Most answers that have a number key."""
SUFFIXES = ("response_time", "outcome", "given_by", "right_answer", "accuracy")
"""Ends of the names of the columns of a question, as in `experiment.record.answer_columns`."""
PARTICIPANTS = "participants"
"""Value of `counterbalance` that exchanges keys from one participant to the next."""
_BELONGS = {
    "choice": ("choices", "keys", "counterbalance"),
    "slider": ("minimum", "maximum", "step", "labels", "start", "show_value", "tolerance"),
    "text": ("longest",),
}
"""Keys that only one kind of question has."""
_NOT_IN = {"choice": ("required",), "text": ("mouse",), "slider": ()}


def check_trial_questions(context: Context) -> Iterator[Finding]:
    """Yield the problems of all questions after trials."""
    for name, question in context.content.questions.items():
        path: Path_ = ("questions", name)
        if name in context.content.ratings:
            message = f"`{name}` is a rating too; choose another name, so that a block can name one of them"
            yield Finding(path, message, key=True)
        yield from check_length(context, question.time_limit, (*path, "time_limit"), least=1)
        yield from _check_kind(question, path)
        if question.kind == "choice":
            yield from _check_choice(context, question, path)
        elif question.kind == "slider":
            yield from _check_slider(question, path)
    yield from _check_columns(context)
    for path, block in context.blocks(TrialBlock):
        yield from _check_names(context, block, path)
        yield from _check_right_answers(context, block, path)


def _check_columns(context: Context) -> Iterator[Finding]:
    """Yield names that are columns of another question: ``a_outcome`` next to ``a``."""
    for key in ("ratings", "questions"):
        names = list(getattr(context.content, key))
        for name in names:
            for suffix in SUFFIXES:
                if name.endswith(f"_{suffix}") and name.removesuffix(f"_{suffix}") in names:
                    message = f"`{name}` is a column that the program makes for `{name.removesuffix(f'_{suffix}')}`"
                    yield Finding((key, name), f"{message}; choose another name", key=True)


def _check_kind(question: TrialQuestionSection, path: Path_) -> Iterator[Finding]:
    """Yield the keys that belong to another kind of question."""
    written = question.model_fields_set
    for kind, names in _BELONGS.items():
        for name in names:
            if name in written and kind != question.kind:
                yield Finding((*path, name), f"`{name}` belongs to `kind: {kind}`", key=True)
    for name in _NOT_IN[question.kind]:
        if name in written:
            kinds = " and ".join(f"`{kind}`" for kind, names in _NOT_IN.items() if name not in names)
            yield Finding((*path, name), f"`{name}` belongs to the kinds {kinds}", key=True)


def _check_choice(context: Context, question: TrialQuestionSection, path: Path_) -> Iterator[Finding]:
    count = len(question.choices)
    if not 2 <= count <= MOST_CHOICES:
        message = f"a `choice` needs 2 to {MOST_CHOICES} `choices`, not {count}"
        yield Finding((*path, "choices") if count else path, message)
        return
    yield from duplicates([one.value for one in question.choices], (*path, "choices"), "value `{}` is here twice")
    if question.keys is not None and len(question.keys) != count:
        message = f"{count} choices need {count} `keys`, one for each, not {len(question.keys)}"
        yield Finding((*path, "keys"), message)
    elif question.keys is None and count > DIGITS:
        yield Finding(path, f"{count} choices need `keys`: there are {DIGITS} number keys", key=True)
    pause = context.content.keys.pause
    if pause in (question.keys or [str(number + 1) for number in range(count)]):
        where = (*path, "keys") if question.keys else path
        yield Finding(where, f"`{pause}` pauses the session; choose another key for the answer")
    by, groups = question.counterbalance, list(context.content.groups)
    if by is not None and by not in (PARTICIPANTS, *groups) and not context.lost("groups"):
        message = f"unknown value `{by}`{did_you_mean(by, [PARTICIPANTS, *groups])}"
        yield Finding((*path, "counterbalance"), message)


def _check_slider(question: TrialQuestionSection, path: Path_) -> Iterator[Finding]:
    low, high, step = (Decimal(f"{value:.12g}") for value in (question.minimum, question.maximum, question.step))
    if low >= high:
        name = "maximum" if "maximum" in question.model_fields_set else "minimum"
        yield Finding((*path, name), f"`maximum` ({high:g}) must be more than `minimum` ({low:g})")
    elif (high - low) % step:
        message = f"the line from {low:g} to {high:g} is not a whole number of steps of {step:g}"
        yield Finding((*path, "step") if "step" in question.model_fields_set else path, message)
    elif question.start is not None:
        start = Decimal(f"{question.start:.12g}")
        if not low <= start <= high or (start - low) % step:
            yield Finding(
                (*path, "start"), f"`start` must be a value of the line: {low:g}, {low + step:g}, ... {high:g}"
            )


def _check_names(context: Context, block: TrialBlock, path: Path_) -> Iterator[Finding]:
    known = [*context.question_names, *context.rating_names]
    for index, name in enumerate(block.questions):
        if name not in known:
            hint = did_you_mean(name, known) if known else "; define it in `questions:`"
            yield Finding((*path, "questions", index), f"unknown question `{name}`{hint}")
        elif name in (*block.ratings, *block.questions[:index]):
            message = f"`{name}` is asked twice after a trial; the data could not separate the answers"
            yield Finding((*path, "questions", index), message)


def _check_right_answers(context: Context, block: TrialBlock, path: Path_) -> Iterator[Finding]:
    """Yield the right answers that no participant can give."""
    trials = drafts_of(block, path, context)
    if trials is None or any(trial.target not in context.content.targets for trial in trials):
        return
    for name in block.questions:
        question = context.content.questions.get(name)
        if question is not None and question.right_answer is not None:
            message = _wrong_answer(context, question, trials)
            if message:
                yield Finding(("questions", name, "right_answer"), f"{message} (block `{block.name}`)")


def _wrong_answer(context: Context, question: TrialQuestionSection, trials: list[Draft]) -> str:
    """Return what is wrong with a right answer; empty if nothing is."""
    written = question.right_answer
    try:
        fields = template_fields(written) if isinstance(written, str) else []
    except ValueError as error:
        return f"`right_answer`: {error}"
    factors = sorted({factor for trial in trials for factor, _ in trial.condition})
    known = ["target", "expression", *factors]
    for field in fields:
        if field not in known:
            return f"the trials have no property `{field}`{did_you_mean(field, known)}"
    expressions = {name: target.expression or name for name, target in context.content.targets.items()}
    values = [choice.value for choice in question.choices]
    for trial in trials:
        right = right_answer(question, trial, expressions)
        if question.kind == "choice" and right not in values:
            return f"the right answer `{right}` is not among the choices{did_you_mean(str(right), values)}"
        if question.kind == "slider" and not _is_on_line(question, str(right)):
            return f"the right answer `{right}` is not a number from {question.minimum:g} to {question.maximum:g}"
    return ""


def _is_on_line(question: TrialQuestionSection, right: str) -> bool:
    try:
        return question.minimum <= float(right) <= question.maximum
    except ValueError:
        return False
