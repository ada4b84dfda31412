"""Exercises and holds by time: keys that contradict each other."""

from __future__ import annotations

from collections.abc import Iterator

from experiment.protocol.checks.context import Context, Finding, check_length, time_of
from experiment.protocol.language.durations import Duration
from experiment.protocol.language.schema_models import ImitationBlock
from experiment.protocol.language.tree import Path_
from experiment.protocol.trials.exercises import FACTORS
from experiment.protocol.trials.trial_lists import Draft, drafts

_REPEATS = {
    "repetitions": "`exercise` has its own `repetitions`",
    "repeat_until": "`exercise` has its own number of repetitions",
    "rest": "`exercise` has its own `rest`, between the sets",
}


def check_exercises(context: Context) -> Iterator[Finding]:
    """Yield the problems of exercises and of holds by time."""
    for path, block in context.blocks(ImitationBlock):
        yield from _check_hold(context, block, path)
        if block.exercise is None:
            continue
        yield from check_length(context, block.exercise.rest, (*path, "exercise", "rest"), least=1)
        for key, reason in _REPEATS.items():
            if key in block.model_fields_set:
                yield Finding((*path, key), f"{reason}; leave `{key}` of the block out", key=True)
        taken = {factor for trial in _drafts(context, block) for factor in dict(trial.condition)}
        for factor in FACTORS:
            if factor in taken | set(context.content.groups):
                message = f"`exercise` makes a factor `{factor}`; give the factor of this study another name"
                yield Finding((*path, "exercise"), message, key=True)


def _drafts(context: Context, block: ImitationBlock) -> list[Draft]:
    return drafts(block, context.rows) if context.is_complete else []


def _check_hold(context: Context, block: ImitationBlock, path: Path_) -> Iterator[Finding]:
    """Yield the times that end a trial before the hold is over."""
    hold, rate = block.hold, context.content.display.refresh_rate
    if hold is None or hold.similarity is not None:
        return
    for name in ("target", "timeout"):
        limit, _ = time_of(context, path, block, name)
        if isinstance(limit, Duration) and limit.seconds(rate) < hold.time.seconds(rate):
            message = f"a hold of {hold.time} does not fit into the `{name}` of {limit}; make `{name}` longer"
            yield Finding((*path, "hold", "time"), message)
