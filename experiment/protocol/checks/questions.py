"""Ratings, forms and consents."""

from __future__ import annotations

from collections.abc import Iterator

from experiment.protocol.checks.context import Context, Finding, check_length, duplicates
from experiment.protocol.language.schema_models import ConsentBlock, FormBlock, QuestionItem, RatingSection
from experiment.protocol.language.tree import Path_

SAME_COLUMN = "{what} `{{}}` is here twice; the data could not separate the answers"
MOST_CHOICES = 9
PARTICIPANT_COLUMN = "participant_id"


def check_questions(context: Context) -> Iterator[Finding]:
    """Yield the problems of ratings, forms and consents."""
    for name, rating in context.content.ratings.items():
        yield from _check_rating(context, name, rating)
    for path, form in context.blocks(FormBlock):
        ids = [question.id for question in form.questions]
        yield from duplicates(ids, (*path, "questions"), SAME_COLUMN.format(what="question"))
        for index, question in enumerate(form.questions):
            yield from _check_question(question, (*path, "questions", index))
    for path, consent in context.blocks(ConsentBlock):
        ids = [clause.id for clause in consent.clauses]
        yield from duplicates(ids, (*path, "clauses"), SAME_COLUMN.format(what="clause"))
    yield from _check_columns(context)


def _check_rating(context: Context, name: str, rating: RatingSection) -> Iterator[Finding]:
    path: Path_ = ("ratings", name)
    yield from check_length(context, rating.time_limit, (*path, "time_limit"), least=1)
    ends = {"low": rating.low, "high": rating.high}
    if (rating.labels is None) == (rating.points is None):
        yield Finding(path, f"rating `{name}` needs either `labels` or `points`", key=True)
    elif rating.points is not None:
        missing = next((end for end, label in ends.items() if label is None), None)
        if missing:
            message = f"rating `{name}` needs `{missing}`: with `points`, both ends have a label"
            yield Finding(path, message, key=True)
    else:
        extra = next((end for end, label in ends.items() if label is not None), None)
        if extra:
            message = f"`{extra}` belongs to `points`; with `labels`, every point has its own label"
            yield Finding((*path, extra), message, key=True)


def _check_columns(context: Context) -> Iterator[Finding]:
    """Yield the questions whose answers would overwrite a column of participants.tsv."""
    strata = context.content.allocation.strata if context.content.allocation is not None else {}
    groups = (f"group_{factor}".lower() for factor in context.content.groups)
    reserved = {PARTICIPANT_COLUMN, *groups, *(f"stratum_{name}".lower() for name in strata)}
    earlier: list[tuple[str, FormBlock]] = []
    for path, form in context.blocks(FormBlock):
        for index, question in enumerate(form.questions):
            where, name = (*path, "questions", index, "id"), question.id.lower()
            if not question.demographic:
                continue
            if name in reserved:
                message = f"`{question.id}` is a column of the program in participants.tsv; choose another id"
                yield Finding(where, message)
            same = next((other for other_name, other in earlier if other_name == name), None)
            if same is not None and same is not form and _meet(same, form):
                message = (
                    f"question `{question.id}` is in block `{same.name}` too: participants.tsv has one column for it; "
                    "choose another id, or `demographic: false`"
                )
                yield Finding(where, message)
            earlier.append((name, form))


def _meet(first: FormBlock, second: FormBlock) -> bool:
    """Return whether one participant sees both forms in one session."""
    if first.sessions is not None and second.sessions is not None and not set(first.sessions) & set(second.sessions):
        return False
    factors = first.only_for.keys() & second.only_for.keys()
    return all(set(first.only_for[factor]) & set(second.only_for[factor]) for factor in factors)


def _check_question(question: QuestionItem, path: Path_) -> Iterator[Finding]:
    count = len(question.choices)
    if question.kind == "choice":
        if not 2 <= count <= MOST_CHOICES:
            message = f"a `choice` needs 2 to {MOST_CHOICES} `choices` (one number key each), not {count}"
            yield Finding((*path, "choices") if count else path, message)
        values = [choice.value for choice in question.choices]
        yield from duplicates(values, (*path, "choices"), SAME_COLUMN.format(what="choice"))
    elif count:
        yield Finding((*path, "choices"), "`choices` belong to `kind: choice`", key=True)
    if question.kind != "integer":
        for name in ("minimum", "maximum"):
            if getattr(question, name) is not None:
                yield Finding((*path, name), f"`{name}` belongs to `kind: integer`", key=True)
    elif question.minimum is not None and question.maximum is not None and question.minimum > question.maximum:
        yield Finding((*path, "maximum"), f"`maximum` is smaller than `minimum` ({question.minimum})")
