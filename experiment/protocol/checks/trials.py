"""Blocks of trials: their source, their order, conflicting keys."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from experiment.protocol.checks.context import Context, Finding, duplicates
from experiment.protocol.language.problems import Place, did_you_mean
from experiment.protocol.language.schema_models import ImitationBlock, TrialBlock, TrialItem
from experiment.protocol.language.tree import Path_
from experiment.protocol.trials.block_order import OrderSeed, order_trials
from experiment.protocol.trials.randomisation import OrderImpossibleError
from experiment.protocol.trials.trial_lists import (
    MOST_TRIALS,
    SET,
    Draft,
    TableError,
    combinations,
    drafts,
    template_fields,
)

MOST_WILLIAMS_TRIALS = 24


def check_trials(context: Context) -> Iterator[Finding]:
    """Yield the problems of all blocks of trials."""
    for path, block in context.blocks(TrialBlock):
        known = context.rating_names
        for index, name in enumerate(block.ratings):
            if name not in known:
                hint = did_you_mean(name, known) if known else "; define it in `ratings:`"
                yield Finding((*path, "ratings", index), f"unknown rating `{name}`{hint}")
        yield from _check_order_keys(block, path)
        if isinstance(block, ImitationBlock):
            yield from _check_repetition_keys(block, path)
            yield from _check_feedback_keys(block, path)
        yield from _check_source(context, block, path)
        trials = drafts_of(block, path, context)
        if trials is not None:
            yield from _check_order(context, block, path, trials)


def drafts_of(block: TrialBlock, path: Path_, context: Context) -> list[Draft] | None:
    """Return the trials of one repetition of a block; None after an error.

    Parameters
    ----------
    block
        The block.
    path
        Its path.
    context
        The protocol.
    """
    if any(finding.severity == "error" for finding in _check_source(context, block, path)):
        return None
    return drafts(block, context.rows)


def target_names(block: TrialBlock, context: Context) -> set[str]:
    """Return the targets that the trials of a block name."""
    trials = block.trials
    if len(_sources(block)) != 1:
        return set()
    if trials.cross is not None and not _has_known_fields(trials.target, trials.cross):
        return set()
    if trials.sets is not None:
        return {item.target for items in trials.sets.values() for item in items}
    return {trial.target for trial in drafts(block, context.rows)}


def _sources(block: TrialBlock) -> list[str]:
    """Return the names of the sources that a block has: exactly one is correct."""
    trials = block.trials
    sources = {"list": trials.list_, "cross": trials.cross, "file": trials.file, "sets": trials.sets}
    return [name for name, value in sources.items() if value]


def _has_known_fields(template: str | None, cross: Mapping[str, Sequence[str]]) -> bool:
    try:
        return template is not None and set(template_fields(template)) <= set(cross)
    except ValueError:
        return False


# ----------------------------------------------------------------------- combinations of keys


def _check_order_keys(block: TrialBlock, path: Path_) -> Iterator[Finding]:
    order = block.order
    if order.kind != "random":
        for name in ("max_in_a_row", "shuffle", "same_for_everyone"):
            if name in order.model_fields_set:
                message = f"`{name}` needs `kind: random`, not `{order.kind}`"
                yield Finding((*path, "order", name), message, key=True)
    elif order.shuffle == "each-repetition" and block.repetitions == 1:
        message = "`each-repetition` has no effect: the block has one repetition"
        yield Finding((*path, "order", "shuffle"), message, "warning")


def _check_repetition_keys(block: ImitationBlock, path: Path_) -> Iterator[Finding]:
    if block.repeat_until is None:
        return
    if block.kind == "experiment":
        message = "an experiment block cannot be repeated; use `kind: practice` or `kind: training`"
        yield Finding((*path, "repeat_until"), message, key=True)
    if block.one_block_per_target:
        message = "a block that is repeated cannot be split into one block for each target"
        yield Finding((*path, "one_block_per_target"), message, key=True)
    if block.rest is not None:
        yield Finding((*path, "rest"), "a block that is repeated cannot have rests within it", key=True)
    if block.repeat_until.similarity is not None and not block.feedback:
        message = "a criterion of similarity needs live measurement: add `feedback: true`"
        yield Finding((*path, "repeat_until", "similarity"), message, key=True)


def _check_feedback_keys(block: ImitationBlock, path: Path_) -> Iterator[Finding]:
    if block.hold is not None and block.hold.similarity is not None and not block.feedback:
        message = "`hold` with `similarity` needs live measurement: add `feedback: true`"
        yield Finding((*path, "hold"), message, key=True, about_missing=True)
    if block.feedback and block.kind == "experiment":
        message = "feedback changes what the participants do; experiment blocks are usually without it"
        yield Finding((*path, "feedback"), message, "warning", key=True)


# ----------------------------------------------------------------------- source of the trials


def _check_source(context: Context, block: TrialBlock, path: Path_) -> Iterator[Finding]:
    trials, where = block.trials, (*path, "trials")
    sources = _sources(block)
    if len(sources) != 1:
        what = f"both `{sources[0]}` and `{sources[1]}`; keep one" if sources else "none of them; write one"
        message = f"trials come from a list, from `cross`, from `file` or from `sets`: this block has {what}"
        yield Finding(where, message, key=True)
        return
    if trials.target is not None and trials.cross is None:
        yield Finding((*where, "target"), "`target` belongs to `cross`", key=True)
    if trials.list_ is not None:
        yield from _check_list(context, block, trials.list_, where)
    elif trials.cross is not None:
        yield from _check_crossing(context, block, trials.cross, where)
    elif trials.sets is not None:
        yield from _check_target_sets(context, block, trials.sets, where)
    else:
        yield from _check_table(context, block, where)


def _check_list(context: Context, block: TrialBlock, items: Sequence[TrialItem], where: Path_) -> Iterator[Finding]:
    factors = {key for item in items for key in item.condition}
    for index, item in enumerate(items):
        yield from _check_target(context, item.target, (*where, "list", index, "target"))
        if item.condition and (missing := sorted(factors - set(item.condition))):
            message = f"this trial has no value for {', '.join(missing)}; other trials of the block have one"
            yield Finding((*where, "list", index, "condition"), message, "warning")
    yield from _check_factors(context, block, factors, where)


def _check_target_sets(
    context: Context, block: TrialBlock, sets: Mapping[str, Sequence[TrialItem]], where: Path_
) -> Iterator[Finding]:
    factors = {key for items in sets.values() for item in items for key in item.condition} | {SET}
    for name, items in sets.items():
        for index, item in enumerate(items):
            yield from _check_target(context, item.target, (*where, "sets", name, index, "target"))
    yield from _check_factors(context, block, factors, where)


def _check_crossing(
    context: Context, block: TrialBlock, cross: Mapping[str, Sequence[str]], where: Path_
) -> Iterator[Finding]:
    template = block.trials.target
    if template is None:
        message = "`cross` needs `target`, the name of the target made of factors: '{" + next(iter(cross)) + "}'"
        yield Finding((*where, "cross"), message, key=True, about_missing=True)
        return
    for factor, levels in cross.items():
        if not levels:
            yield Finding((*where, "cross", factor), f"factor `{factor}` has no levels", key=True)
        yield from duplicates(levels, (*where, "cross", factor), "level `{}` is here twice")
    try:
        fields = template_fields(template)
    except ValueError as error:
        yield Finding((*where, "target"), f"`target`: {error}")
        return
    for name in fields:
        if name not in cross:
            yield Finding((*where, "target"), f"unknown factor `{name}`{did_you_mean(name, list(cross))}")
    if set(fields) <= set(cross):
        for target in dict.fromkeys(template.format_map(levels) for levels in combinations(cross)):
            yield from _check_target(context, target, (*where, "target"))
    yield from _check_factors(context, block, set(cross), (*where, "cross"))


def _check_table(context: Context, block: TrialBlock, where: Path_) -> Iterator[Finding]:
    file = block.trials.file
    assert file is not None
    table = context.tables[file]
    if isinstance(table, TableError):
        yield Finding(where, str(table), place=Place(file, table.line, 1), line_text=table.text)
        return
    for row in table:
        for finding in _check_target(context, row.values["target"], where):
            text = ",".join(row.values.values())
            yield Finding(where, finding.message, place=Place(file, row.line, 1), line_text=text)
    yield from _check_factors(context, block, set(table[0].values) - {"target"}, (*where, "file"))


def _check_target(context: Context, name: str, path: Path_) -> Iterator[Finding]:
    known = context.target_names
    if known and name not in known:
        wide = next((sign for sign in "，、；" if sign in name), None)
        usual = re.sub("[\u00a0\u202f\u3000\u200b]", " ", name).strip().strip("“”„‘’«»")
        if usual != name and usual in known:
            what = "spaces or quotation marks that are not the usual ones"
            yield Finding(path, f"this name of a target has {what}; type it again: `{usual}`")
            return
        if wide is not None:
            parts = ", ".join(part.strip() for part in re.split("[，、；]", name))
            yield Finding(path, f"`{name}` has a full-width comma ({wide}); write `,` between the targets: {parts}")
            return
        yield Finding(path, f"unknown target `{name}`{did_you_mean(name, known)}")


def _check_factors(context: Context, block: TrialBlock, factors: set[str], path: Path_) -> Iterator[Finding]:
    for factor in sorted(factors & set(context.content.groups)):
        yield Finding(path, f"`{factor}` is a factor of the trials and of the groups; rename one")
    known = ["target", "expression", *sorted(factors)]
    for name in block.order.max_in_a_row:
        if name not in known:
            message = f"the trials have no property `{name}`{did_you_mean(name, known)}"
            yield Finding((*path[:2], "order", "max_in_a_row", name), message, key=True)


# ----------------------------------------------------------------------- order of the trials


def _check_order(context: Context, block: TrialBlock, path: Path_, trials: Sequence[Draft]) -> Iterator[Finding]:
    rounds = block.repeat_until.at_most if isinstance(block, ImitationBlock) and block.repeat_until else 1
    exercise = block.exercise if isinstance(block, ImitationBlock) else None
    total = len(trials) * block.repetitions * rounds
    if exercise is not None:
        total *= exercise.sets * exercise.repetitions
    if total > MOST_TRIALS:
        yield Finding((*path, "trials"), f"these are {total} trials, more than {MOST_TRIALS}", key=True)
        return
    if any(trial.target not in context.content.targets for trial in trials):
        return  # the target was removed because of an error
    if block.order.kind == "williams":
        yield from _check_williams(block, path, trials)
    if block.order.max_in_a_row:
        expressions = {name: target.expression or name for name, target in context.content.targets.items()}
        seed = OrderSeed(context.content.seed, participant="check", session="", round=1)
        try:
            order_trials(block, trials, expressions=expressions, seed=seed, rank=0)
        except OrderImpossibleError as error:
            yield Finding((*path, "order", "max_in_a_row"), str(error), key=True)


def _check_williams(block: TrialBlock, path: Path_, trials: Sequence[Draft]) -> Iterator[Finding]:
    count = len({trial.target for trial in trials}) if block.one_block_per_target else len(trials)
    if count < 2:
        yield Finding((*path, "order"), "`williams` balances the order of two or more trials; here is one")
    if not block.one_block_per_target and len(set(trials)) < len(trials):
        message = "`williams` needs trials that differ; use `repetitions` of the block to repeat them"
        yield Finding((*path, "order"), message)
    if count > MOST_WILLIAMS_TRIALS:
        rows = count * (1 + count % 2)
        yield Finding((*path, "order"), f"balance is only complete after {rows} participants", "warning")
