"""Exercises and holds by time: keys that contradict each other."""

from __future__ import annotations

from collections.abc import Iterator

from experiment.protocol.checks.context import Context, Finding, check_length, time_of
from experiment.protocol.checks.trials import target_names
from experiment.protocol.language.durations import Duration
from experiment.protocol.language.schema_models import ImitationBlock
from experiment.protocol.language.tree import Path_
from experiment.protocol.plan import TONE_S, TONES_AFTER_S
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
        if block.exercise.tones:
            yield from _check_tones(context, block, path)
        taken = {factor for trial in _drafts(context, block) for factor in dict(trial.condition)}
        for factor in FACTORS:
            if factor in taken | set(context.content.groups):
                message = f"`exercise` makes a factor `{factor}`; give the factor of this study another name"
                yield Finding((*path, "exercise"), message, key=True)


def _check_tones(context: Context, block: ImitationBlock, path: Path_) -> Iterator[Finding]:
    """Yield what prevents the tones of a hold."""
    where, rate = (*path, "exercise", "tones"), context.content.display.refresh_rate
    if block.hold is None or block.hold.similarity is not None:
        message = "`tones` mark a hold by time; give the block `hold: {time: 5 s}`, or leave `tones` out"
        yield Finding(where, message, key=True)
    elif block.hold.time.seconds(rate) < 2 * TONE_S:
        yield Finding(where, f"the tones need a hold of at least {2 * TONE_S:g} s; make `time` longer", key=True)
    own = block.timing.inter_trial if block.timing is not None else None
    between = own or context.content.timing.inter_trial
    if between.shortest.seconds(rate) < TONES_AFTER_S:
        message = (
            f"the last tone is heard after the target; make `inter_trial` {TONES_AFTER_S:g} s or longer, or leave "
            "`tones` out"
        )
        yield Finding(where, message, key=True)
    for name in sorted(target_names(block, context)):
        target = context.content.targets.get(name)
        if target is not None and target.sound is not False:
            message = f"target `{name}` has sound, and one sound is played at a time; leave `tones` or its `sound` out"
            yield Finding(where, message, key=True)


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
