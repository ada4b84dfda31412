"""Sessions, groups, and the sequence of blocks."""

from __future__ import annotations

from collections.abc import Iterator

from experiment.protocol.checks.context import Context, Finding, duplicates
from experiment.protocol.checks.trials import drafts_of
from experiment.protocol.language.problems import did_you_mean
from experiment.protocol.language.schema_models import BlockPart, CalibrationBlock, TrialBlock
from experiment.protocol.language.tree import Path_

FEWEST_CALIBRATION_FRAMES = 5


def check_sequence(context: Context) -> Iterator[Finding]:
    """Yield the problems of sessions, groups, names and sequence of the blocks."""
    yield from duplicates(context.content.sessions or [], ("sessions",), "session `{}` is here twice")
    for factor, levels in context.content.groups.items():
        if len(levels) < 2:
            message = f"`{factor}` has only one level: every participant would be in the same group"
            yield Finding(("groups", factor), message)
    for index, block in enumerate(context.content.blocks):
        yield from _check_membership(context, block, ("blocks", index))
    yield from _check_block_names(context)
    for path, calibration in context.blocks(CalibrationBlock):
        if calibration.frames < FEWEST_CALIBRATION_FRAMES:
            message = f"{calibration.frames} frames give an unstable baseline; use {FEWEST_CALIBRATION_FRAMES} or more"
            yield Finding((*path, "frames"), message, "warning")
    if context.is_complete:
        yield from _check_order_of_blocks(context)
        yield from _check_practice(context)


def _check_membership(context: Context, block: BlockPart, path: Path_) -> Iterator[Finding]:
    """Yield the sessions and groups of a block that the protocol does not have."""
    sessions, groups = context.content.sessions or [], context.content.groups
    for index, name in enumerate(() if context.lost("sessions") else block.sessions or ()):
        if name not in sessions:
            hint = did_you_mean(name, sessions) if sessions else "; list it in `sessions:` at the top of the file"
            yield Finding((*path, "sessions", index), f"unknown session `{name}`{hint}")
    for factor, levels in () if context.lost("groups") else block.only_for.items():
        where = (*path, "only_for", factor)
        if factor not in groups:
            hint = did_you_mean(factor, list(groups)) if groups else "; define it in `groups:`"
            yield Finding(where, f"unknown group factor `{factor}`{hint}", key=True)
            continue
        for level in levels:
            if level not in groups[factor]:
                yield Finding(where, f"`{factor}` has no group `{level}`{did_you_mean(level, list(groups[factor]))}")


def _check_block_names(context: Context) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for index, block in enumerate(context.content.blocks):
        if first.setdefault(block.name, index) != index:
            message = f"block {first[block.name] + 1} and block {index + 1} are both named `{block.name}`"
            yield Finding(("blocks", index, "name"), message + "; the data could not separate them")
    for path, trials in context.blocks(TrialBlock):
        if trials.one_block_per_target:
            for name in context.target_names:
                if f"{trials.name}-{name}" in first:
                    message = f"this block is split into `{trials.name}-{name}` and others; another block has that name"
                    yield Finding((*path, "name"), message)


def _check_order_of_blocks(context: Context) -> Iterator[Finding]:
    """Yield warnings about the order of blocks.

    A missing or late calibration, sessions without trials.
    """
    trials = list(context.blocks(TrialBlock))
    if not trials:
        yield Finding(("blocks",), "no block has trials: nothing would be measured", "warning", key=True)
        return
    first_trials = trials[0][0]
    calibrations = [path for path, _ in context.blocks(CalibrationBlock)]
    if not calibrations:
        message = "there is no `calibration` block: without the participant's neutral face the tables are less certain"
        yield Finding(("blocks",), message, "warning", key=True)
    elif calibrations[0] > first_trials:
        message = "the neutral face is recorded after trials; record it before them, while the face is at rest"
        yield Finding(calibrations[0], message, "warning")
    for name in context.content.sessions or ():
        if not any(block.sessions is None or name in block.sessions for _, block in trials):
            yield Finding(("sessions",), f"session `{name}` has no trials", "warning", key=True)


def _check_practice(context: Context) -> Iterator[Finding]:
    """Yield a warning for every practice block with a target of the experiment."""
    targets = [
        (path, block.kind, {trial.target for trial in drafts_of(block, path, context) or ()})
        for path, block in context.blocks(TrialBlock)
    ]
    measured = {name for _, kind, names in targets if kind == "experiment" for name in names}
    for path, kind, names in targets:
        if kind == "practice" and names & measured:
            message = f"`{min(names & measured)}` is practised here and measured later; practise with another face"
            yield Finding((*path, "trials"), message, "warning", key=True)
